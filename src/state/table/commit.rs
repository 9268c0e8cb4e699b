//! One commit of a cycle as the rows of one transaction, within what the service takes.

use azure_data_tables::{Change, ETag, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_CHANGES, Match};

use super::super::{Addition, CycleRecord, Result};
use super::failures::{self, Room};
use super::keys::{self, Key};
use super::row::{Packed, Token};
use super::shown;

/// A record as it is stored.
pub(super) const RECORD_BYTES: usize = 512 * 1024;
/// A chunk as it is stored.
const CHUNK_BYTES: usize = 256 * 1024;
/// All records of a transaction. On the way they are a third longer, as base64; that and a kilobyte for the rest of each
/// row is less than what the service takes.
const TRANSACTION_BYTES: usize = 2816 * 1024;

const _: () = assert!(RECORD_BYTES + Addition::CHUNKS * CHUNK_BYTES < TRANSACTION_BYTES);
const _: () = assert!(TRANSACTION_BYTES / 3 * 4 + 1024 * MAX_TRANSACTION_CHANGES < MAX_TRANSACTION_BYTES);

/// The cycle's row comes first.
pub(super) fn changes(
    key: &Key,
    token: &Token,
    record: &CycleRecord,
    expected: &ETag,
    addition: &Addition,
) -> Result<Vec<Change>> {
    let packed = Packed::within(record, RECORD_BYTES, key)?;
    let mut room = Room { rows: MAX_TRANSACTION_CHANGES - 1, bytes: TRANSACTION_BYTES - packed.len() };
    let row = shown::cycle(packed.entity(key, token), record);
    let mut changes = vec![Change::Replace(row, Match::ETag(expected.clone()))];
    for (chunk, number) in addition.chunks.iter().zip(addition.first_chunk(record)..) {
        let key = keys::chunk(&record.pair, &record.id, number);
        let packed = Packed::within(chunk, CHUNK_BYTES, &key)?;
        (room.rows, room.bytes) = (room.rows - 1, room.bytes - packed.len());
        // In the way can only be what no record counts any more.
        changes.push(Change::InsertOrReplace(shown::chunk(packed.entity(&key, token), chunk)));
    }
    let kept = &addition.failures[..addition.failures.len().min(addition.room_for_failures(record))];
    for row in failures::rows(record, addition.first_failure(record), kept, room) {
        let entity = shown::failures(row.packed.entity(&row.key, token), row.failures);
        changes.push(Change::InsertOrReplace(entity));
    }
    assert!(changes.len() <= MAX_TRANSACTION_CHANGES, "rooms are counted");
    Ok(changes)
}
