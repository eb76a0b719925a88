//! Connections, and their limits: of body, header, time and number. Behind it only whole requests are seen.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::log::Log;

/// Slack sends the message back with its answer, PagerDuty up to 256 KB.
const LARGEST_BODY: usize = 1024 * 1024;
const LARGEST_HEAD: usize = 32 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Longer than the ten seconds for which a click in Mattermost waits.
const WHOLE_TIME: Duration = Duration::from_secs(20);
const CONNECTIONS: usize = 512;
/// For what has been accepted when the program stops.
const LAST_MINUTE: Duration = Duration::from_secs(20);

pub struct Server {
    listener: TcpListener,
    free: Arc<Semaphore>,
    log: Arc<Log>,
}

impl Server {
    pub fn new(listener: TcpListener, log: Arc<Log>) -> Server {
        Server {
            listener,
            free: Arc::new(Semaphore::new(CONNECTIONS)),
            log,
        }
    }

    /// How many are open, for `/metrics`.
    pub fn connections(&self) -> impl Fn() -> usize + Send + Sync + use<> {
        let free = Arc::clone(&self.free);
        move || CONNECTIONS - free.available_permits()
    }

    /// Until `stop`; what was accepted is finished.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>) {
        let router = router
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(middleware::from_fn(in_time));
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accept = self.accept();
            let accepted = std::pin::pin!(accept);
            let (stream, permit) = match first(&mut stop, accepted).await {
                None => break,
                Some(Ok(accepted)) => accepted,
                Some(Err(error)) => {
                    self.log
                        .refused("accept", &format!("cannot accept a connection: {error}"));
                    // Out of descriptors: others end meanwhile.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let service = TowerToHyperService::new(router.clone());
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIME)
                .max_buf_size(LARGEST_HEAD)
                // Mattermost leaves a connection open for each click.
                .keep_alive(false)
                .half_close(true)
                .serve_connection(TokioIo::new(stream), service);
            let watched = graceful.watch(connection);
            tokio::spawn(async move {
                // Who breaks off was not promised anything.
                let _ = watched.await;
                drop(permit);
            });
        }
        drop(self.listener);
        let _ = timeout(LAST_MINUTE, graceful.shutdown()).await;
    }

    async fn accept(
        &self,
    ) -> io::Result<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.free).acquire_owned().await;
        let permit = permit.map_err(io::Error::other)?;
        let (stream, _) = self.listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok((stream, permit))
    }
}

/// `None`: it is time to stop.
async fn first<T>(
    stop: &mut (impl Future<Output = ()> + Unpin),
    act: impl Future<Output = T> + Unpin,
) -> Option<T> {
    let mut act = act;
    std::future::poll_fn(|context| {
        if std::pin::Pin::new(&mut *stop).poll(context).is_ready() {
            return std::task::Poll::Ready(None);
        }
        std::pin::Pin::new(&mut act).poll(context).map(Some)
    })
    .await
}

async fn in_time(request: Request, next: Next) -> Result<Response, Infallible> {
    let answered = timeout(WHOLE_TIME, next.run(request)).await;
    Ok(answered.unwrap_or_else(|_| {
        (StatusCode::REQUEST_TIMEOUT, Body::from("too slow\n")).into_response()
    }))
}
