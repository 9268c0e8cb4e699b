//! The control API: what a test in another process may ask and change while the emulator runs. It listens on a port
//! of its own, so that no path of the service is taken, and on this machine only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::State as Extracted;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use faults::Planned;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use crate::cpu::CpuTime;
use crate::service::State;

mod shares;

type Shared = Extracted<Arc<State>>;

/// A body that is not what the route takes.
struct Mistake(anyhow::Error);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

pub(crate) async fn bind(port: u16) -> anyhow::Result<(TcpListener, Url)> {
    let listener = TcpListener::bind(("127.0.0.1", port));
    let listener = listener.await.with_context(|| format!("Cannot listen on port {port} for control"))?;
    let url = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
    Ok((listener, url))
}

pub(crate) async fn serve(
    listener: TcpListener,
    state: Arc<State>,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let app = Router::new()
        .route("/plan", get(plan).put(set_plan).delete(clear_plan))
        .route("/counters", get(counters))
        .route("/log", get(log).delete(clear_log))
        .route("/clock", post(advance_clock))
        .route("/cpu", get(cpu))
        .route("/trees", post(shares::plant))
        .route("/copies", post(shares::copy))
        .route("/differences", post(shares::differences))
        .with_state(state);
    let stopped = async move { while stop.changed().await.is_ok() {} };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await
}

/// The document in force; `null` where there is none, or where the plan is code.
async fn plan(state: Shared) -> Json<Value> {
    let plan = state.faults.plan();
    Json(plan.as_ref().and_then(|plan| plan.planned()).map_or(Value::Null, |plan| json!(plan.document())))
}

async fn set_plan(state: Shared, body: String) -> Result<StatusCode, Mistake> {
    let plan = Planned::parse(&body).map_err(|mistake| Mistake(mistake.into()))?;
    state.faults.set(Some(Arc::new(plan)));
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_plan(state: Shared) -> StatusCode {
    state.faults.set(None);
    StatusCode::NO_CONTENT
}

/// By account: requests by operation and by status, the file data that each operation moved, and what copies read there.
/// Then how often each rule of the plan decided.
async fn counters(state: Shared) -> Json<Value> {
    let log = state.log.snapshot();
    let (requests, bytes, statuses) = (nested(log.counts), nested(log.bytes), nested(log.statuses));
    let plan = state.faults.plan();
    let rules = plan.as_ref().and_then(|plan| plan.planned()).map(Planned::fired).unwrap_or_default();
    let fetched = log.fetched;
    Json(
        json!({ "requests": requests, "bytes": bytes, "statuses": statuses, "fetched": fetched, "rules": rules }),
    )
}

fn nested<K: Ord>(flat: BTreeMap<(String, K), u64>) -> BTreeMap<String, BTreeMap<K, u64>> {
    let mut nested = BTreeMap::<String, BTreeMap<K, u64>>::new();
    for ((account, key), count) in flat {
        nested.entry(account).or_default().insert(key, count);
    }
    nested
}

async fn log(state: Shared) -> Json<Value> {
    Json(json!({ "requests": state.log.snapshot().recent }))
}

async fn clear_log(state: Shared) -> StatusCode {
    state.log.reset();
    StatusCode::NO_CONTENT
}

async fn advance_clock(state: Shared, body: String) -> Result<Json<Value>, Mistake> {
    let Advance { advance_ms } = serde_json::from_str(&body).map_err(|error| Mistake(error.into()))?;
    state.clock.advance(Duration::from_millis(advance_ms));
    Ok(Json(json!({ "now": state.clock.reading().iso() })))
}

async fn cpu() -> Result<Json<CpuTime>, (StatusCode, String)> {
    let time = CpuTime::own();
    time.map(Json).map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")))
}

impl IntoResponse for Mistake {
    fn into_response(self) -> Response {
        let problem =
            json!({ "title": "The body is not what this takes", "detail": format!("{:#}", self.0) });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (StatusCode::BAD_REQUEST, kind, problem.to_string()).into_response()
    }
}
