//! Field `rpoHours` of a pair: how old its newest recovery point may get before it counts as late.

use std::time::Duration;

use super::fields::Fields;
use super::schedule;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// A year.
const MOST_HOURS: u64 = 8_760;

pub(super) fn read(fields: &mut Fields<'_>) -> Option<Duration> {
    fields.whole("rpoHours", 1, MOST_HOURS).map(|hours: u64| Duration::from_secs(hours * HOUR.as_secs()))
}

/// For pairs that do not say: one run may be missed, and a cycle may take until the next.
pub(super) fn of_schedule(schedule: &str) -> Duration {
    let longest = Duration::from_secs(MOST_HOURS * HOUR.as_secs());
    (schedule::longest_gap(schedule) * 2).clamp(HOUR, longest)
}
