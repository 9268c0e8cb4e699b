//! The times of files: 100 ns ticks since year 1, written as the service writes them.
//!
//! An integer, because a listing has four of them per entry and they are only ever compared and handed on.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

const TICKS_PER_SECOND: u64 = 10_000_000;
const SECONDS_PER_DAY: u64 = 86_400;
const DAYS_BEFORE_1970: u64 = 719_162;
const TICKS_BEFORE_1970: u64 = DAYS_BEFORE_1970 * SECONDS_PER_DAY * TICKS_PER_SECOND;
/// The end of year 9999.
const LIMIT: u64 = 3_155_378_976_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(u64);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Not a time of the form 2026-11-18T22:01:07.1234567Z: {0:?}")]
pub struct InvalidFileTime(String);

impl FileTime {
    /// `None` beyond year 9999.
    pub const fn from_ticks(ticks: u64) -> Option<Self> {
        if ticks < LIMIT { Some(Self(ticks)) } else { None }
    }

    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// The next instant that differs; the last one stays.
    #[must_use]
    pub fn next_tick(self) -> Self {
        Self((self.0 + 1).min(LIMIT - 1))
    }

    pub fn now() -> Self {
        SystemTime::now().into()
    }
}

/// Times before 1970 become 1970; finer digits are cut.
impl From<SystemTime> for FileTime {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ticks = since.as_secs() * TICKS_PER_SECOND + u64::from(since.subsec_nanos() / 100);
        Self((TICKS_BEFORE_1970 + ticks).min(LIMIT - 1))
    }
}

impl From<FileTime> for SystemTime {
    fn from(time: FileTime) -> Self {
        let duration =
            |ticks| Duration::new(ticks / TICKS_PER_SECOND, (ticks % TICKS_PER_SECOND) as u32 * 100);
        match time.0.checked_sub(TICKS_BEFORE_1970) {
            Some(after) => SystemTime::UNIX_EPOCH + duration(after),
            None => SystemTime::UNIX_EPOCH - duration(TICKS_BEFORE_1970 - time.0),
        }
    }
}

impl fmt::Display for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, fraction) = (self.0 / TICKS_PER_SECOND, self.0 % TICKS_PER_SECOND);
        let (year, month, day) = date_of(seconds / SECONDS_PER_DAY);
        let second = seconds % SECONDS_PER_DAY;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:07}Z")
    }
}

impl FromStr for FileTime {
    type Err = InvalidFileTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.as_bytes()).ok_or_else(|| InvalidFileTime(text.to_owned()))
    }
}

/// `yyyy-MM-ddTHH:mm:ss[.f{1,7}]Z`
fn parse(text: &[u8]) -> Option<FileTime> {
    let (seconds, rest) = text.split_at_checked(19)?;
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|(at, separator)| seconds[*at] != *separator) {
        return None;
    }
    let field = |from: usize, to: usize| digits(&seconds[from..to]);
    let (year, month, day) = (field(0, 4)?, field(5, 7)?, field(8, 10)?);
    let (hour, minute, second) = (field(11, 13)?, field(14, 16)?, field(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) || year == 0 {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = fraction(rest.strip_suffix(b"Z")?)?;
    let seconds = days_before(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    Some(FileTime(seconds * TICKS_PER_SECOND + fraction))
}

fn fraction(text: &[u8]) -> Option<u64> {
    let Some((b'.', text)) = text.split_first() else {
        return text.is_empty().then_some(0);
    };
    if text.is_empty() || text.len() > 7 {
        return None;
    }
    Some(digits(text)? * 10u64.pow(7 - text.len() as u32))
}

fn digits(text: &[u8]) -> Option<u64> {
    text.iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0')))
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 0001-01-01.
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let past = year - 1;
    let in_past_years = past * 365 + past / 4 - past / 100 + past / 400;
    let leap_day = u64::from(month > 2 && is_leap(year));
    in_past_years + DAYS_BEFORE_MONTH[month as usize - 1] + leap_day + day - 1
}

const DAYS_BEFORE_MONTH: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

fn date_of(days: u64) -> (u64, u64, u64) {
    // A first guess from the mean length of a year is off by one at most.
    let mut year = days * 400 / 146_097 + 1;
    while days < days_before(year, 1, 1) {
        year -= 1;
    }
    while days >= days_before(year + 1, 1, 1) {
        year += 1;
    }
    let mut rest = days - days_before(year, 1, 1);
    let mut month = 1;
    while rest >= days_in(year, month) {
        rest -= days_in(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

impl Serialize for FileTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, ticks: u64) {
        let time: FileTime = text.parse().expect("a time");
        assert_eq!(time.ticks(), ticks);
        assert_eq!(time.to_string(), text);
    }

    #[test]
    fn times_are_ticks_since_year_one() {
        check("0001-01-01T00:00:00.0000000Z", 0);
        check("1601-01-01T00:00:00.0000000Z", 504_911_232_000_000_000);
        check("1970-01-01T00:00:00.0000000Z", TICKS_BEFORE_1970);
        check("1997-07-01T00:00:00.7654321Z", 630_033_120_007_654_321);
        check("2000-02-29T23:59:59.9999999Z", 630_874_655_999_999_999);
        check("9999-12-31T23:59:59.9999999Z", LIMIT - 1);
    }

    #[test]
    fn every_day_of_a_long_cycle_is_written_as_it_is_read() {
        for day in 0..(400 * 366) {
            let time = FileTime(day * SECONDS_PER_DAY * TICKS_PER_SECOND);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn fewer_digits_are_read() {
        let time: FileTime = "2026-11-18T22:01:07.12Z".parse().expect("a time");
        assert_eq!(time.to_string(), "2026-11-18T22:01:07.1200000Z");
        let time: FileTime = "2026-11-18T22:01:07Z".parse().expect("a time");
        assert_eq!(time.to_string(), "2026-11-18T22:01:07.0000000Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "2026-11-18",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2026-11-18T24:00:00Z",
            "2026-11-18T22:01:07.12345678Z",
            "2026-11-18T22:01:07.Z",
            "2026-11-18T22:01:07+01:00",
            "2026-11-18T22:01:0éZ",
        ] {
            assert!(text.parse::<FileTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn system_times_keep_their_ticks() {
        let time: FileTime = "2026-11-18T22:01:07.1234567Z".parse().expect("a time");
        assert_eq!(FileTime::from(SystemTime::from(time)), time);
    }
}
