//! What is sent: events, spans and numbers. Where nothing is exported, all of it comes to nothing.
//!
//! An event is exported as part of a span, and a span when it has ended. The spans of an invocation can last as long as it
//! does, and a process that is killed sends none that has not ended; so every event has a span of its own, ended at once.

use std::collections::HashMap;
use std::sync::OnceLock;

use opentelemetry::context::FutureExt;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use super::names::{Event, INVOCATION_ID, METRICS, Metric, MetricKind, Span};
use super::{invocation, text};

/// What makes an event of a span's event, and its name.
const CUSTOM: &str = "ai.custom";
const CUSTOM_NAME: &str = "ai.customEvent.name";

static SENDING: OnceLock<Sending> = OnceLock::new();

#[derive(Debug)]
pub(super) struct Sending {
    tracer: SdkTracer,
    instruments: HashMap<&'static str, Instrument>,
}

#[derive(Debug)]
enum Instrument {
    Counter(Counter<f64>),
    Gauge(Gauge<f64>),
    Histogram(Histogram<f64>),
}

impl Sending {
    pub(super) fn new(tracer: SdkTracer, meter: &Meter) -> Self {
        let instrument = |metric: &&Metric| {
            let Metric { name, kind, unit, .. } = **metric;
            let instrument = match kind {
                MetricKind::Counter => Instrument::Counter(meter.f64_counter(name).with_unit(unit).build()),
                MetricKind::Gauge => Instrument::Gauge(meter.f64_gauge(name).with_unit(unit).build()),
                MetricKind::Histogram => {
                    Instrument::Histogram(meter.f64_histogram(name).with_unit(unit).build())
                }
            };
            (name, instrument)
        };
        Self { tracer, instruments: METRICS.iter().map(instrument).collect() }
    }

    /// From now on, everything is sent here.
    pub(super) fn begin(self) {
        // a second one would be one too many, and there is none
        let _ = SENDING.set(self);
    }
}

pub(super) fn is_sent() -> bool {
    SENDING.get().is_some()
}

/// Something happened. It is told by [`Happened::send`].
#[must_use]
pub fn event(event: &'static Event) -> Happened<'static> {
    SENDING.get().map_or(Happened::unheard(event), |sending| sending.event(event))
}

/// Something begins, within what is under way here, and ends when this is dropped.
#[must_use]
pub fn span(span: &'static Span) -> Work {
    SENDING.get().map_or(Work(None), |sending| sending.span(span))
}

/// How much, or how much more.
pub fn measure(metric: &'static Metric, value: f64, fields: &[(&'static str, &str)]) {
    if let Some(sending) = SENDING.get() {
        sending.measure(metric, value, fields);
    }
}

impl Sending {
    pub(super) fn event(&self, event: &'static Event) -> Happened<'_> {
        Happened { sending: Some(self), ..Happened::unheard(event) }
    }

    pub(super) fn span(&self, span: &'static Span) -> Work {
        let parent = Context::current();
        let started = self.start(span.name, &parent);
        let work = Work(Some(parent.with_span(started)));
        work.set_invocation();
        work
    }

    pub(super) fn measure(&self, metric: &'static Metric, value: f64, fields: &[(&'static str, &str)]) {
        debug_assert!(fields.iter().all(|(name, _)| metric.fields.contains(name)), "{fields:?}");
        let fields: Vec<KeyValue> = fields.iter().map(|(name, value)| text::attribute(name, value)).collect();
        match &self.instruments[metric.name] {
            Instrument::Counter(counter) => counter.add(value, &fields),
            Instrument::Gauge(gauge) => gauge.record(value, &fields),
            Instrument::Histogram(histogram) => histogram.record(value, &fields),
        }
    }

    fn start(&self, name: &'static str, parent: &Context) -> opentelemetry_sdk::trace::Span {
        self.tracer.span_builder(name).with_kind(SpanKind::Internal).start_with_context(&self.tracer, parent)
    }
}

#[derive(Debug)]
pub struct Happened<'a> {
    sending: Option<&'a Sending>,
    event: &'static Event,
    fields: Vec<KeyValue>,
}

impl Happened<'_> {
    fn unheard(event: &'static Event) -> Self {
        Self { sending: None, event, fields: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        if self.sending.is_some() {
            debug_assert!(self.event.fields.contains(&name), "{name} of {}", self.event.name);
            self.fields.push(text::attribute(name, &value));
        }
        self
    }

    /// A field that may have no value.
    #[must_use]
    pub fn with_any(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub fn send(self) {
        let invocation = invocation::current();
        let told = self.with_any(INVOCATION_ID, invocation);
        let Some(sending) = told.sending else { return };
        let mut span = sending.start(told.event.name, &Context::current());
        let mut fields = told.fields;
        fields.push(KeyValue::new(CUSTOM_NAME, told.event.name));
        span.add_event(CUSTOM, fields);
        span.end();
    }
}

/// Something under way.
#[derive(Debug)]
pub struct Work(Option<Context>);

impl Work {
    /// Does the work: whatever is told meanwhile belongs to this.
    pub async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        let context = self.0.clone().unwrap_or_else(Context::current);
        work.with_context(context).await
    }

    pub fn set(&self, name: &'static str, value: impl ToString) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(text::attribute(name, &value));
        }
    }

    pub fn end_with(&self, is_good: bool) {
        if let Some(context) = &self.0 {
            context.span().set_status(if is_good { Status::Ok } else { Status::error("") });
        }
    }

    fn set_invocation(&self) {
        if let Some(id) = invocation::current() {
            self.set(INVOCATION_ID, id);
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}
