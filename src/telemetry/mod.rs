//! What the app tells about itself: lines on the console, where the host picks them up; or, where the settings name an
//! Application Insights resource, traces, numbers, events and lines sent there, under the host's operation.
//!
//! Telemetry never fails a cycle. It is sent before each answer, for which a few seconds are taken at most. No key,
//! signature or token is in it; what is in it is listed in [`names`].

mod client;
mod export;
mod health;
mod invocation;
mod logs;
pub mod names;
mod sending;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn, filter_fn};
use tracing_subscriber::fmt::writer::MakeWriterExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, registry};

use self::client::Client;
use self::export::Exporting;
use self::health::Health;
pub use self::invocation::invocation;
pub use self::sending::{Happened, Work, event, measure, span};
use crate::config::TelemetrySettings;

/// The way of what is told, out of the process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Telemetry(Option<Exporting>);

/// Whether anybody hears what is told.
pub fn is_on() -> bool {
    sending::is_sent()
}

/// Starts telling, for the whole process. Whatever is below `INFO` is left out: it could show URLs.
pub fn init(settings: Option<&TelemetrySettings>) -> Telemetry {
    let Some(settings) = settings else {
        registry().with(console().with_filter(LevelFilter::INFO)).init();
        return Telemetry(None);
    };
    let health = Arc::new(Health::default());
    let started = Client::new(settings, health.clone()).and_then(|client| Exporting::new(settings, &client));
    let lines = started.as_ref().ok().map(Exporting::lines);
    // The host would send each line once more. It gets them as long as the endpoint takes none.
    let is_shown = dynamic_filter_fn(move |metadata, _| is_ours(metadata) && !health.takes())
        .with_max_level_hint(LevelFilter::INFO);
    registry().with(lines.with_filter(filter_fn(is_sent))).with(console().with_filter(is_shown)).init();
    match started {
        Ok(exporting) => {
            exporting.share();
            exporting.sending().begin();
            Telemetry(Some(exporting))
        }
        Err(error) => {
            tracing::error!("{error:#}");
            Telemetry(None)
        }
    }
}

/// What OpenTelemetry says of itself says nothing of backups, and the client tells of what was not taken.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO && !metadata.target().starts_with("opentelemetry")
}

fn is_sent(metadata: &Metadata<'_>) -> bool {
    is_ours(metadata) && metadata.target() != health::TARGET
}

impl Telemetry {
    pub fn is_sent(&self) -> bool {
        self.0.is_some()
    }

    /// Sends what was told until now, and waits a few seconds for it at most.
    pub async fn flush(&self) {
        if let Some(exporting) = &self.0 {
            exporting.flush().await;
        }
    }
}

/// Stdout becomes information, and stderr warnings (where the line says so) and errors. The host stamps the time itself.
fn console<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    let writer = std::io::stderr.with_max_level(Level::WARN).or_else(std::io::stdout);
    tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false).without_time().with_target(false)
}
