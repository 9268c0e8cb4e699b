//! `Edm.DateTime`: an instant of UTC in steps of 100 nanoseconds, from 1601 on.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#property-types>

use time::format_description::well_known::Rfc3339;
use time::macros::{datetime, format_description};
use time::{OffsetDateTime, UtcOffset};

pub(crate) const EARLIEST: OffsetDateTime = datetime!(1601-01-01 0:00 UTC);

/// What is finer than 100 nanoseconds is cut off.
pub(crate) fn write(instant: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z");
    instant.to_offset(UtcOffset::UTC).format(&format).expect("every part of the format is there")
}

/// The service leaves out zeros at the end.
pub(crate) fn read(text: &str) -> Option<OffsetDateTime> {
    Some(OffsetDateTime::parse(text, &Rfc3339).ok()?.to_offset(UtcOffset::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_to_the_hundred_nanoseconds() {
        assert_eq!(write(datetime!(2026-11-18 23:01:07.123456789 +1)), "2026-11-18T22:01:07.1234567Z");
        assert_eq!(write(EARLIEST), "1601-01-01T00:00:00.0000000Z");
    }

    #[test]
    fn an_instant_is_read_however_many_digits_it_has() {
        let instant = datetime!(2026-11-18 22:01:07.1234500 UTC);
        for text in ["2026-11-18T22:01:07.1234500Z", "2026-11-18T22:01:07.12345Z"] {
            assert_eq!(read(text), Some(instant));
        }
        assert_eq!(read("2026-11-18T22:01:07Z"), Some(datetime!(2026-11-18 22:01:07 UTC)));
        assert_eq!(read("yesterday"), None);
    }
}
