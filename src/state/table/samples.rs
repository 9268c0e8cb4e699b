//! Rows as every format has them: what was stored once is read, and what is stored today has the present format's shape.
//!
//! A sample holds the keys, the plain properties, the record for the eye, and the bytes that were stored for it.

use std::collections::BTreeMap;
use std::fmt::Debug;

use azure_data_tables::{Entity, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::keys::{Key, Table, cycle_of};
use super::row::{self, Packed, Token};
use super::{keys, shown};
use crate::state::{CycleRecord, KnownPermissions, PairRecord, Pass, Result, Side, State, Status};
use crate::sync::{Chunk, Failure};

const PAIR: &str = include_str!("../samples/1/pair.json");
const CYCLE: &str = include_str!("../samples/1/cycle.json");
const CHUNK: &str = include_str!("../samples/1/chunk.json");
const FAILBACK: &str = include_str!("../samples/1/failback.json");
const FAILED_OVER: &str = include_str!("../samples/1/failed_over.json");
const FAILURES: &str = include_str!("../samples/1/failures.json");
const HISTORY: &str = include_str!("../samples/1/history.json");
const PERMISSIONS: &str = include_str!("../samples/1/permissions.json");
const RESTORE: &str = include_str!("../samples/1/restore.json");
const STATES: &str = include_str!("../samples/1/states.json");

const ADVICE: &str = "What is stored has another shape now. That needs a new format, see docs/checkpoint.md. Only while \
                      this format was never released, the sample becomes:";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample<T> {
    table: String,
    partition_key: String,
    row_key: String,
    properties: BTreeMap<String, Json>,
    record: T,
    /// Base64.
    data: Vec<String>,
}

/// A chunk with every kind of work in it.
pub(in crate::state) fn chunk() -> Chunk {
    parse::<Chunk>(CHUNK).record
}

fn parse<T: DeserializeOwned>(sample: &str) -> Sample<T> {
    serde_json::from_str(sample).expect("a sample of this record")
}

impl<T: Serialize + DeserializeOwned + PartialEq + Debug> Sample<T> {
    /// Compares what would be stored now with the sample, and reads the bytes that were stored for it.
    fn check(self, text: &str, key: &Key, shown: impl Fn(Entity, &T) -> Entity) {
        let token = Token::from_sample("4f5c0a8e2d1b4c7f9a3e6d5b8c7a9e0f");
        let row = shown(Packed::new(&self.record).entity(key, &token), &self.record);
        let (data, plain): (Vec<_>, Vec<_>) =
            row.properties.into_iter().partition(|(name, _)| name.starts_with("Data"));
        let was_read = self.read_stored(key).is_ok_and(|record| record == self.record);
        let now = Sample {
            table: key.table.name().to_owned(),
            partition_key: key.partition.clone(),
            row_key: key.row.clone(),
            properties: plain.iter().map(|(name, value)| (name.clone(), json_of(value))).collect(),
            record: &self.record,
            data: if was_read { self.data } else { data.iter().map(base64_of).collect() },
        };
        let now = serde_json::to_string_pretty(&now).expect("JSON") + "\n";
        assert!(now == text, "{ADVICE}\n{now}");
    }

    fn read_stored(&self, key: &Key) -> Result<T> {
        let row = Entity::new(self.partition_key.clone(), self.row_key.clone());
        let row = self.properties.iter().fold(row, |row, (name, value)| row.with(name, value_of(value)));
        let row = self.data.iter().zip(0..).fold(row, |row, (piece, number)| {
            let bytes = STANDARD.decode(piece).expect("base64");
            row.with(format!("Data{number}"), Value::Binary(bytes.into()))
        });
        row::read(key, &row)
    }
}

fn base64_of((_, value): &(String, Value)) -> String {
    match value {
        Value::Binary(bytes) => STANDARD.encode(bytes),
        other => panic!("{other:?} is no data"),
    }
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::Text(text.clone()),
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => {
            Value::I32(number.as_i64().and_then(|number| number.try_into().ok()).expect("small"))
        }
        other => panic!("{other} is no property"),
    }
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Text(text) => text.clone().into(),
        Value::Bool(truth) => (*truth).into(),
        Value::I32(number) => (*number).into(),
        Value::I64(number) => (*number).into(),
        other => panic!("{other:?} is not plain"),
    }
}

#[test]
fn a_pair_is_stored_as_in_the_sample() {
    let sample = parse::<PairRecord>(PAIR);
    let key = keys::pair(&sample.record.pair);
    sample.check(PAIR, &key, shown::pair);
}

#[test]
fn known_permissions_are_stored_as_in_the_sample() {
    let (pair, sample) = (parse::<PairRecord>(PAIR).record.pair, parse::<KnownPermissions>(PERMISSIONS));
    sample.check(PERMISSIONS, &keys::permissions(&pair), shown::permissions);
}

#[test]
fn a_cycle_is_stored_as_in_the_sample() {
    let sample = parse::<CycleRecord>(CYCLE);
    let key = keys::cycle(&sample.record.pair, &sample.record.id);
    sample.check(CYCLE, &key, shown::cycle);
}

#[test]
fn a_chunk_is_stored_as_in_the_sample() {
    let (cycle, sample) = (parse::<CycleRecord>(CYCLE).record, parse::<Chunk>(CHUNK));
    let key = keys::chunk(&cycle.pair, &cycle.id, 0);
    sample.check(CHUNK, &key, shown::chunk);
}

#[test]
fn failures_are_stored_as_in_the_sample() {
    let (cycle, sample) = (parse::<CycleRecord>(CYCLE).record, parse::<Vec<Failure>>(FAILURES));
    let key = keys::failures(&cycle.pair, &cycle.id, 1);
    sample.check(FAILURES, &key, |row, failures| shown::failures(row, failures));
}

#[test]
fn a_filed_cycle_is_stored_as_in_the_sample() {
    let sample = parse::<CycleRecord>(HISTORY);
    let key = keys::history(&sample.record.pair, &sample.record.id);
    assert_eq!(cycle_of(&key.row), Some(sample.record.id.as_str()));
    sample.check(HISTORY, &key, shown::cycle);
    assert_eq!(Table::History.name(), "backuphistory");
}

#[test]
fn a_restore_is_stored_as_in_the_sample() {
    let sample = parse::<CycleRecord>(RESTORE);
    assert!(sample.record.restore.is_some());
    let key = keys::cycle(&sample.record.pair, &sample.record.id);
    sample.check(RESTORE, &key, shown::cycle);
}

#[test]
fn a_failback_is_stored_as_in_the_sample() {
    let sample = parse::<CycleRecord>(FAILBACK);
    assert!(sample.record.failback.is_some());
    let key = keys::cycle(&sample.record.pair, &sample.record.id);
    sample.check(FAILBACK, &key, shown::cycle);
}

#[test]
fn a_pair_that_is_failed_over_is_stored_as_in_the_sample() {
    let sample = parse::<PairRecord>(FAILED_OVER);
    assert!(sample.record.failed_over.is_some());
    let key = keys::pair(&sample.record.pair);
    sample.check(FAILED_OVER, &key, shown::pair);
}

#[test]
fn every_state_is_stored_as_in_the_sample() {
    let states: Vec<State> = serde_json::from_str(STATES).expect("a sample of the states");
    let now = serde_json::to_string_pretty(&states).expect("JSON") + "\n";
    assert!(now == STATES, "{ADVICE}\n{now}");
    let has = |state: &State| assert!(states.contains(state), "No sample of {state:?}");
    // a new one asks here for its sample
    for state in &states {
        match state {
            State::MakingRoom { before: Side::Source } => has(&State::MakingRoom { before: Side::Target }),
            State::MakingRoom { before: Side::Target } => has(&State::MakingRoom { before: Side::Source }),
            State::Planning { cursor: None } => {}
            State::Planning { cursor: Some(_) } => has(&State::Planning { cursor: None }),
            State::Swapping { cursor: None } => {}
            State::Swapping { cursor: Some(_) } => has(&State::Swapping { cursor: None }),
            State::SourceSnapshot
            | State::Guarding
            | State::AwaitingApproval
            | State::Verifying { .. }
            | State::TargetSnapshot
            | State::Proving
            | State::Pruning => {}
            State::Applying { pass, chunk } => match pass {
                Pass::Lift => has(&State::Applying { pass: Pass::Write, chunk: *chunk }),
                Pass::Write => has(&State::Applying { pass: Pass::Lower, chunk: *chunk }),
                Pass::Lower => has(&State::Applying { pass: Pass::Delete, chunk: *chunk }),
                Pass::Delete => has(&State::Applying { pass: Pass::Finish, chunk: *chunk }),
                Pass::Finish => has(&State::Applying { pass: Pass::Lift, chunk: *chunk }),
            },
            State::Finished(status) => match status {
                Status::Succeeded => has(&State::Finished(Status::CompletedWithErrors)),
                Status::CompletedWithErrors => has(&State::Finished(Status::Failed)),
                Status::Failed => has(&State::Finished(Status::Rejected)),
                Status::Rejected => has(&State::Finished(Status::Cancelled)),
                Status::Cancelled => has(&State::Finished(Status::Succeeded)),
            },
        }
    }
}

#[test]
fn every_property_is_described() {
    let description = include_str!("../../../docs/checkpoint.md");
    let properties = [PAIR, PERMISSIONS, CYCLE, CHUNK, FAILURES, HISTORY, RESTORE, FAILBACK, FAILED_OVER]
        .map(|text| parse::<Json>(text).properties);
    for name in properties.iter().flat_map(BTreeMap::keys) {
        assert!(description.contains(&format!("`{name}`")), "docs/checkpoint.md does not name {name}");
    }
}
