//! Time as the service writes it: 100 ns ticks since the year 1, as ISO 8601 with seven decimals, as an
//! RFC 1123 date, and as an ETag. The clock never gives one value twice, so two writes never share an ETag.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
const TICKS_PER_SECOND: u64 = 10_000_000;
const TICKS_PER_DAY: u64 = 86_400 * TICKS_PER_SECOND;
const DAYS_TO_1970: u64 = 719_162;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Ticks(pub(crate) u64);

#[derive(Debug, Default)]
pub(crate) struct Clock {
    last: AtomicU64,
    /// How far it runs before the wall clock; behind it, a negative number's bits.
    ahead: AtomicU64,
}

impl Clock {
    pub(crate) fn behind(by: Duration) -> Self {
        Self { ahead: AtomicU64::new(ticks(by).wrapping_neg()), ..Self::default() }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.fetch_add(ticks(by), Ordering::Relaxed);
    }

    /// In ticks.
    pub(crate) fn ahead(&self) -> u64 {
        self.ahead.load(Ordering::Relaxed)
    }

    pub(crate) fn run_ahead(&self, ticks: u64) {
        self.ahead.store(ticks, Ordering::Relaxed);
    }

    /// The time as others may see it too.
    pub(crate) fn reading(&self) -> Ticks {
        Ticks(Ticks::wall_clock().0.wrapping_add(self.ahead.load(Ordering::Relaxed)))
    }

    /// A time that nobody else gets.
    pub(crate) fn now(&self) -> Ticks {
        let wall = self.reading().0;
        let previous = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(wall.max(last + 1)))
            .unwrap_or_else(|last| last);
        Ticks(wall.max(previous + 1))
    }
}

fn ticks(time: Duration) -> u64 {
    time.as_secs() * TICKS_PER_SECOND + u64::from(time.subsec_nanos() / 100)
}

impl Ticks {
    pub(crate) fn wall_clock() -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ticks = since_1970.as_secs() * TICKS_PER_SECOND + u64::from(since_1970.subsec_nanos() / 100);
        Self(DAYS_TO_1970 * TICKS_PER_DAY + ticks)
    }

    pub(crate) fn cut_to_second(self) -> Self {
        Self(self.0 - self.0 % TICKS_PER_SECOND)
    }

    pub(crate) fn plus(self, time: Duration) -> Self {
        Self(self.0 + (time.as_nanos() / 100) as u64)
    }

    pub(crate) fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0 + seconds * TICKS_PER_SECOND)
    }

    pub(crate) fn seconds_apart(self, other: Self) -> u64 {
        self.0.abs_diff(other.0) / TICKS_PER_SECOND
    }

    /// Begun seconds count as whole ones.
    pub(crate) fn seconds_after(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0).div_ceil(TICKS_PER_SECOND)
    }

    pub(crate) fn iso(self) -> String {
        let mut text = String::with_capacity(28);
        self.write_iso(&mut text);
        text
    }

    pub(crate) fn write_iso(self, text: &mut String) {
        let (year, month, day) = self.date();
        push_digits(text, year, 4);
        text.push('-');
        push_digits(text, month, 2);
        text.push('-');
        push_digits(text, day, 2);
        text.push('T');
        self.write_time_of_day(text);
        text.push('.');
        push_digits(text, self.0 % TICKS_PER_SECOND, 7);
        text.push('Z');
    }

    pub(crate) fn rfc1123(self) -> String {
        let mut text = String::with_capacity(29);
        self.write_rfc1123(&mut text);
        text
    }

    pub(crate) fn write_rfc1123(self, text: &mut String) {
        let (year, month, day) = self.date();
        text.push_str(WEEKDAYS[(self.0 / TICKS_PER_DAY % 7) as usize]);
        text.push_str(", ");
        push_digits(text, day, 2);
        text.push(' ');
        text.push_str(MONTHS[month as usize - 1]);
        text.push(' ');
        push_digits(text, year, 4);
        text.push(' ');
        self.write_time_of_day(text);
        text.push_str(" GMT");
    }

    /// The service's ETag is the tick count of the last change in hexadecimal, quotes included.
    pub(crate) fn etag(self) -> String {
        format!("\"0x{:X}\"", self.0)
    }

    /// `2026-11-18T22:01:07.1234567Z`, with up to seven decimals.
    pub(crate) fn parse_iso(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let mut date = date.splitn(3, '-').map(parse_digits);
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let mut time = time.splitn(3, ':').map(parse_digits);
        let (hour, minute, second) = (time.next()??, time.next()??, time.next().unwrap_or(Some(0))?);
        if fraction.len() > 7 {
            return None;
        }
        let fraction = parse_digits(fraction)? * 10_u64.pow(7 - fraction.len() as u32);
        Some(Self(Self::from_civil(year, month, day, hour, minute, second)?.0 + fraction))
    }

    /// `Wed, 18 Nov 2026 22:01:07 GMT`.
    pub(crate) fn parse_rfc1123(text: &str) -> Option<Self> {
        let (_, text) = text.split_once(", ")?;
        let mut parts = text.strip_suffix(" GMT")?.split(' ');
        let day = parse_digits(parts.next()?)?;
        let month = parts.next()?;
        let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
        let year = parse_digits(parts.next()?)?;
        let mut time = parts.next()?.splitn(3, ':').map(parse_digits);
        Self::from_civil(year, month, day, time.next()??, time.next()??, time.next()??)
    }

    fn from_civil(year: u64, month: u64, day: u64, hour: u64, minute: u64, second: u64) -> Option<Self> {
        let possible = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !possible {
            return None;
        }
        let earlier_months: u64 = (1..month).map(|earlier| days_of_month(year, earlier)).sum();
        let days = days_before_year(year) + earlier_months + day - 1;
        Some(Self(days * TICKS_PER_DAY + (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND))
    }

    fn date(self) -> (u64, u64, u64) {
        let days = self.0 / TICKS_PER_DAY;
        let mut year = days / 366 + 1;
        while days_before_year(year + 1) <= days {
            year += 1;
        }
        let mut day = days - days_before_year(year);
        let mut month = 1;
        while day >= days_of_month(year, month) {
            day -= days_of_month(year, month);
            month += 1;
        }
        (year, month, day + 1)
    }

    fn write_time_of_day(self, text: &mut String) {
        let seconds = self.0 / TICKS_PER_SECOND % 86_400;
        push_digits(text, seconds / 3600, 2);
        text.push(':');
        push_digits(text, seconds / 60 % 60, 2);
        text.push(':');
        push_digits(text, seconds % 60, 2);
    }
}

fn days_before_year(year: u64) -> u64 {
    let years = year - 1;
    years * 365 + years / 4 - years / 100 + years / 400
}

fn days_of_month(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn parse_digits(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn push_digits(text: &mut String, value: u64, width: u32) {
    for place in (0..width).rev() {
        text.push(char::from(b'0' + (value / 10_u64.pow(place) % 10) as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_back_with_all_its_ticks() {
        for text in
            ["2026-11-18T22:01:07.1234567Z", "1601-01-01T00:00:00.0000000Z", "2024-02-29T23:59:59.9999999Z"]
        {
            assert_eq!(Ticks::parse_iso(text).map(Ticks::iso).as_deref(), Some(text));
        }
    }

    #[test]
    fn the_etag_of_a_recorded_exchange_matches_its_change_time() {
        let change = Ticks::parse_iso("2025-12-15T11:12:41.1895061Z").expect("a time");
        assert_eq!(change.etag(), "\"0x8DE3BCADD170515\"");
        assert_eq!(change.rfc1123(), "Mon, 15 Dec 2025 11:12:41 GMT");
        assert_eq!(Ticks::parse_rfc1123(&change.rfc1123()), Some(change.cut_to_second()));
    }

    #[test]
    fn impossible_times_are_not_read() {
        for text in [
            "",
            "2026-02-30T00:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00.12345678Z",
        ] {
            assert_eq!(Ticks::parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn the_clock_never_repeats_a_tick() {
        let clock = Clock::default();
        let times: Vec<Ticks> = (0..10_000).map(|_| clock.now()).collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
