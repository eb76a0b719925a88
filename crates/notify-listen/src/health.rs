//! `/healthz` and `/metrics`, for those who watch the listener itself. The documented proxies do not pass them on.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::context::Context;
use crate::desk::blocking;

#[derive(Clone)]
struct Health {
    context: Arc<Context>,
    connections: Arc<dyn Fn() -> usize + Send + Sync>,
}

pub fn routes(context: Arc<Context>, connections: Arc<dyn Fn() -> usize + Send + Sync>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .with_state(Health {
            context,
            connections,
        })
}

async fn healthz(State(health): State<Health>) -> (StatusCode, String) {
    let core = Arc::clone(health.context.desk.core());
    match blocking(move || core.probe()).await {
        Ok(words) => (StatusCode::OK, format!("ok: {words}\n")),
        Err(trouble) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("the core: {}\n", trouble.words()),
        ),
    }
}

async fn metrics(State(health): State<Health>) -> String {
    let gauges = health.context.desk.gauges((health.connections)());
    health.context.metrics().text(&gauges)
}
