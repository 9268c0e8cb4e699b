//! Whatever names hold and however long they are, the exporters live and send.

use std::io::Read;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flate2::read::GzDecoder;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use super::export::Exporting;
use super::names;
use crate::config::{Ingestion, TelemetrySettings};

#[derive(Clone, Debug, Default)]
struct Recording(Arc<Mutex<Vec<Bytes>>>);

#[async_trait]
impl HttpClient for Recording {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.0.lock().expect("no panic with it").push(request.into_body());
        Ok(Response::new(Bytes::new()))
    }
}

impl Recording {
    /// How many envelopes of a kind were sent.
    fn count(&self, kind: &str) -> usize {
        let bodies = self.0.lock().expect("no panic with it");
        let envelopes = bodies.iter().flat_map(|body| {
            let mut text = String::new();
            GzDecoder::new(&body[..]).read_to_string(&mut text).expect("gzip");
            serde_json::from_str::<Vec<Value>>(&text).expect("a list")
        });
        envelopes.filter(|envelope| envelope["data"]["baseType"] == kind).count()
    }
}

#[tokio::test]
async fn accept_ship_it_3_names_with_emoji_at_every_limit_stop_no_exporter() {
    let limits = [128, 150, 512, 1_024, 2_048, 8_192, 32_768];
    let texts: Vec<String> = limits
        .iter()
        .flat_map(|limit| (0..4).map(move |before| format!("{}{}", "x".repeat(before), "🗄".repeat(*limit))))
        .collect();
    let recording = Recording::default();
    let settings = TelemetrySettings {
        connection_string: "InstrumentationKey=00000000-1111-4222-8333-444444444444".to_owned(),
        ingestion: Ingestion::Key,
        app: "🗄".repeat(200),
        instance: Some(format!("x{}", "🗄".repeat(200))),
    };
    let exporting = Exporting::new(&settings, &recording).expect("exporters");
    let sending = exporting.sending();
    for text in &texts {
        sending.event(&names::CYCLE_HELD).with(names::REASON, text).with(names::PAIR_NAME, text).send();
        let step = sending.span(&names::STEP);
        step.set(names::ERROR_CODE, text);
        drop(step);
        sending.measure(&names::BYTES, 1.0, &[(names::PAIR_NAME, text)]);
        tracing::subscriber::with_default(lines_of(&exporting), || {
            tracing::warn!(entry.path = text, "{text}");
            tracing::error!(failure.reason = text, "{text}");
        });
        exporting.flush().await;
    }
    let count = texts.len();
    // an event comes with a span
    assert_eq!(recording.count("RemoteDependencyData"), 2 * count);
    assert_eq!(recording.count("EventData"), count);
    assert_eq!(recording.count("MessageData"), count);
    assert_eq!(recording.count("ExceptionData"), count);
    assert!(recording.count("MetricData") > 0);
}

fn lines_of(exporting: &Exporting) -> impl tracing::Subscriber + Send + Sync + 'static {
    registry().with(exporting.lines())
}
