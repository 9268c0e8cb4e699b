//! `BACKUP_SCHEDULE`, `RESUME_SCHEDULE` and `DRILL_SCHEDULE`: when the timers fire. It is the host that reads them (NCRONTAB, in UTC); the
//! app reads them to say what the host would not, for a schedule that the host cannot read leaves a function that never
//! fires; and to know how far two runs can be apart.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use time::OffsetDateTime;

use super::mistake::{Mistakes, shown};
use super::variables::{BACKUP_SCHEDULE, DRILL_SCHEDULE, RESUME_SCHEDULE, Variables};

pub(super) fn read_backup(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<String> {
    read(variables, BACKUP_SCHEDULE, "\"0 0 3 * * *\" for every night at three", mistakes)
}

pub(super) fn read_resume(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<String> {
    read(variables, RESUME_SCHEDULE, "\"0 */5 * * * *\" for every five minutes", mistakes)
}

pub(super) fn read_drill(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<String> {
    read(variables, DRILL_SCHEDULE, "\"0 0 12 * * 0\" for every Sunday at noon", mistakes)
}

fn read(variables: Variables<'_>, name: &str, example: &str, mistakes: &mut Mistakes) -> Option<String> {
    let read = match variables.get(name) {
        None => Err("Missing".to_owned()),
        Some(text) => match check(text) {
            Ok(()) => Ok(text.to_owned()),
            Err(problem) => Err(format!("{} is no schedule: {problem}", shown(text))),
        },
    };
    let remedy = format!("Use six fields (second minute hour day month weekday, in UTC), as {example}");
    read.map_err(|problem| mistakes.add(name, problem, remedy)).ok()
}

/// A longer gap is as good as endless.
const LONGEST: TimeDelta = TimeDelta::days(366);
/// Shorter gaps are not told apart.
const SHORTEST: TimeDelta = TimeDelta::minutes(15);
/// 1971 and 1972: the longest gap of a schedule shows in a year with or in one without 29 February.
const BEGIN: DateTime<Utc> = DateTime::from_timestamp(365 * 86_400, 0).expect("a time");
const END: DateTime<Utc> = DateTime::from_timestamp((365 + 365 + 366) * 86_400, 0).expect("a time");

/// When a schedule fires next. `None` where it fires no more, or where nobody could tell in time.
pub fn next_run(schedule: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let now = DateTime::from_timestamp(now.unix_timestamp(), 0)?;
    let next = parse(schedule).ok()?.find_next_occurrence(&now, false).ok()?;
    OffsetDateTime::from_unix_timestamp(next.timestamp()).ok()
}

/// The longest time between two runs, from a quarter of an hour to a year.
pub(super) fn longest_gap(schedule: &str) -> Duration {
    let gap = parse(schedule).ok().and_then(|cron| gap(&cron)).unwrap_or(LONGEST);
    gap.clamp(SHORTEST, LONGEST).to_std().expect("it is not negative")
}

/// A schedule runs at the same times on each of its days. So it is the longest gap of one day, or one between two days.
/// `None` where it runs no more.
fn gap(cron: &Cron) -> Option<TimeDelta> {
    let next = |after: DateTime<Utc>| cron.find_next_occurrence(&after, false).ok();
    let first = next(BEGIN - TimeDelta::seconds(1))?;
    let end = midnight(first) + TimeDelta::days(1) - TimeDelta::seconds(1);
    let (mut longest, mut last) = (TimeDelta::zero(), first);
    while let Some(following) = next(last).filter(|following| *following <= end) {
        longest = longest.max(following - last);
        // of runs that are close together the last one counts
        let close = cron.find_previous_occurrence(&(last + SHORTEST).min(end), true).ok();
        last = close.map_or(following, |close| close.max(following));
    }
    let mut day = midnight(first);
    while day < END {
        let following = midnight(next(day + TimeDelta::days(1) - TimeDelta::seconds(1))?);
        longest = longest.max(following - day + (first - last));
        day = following;
    }
    Some(longest)
}

fn midnight(run: DateTime<Utc>) -> DateTime<Utc> {
    run.date_naive().and_time(NaiveTime::MIN).and_utc()
}

fn check(text: &str) -> Result<(), String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [_, _, _, _, _, weekday] = fields[..] else {
        return Err(match fields.len() {
            1 => "it has one field".to_owned(),
            length => format!("it has {length} fields"),
        });
    };
    if weekday.split(',').any(|part| part.split('/').next().is_some_and(|days| days.contains('7'))) {
        return Err("weekdays are 0 (Sunday) to 6".to_owned());
    }
    // NCRONTAB has numbers, names of three letters and these signs, and none of croner's extensions.
    if let Some(stranger) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || " \t*,-/".contains(*c))) {
        return Err(format!("the host does not know {stranger:?}"));
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    if let Some(stranger) = words.find(|word| word.len() != 3) {
        return Err(format!("the host does not know {stranger:?}"));
    }
    parse(text).map(|_| ())
}

fn parse(text: &str) -> Result<Cron, String> {
    // NCRONTAB fires when both day fields agree, classic cron when either does
    let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Disallowed).dom_and_dow(true);
    parser.build().parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::format_description::well_known::Rfc3339;

    fn accepts(text: &str) {
        assert_eq!(check(text), Ok(()), "{text}");
    }

    fn refuses(text: &str) {
        assert!(check(text).is_err(), "{text}");
    }

    #[test]
    fn six_fields_that_the_host_can_read_are_accepted() {
        accepts("0 0 3 * * *");
        accepts("*/5 * * * * *");
        accepts("0 30 9-17/2 1,15 JAN-JUN MON-FRI");
        accepts("0\t0 3 * * 0");
    }

    #[test]
    fn what_the_host_cannot_read_is_refused() {
        refuses("0 3 * * *");
        refuses("0 0 3 * * * 2030");
        refuses("01:00:00");
        refuses("@daily");
        refuses("0 0 25 * * *");
        refuses("0 0 3 L * *");
        refuses("0 0 3 15W * *");
        refuses("0 0 3 ? * MON");
        refuses("0 0 3 * * MON#1");
        refuses("0 0 3 * * 7");
        refuses("0 0 3 * * 1-7");
    }

    #[test]
    fn the_next_run_comes_after_this_moment() {
        let at = |text| OffsetDateTime::parse(text, &Rfc3339).expect("a time");
        let check =
            |schedule, now, next| assert_eq!(next_run(schedule, at(now)), Some(at(next)), "{schedule}");
        check("0 0 3 * * *", "2026-11-22T02:59:59.5Z", "2026-11-22T03:00:00Z");
        check("0 0 3 * * *", "2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z");
        check("0 0 3 * * MON", "2026-11-24T00:00:00Z", "2026-11-30T03:00:00Z");
    }

    #[test]
    fn the_longest_gap_is_found_whatever_the_schedule() {
        let check = |schedule: &str, minutes: u64| {
            assert_eq!(longest_gap(schedule), Duration::from_secs(minutes * 60), "{schedule}");
        };
        check("0 0 3 * * *", 24 * 60);
        check("0 */20 * * * *", 20);
        check("0 0 6,22 * * *", 16 * 60);
        check("0 0 3 * * MON-FRI", 3 * 24 * 60);
        check("0 * 3 * * *", 23 * 60 + 1);
        check("0 0 9-17 * * 1-5", (2 * 24 + 16) * 60);
        check("0 0 3 1 * *", 31 * 24 * 60);
        check("0 0 3 30 * *", 60 * 24 * 60);
        check("* * * * * *", 15);
        check("0 0 3 29 2 *", 366 * 24 * 60);
        check("0 0 3 30 2 *", 366 * 24 * 60);
        // both day fields have to agree
        check("0 0 3 1-7 * MON", 35 * 24 * 60);
    }
}
