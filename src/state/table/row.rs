//! A record as a row: its format, the token of the write, the record as compressed JSON in pieces, and some of it again
//! in plain properties, for people who look into the table. Nothing ever reads those.

use std::io::{Read, Write};

use azure_data_tables::{Entity, Stored, Value};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::{Result, StateError};
use super::keys::Key;

/// The format that is written, and the only one that is read. `docs/checkpoint.md` describes it.
pub(super) const FORMAT: i32 = 1;

const FORMAT_PROPERTY: &str = "Format";
const WRITE_PROPERTY: &str = "Write";
/// The service's limit.
const PROPERTY_BYTES: usize = 64 * 1024;
/// A record may inflate to this much: whatever is written is far below.
const INFLATED_BYTES: u64 = 64 * 1024 * 1024;

/// Names one write of a row, so that it is known again when its answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token(String);

impl Token {
    pub fn fresh() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    #[cfg(test)]
    pub fn from_sample(token: &str) -> Self {
        Self(token.to_owned())
    }

    pub fn wrote(&self, stored: &Stored) -> bool {
        matches!(stored.entity.properties.get(WRITE_PROPERTY), Some(Value::Text(token)) if *token == self.0)
    }
}

/// A record as it is stored: deflated JSON.
#[derive(Clone, Debug)]
pub(super) struct Packed(Bytes);

impl Packed {
    pub fn new(record: &impl Serialize) -> Self {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        let json = serde_json::to_vec(record).expect("records have string keys");
        let packed = deflate.write_all(&json).and_then(|()| deflate.finish());
        Self(packed.expect("memory takes every write").into())
    }

    /// The same, refused where it is more than a row of this kind may hold.
    pub fn within(record: &impl Serialize, bytes: usize, key: &Key) -> Result<Self> {
        let packed = Self::new(record);
        if packed.len() > bytes {
            return Err(StateError::TooLarge { row: key.to_string(), bytes: packed.len() });
        }
        Ok(packed)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The row, without the plain properties.
    pub fn entity(&self, key: &Key, token: &Token) -> Entity {
        let mut entity = Entity::new(key.partition.clone(), key.row.clone())
            .with(FORMAT_PROPERTY, Value::I32(FORMAT))
            .with(WRITE_PROPERTY, Value::Text(token.0.clone()));
        for (number, start) in (0..self.len()).step_by(PROPERTY_BYTES).enumerate() {
            let piece = self.0.slice(start..self.len().min(start + PROPERTY_BYTES));
            entity = entity.with(data(number), Value::Binary(piece));
        }
        entity
    }
}

/// The record in a row.
pub(super) fn read<T: DeserializeOwned>(key: &Key, entity: &Entity) -> Result<T> {
    let instead = key.table.instead();
    let damaged = |reason: String| StateError::Damaged { row: key.to_string(), reason, instead };
    match entity.properties.get(FORMAT_PROPERTY) {
        Some(Value::I32(FORMAT)) => {}
        Some(Value::I32(found)) => {
            return Err(StateError::Format { row: key.to_string(), found: found.to_string(), instead });
        }
        Some(_) => return Err(damaged("Its format is no number".to_owned())),
        None => return Err(damaged("It has no format".to_owned())),
    }
    let pieces = (0..).map_while(|number| match entity.properties.get(&data(number)) {
        Some(Value::Binary(piece)) => Some(piece.as_ref()),
        _ => None,
    });
    let packed = pieces.collect::<Vec<_>>().concat();
    let (mut inflate, mut json) = (DeflateDecoder::new(packed.as_slice()), Vec::new());
    let read = inflate.by_ref().take(INFLATED_BYTES).read_to_end(&mut json);
    read.map_err(|error| damaged(error.to_string()))?;
    if inflate.total_in() != packed.len() as u64 {
        return Err(damaged("It holds more than a record".to_owned()));
    }
    serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))
}

fn data(number: usize) -> String {
    format!("Data{number}")
}
