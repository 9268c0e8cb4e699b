//! What is told of requests, in OpenTelemetry's words, to whoever listens to what the caller is doing: the time of every
//! attempt, and one span of many. Where nobody listens, it costs a look.
//!
//! A URL is never told: it may bear a signature, and names of files.

use crate::pipeline::Name;
use azure_core::http::policies::PolicyResult;
use azure_core::http::{Context, Request};
use opentelemetry::metrics::Histogram;
use opentelemetry::trace::{Span, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{KeyValue, global};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};
use std::time::{Instant, SystemTime};

/// The metric: how many attempts there were of each operation and outcome, and how long they took, in seconds.
pub const REQUEST_DURATION: &str = "storage.request.duration";

/// Of each operation and outcome, the first attempt has a span, and then one of so many.
const ONE_OF: u64 = 1_000;
const SCOPE: &str = "azure_storage";

/// The attempts of one client.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<HashMap<(&'static str, u16), u64>>);

/// An attempt under way that somebody is interested in.
pub(crate) struct Watched {
    operation: &'static str,
    method: String,
    host: String,
    began: (SystemTime, Instant),
}

impl Watched {
    pub(crate) fn begin(ctx: &Context, request: &Request) -> Option<Self> {
        if !opentelemetry::Context::map_current(TraceContextExt::has_active_span) {
            return None;
        }
        Some(Self {
            operation: ctx.value().map_or("", |Name(operation)| *operation),
            method: request.method().as_str().to_owned(),
            host: request.url().host_str().unwrap_or_default().to_owned(),
            began: (SystemTime::now(), Instant::now()),
        })
    }

    pub(crate) fn end(self, result: &PolicyResult, watch: &Watch) {
        let status = result.as_ref().ok().map(|answer| u16::from(answer.status()));
        let (start, began) = self.began;
        let mut fields =
            vec![KeyValue::new("operation", self.operation), KeyValue::new("server.address", self.host)];
        fields.extend(status.map(|status| KeyValue::new("http.response.status_code", status.to_string())));
        duration().record(began.elapsed().as_secs_f64(), &fields);
        if !watch.is_chosen(self.operation, status.unwrap_or_default()) {
            return;
        }
        fields.push(KeyValue::new("http.request.method", self.method));
        let tracer = global::tracer(SCOPE);
        let mut span = tracer
            .span_builder(self.operation)
            .with_kind(SpanKind::Client)
            .with_start_time(start)
            .with_attributes(fields)
            .start(&tracer);
        span.set_status(match status {
            Some(..400) => Status::Ok,
            _ => Status::error(""),
        });
        span.end();
    }
}

impl Watch {
    fn is_chosen(&self, operation: &'static str, status: u16) -> bool {
        let mut seen = self.0.lock().expect("no panic while the counts are held");
        let count = seen.entry((operation, status)).or_default();
        *count += 1;
        *count % ONE_OF == 1
    }
}

/// Made when somebody listens for the first time.
fn duration() -> &'static Histogram<f64> {
    static DURATION: OnceLock<Histogram<f64>> = OnceLock::new();
    DURATION.get_or_init(|| global::meter(SCOPE).f64_histogram(REQUEST_DURATION).with_unit("s").build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_operation_and_outcome_the_first_is_chosen_and_then_one_in_a_thousand() {
        let watch = Watch::default();
        let chosen = |operation, status| (0..2_001).filter(|_| watch.is_chosen(operation, status)).count();
        assert_eq!(chosen("Get File", 206), 3);
        assert_eq!(chosen("Get File", 503), 3);
        assert!(!watch.is_chosen("Get File", 206));
        assert!(watch.is_chosen("Put Range", 201));
    }
}
