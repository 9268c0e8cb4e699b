//! Lines of the log, on their way to `traces` and `exceptions`. A line of a failure is an exception, so that failures can be
//! counted by their code.

use std::fmt;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, Severity};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::{invocation, names, text};

const EXCEPTION_TYPE: &str = "exception.type";
const EXCEPTION_MESSAGE: &str = "exception.message";
/// Of failures that have no code.
const FAILURE: &str = "Failure";

pub(super) struct Logs(pub(super) SdkLogger);

impl<S: Subscriber> Layer<S> for Logs {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::new(self.0.create_log_record());
        event.record(&mut line);
        self.0.emit(line.record(*event.metadata().level()));
    }
}

/// A line, field by field.
struct Line {
    record: SdkLogRecord,
    message: String,
    code: Option<String>,
}

impl Line {
    fn new(record: SdkLogRecord) -> Self {
        Self { record, message: String::new(), code: None }
    }

    fn record(mut self, level: Level) -> SdkLogRecord {
        let severity = match level {
            Level::ERROR => Severity::Error,
            Level::WARN => Severity::Warn,
            _ => Severity::Info,
        };
        self.record.set_severity_number(severity);
        if let Some(id) = invocation::current() {
            self.record.add_attribute(names::INVOCATION_ID, id.to_string());
        }
        let message = text::message(&self.message).to_owned();
        if level == Level::ERROR {
            let code = self.code.unwrap_or_else(|| FAILURE.to_owned());
            self.record.add_attribute(EXCEPTION_TYPE, text::tag(&code).to_owned());
            self.record.add_attribute(EXCEPTION_MESSAGE, message.clone());
        }
        self.record.set_body(message.into());
        self.record
    }

    fn text(&mut self, field: &Field, value: &str) {
        let name = field.name();
        match name {
            "message" => value.clone_into(&mut self.message),
            // the context knows it better
            names::INVOCATION_ID => {}
            _ if !names::is_listed(name) => {}
            _ => {
                if [names::FAILURE_REASON, names::ERROR_CODE].contains(&name) {
                    self.code = Some(value.to_owned());
                }
                self.record.add_attribute(name, AnyValue::from(text::value(value).to_owned()));
            }
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }
}
