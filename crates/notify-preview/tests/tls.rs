//! The preview behind TLS, with and without client certificates.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees no test in the helpers of tests"
)]

mod client;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use client::{connect, read_reply, request};
use notify_preview::{Fault, Options, Preview, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const HOOK: &str = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";

struct Authority(CertifiedIssuer<'static, KeyPair>);

struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn sign(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_string()]).unwrap();
        Identity {
            certificate: params.signed_by(&key, &self.0).unwrap(),
            key,
        }
    }

    fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }
}

impl Identity {
    fn tls(&self, client_ca_pem: Option<Vec<u8>>) -> Tls {
        Tls {
            certificate_chain_pem: self.certificate.pem().into_bytes(),
            private_key_pem: self.key.serialize_pem().into_bytes(),
            client_ca_pem,
        }
    }
}

fn start(tls: Tls) -> Preview {
    Preview::start(Options {
        tls: Some(tls),
        ..Options::default()
    })
    .unwrap()
}

fn connect_tls(
    preview: &Preview,
    authority: &Authority,
    identity: Option<&Identity>,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(authority.0.der().to_vec()))
        .unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let key = PrivateKeyDer::try_from(identity.key.serialize_der()).unwrap();
            let chain = vec![identity.certificate.der().clone()];
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(session, connect(preview))
}

fn message() -> Vec<u8> {
    request("POST", HOOK, &[], b"{\"text\":\"x\"}")
}

#[test]
fn messages_are_taken_over_tls_and_the_connection_is_kept() {
    let authority = Authority::new();
    let preview = start(authority.sign("localhost").tls(None));
    assert_eq!(
        preview.url(),
        format!("https://localhost:{}", preview.address().port())
    );
    let mut stream = connect_tls(&preview, &authority, None);
    for _ in 0..3 {
        stream.write_all(&message()).unwrap();
        assert_eq!(read_reply(&mut stream).unwrap().text(), "ok");
    }
    assert!(preview.received().iter().all(|one| one.connection == 1));
}

#[test]
fn a_client_certificate_is_asked_for_where_a_client_ca_is_given() {
    let authority = Authority::new();
    let preview = start(authority.sign("localhost").tls(Some(authority.pem())));
    let known = authority.sign("client");
    let mut stream = connect_tls(&preview, &authority, Some(&known));
    stream.write_all(&message()).unwrap();
    assert_eq!(read_reply(&mut stream).unwrap().text(), "ok");
    let stranger = Authority::new().sign("client");
    for identity in [None, Some(&stranger)] {
        let mut stream = connect_tls(&preview, &authority, identity);
        let written = stream.write_all(&message());
        let answered = written.and_then(|()| read_reply(&mut stream));
        assert!(answered.is_err());
    }
    assert_eq!(preview.received().len(), 1);
}

#[test]
fn a_reset_and_a_close_come_through_tls() {
    let authority = Authority::new();
    let preview = start(authority.sign("localhost").tls(None));
    preview.next(Fault::Reset);
    let mut stream = connect_tls(&preview, &authority, None);
    stream.write_all(&message()).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    preview.next(Fault::Close);
    let mut stream = connect_tls(&preview, &authority, None);
    stream.write_all(&message()).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn what_is_no_certificate_is_refused_with_a_word() {
    let identity = Authority::new().sign("localhost");
    for broken in [
        Tls {
            certificate_chain_pem: b"nonsense".to_vec(),
            ..identity.tls(None)
        },
        Tls {
            private_key_pem: b"nonsense".to_vec(),
            ..identity.tls(None)
        },
        identity.tls(Some(Vec::new())),
    ] {
        let options = Options {
            tls: Some(broken),
            ..Options::default()
        };
        let error = Preview::start(options).err().unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        assert!(error.to_string().ends_with("; give PEM"), "{error}");
    }
}
