//! A row as JSON. What JSON has no type for is text with an annotation beside it, in both directions.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/payload-format-for-table-service-operations>

use crate::entity::{PARTITION_KEY, ROW_KEY, TIMESTAMP};
use crate::{ETag, Entity, Stored, Value, time};
use azure_core::base64;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};

const ETAG: &str = "odata.etag";
const TYPE: &str = "@odata.type";

/// Why an answer is not understood. It names properties and types, never values.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Malformed(String);

pub(crate) fn write(entity: &Entity) -> Vec<u8> {
    serde_json::to_vec(&Body(entity)).expect("keys are strings and values have JSON forms")
}

struct Body<'a>(&'a Entity);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(PARTITION_KEY, &self.0.partition_key)?;
        map.serialize_entry(ROW_KEY, &self.0.row_key)?;
        for (name, value) in &self.0.properties {
            if let Some(annotation) = annotation(value) {
                map.serialize_entry(&format!("{name}{TYPE}"), annotation)?;
            }
            match value {
                Value::Text(text) => map.serialize_entry(name, text)?,
                Value::I64(number) => map.serialize_entry(name, &number.to_string())?,
                Value::I32(number) => map.serialize_entry(name, number)?,
                Value::Bool(truth) => map.serialize_entry(name, truth)?,
                Value::F64(number) if number.is_finite() => map.serialize_entry(name, number)?,
                Value::F64(number) => map.serialize_entry(name, not_finite(*number))?,
                Value::Binary(bytes) => map.serialize_entry(name, &base64::encode(bytes))?,
                Value::DateTime(instant) => map.serialize_entry(name, &time::write(*instant))?,
            }
        }
        map.end()
    }
}

fn annotation(value: &Value) -> Option<&'static str> {
    match value {
        Value::Text(_) | Value::I32(_) | Value::Bool(_) => None,
        Value::I64(_) => Some("Edm.Int64"),
        Value::F64(_) => Some("Edm.Double"),
        Value::Binary(_) => Some("Edm.Binary"),
        Value::DateTime(_) => Some("Edm.DateTime"),
    }
}

fn not_finite(number: f64) -> &'static str {
    match number {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

/// The answer to a query for one row.
pub(crate) fn read_one(body: &[u8]) -> Result<Stored, Malformed> {
    read(parse(body)?)
}

/// The answer to a query for rows.
pub(crate) fn read_many(body: &[u8]) -> Result<Vec<Stored>, Malformed> {
    let Some(Json::Array(rows)) = parse(body)?.remove("value") else {
        return Err(Malformed("value is missing".to_owned()));
    };
    let row = |row| match row {
        Json::Object(row) => read(row),
        _ => Err(Malformed("A row is no object".to_owned())),
    };
    rows.into_iter().map(row).collect()
}

fn parse(body: &[u8]) -> Result<Map<String, Json>, Malformed> {
    serde_json::from_slice(body).map_err(|_| Malformed("The body is no JSON object".to_owned()))
}

fn read(mut row: Map<String, Json>) -> Result<Stored, Malformed> {
    let etag = ETag::from(take_text(&mut row, ETAG)?.as_str());
    let timestamp =
        time::read(&take_text(&mut row, TIMESTAMP)?).ok_or_else(|| unreadable(TIMESTAMP, "Edm.DateTime"))?;
    let mut entity = Entity::new(take_text(&mut row, PARTITION_KEY)?, take_text(&mut row, ROW_KEY)?);
    for (name, value) in &row {
        // A property that is not there is null in an answer that was asked for it.
        if name.starts_with("odata.") || name.ends_with(TYPE) || value.is_null() {
            continue;
        }
        let annotation = row.get(&format!("{name}{TYPE}")).and_then(Json::as_str);
        entity.properties.insert(name.clone(), read_value(name, annotation, value)?);
    }
    Ok(Stored { entity, etag, timestamp })
}

fn take_text(row: &mut Map<String, Json>, name: &str) -> Result<String, Malformed> {
    match row.remove(name) {
        Some(Json::String(text)) => Ok(text),
        _ => Err(Malformed(format!("{name} is missing"))),
    }
}

fn read_value(name: &str, annotation: Option<&str>, value: &Json) -> Result<Value, Malformed> {
    let read = match (annotation, value) {
        (None | Some("Edm.String"), Json::String(text)) => Some(Value::Text(text.clone())),
        (None | Some("Edm.Boolean"), Json::Bool(truth)) => Some(Value::Bool(*truth)),
        (None | Some("Edm.Int32"), Json::Number(number)) if !number.is_f64() => {
            number.as_i64().and_then(|number| number.try_into().ok()).map(Value::I32)
        }
        (None | Some("Edm.Double"), Json::Number(number)) => number.as_f64().map(Value::F64),
        (Some("Edm.Double"), Json::String(text)) => match text.as_str() {
            "NaN" => Some(Value::F64(f64::NAN)),
            "Infinity" => Some(Value::F64(f64::INFINITY)),
            "-Infinity" => Some(Value::F64(f64::NEG_INFINITY)),
            _ => None,
        },
        (Some("Edm.Int64"), Json::String(text)) => text.parse().ok().map(Value::I64),
        (Some("Edm.Binary"), Json::String(text)) => {
            base64::decode(text).ok().map(|bytes| Value::Binary(bytes.into()))
        }
        (Some("Edm.DateTime"), Json::String(text)) => time::read(text).map(Value::DateTime),
        _ => None,
    };
    read.ok_or_else(|| unreadable(name, annotation.unwrap_or("without a type")))
}

fn unreadable(name: &str, annotation: &str) -> Malformed {
    Malformed(format!("Property {name}, {annotation}, cannot be read"))
}

#[cfg(test)]
mod tests;
