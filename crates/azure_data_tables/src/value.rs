//! The value of a property, in the types of the service.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#property-types>

use crate::refusal::{Refusal, refuse};
use crate::time::EARLIEST;
use bytes::Bytes;
use time::OffsetDateTime;

const MAX_TEXT_UNITS: usize = 32 * 1024;
const MAX_BINARY_BYTES: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    I64(i64),
    I32(i32),
    Bool(bool),
    F64(f64),
    Binary(Bytes),
    /// In steps of 100 nanoseconds; what is finer is cut off when it is stored.
    DateTime(OffsetDateTime),
}

impl Value {
    pub(crate) fn check(&self, name: &str) -> Result<(), Refusal> {
        match self {
            Self::Text(text) if units(text) > MAX_TEXT_UNITS => refuse(
                "PropertyValueTooLarge",
                format!("Property {name} has {} UTF-16 units, more than {MAX_TEXT_UNITS}", units(text)),
            ),
            Self::Binary(bytes) if bytes.len() > MAX_BINARY_BYTES => refuse(
                "PropertyValueTooLarge",
                format!("Property {name} has {} bytes, more than {MAX_BINARY_BYTES}", bytes.len()),
            ),
            Self::DateTime(instant) if *instant < EARLIEST => {
                refuse("OutOfRangeInput", format!("Property {name} lies before 1601"))
            }
            _ => Ok(()),
        }
    }

    /// What it counts for in the size of its row.
    pub(crate) fn stored_bytes(&self) -> usize {
        match self {
            Self::Text(text) => 2 * units(text) + 4,
            Self::Binary(bytes) => bytes.len() + 4,
            Self::I64(_) | Self::F64(_) | Self::DateTime(_) => 8,
            Self::I32(_) => 4,
            Self::Bool(_) => 1,
        }
    }
}

/// The service counts text in UTF-16.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}
