//! The listener: a thread per connection, all of them ended and joined on drop.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::ServerConfig;

use crate::exchange::{Exchange, Reply};
use crate::http::{After, Answer, ReadError, Reader};
use crate::wire::Wire;

pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

impl Server {
    pub(crate) fn start(
        address: Option<SocketAddr>,
        tls: Option<Arc<ServerConfig>>,
        exchange: Arc<Exchange>,
    ) -> io::Result<Server> {
        let wanted = address.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        if !wanted.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{wanted} is not a loopback address; listen on 127.0.0.1 or [::1]"),
            ));
        }
        let listener = TcpListener::bind(wanted)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            tls,
            exchange,
            stop: Stop::default(),
            open: Mutex::default(),
        });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Ok(Server {
            address,
            shared,
            accepting: Some(accepting),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.set();
        let Some(accepting) = self.accepting.take() else {
            return;
        };
        // Only a connection wakes a blocking accept.
        while !accepting.is_finished()
            && TcpStream::connect_timeout(&self.address, Duration::from_millis(100)).is_err()
        {
        }
        // A thread that panicked has said so already.
        let connections = accepting.join().unwrap_or_default();
        for stream in locked(&self.shared.open).values() {
            // Fails where the client has left, which is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
        for connection in connections {
            let _ = connection.join();
        }
    }
}

struct Shared {
    tls: Option<Arc<ServerConfig>>,
    exchange: Arc<Exchange>,
    stop: Stop,
    open: Mutex<HashMap<u64, TcpStream>>,
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    let mut connections: Vec<JoinHandle<()>> = Vec::new();
    let mut number = 0;
    loop {
        let accepted = listener.accept();
        if shared.stop.is_set() {
            return connections;
        }
        let opened = accepted.and_then(|(stream, _)| {
            number += 1;
            shared.open(stream, number)
        });
        connections.retain(|connection| !connection.is_finished());
        match opened {
            Ok(connection) => connections.push(connection),
            // Out of file handles, most likely: another connection must end first.
            Err(_) => shared.stop.wait(Duration::from_millis(10)),
        }
    }
}

/// How a connection is to end.
enum Ending {
    Orderly,
    /// The client is still sending what nobody reads, and a reset would take the answer from it.
    Drained,
    Reset,
}

impl Shared {
    fn open(self: &Arc<Self>, stream: TcpStream, number: u64) -> io::Result<JoinHandle<()>> {
        let handle = stream.try_clone()?;
        let mut wire = Wire::new(stream, self.tls.as_ref())?;
        locked(&self.open).insert(number, handle);
        let shared = Arc::clone(self);
        let spawned = thread::Builder::new().spawn(move || {
            // The client has left where an ending fails: there is nobody to tell.
            let _ = match shared.serve(&mut wire, number) {
                Ok(Ending::Orderly) => wire.close(),
                Ok(Ending::Drained) => wire.close().map(|()| wire.wait_for_end()),
                Ok(Ending::Reset) => Ok(()),
                // A failed handshake: its alert must arrive, which a reset over unread bytes would take back.
                Err(_) => wire.close().map(|()| wire.wait_for_end()),
            };
            // Only the last handle's close ends or resets the connection.
            locked(&shared.open).remove(&number);
        });
        if spawned.is_err() {
            locked(&self.open).remove(&number);
        }
        spawned
    }

    fn serve(&self, wire: &mut Wire, number: u64) -> io::Result<Ending> {
        let mut reader = Reader::default();
        loop {
            let request = match reader.next(wire) {
                Ok(request) => request,
                Err(ReadError::Gone) => return Ok(Ending::Orderly),
                Err(ReadError::Malformed(why)) => {
                    send(wire, &Answer::text(400, why), After::Close)?;
                    return Ok(Ending::Drained);
                }
                Err(ReadError::TooLarge) => {
                    let answer = Answer::text(413, "request body too large");
                    send(wire, &answer, After::Close)?;
                    return Ok(Ending::Drained);
                }
            };
            let after = request.after;
            match self.exchange.handle(request, number) {
                Reply::Answer(answer) => send(wire, &answer, after)?,
                Reply::Late(delay, answer) => {
                    self.stop.wait(delay);
                    send(wire, &answer, after)?;
                }
                Reply::Half(answer) => {
                    let mut bytes = answer.head(answer.body.len() + 1, After::KeepOpen);
                    bytes.extend(&answer.body[..answer.body.len() / 2]);
                    wire.write_all(&bytes)?;
                    return Ok(Ending::Orderly);
                }
                Reply::Trickle(answer) => {
                    self.trickle(wire, &answer)?;
                    return Ok(Ending::Orderly);
                }
                Reply::Hang => {
                    wire.wait_for_end();
                    return Ok(Ending::Orderly);
                }
                Reply::Reset => return Ok(Ending::Reset),
                Reply::Close => return Ok(Ending::Orderly),
            }
            if after == After::Close || self.stop.is_set() {
                return Ok(Ending::Orderly);
            }
        }
    }

    /// A body that never becomes as long as it said keeps the answer right to every byte.
    fn trickle(&self, wire: &mut Wire, answer: &Answer) -> io::Result<()> {
        let mut bytes = answer.head(answer.body.len() + 1_000_000, After::Close);
        bytes.extend(&answer.body);
        for byte in bytes.into_iter().chain(std::iter::repeat(b' ')) {
            if self.stop.is_set() {
                break;
            }
            wire.write_all(&[byte])?;
            wire.flush()?;
            self.stop.wait(Duration::from_secs(1));
        }
        Ok(())
    }
}

fn send(wire: &mut Wire, answer: &Answer, after: After) -> io::Result<()> {
    let mut bytes = answer.head(answer.body.len(), after);
    bytes.extend(&answer.body);
    wire.write_all(&bytes)?;
    wire.flush()
}

/// Wakes whoever waits when the server is dropped.
#[derive(Default)]
struct Stop {
    set: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    fn set(&self) {
        *locked(&self.set) = true;
        self.changed.notify_all();
    }

    fn is_set(&self) -> bool {
        *locked(&self.set)
    }

    fn wait(&self, at_most: Duration) {
        let set = locked(&self.set);
        // Whether it was the time or the stop, the caller looks itself.
        drop(self.changed.wait_timeout_while(set, at_most, |set| !*set));
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
