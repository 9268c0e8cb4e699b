//! The request that carries a timer invocation.

use bytes::Bytes;
use hyper::Request;
use hyper::http::Error;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::HOST_VERSION;
use crate::client::{Body, chunked};
use crate::timer::{ScheduleStatus, TimerVariant, TraceParent, stamp_utc};

pub(crate) struct TimerRun<'a> {
    pub(crate) function: &'a str,
    pub(crate) binding: &'a str,
    pub(crate) variant: &'a TimerVariant,
    pub(crate) status: Option<ScheduleStatus>,
    pub(crate) now: OffsetDateTime,
}

impl TimerRun<'_> {
    pub(crate) fn request(&self, port: u16, invocation: &str) -> Result<Request<Body>, Error> {
        let mut request = Request::post(format!("/{}", self.function))
            .header("host", format!("127.0.0.1:{port}"))
            .header("x-azure-functions-hostversion", HOST_VERSION)
            .header("x-azure-functions-invocationid", invocation)
            .header("user-agent", format!("Azure-Functions-Host/{HOST_VERSION}"))
            .header("content-type", "application/json; charset=utf-8");
        let flags = match self.variant.trace_parent {
            TraceParent::Absent => None,
            TraceParent::NotSampled => Some("00"),
            TraceParent::Sampled => Some("01"),
        };
        if let Some(flags) = flags {
            let (trace, span) = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string());
            request = request.header("traceparent", format!("00-{trace}-{}-{flags}", &span[..16]));
        }
        request.body(chunked(Bytes::from(self.body().to_string())))
    }

    fn body(&self) -> Value {
        let timer = json!({
            "Schedule": {"AdjustForDST": true},
            "ScheduleStatus": self.status.as_ref().map(ScheduleStatus::to_json),
            "IsPastDue": self.variant.is_past_due,
        });
        let mut metadata = Map::new();
        if let Some(retry) = &self.variant.retry {
            let exception = (retry.count > 0).then(|| {
                json!({
                    "ClassName": "Microsoft.Azure.WebJobs.Host.FunctionInvocationException",
                    "Message": format!("Exception while executing function: {}", self.function),
                })
            });
            let retry = json!({
                "RetryCount": retry.count, "MaxRetryCount": retry.maximum,
                "Exception": exception, "Instance": null, "State": {},
            });
            metadata.insert("RetryContext".to_string(), retry);
        }
        let sys = json!({
            "MethodName": self.function,
            "UtcNow": stamp_utc(self.now),
            "RandGuid": Uuid::new_v4().to_string(),
        });
        metadata.insert("sys".to_string(), sys);
        json!({"Data": {self.binding: timer}, "Metadata": metadata})
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::timer::{Retry, StatusDates};

    fn body(variant: &TimerVariant) -> Value {
        let now = datetime!(2026-03-01 03:00:00.0481234 UTC);
        let status = variant.dates.status(None, now);
        TimerRun { function: "backup-timer", binding: "timer", variant, status, now }.body()
    }

    #[test]
    fn a_plain_envelope_holds_the_timer_and_its_origin() {
        let mut body = body(&TimerVariant::default());
        body["Metadata"]["sys"].as_object_mut().expect("sys is there").remove("RandGuid");
        let expected = json!({
            "Data": {"timer": {"Schedule": {"AdjustForDST": true}, "ScheduleStatus": null, "IsPastDue": false}},
            "Metadata": {"sys": {"MethodName": "backup-timer", "UtcNow": "2026-03-01T03:00:00.0481234Z"}},
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn minimum_dates_come_without_an_offset() {
        let dates = StatusDates::MinimumWithoutOffset;
        let body = body(&TimerVariant { dates, ..Default::default() });
        assert_eq!(body["Data"]["timer"]["ScheduleStatus"]["Last"], "0001-01-01T00:00:00");
    }

    #[test]
    fn a_retry_brings_its_exception() {
        let retried = |count| {
            let variant = TimerVariant { retry: Some(Retry { count, maximum: 2 }), ..Default::default() };
            body(&variant)["Metadata"]["RetryContext"].clone()
        };
        assert_eq!(retried(0)["Exception"], Value::Null);
        assert!(retried(1)["Exception"]["Message"].is_string());
    }
}
