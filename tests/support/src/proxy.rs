//! A CONNECT proxy on loopback that notes what it was asked for.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::certificates::Identity;

pub struct Proxy {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

/// How the proxy answers.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    Connects,
    /// To this place, whatever name it is asked for.
    ConnectsTo(SocketAddr),
    /// Answers with this status line and closes.
    Refuses(&'static str),
    Hangs,
    Closes,
}

impl Proxy {
    /// Serves until the test's process ends; every connection has a thread of its own.
    pub fn start(manner: Manner) -> Proxy {
        Proxy::serve(move |client, noted| serve(client.try_clone()?, &client, manner, noted))
    }

    /// The same behind TLS.
    pub fn start_with_tls(manner: Manner, identity: &Identity) -> Proxy {
        let config = Arc::new(server_config(identity));
        Proxy::serve(move |client, noted| {
            let session = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            let stream = StreamOwned::new(session, client.try_clone()?);
            serve(stream, &client, manner, noted)
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The heads of all requests, headers included.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }

    fn serve(
        one: impl Fn(TcpStream, &Mutex<Vec<String>>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("its address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&requests);
        let one = Arc::new(one);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (one, noted) = (Arc::clone(&one), Arc::clone(&noted));
                thread::spawn(move || one(client, &noted));
            }
        });
        Proxy { address, requests }
    }
}

fn server_config(identity: &Identity) -> ServerConfig {
    let chain = CertificateDer::pem_slice_iter(identity.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("a key");
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain.collect::<Result<_, _>>().expect("a chain"), key)
        .expect("a certificate and its key")
}

fn serve(
    mut client: impl Read + Write,
    socket: &TcpStream,
    manner: Manner,
    noted: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let Some(head) = head(&mut client)? else {
        return Ok(());
    };
    let target = head.split_whitespace().nth(1).unwrap_or_default();
    noted.lock().expect("no panic").push(head.clone());
    let server = match manner {
        Manner::Connects => TcpStream::connect(target),
        Manner::ConnectsTo(address) => TcpStream::connect(address),
        Manner::Closes => return Ok(()),
        Manner::Hangs => return client.read(&mut [0]).map(|_| ()),
        Manner::Refuses(status) => {
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            client.write_all(answer.as_bytes())?;
            return client.flush();
        }
    };
    let mut server = server?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    client.flush()?;
    const TURN: Option<Duration> = Some(Duration::from_millis(5));
    socket.set_read_timeout(TURN)?;
    server.set_read_timeout(TURN)?;
    while pass(&mut client, &mut server)? && pass(&mut server, &mut client)? {}
    Ok(())
}

/// Byte by byte, so that nothing behind it is taken away.
fn head(client: &mut impl Read) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if client.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

/// What has come until the read times out; false at the end.
fn pass(from: &mut impl Read, to: &mut impl Write) -> io::Result<bool> {
    let mut buffer = [0; 16 * 1024];
    match from.read(&mut buffer) {
        Ok(0) => Ok(false),
        Ok(length) => {
            to.write_all(&buffer[..length])?;
            to.flush()?;
            Ok(true)
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Ok(true)
        }
        Err(error) => Err(error),
    }
}
