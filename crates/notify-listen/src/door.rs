//! One request: read whole within its limits, answered in time, counted. Behind it only whole requests are seen.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::body::{Body as _, Incoming};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::log::Log;
use crate::metrics::{Counter, Metrics};

/// Slack sends the message back with its answer, PagerDuty up to 256 KB.
const LARGEST_BODY: usize = 1024 * 1024;
/// What each request may have, so that large ones do not shut out the others.
const OWN_ROOM: usize = 64 * 1024;
/// What all of them together may have beyond that.
const ROOM: usize = 32 * LARGEST_BODY;
/// What room is counted in.
const PIECE: usize = 1024;
pub const BODY_TIME: Duration = Duration::from_secs(10);
/// Longer than the ten seconds for which a click in Mattermost waits.
pub const ANSWER_TIME: Duration = Duration::from_secs(20);

/// What may come in at the first part of a path; whatever else strangers try is one thing.
const SOURCES: [&str; 5] = ["slack", "mattermost", "pagerduty", "healthz", "metrics"];
const STRANGER: &str = "unknown";

pub struct Door {
    router: TowerToHyperService<Router>,
    room: Arc<Semaphore>,
    log: Arc<Log>,
    metrics: Arc<Metrics>,
}

/// How far a request is, for whoever wants to stop.
#[derive(Clone, Default)]
pub struct Progress(Arc<AtomicBool>);

impl Progress {
    pub fn is_whole(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn whole(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Why a request does not get in.
#[derive(Clone, Copy)]
enum Unwhole {
    TooLarge,
    TooSlow,
    Full,
    Broken,
}

impl Unwhole {
    fn status(self) -> StatusCode {
        match self {
            Unwhole::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Unwhole::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Unwhole::Full => StatusCode::SERVICE_UNAVAILABLE,
            Unwhole::Broken => StatusCode::BAD_REQUEST,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Unwhole::TooLarge => "too large\n",
            Unwhole::TooSlow => "too slow\n",
            Unwhole::Full => "busy\n",
            Unwhole::Broken => "the body is broken\n",
        }
    }

    /// For the metrics and the log.
    fn reason(self) -> &'static str {
        match self {
            Unwhole::TooLarge => "too_large",
            Unwhole::TooSlow => "too_slow",
            Unwhole::Full => "busy",
            Unwhole::Broken => "broken_body",
        }
    }
}

impl Door {
    pub fn new(router: Router, log: Arc<Log>, metrics: Arc<Metrics>) -> Arc<Door> {
        let router = router
            .fallback(|| async { (StatusCode::NOT_FOUND, "nothing is here\n") })
            .method_not_allowed_fallback(|| async {
                (StatusCode::METHOD_NOT_ALLOWED, "not by this method\n")
            });
        Arc::new(Door {
            router: TowerToHyperService::new(router),
            room: Arc::new(Semaphore::new(ROOM / PIECE)),
            log,
            metrics,
        })
    }

    /// `place` is held as long as anybody works on it.
    pub async fn answer(
        self: Arc<Door>,
        request: Request<Incoming>,
        progress: Progress,
        place: Arc<OwnedSemaphorePermit>,
    ) -> Response {
        let source = source(request.uri().path());
        let whole = timeout(BODY_TIME, self.whole(request)).await;
        let answer = match whole.unwrap_or(Err(Unwhole::TooSlow)) {
            Ok((request, room)) => {
                progress.whole();
                self.routed(request, (room, place)).await
            }
            Err(why) => {
                let line = format!("a request is refused: {}", why.words().trim_end());
                self.refuse(source, why.reason(), &line);
                (why.status(), why.words()).into_response()
            }
        };
        let class = class(answer.status());
        self.metrics.count(Counter::Requests, source, class);
        answer
    }

    /// Who came no further than its head.
    pub fn turned_away(&self, reason: &'static str, line: &str) {
        self.metrics.count(Counter::Requests, STRANGER, "4xx");
        self.refuse(STRANGER, reason, line);
    }

    fn refuse(&self, source: &'static str, reason: &'static str, line: &str) {
        self.metrics.count(Counter::Refused, source, reason);
        self.log.refused(source, reason, line);
    }

    async fn whole(
        &self,
        request: Request<Incoming>,
    ) -> Result<(Request<Body>, OwnedSemaphorePermit), Unwhole> {
        let (head, mut incoming) = request.into_parts();
        if announced(&head.headers) > LARGEST_BODY {
            return Err(Unwhole::TooLarge);
        }
        let mut room = self.room(0)?;
        let mut body = Vec::new();
        while let Some(frame) = poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await
        {
            let frame = frame.map_err(|_| Unwhole::Broken)?;
            // Trailers tell nobody anything.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if body.len() + data.len() > LARGEST_BODY {
                return Err(Unwhole::TooLarge);
            }
            let beyond = (body.len() + data.len()).saturating_sub(OWN_ROOM);
            let more = beyond.div_ceil(PIECE) - room.num_permits();
            room.merge(self.room(more)?);
            body.extend_from_slice(&data);
        }
        Ok((Request::from_parts(head, Body::from(body)), room))
    }

    fn room(&self, pieces: usize) -> Result<OwnedSemaphorePermit, Unwhole> {
        let pieces = u32::try_from(pieces).map_err(|_| Unwhole::TooLarge)?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(pieces);
        room.map_err(|_| Unwhole::Full)
    }

    /// On a task of its own: who hangs up must not stop it between the disk and the core.
    async fn routed(&self, request: Request<Body>, held: impl Send + 'static) -> Response {
        let answering = self.router.call(request);
        let task = tokio::spawn(async move {
            let answer = answering.await;
            drop(held);
            answer
        });
        match timeout(ANSWER_TIME, task).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(_)) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "a mistake of ours\n").into_response()
            }
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not done in time\n").into_response(),
        }
    }
}

fn announced(headers: &HeaderMap) -> usize {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

fn source(path: &str) -> &'static str {
    let first = path.trim_start_matches('/').split('/').next();
    let known = SOURCES.iter().find(|known| Some(**known) == first);
    known.copied().unwrap_or(STRANGER)
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 | 2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stranger_names_a_source() {
        for (path, expected) in [
            ("/slack/interaction", "slack"),
            ("/healthz", "healthz"),
            ("/", STRANGER),
            ("/slack\"} 1\n", STRANGER),
            ("/wp-admin/slack", STRANGER),
            ("*", STRANGER),
        ] {
            assert_eq!(source(path), expected, "{path:?}");
        }
    }
}
