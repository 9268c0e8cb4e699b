//! The exporters: traces, logs and metrics, each with a thread and a bounded queue of its own. What the endpoint does not
//! take in time is dropped, and nobody waits for it for long.

use std::sync::Arc;
use std::time::Duration;

use futures::future;
use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, global};
use opentelemetry_application_insights::Exporter;
use opentelemetry_http::HttpClient;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::logs::Logs;
use super::sending::Sending;
use super::{names, text};
use crate::config::TelemetrySettings;

const SCOPE: &str = "azure-files-backup";
/// Numbers are sent so often, and before each answer.
const EVERY: Duration = Duration::from_secs(60);
/// How long an answer waits for what was told before it.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
pub(super) struct Exporting {
    traces: SdkTracerProvider,
    logs: SdkLoggerProvider,
    metrics: SdkMeterProvider,
    /// One flush at a time: what waits for an endpoint that does not answer would pile up.
    flushing: Arc<Mutex<()>>,
}

impl Exporting {
    pub(super) fn new<C>(settings: &TelemetrySettings, client: &C) -> anyhow::Result<Self>
    where
        C: HttpClient + Clone + 'static,
    {
        let exporter = || {
            Exporter::new_from_connection_string(&settings.connection_string, client.clone())
                .map_err(|error| anyhow::anyhow!("Telemetry cannot be sent: {error}"))
        };
        let resource = resource(settings);
        // the host has not decided yet whether it samples the operation, and says no meanwhile
        let traces = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource.clone())
            .with_batch_exporter(exporter()?)
            .build();
        let logs = SdkLoggerProvider::builder()
            .with_resource(resource.clone())
            .with_batch_exporter(exporter()?)
            .build();
        let reader = PeriodicReader::builder(exporter()?).with_interval(EVERY).build();
        let metrics = SdkMeterProvider::builder().with_resource(resource).with_reader(reader).build();
        Ok(Self { traces, logs, metrics, flushing: Arc::default() })
    }

    pub(super) fn sending(&self) -> Sending {
        Sending::new(self.traces.tracer(SCOPE), &self.metrics.meter(SCOPE))
    }

    pub(super) fn lines(&self) -> Logs {
        Logs(self.logs.logger(SCOPE))
    }

    /// For the storage clients, which know OpenTelemetry and nothing of this app.
    pub(super) fn share(&self) {
        global::set_tracer_provider(self.traces.clone());
        global::set_meter_provider(self.metrics.clone());
    }

    /// Sends what was told until now. An endpoint that does not answer in time costs its telemetry, and nothing else: the
    /// client says so on the console.
    pub(super) async fn flush(&self) {
        let until = Instant::now() + PATIENCE;
        let Ok(flushing) = timeout_at(until, self.flushing.clone().lock_owned()).await else { return };
        let flushing = Arc::new(flushing);
        let flush = |flush: fn(&Self) -> OTelSdkResult| {
            let (exporting, flushing) = (self.clone(), flushing.clone());
            spawn_blocking(move || {
                let _flushing = flushing;
                flush(&exporting)
            })
        };
        let flushed = future::join_all([
            flush(|exporting| exporting.traces.force_flush()),
            flush(|exporting| exporting.logs.force_flush()),
            flush(|exporting| exporting.metrics.force_flush()),
        ]);
        // what is late goes on without us
        let _ = timeout_at(until, flushed).await;
    }
}

fn resource(settings: &TelemetrySettings) -> Resource {
    let mut attributes = vec![
        KeyValue::new(names::SERVICE_NAME, text::tag(&settings.app).to_owned()),
        KeyValue::new(names::SERVICE_VERSION, env!("CARGO_PKG_VERSION")),
    ];
    if let Some(instance) = &settings.instance {
        attributes.push(KeyValue::new(names::SERVICE_INSTANCE, text::tag(instance).to_owned()));
    }
    Resource::builder_empty().with_attributes(attributes).build()
}
