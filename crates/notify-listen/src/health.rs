//! `/healthz` and `/metrics`, for those who watch the listener itself. The documented proxies do not pass them on.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use notify_core::now::Moment;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::context::Context;
use crate::desk::Pending;
use crate::metrics::Gauge;
use crate::server::CONNECTIONS;
use crate::threads::{Whom, asking, blocking};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Whoever asks more often is told the same: nobody hammers the core through us.
const FRESH: Duration = Duration::from_secs(1);
/// What takes longer does not work.
const PATIENCE: Duration = Duration::from_secs(5);

struct Health {
    context: Arc<Context>,
    connections: Box<dyn Fn() -> usize + Send + Sync>,
    started: f64,
    seen: Mutex<Option<(Instant, Seen)>>,
}

/// What was found at the last look.
#[derive(Clone, Serialize)]
struct Seen {
    core: Part,
    state_folder: Part,
}

#[derive(Clone, Serialize)]
struct Part {
    ok: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    says: String,
}

#[derive(Serialize)]
struct Answer {
    status: &'static str,
    version: &'static str,
    #[serde(flatten)]
    seen: Seen,
    pending: Waiting,
}

#[derive(Serialize)]
struct Waiting {
    answers: usize,
    oldest_seconds: u64,
}

pub fn routes(
    context: Arc<Context>,
    connections: impl Fn() -> usize + Send + Sync + 'static,
) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(Health {
            context,
            connections: Box::new(connections),
            started: Moment::read().wall,
            seen: Mutex::default(),
        }))
}

impl Health {
    async fn look(&self) -> Seen {
        let mut seen = self.seen.lock().await;
        if let Some((at, seen)) = &*seen
            && at.elapsed() < FRESH
        {
            return seen.clone();
        }
        let (core, folder) = (
            Arc::clone(self.context.desk.core()),
            self.context.desk.folder().clone(),
        );
        let probe = async move {
            let probed = asking(Whom::Core, move || core.probe()).await;
            probed.map_err(|trouble| trouble.words().to_owned())
        };
        let write = async move {
            let written = blocking(move || folder.try_keeping_answers()).await;
            written
                .map(|()| String::new())
                .map_err(|error| error.to_string())
        };
        let now = Seen {
            core: part(probe).await,
            state_folder: part(write).await,
        };
        *seen = Some((Instant::now(), now.clone()));
        now
    }
}

async fn part(look: impl Future<Output = Result<String, String>>) -> Part {
    let slow = || Err(format!("does not answer within {} s", PATIENCE.as_secs()));
    let found = timeout(PATIENCE, look).await.unwrap_or_else(|_| slow());
    Part {
        ok: found.is_ok(),
        says: found.unwrap_or_else(|trouble| trouble),
    }
}

async fn healthz(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let seen = health.look().await;
    let Pending { answers, oldest } = health.context.desk.pending();
    let (code, status) = match seen.core.ok && seen.state_folder.ok {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
    };
    let answer = Answer {
        status,
        version: VERSION,
        seen,
        pending: Waiting {
            answers,
            oldest_seconds: oldest as u64,
        },
    };
    let text = serde_json::to_string(&answer).unwrap_or_default() + "\n";
    (code, [(CONTENT_TYPE, "application/json")], text)
}

async fn metrics(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let seen = health.look().await;
    let pending = health.context.desk.pending();
    let gauge = |name, help, value| Gauge {
        name,
        help,
        labels: &[],
        value,
    };
    let gauges = [
        gauge(
            "notify_listen_pending_answers",
            "Answers that the core has not confirmed yet.",
            pending.answers as f64,
        ),
        gauge(
            "notify_listen_oldest_pending_seconds",
            "Age of the oldest of them.",
            pending.oldest,
        ),
        gauge(
            "notify_listen_core_up",
            "Whether the core can be reached.",
            f64::from(seen.core.ok),
        ),
        gauge(
            "notify_listen_state_folder_writable",
            "Whether answers can be kept on disk.",
            f64::from(seen.state_folder.ok),
        ),
        gauge(
            "notify_listen_connections",
            "Open connections.",
            (health.connections)() as f64,
        ),
        gauge(
            "notify_listen_connections_limit",
            "How many may be open at one time.",
            CONNECTIONS as f64,
        ),
        gauge(
            "notify_listen_start_time_seconds",
            "When the listener was started, in seconds since 1970.",
            health.started,
        ),
        Gauge {
            labels: &[("version", VERSION)],
            ..gauge("notify_listen_build_info", "What is running.", 1.0)
        },
    ];
    let text = health.context.metrics().text(&gauges);
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
}
