//! Numbers, sizes and times as people read them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::cycle::report::{Kind, Standing};
use crate::state::Status;

/// With a comma after each three digits.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 pair`, `2 pairs`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    let plural = match noun {
        "entry" => "entries",
        "pair" => "pairs",
        "file" => "files",
        "cycle" => "cycles",
        _ => return format!("{} {noun}", count(number)),
    };
    format!("{} {}", count(number), if number == 1 { noun } else { plural })
}

pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if number < 1_024 {
        return format!("{number} B");
    }
    let (mut size, mut unit) = (number as f64 / 1_024.0, 0);
    while size >= 999.95 && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1_024.0, unit + 1);
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// Hours, minutes and seconds, the two that say the most.
pub(super) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// `2026-11-21 10:15` in UTC, or the text as it stands.
pub(super) fn minute(iso: &str) -> String {
    OffsetDateTime::parse(iso, &Rfc3339).map_or_else(|_| iso.to_owned(), minute_of)
}

pub(super) fn minute_of(time: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    time.format(format).expect("it has all of these")
}

/// The sign and the words for a standing: never the colour alone.
pub(super) fn standing(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Failing => ("✕", "Failing"),
        Standing::FailedOver => ("⇄", "Failed over"),
        Standing::Late => ("!", "Late"),
        Standing::Held => ("‖", "Waits for you"),
        Standing::Running => ("▶", "Running"),
        Standing::New => ("○", "New"),
        Standing::Protected => ("✓", "Protected"),
    }
}

pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Restore => "Restore",
        Kind::Drill => "Drill",
        Kind::Failback => "Failback",
    }
}

pub(super) fn status(status: Option<Status>) -> (&'static str, &'static str) {
    match status {
        Some(Status::Succeeded) => ("✓", "Succeeded"),
        Some(Status::CompletedWithErrors) => ("!", "With errors"),
        Some(Status::Failed) => ("✕", "Failed"),
        Some(Status::Rejected) => ("–", "Rejected"),
        Some(Status::Cancelled) => ("–", "Cancelled"),
        None => ("?", "Unreadable"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1, 2].map(|number| counted(number, "entry")), ["1 entry", "2 entries"]);
        assert_eq!([0, 1_023, 1_024, 1_536].map(bytes), ["0 B", "1023 B", "1.0 KiB", "1.5 KiB"]);
        assert_eq!(bytes(1_023 * 1_024), "1.0 MiB");
        assert_eq!(bytes(u64::MAX), "16384.0 PiB");
        assert_eq!([17, 4_000, 61_000, 7_260_000].map(duration), ["17 ms", "4 s", "1 min 1 s", "2 h 1 min"]);
        assert_eq!(minute("2026-11-21T10:15:59Z"), "2026-11-21 10:15");
        assert_eq!(minute("soon"), "soon");
    }
}
