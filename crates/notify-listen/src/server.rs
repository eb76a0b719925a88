//! Connections, and their limits: of number, head and time. One request each; what it may be, `door` decides.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::door::{ANSWER_TIME, BODY_TIME, Door, Progress};
use crate::log::Log;
use crate::metrics::{Counter, Metrics};

pub const CONNECTIONS: usize = 512;
const LARGEST_HEAD: usize = 16 * 1024;
/// Of what is read at one time.
const BUFFER: usize = 32 * 1024;
const MOST_HEADERS: usize = 64;
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Whoever reads its answer as slowly as it can.
const WHOLE_TIME: Duration =
    Duration::from_secs(HEAD_TIME.as_secs() + BODY_TIME.as_secs() + ANSWER_TIME.as_secs() + 5);
/// For the rest of a request that is not whole when the program stops.
const GRACE: Duration = Duration::from_secs(2);
/// For what has been accepted when the program stops: it is waited for at most so long.
const LAST_MINUTE: Duration = Duration::from_secs(ANSWER_TIME.as_secs() + 2);
/// For whoever is still sending when it has its answer.
const LINGER: Duration = Duration::from_secs(1);
/// Out of descriptors: others end meanwhile.
const BREATH: Duration = Duration::from_millis(100);

pub struct Server {
    listener: TcpListener,
    free: Arc<Semaphore>,
    log: Arc<Log>,
    metrics: Arc<Metrics>,
}

impl Server {
    pub fn new(listener: TcpListener, log: Arc<Log>, metrics: Arc<Metrics>) -> Server {
        Server {
            listener,
            free: Arc::new(Semaphore::new(CONNECTIONS)),
            log,
            metrics,
        }
    }

    /// How many are open, for `/metrics`.
    pub fn connections(&self) -> impl Fn() -> usize + Send + Sync + use<> {
        let free = Arc::clone(&self.free);
        move || CONNECTIONS - free.available_permits()
    }

    /// Until `stop`; what was accepted is finished.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>) {
        let door = Door::new(router, Arc::clone(&self.log), Arc::clone(&self.metrics));
        let (stopping, _) = watch::channel(false);
        let mut stop = pin!(stop);
        loop {
            match first(&mut stop, pin!(self.accept())).await {
                None => break,
                Some(Ok((stream, place))) => {
                    let visit = Visit {
                        door: Arc::clone(&door),
                        place: Arc::new(place),
                        progress: Progress::default(),
                    };
                    tokio::spawn(visit.attend(stream, stopping.subscribe()));
                }
                // Who left before it was its turn.
                Some(Err(error)) if is_theirs(&error) => {}
                Some(Err(error)) => {
                    let line = format!("cannot accept a connection: {error}");
                    self.log.refused("listener", "accept", &line);
                    self.metrics.count(Counter::Refused, "listener", "accept");
                    sleep(BREATH).await;
                }
            }
        }
        drop(self.listener);
        stopping.send_replace(true);
        let _ = timeout(LAST_MINUTE, self.free.acquire_many(CONNECTIONS as u32)).await;
    }

    /// A place comes first: who finds none waits in the kernel's queue.
    async fn accept(&self) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.free).acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        let (stream, _) = self.listener.accept().await?;
        Ok((stream, place))
    }
}

fn is_theirs(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// One connection, which brings one request.
struct Visit {
    door: Arc<Door>,
    /// Held by whoever works for it.
    place: Arc<OwnedSemaphorePermit>,
    progress: Progress,
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Service<Request<Incoming>> for Visit {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: Request<Incoming>) -> Answering {
        let door = Arc::clone(&self.door);
        let (place, progress) = (Arc::clone(&self.place), self.progress.clone());
        Box::pin(async move { Ok(door.answer(request, progress, place).await) })
    }
}

type Connection = http1::Connection<TokioIo<TcpStream>, Visit>;

impl Visit {
    async fn attend(self, stream: TcpStream, stopping: watch::Receiver<bool>) {
        let (door, progress) = (Arc::clone(&self.door), self.progress.clone());
        let _place = Arc::clone(&self.place);
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(BUFFER)
            .max_header_size(LARGEST_HEAD)
            .max_headers(MOST_HEADERS)
            // Mattermost leaves a connection open for each click.
            .keep_alive(false)
            // Who has said everything may say so.
            .half_close(true)
            .serve_connection(TokioIo::new(stream), self);
        let ended = timeout(WHOLE_TIME, end_of(&mut connection, &progress, stopping)).await;
        let mut stream = connection.into_parts().io.into_inner();
        match ended {
            Ok(Some(Err(error))) if error.is_timeout() => {
                door.turned_away("too_slow", "a head that took too long");
                say(&mut stream, "408 Request Timeout", "too slow\n").await;
            }
            Ok(Some(Err(error))) if error.is_parse() => {
                door.turned_away("bad_http", "something that is not HTTP/1");
                // The one mistake to which hyper says nothing.
                if error.is_parse_version_h2() {
                    say(&mut stream, "400 Bad Request", "speak HTTP/1.1\n").await;
                }
            }
            // Who breaks off was not promised anything.
            _ => {}
        }
        linger(stream).await;
    }
}

/// `None`: the program stops before it has the request.
async fn end_of(
    connection: &mut Connection,
    progress: &Progress,
    mut stopping: watch::Receiver<bool>,
) -> Option<hyper::Result<()>> {
    let mut stop = pin!(async move {
        let _ = stopping.wait_for(|stopping| *stopping).await;
    });
    if let Some(ended) = first(&mut stop, run(connection)).await {
        return Some(ended);
    }
    Pin::new(&mut *connection).graceful_shutdown();
    match timeout(GRACE, run(connection)).await {
        Ok(ended) => Some(ended),
        Err(_) if progress.is_whole() => Some(run(connection).await),
        Err(_) => None,
    }
}

/// May be dropped and called again: the connection itself knows how far it is.
fn run(connection: &mut Connection) -> impl Future<Output = hyper::Result<()>> + Unpin {
    poll_fn(|context| connection.poll_without_shutdown(context))
}

/// To whoever has not made a request that could be answered.
async fn say(stream: &mut TcpStream, status: &str, words: &str) {
    let length = words.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{words}"
    );
    let _ = timeout(LINGER, stream.write_all(answer.as_bytes())).await;
}

/// A close with unread bytes before it would tear the answer away from whoever is still sending.
async fn linger(mut stream: TcpStream) {
    let rest = async {
        stream.shutdown().await?;
        let mut unread = [0; 4096];
        while stream.read(&mut unread).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = timeout(LINGER, rest).await;
}

/// `None`: it is time to stop.
async fn first<T>(
    stop: &mut (impl Future<Output = ()> + Unpin),
    mut act: impl Future<Output = T> + Unpin,
) -> Option<T> {
    poll_fn(|context| {
        if Pin::new(&mut *stop).poll(context).is_ready() {
            return std::task::Poll::Ready(None);
        }
        Pin::new(&mut act).poll(context).map(Some)
    })
    .await
}
