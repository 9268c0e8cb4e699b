//! What a timer invocation says about itself. None of it decides anything: it goes to the log. So dates stay
//! the text that the host sent, with or without offset, and nothing that is missing or odd stops a backup.

use serde_json::Value;

use super::envelope::{Envelope, plain};

/// The name of the timer's input in `function-definitions/backup-timer/function.json`.
pub(super) const BINDING: &str = "timer";

/// Why the timer fired.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tick {
    /// The tick that is being carried out. Not known where the host keeps no status.
    pub(super) due: Option<String>,
    pub(super) is_past_due: bool,
    /// How often the host has tried this tick before.
    pub(super) retries: u64,
}

impl Tick {
    pub(super) fn of(envelope: &Envelope) -> Self {
        let timer = envelope.input(BINDING);
        let retry = envelope.metadata("RetryContext");
        Self {
            due: plain(&timer["ScheduleStatus"])["Next"].as_str().map(str::to_owned),
            is_past_due: is_true(&timer["IsPastDue"]),
            retries: plain(&retry["RetryCount"]).as_u64().unwrap_or_default(),
        }
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        other => other.as_bool().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(envelope: &Value, expected: Tick) {
        let envelope = Envelope::decode(envelope.to_string().as_bytes()).expect("an object");
        assert_eq!(Tick::of(&envelope), expected, "{envelope:?}");
    }

    fn tick(due: Option<&str>, is_past_due: bool, retries: u64) -> Tick {
        Tick { due: due.map(str::to_owned), is_past_due, retries }
    }

    #[test]
    fn the_envelope_of_the_reference_is_understood() {
        check(
            &json!({"Data": {"timer": {
                        "Schedule": {"AdjustForDST": true},
                        "ScheduleStatus": {"Last": "2026-03-01T02:00:00.0123456+00:00",
                                           "Next": "2026-03-01T03:00:00+00:00",
                                           "LastUpdated": "2026-03-01T02:00:00.0123456+00:00"},
                        "IsPastDue": true}},
                    "Metadata": {"RetryContext": {"RetryCount": 2, "MaxRetryCount": 3, "Exception": null},
                                 "sys": {"MethodName": "backup-timer", "UtcNow": "2026-03-01T03:00:00.0481234Z"}}}),
            tick(Some("2026-03-01T03:00:00+00:00"), true, 2),
        );
    }

    #[test]
    fn a_tick_without_status_is_a_tick() {
        check(
            &json!({"Data": {"timer": {"ScheduleStatus": null, "IsPastDue": false}}}),
            tick(None, false, 0),
        );
        check(&json!({"Data": {"timer": {}}}), tick(None, false, 0));
        check(&json!({"Data": {"timer": null}}), tick(None, false, 0));
        check(&json!({"Data": {"timer": [1]}}), tick(None, false, 0));
        check(&json!({}), tick(None, false, 0));
    }

    #[test]
    fn a_date_without_offset_and_texts_in_texts_are_understood() {
        let timer =
            json!({"ScheduleStatus": {"Next": "0001-01-01T00:00:00"}, "IsPastDue": "True"}).to_string();
        check(
            &json!({"Data": {"timer": timer}, "Metadata": {"RetryContext": "{\"RetryCount\":\"1\"}"}}),
            tick(Some("0001-01-01T00:00:00"), true, 1),
        );
    }
}
