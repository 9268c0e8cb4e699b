//! Keep rules: which recovery points are wanted.

use std::collections::{BTreeMap, BTreeSet};

use time::{OffsetDateTime, UtcOffset};

use super::rules::Keep;

/// The day, week, month or year that a time is in.
type Span = fn(OffsetDateTime) -> (i32, u16);

/// The cycles whose recovery points a rule wants: the newest of each day, week and so on that has one.
pub fn wanted<'a>(points: &'a BTreeMap<String, OffsetDateTime>, keep: &Keep) -> BTreeSet<&'a str> {
    let mut newest_first: Vec<(OffsetDateTime, &str)> =
        points.iter().map(|(cycle, taken)| (taken.to_offset(UtcOffset::UTC), cycle.as_str())).collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));

    let mut wanted: BTreeSet<&str> = newest_first.iter().take(keep.last).map(|(_, cycle)| *cycle).collect();
    let rules: [(usize, Span); 4] = [
        (keep.daily, |taken| taken.to_ordinal_date()),
        (keep.weekly, |taken| {
            let (year, week, _) = taken.to_iso_week_date();
            (year, week.into())
        }),
        (keep.monthly, |taken| (taken.year(), u8::from(taken.month()).into())),
        (keep.yearly, |taken| (taken.year(), 0)),
    ];
    for (count, span) in rules {
        let mut spans = BTreeSet::new();
        let newest_of_span = newest_first.iter().filter(|(taken, _)| spans.insert(span(*taken)));
        wanted.extend(newest_of_span.take(count).map(|(_, cycle)| *cycle));
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    /// Which of these, named by their times, are wanted.
    fn check(times: &[OffsetDateTime], keep: Keep, expected: &[OffsetDateTime]) {
        let points = times.iter().map(|taken| (taken.to_string(), *taken)).collect();
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(wanted(&points, &keep).into_iter().collect::<Vec<_>>(), expected, "{keep:?}");
    }

    const NONE: Keep = Keep { last: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

    #[test]
    fn the_newest_of_each_span_is_wanted() {
        let times = [
            datetime!(2025-06-30 23:00 UTC),
            datetime!(2025-12-28 03:00 UTC), // Sunday
            datetime!(2025-12-29 03:00 UTC), // Monday, and already of the first week of 2026
            datetime!(2026-01-04 03:00 UTC),
            datetime!(2026-01-04 15:00 UTC),
            datetime!(2026-01-05 03:00 UTC),
        ];
        let [june, sunday, _, _, fourth, newest] = times;
        check(&times, Keep { last: 2, ..NONE }, &[fourth, newest]);
        check(&times, Keep { daily: 3, ..NONE }, &[times[2], fourth, newest]);
        check(&times, Keep { weekly: 3, ..NONE }, &[sunday, fourth, newest]);
        check(&times, Keep { monthly: 3, ..NONE }, &[june, times[2], newest]);
        check(&times, Keep { yearly: 2, ..NONE }, &[times[2], newest]);
        check(&times, Keep { last: 1, yearly: 1, ..NONE }, &[newest]);
        check(&times, Keep { yearly: 200, ..NONE }, &[times[2], newest]);
        check(&times, NONE, &[]);
        check(&[], Keep { last: 5, daily: 5, ..NONE }, &[]);
    }

    #[test]
    fn days_without_a_recovery_point_use_up_nothing() {
        let times = [
            datetime!(2026-03-01 03:00 UTC),
            datetime!(2026-03-09 03:00 UTC),
            datetime!(2026-06-30 03:00 UTC),
        ];
        check(&times, Keep { daily: 3, ..NONE }, &times);
    }

    #[test]
    fn days_are_utc_whatever_the_offset_of_a_time() {
        let evening = datetime!(2026-03-01 23:30 -03:00); // 02:30 of the second, in UTC
        let morning = datetime!(2026-03-02 03:00 UTC);
        check(&[evening, morning], Keep { daily: 2, ..NONE }, &[morning]);
    }
}
