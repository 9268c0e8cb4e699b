//! The forms in which timer invocations have been seen to arrive.

use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset};

/// How one timer invocation is dressed. The default is a manual run, as the real host sends it today.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimerVariant {
    pub dates: StatusDates,
    pub is_past_due: bool,
    /// Present in the envelope when the function has a retry policy.
    pub retry: Option<Retry>,
    pub trace_parent: TraceParent,
}

/// What `ScheduleStatus` holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum StatusDates {
    /// What this host has recorded of its scheduled runs: null before the first one.
    #[default]
    Recorded,
    Null,
    /// `0001-01-01T00:00:00`, as older hosts wrote it.
    MinimumWithoutOffset,
    MinimumWithOffset,
    /// Fractions of seven digits.
    SevenDigits,
    /// An offset that is not zero.
    OtherOffset,
    Given(ScheduleStatus),
}

/// The status of a timer before a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleStatus {
    pub last: String,
    /// The tick that is being executed.
    pub next: String,
    pub last_updated: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// 0 on the first attempt.
    pub count: u32,
    /// -1 is for ever.
    pub maximum: i32,
}

/// The header `traceparent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceParent {
    Absent,
    /// Flags `00`, the usual case.
    #[default]
    NotSampled,
    /// Flags `01`.
    Sampled,
}

impl TimerVariant {
    /// One of each form; a handler must understand them all.
    pub fn every() -> Vec<TimerVariant> {
        use StatusDates::{
            MinimumWithOffset, MinimumWithoutOffset, Null, OtherOffset, Recorded, SevenDigits,
        };
        let dates = [Recorded, Null, MinimumWithoutOffset, MinimumWithOffset, SevenDigits, OtherOffset];
        let traces = [TraceParent::Absent, TraceParent::NotSampled, TraceParent::Sampled];
        let retries = [None, Some(Retry { count: 0, maximum: 2 }), Some(Retry { count: 1, maximum: 2 })];
        let dated = dates.into_iter().map(|dates| TimerVariant { dates, ..Default::default() });
        let traced =
            traces.into_iter().map(|trace_parent| TimerVariant { trace_parent, ..Default::default() });
        let retried = retries.into_iter().map(|retry| TimerVariant { retry, ..Default::default() });
        let past_due = TimerVariant { is_past_due: true, ..Default::default() };
        dated.chain(traced).chain(retried).chain([past_due]).collect()
    }
}

impl StatusDates {
    pub(crate) fn status(
        &self,
        recorded: Option<ScheduleStatus>,
        now: OffsetDateTime,
    ) -> Option<ScheduleStatus> {
        let all = |text: &str| ScheduleStatus {
            last: text.to_string(),
            next: stamp(now),
            last_updated: text.to_string(),
        };
        match self {
            StatusDates::Recorded => recorded,
            StatusDates::Null => None,
            StatusDates::MinimumWithoutOffset => Some(all("0001-01-01T00:00:00")),
            StatusDates::MinimumWithOffset => Some(all("0001-01-01T00:00:00+00:00")),
            StatusDates::SevenDigits => Some(all("2026-03-01T02:00:00.0123456+00:00")),
            StatusDates::OtherOffset => Some(all("2026-02-28T18:00:00.5-08:00")),
            StatusDates::Given(status) => Some(status.clone()),
        }
    }
}

impl ScheduleStatus {
    pub(crate) fn to_json(&self) -> Value {
        json!({"Last": self.last, "Next": self.next, "LastUpdated": self.last_updated})
    }
}

/// An instant as .NET writes it with an offset: up to seven digits, none when they are zero.
pub(crate) fn stamp(instant: OffsetDateTime) -> String {
    format!("{}+00:00", clock(instant))
}

/// The same, of a .NET time in UTC.
pub(crate) fn stamp_utc(instant: OffsetDateTime) -> String {
    format!("{}Z", clock(instant))
}

fn clock(instant: OffsetDateTime) -> String {
    let instant = instant.to_offset(UtcOffset::UTC);
    let (date, time) = (instant.date(), instant.time());
    let fraction = format!(".{:07}", time.nanosecond() / 100);
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    format!("{date}T{:02}:{:02}:{:02}{fraction}", time.hour(), time.minute(), time.second())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn instants_are_written_as_dot_net_writes_them() {
        assert_eq!(stamp(datetime!(2026-03-01 03:00 UTC)), "2026-03-01T03:00:00+00:00");
        assert_eq!(stamp(datetime!(2026-03-01 03:00:00.012345600 UTC)), "2026-03-01T03:00:00.0123456+00:00");
        assert_eq!(stamp_utc(datetime!(2026-03-01 03:00:09.5 +1)), "2026-03-01T02:00:09.5Z");
    }

    #[test]
    fn a_manual_run_before_any_status_has_none() {
        assert_eq!(StatusDates::Recorded.status(None, datetime!(2026-03-01 03:00 UTC)), None);
    }
}
