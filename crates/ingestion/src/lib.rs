//! Application Insights' side of telemetry: takes envelopes over https, keeps them, and refuses bad ones.
//!
//! Written from the description of the wire format, and from no exporter. It can be made to answer late, badly or not at all.

mod envelope;
mod tls;

use std::io::Read;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use uuid::Uuid;

pub use envelope::{Envelope, Kind};
use tls::TlsListener;

const MOST_BYTES: usize = 64 << 20;

/// What becomes of what arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    #[default]
    Take,
    /// Answers so, and takes nothing.
    Answer(u16),
    /// The same after a while.
    Hang(Duration),
}

/// An endpoint that listens until it is dropped.
#[derive(Debug)]
pub struct Ingestion {
    port: u16,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    key: String,
    state: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    behaviour: Behaviour,
    bodies: u64,
    authorizations: Vec<Option<String>>,
    envelopes: Vec<Envelope>,
    refusals: Vec<String>,
}

impl Ingestion {
    /// With a certificate and its key, in PEM.
    pub async fn start(certificate: &str, key: &str) -> anyhow::Result<Self> {
        let listener = TlsListener::bind((Ipv4Addr::LOCALHOST, 0), certificate, key).await?;
        let port = listener.port()?;
        let shared = Arc::new(Shared { key: Uuid::new_v4().to_string(), state: Mutex::default() });
        let router = Router::new()
            .route("/v2/track", post(track))
            .route("/v2.1/track", post(track))
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(shared.clone());
        let serving = tokio::spawn(async move {
            // it never ends by itself
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { port, shared, serving })
    }

    pub fn connection_string(&self) -> String {
        format!("InstrumentationKey={};IngestionEndpoint=https://127.0.0.1:{}/", self.shared.key, self.port)
    }

    /// From now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.taken().behaviour = behaviour;
    }

    pub fn envelopes(&self) -> Vec<Envelope> {
        self.shared.taken().envelopes.clone()
    }

    /// Why envelopes or whole bodies were refused.
    pub fn refusals(&self) -> Vec<String> {
        self.shared.taken().refusals.clone()
    }

    /// How many bodies came, whatever became of them.
    pub fn bodies(&self) -> u64 {
        self.shared.taken().bodies
    }

    /// The header of each body that came.
    pub fn authorizations(&self) -> Vec<Option<String>> {
        self.shared.taken().authorizations.clone()
    }
}

impl Drop for Ingestion {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.state.lock().expect("no panic while this is held")
    }
}

async fn track(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let behaviour = {
        let mut taken = shared.taken();
        taken.bodies += 1;
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        taken.authorizations.push(authorization.map(str::to_owned));
        taken.behaviour
    };
    match behaviour {
        Behaviour::Take => {}
        Behaviour::Answer(status) => return plain(status),
        Behaviour::Hang(time) => {
            sleep(time).await;
            return plain(503);
        }
    }
    let items = match items(&headers, &body) {
        Ok(items) => items,
        Err(error) => {
            shared.taken().refusals.push(format!("{error:#}"));
            return plain(400);
        }
    };
    let received = items.len();
    let mut errors = Vec::new();
    let mut taken = shared.taken();
    for (index, item) in items.into_iter().enumerate() {
        match Envelope::check(item, &shared.key) {
            Ok(envelope) => taken.envelopes.push(envelope),
            Err(error) => {
                errors.push(json!({"index": index, "statusCode": 400, "message": error}));
                taken.refusals.push(error);
            }
        }
    }
    let status = match errors.len() {
        0 => StatusCode::OK,
        refused if refused == received => StatusCode::BAD_REQUEST,
        _ => StatusCode::PARTIAL_CONTENT,
    };
    let accepted = received - errors.len();
    let answer = json!({"itemsReceived": received, "itemsAccepted": accepted, "errors": errors});
    (status, Json(answer)).into_response()
}

fn plain(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// A JSON array, one object, or an object a line.
fn items(headers: &HeaderMap, body: &[u8]) -> anyhow::Result<Vec<Value>> {
    let mut text = String::new();
    match headers.get(header::CONTENT_ENCODING).map(|encoding| encoding.as_bytes()) {
        Some(b"gzip") => GzDecoder::new(body).take(MOST_BYTES as u64).read_to_string(&mut text)?,
        None => {
            let mut body = body;
            body.read_to_string(&mut text)?
        }
        Some(other) => anyhow::bail!("Encoding {}", String::from_utf8_lossy(other)),
    };
    let mut items = Vec::new();
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        match value? {
            Value::Array(values) => items.extend(values),
            value => items.push(value),
        }
    }
    anyhow::ensure!(!items.is_empty(), "A body without an envelope");
    Ok(items)
}
