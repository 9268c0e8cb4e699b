//! NCRONTAB schedules: six fields with seconds first, or five without, in UTC.

use anyhow::Context;
use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use time::OffsetDateTime;

/// When a timer fires.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
}

impl Schedule {
    /// Reads a schedule, with its variables already expanded.
    pub fn parse(text: &str) -> anyhow::Result<Schedule> {
        anyhow::ensure!(!text.trim().is_empty(), "Schedule is empty");
        anyhow::ensure!(!text.contains(':'), "TimeSpan schedule \"{text}\" is not reproduced by this host");
        // croner reads more than NCRONTAB does: nicknames, L, W, #, ?, years, and 7 for Sunday.
        let foreign = text.contains(['@', '#', '?', '+']) || text.split_whitespace().any(has_foreign_letters);
        let weekday = text.split_whitespace().last().unwrap_or_default();
        anyhow::ensure!(!foreign && !weekday.contains('7'), "Schedule \"{text}\" is not NCRONTAB");
        let parser = CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Disallowed)
            .dom_and_dow(true) // NCRONTAB fires when both day fields agree, classic cron when either does
            .build();
        let cron = parser.parse(text).with_context(|| format!("Schedule \"{text}\" is not NCRONTAB"))?;
        Ok(Schedule { cron })
    }

    /// The first tick after an instant.
    pub fn next_after(&self, instant: OffsetDateTime) -> anyhow::Result<OffsetDateTime> {
        let start = DateTime::<Utc>::from_timestamp(instant.unix_timestamp(), 0)
            .with_context(|| format!("{instant} is out of range"))?;
        let tick = self
            .cron
            .find_next_occurrence(&start, false)
            .with_context(|| format!("Schedule \"{}\" never fires", self.cron.pattern))?;
        Ok(OffsetDateTime::from_unix_timestamp(tick.timestamp())?)
    }

    /// The host switches `useMonitor` off for such a schedule.
    pub(crate) fn is_faster_than_a_minute(&self, now: OffsetDateTime) -> anyhow::Result<bool> {
        let first = self.next_after(now)?;
        Ok(self.next_after(first)? - first < time::Duration::MINUTE)
    }
}

fn has_foreign_letters(field: &str) -> bool {
    const NAMES: &str = "SUN MON TUE WED THU FRI SAT JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC";
    let field = field.to_ascii_uppercase();
    let mut words = field.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.any(|word| !NAMES.split(' ').any(|name| name == word))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-03-01 02:30:00.5 UTC); // a Sunday

    fn check(text: &str, expected: OffsetDateTime) {
        let schedule = Schedule::parse(text).expect("schedule is legal");
        assert_eq!(schedule.next_after(START).expect("schedule fires"), expected, "{text}");
    }

    #[test]
    fn six_fields_begin_with_seconds() {
        check("0 */5 * * * *", datetime!(2026-03-01 02:35 UTC));
        check("15 0 3 * * *", datetime!(2026-03-01 03:00:15 UTC));
        check("* * * * * *", datetime!(2026-03-01 02:30:01 UTC));
        check("0 0 1 * * 1-5", datetime!(2026-03-02 01:00 UTC));
        check("0 0 1 * jan,apr Mon", datetime!(2026-04-06 01:00 UTC));
    }

    #[test]
    fn five_fields_fire_at_second_zero() {
        check("31 2 * * *", datetime!(2026-03-01 02:31 UTC));
    }

    #[test]
    fn both_day_fields_must_agree() {
        check("0 0 0 13 * 5", datetime!(2026-03-13 00:00 UTC));
        check("0 0 0 1 * 3", datetime!(2026-04-01 00:00 UTC));
    }

    #[test]
    fn a_tick_is_never_its_own_successor() {
        let schedule = Schedule::parse("0 0 3 * * *").expect("schedule is legal");
        let next = schedule.next_after(datetime!(2026-03-01 03:00 UTC)).expect("schedule fires");
        assert_eq!(next, datetime!(2026-03-02 03:00 UTC));
    }

    #[test]
    fn what_is_not_ncrontab_is_refused() {
        let texts =
            ["", "%X%", "* * * *", "61 * * * * *", "0 0 0 L * *", "0 0 0 * * 7", "@daily", "0 0 0 ? * *"];
        for text in texts.into_iter().chain(["00:05:00", "0 0 0 1 1 * 2027", "0 0 0 * * 5#2"]) {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_schedules_within_a_minute_go_without_monitor() {
        let fast =
            |text| Schedule::parse(text).expect("legal").is_faster_than_a_minute(START).expect("fires");
        assert!(fast("*/30 * * * * *"));
        assert!(!fast("0 * * * * *"));
    }
}
