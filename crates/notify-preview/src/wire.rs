//! One client's connection, plain or TLS, which can be closed in order or reset.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub(crate) enum Wire {
    Plain(Socket),
    Tls(Box<StreamOwned<ServerConnection, Socket>>),
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, tls: Option<&Arc<ServerConfig>>) -> io::Result<Wire> {
        stream.set_nodelay(true)?;
        let socket = Socket {
            stream,
            unread: 0,
            scratch: Vec::new(),
        };
        match tls {
            None => Ok(Wire::Plain(socket)),
            Some(config) => {
                let session =
                    ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                Ok(Wire::Tls(Box::new(StreamOwned::new(session, socket))))
            }
        }
    }

    /// Closes so that the client gets all that was written, and then an orderly end.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        if let Wire::Tls(stream) = self {
            stream.conn.send_close_notify();
            // After a failed handshake there is nothing to flush; its alert is on its way.
            let _ = stream.flush();
        }
        let socket = self.socket();
        socket.settle()?;
        socket.stream.shutdown(Shutdown::Write)
    }

    /// Returns once the client has left or the server stops.
    pub(crate) fn wait_for_end(&mut self) {
        let mut sink = [0; 1024];
        while matches!(self.socket().read(&mut sink), Ok(count) if count > 0) {}
    }

    fn socket(&mut self) -> &mut Socket {
        match self {
            Wire::Plain(socket) => socket,
            Wire::Tls(stream) => &mut stream.sock,
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) => socket.read(buffer),
            Wire::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) => socket.write(bytes),
            Wire::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(socket) => socket.flush(),
            Wire::Tls(stream) => stream.flush(),
        }
    }
}

/// Leaves what it read last in the kernel until more is wanted: a close with unread input is the one
/// way to a TCP reset, since std has no SO_LINGER.
pub(crate) struct Socket {
    stream: TcpStream,
    unread: usize,
    scratch: Vec<u8>,
}

impl Socket {
    fn settle(&mut self) -> io::Result<()> {
        if self.unread > self.scratch.len() {
            self.scratch.resize(self.unread, 0);
        }
        let unread = std::mem::take(&mut self.unread);
        self.stream.read_exact(&mut self.scratch[..unread])
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.settle()?;
        loop {
            match self.stream.peek(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    self.unread = count;
                    return Ok(count);
                }
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
