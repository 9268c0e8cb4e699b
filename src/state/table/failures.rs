//! Failures, many to a row: one by one they would fill the transactions.

use super::super::CycleRecord;
use super::keys::{self, Key};
use super::row::Packed;
use crate::sync::Failure;

/// Failures in a row, before they are compressed: so it holds a few hundred, and never more than a row may.
const ROW_BYTES: usize = 128 * 1024;

/// What is left of a transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub rows: usize,
    pub bytes: usize,
}

pub(super) struct FailureRow<'a> {
    pub key: Key,
    pub packed: Packed,
    pub failures: &'a [Failure],
}

/// The rows for failures of which the first has the number `first`. What finds no room is not kept.
pub(super) fn rows<'a>(
    record: &CycleRecord,
    mut first: u64,
    mut failures: &'a [Failure],
    mut room: Room,
) -> Vec<FailureRow<'a>> {
    let mut rows = Vec::new();
    while !failures.is_empty() && rows.len() < room.rows {
        let (these, rest) = failures.split_at(that_fit(failures));
        let packed = Packed::new(&these);
        if packed.len() > room.bytes {
            break;
        }
        room.bytes -= packed.len();
        rows.push(FailureRow {
            key: keys::failures(&record.pair, &record.id, first),
            packed,
            failures: these,
        });
        (first, failures) = (first + these.len() as u64, rest);
    }
    rows
}

/// How many of the failures go into one row; one at least.
fn that_fit(failures: &[Failure]) -> usize {
    let mut bytes = 0;
    let fit = failures.iter().take_while(|failure| {
        bytes += failure.path.len() + failure.reason.len() + failure.detail.len() + 64;
        bytes <= ROW_BYTES
    });
    fit.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: Room = Room { rows: 90, bytes: 1 << 20 };

    fn check(failures: &[Failure], room: Room, expected: &[(&str, usize)]) {
        let record = CycleRecord::new("docs", "c".to_owned(), String::new());
        let rows = rows(&record, 1, failures, room);
        let found: Vec<_> = rows.iter().map(|row| (row.key.row.as_str(), row.failures.len())).collect();
        assert_eq!(found, expected);
    }

    fn failure(bytes: usize) -> Failure {
        Failure::new("a".repeat(bytes), "", "")
    }

    #[test]
    fn many_failures_share_a_row() {
        check(&[], PLENTY, &[]);
        check(&vec![failure(10); 300], PLENTY, &[("failed-00000001", 300)]);
        check(
            &vec![failure(30_000); 9],
            PLENTY,
            &[("failed-00000001", 4), ("failed-00000005", 4), ("failed-00000009", 1)],
        );
    }

    #[test]
    fn what_finds_no_room_is_not_kept() {
        check(
            &vec![failure(30_000); 9],
            Room { rows: 2, ..PLENTY },
            &[("failed-00000001", 4), ("failed-00000005", 4)],
        );
        check(&[failure(10)], Room { bytes: 1, ..PLENTY }, &[]);
    }
}
