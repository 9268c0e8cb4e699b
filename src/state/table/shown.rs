//! What people see of a row who look into the table.

use azure_data_tables::{Entity, Value};

use super::super::{CycleRecord, KnownPermissions, PairRecord};
use crate::sync::{Chunk, Failure};

pub(super) fn pair(row: Entity, record: &PairRecord) -> Entity {
    let row = row.with("Epoch", number(record.epoch)).with("Held", Value::Bool(record.held.is_some()));
    let (owner, seconds) = match &record.lease {
        Some(lease) => (Some(&lease.owner), Some(lease.seconds)),
        None => (None, None),
    };
    let point = record.recovery_point.as_ref().map(|point| &point.target);
    let row = text(row, "Owner", owner);
    let row = text(row, "Cycle", record.cycle.as_ref());
    let row = text(row, "RecoveryPoint", point);
    match seconds {
        Some(seconds) => row.with("LeaseSeconds", number(seconds.into())),
        None => row,
    }
}

pub(super) fn permissions(row: Entity, known: &KnownPermissions) -> Entity {
    row.with("Permissions", number(known.keys.len() as u64))
}

pub(super) fn cycle(row: Entity, record: &CycleRecord) -> Entity {
    let state: String =
        format!("{:?}", record.state).chars().take_while(char::is_ascii_alphanumeric).collect();
    let row = row
        .with("Cycle", Value::Text(record.id.clone()))
        .with("State", Value::Text(state))
        .with("StartedAt", Value::Text(record.started_at.clone()))
        .with("Epoch", number(record.epoch))
        .with("Chunks", number(record.chunks.into()))
        .with("Failed", number(record.failed));
    let status = record.state.status().map(|status| format!("{status:?}"));
    let row = text(row, "Status", status);
    let row = text(row, "EndedAt", record.ended_at.as_ref());
    text(row, "Error", record.error.as_ref().map(|error| &error.code))
}

pub(super) fn chunk(row: Entity, chunk: &Chunk) -> Entity {
    row.with("Items", number(chunk.items.len() as u64))
}

pub(super) fn failures(row: Entity, failures: &[Failure]) -> Entity {
    row.with("Failures", number(failures.len() as u64))
}

/// What is absent has no property.
fn text(row: Entity, name: &str, value: Option<impl ToString>) -> Entity {
    match value {
        Some(value) => row.with(name, Value::Text(value.to_string())),
        None => row,
    }
}

fn number(number: u64) -> Value {
    Value::I64(i64::try_from(number).unwrap_or(i64::MAX))
}
