//! How long a lease still runs, by the service's clock: the machine's own may be wrong, and another machine's is another.

use std::time::Duration;

use azure_data_tables::Stored;
use time::OffsetDateTime;

use super::super::Lease;

/// The time of an answer is cut to whole seconds, so this can be up to a second too long, and never too short.
pub(super) fn left(lease: Option<&Lease>, stored: &Stored, at: OffsetDateTime) -> Duration {
    let Some(lease) = lease else { return Duration::ZERO };
    let end = stored.timestamp + Duration::from_secs(lease.seconds.into());
    (end - at).try_into().unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use azure_data_tables::{ETag, Entity};
    use time::macros::datetime;

    use super::*;

    fn written(timestamp: OffsetDateTime) -> Stored {
        Stored { entity: Entity::new("p", "r"), etag: ETag::from("e"), timestamp }
    }

    fn check(seconds: u32, at_first: OffsetDateTime, at: OffsetDateTime, expected: Duration) {
        let lease = Lease { owner: "a".to_owned(), seconds };
        assert_eq!(left(Some(&lease), &written(at_first), at), expected);
    }

    #[test]
    fn a_lease_ends_so_long_after_the_row_was_written() {
        let written = datetime!(2026-11-21 10:15:00.9 UTC);
        check(60, written, datetime!(2026-11-21 10:15:00 UTC), Duration::from_millis(60_900));
        check(60, written, datetime!(2026-11-21 10:15:59 UTC), Duration::from_millis(1_900));
        // in truth between nothing and a second, so it is not over yet
        check(60, written, datetime!(2026-11-21 10:16:00 UTC), Duration::from_millis(900));
        check(60, written, datetime!(2026-11-21 10:16:01 UTC), Duration::ZERO);
        check(1, written, datetime!(2026-11-22 10:15:00 UTC), Duration::ZERO);
    }

    #[test]
    fn the_machines_own_clock_is_not_asked() {
        let written = datetime!(1970-01-01 0:00 UTC);
        check(u32::MAX, written, written, Duration::from_secs(u32::MAX.into()));
        let written = datetime!(9000-01-01 0:00 UTC);
        check(0, written, written, Duration::ZERO);
    }

    #[test]
    fn without_an_owner_nothing_is_left() {
        let now = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(left(None, &written(now), now), Duration::ZERO);
    }
}
