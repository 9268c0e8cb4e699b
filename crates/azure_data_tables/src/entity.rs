//! A row: its keys, its properties, and the rules for them.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model>

use crate::key::check_keys;
use crate::refusal::{Refusal, refuse};
use crate::value::units;
use crate::{ETag, Value};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// The service's own three come on top.
const MAX_PROPERTIES: usize = 252;
const MAX_PROPERTY_NAME_CHARACTERS: usize = 255;
const MAX_ENTITY_BYTES: usize = 1024 * 1024;

pub(crate) const PARTITION_KEY: &str = "PartitionKey";
pub(crate) const ROW_KEY: &str = "RowKey";
pub(crate) const TIMESTAMP: &str = "Timestamp";

#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    pub partition_key: String,
    pub row_key: String,
    pub properties: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub entity: Entity,
    pub etag: ETag,
    /// When it was last written, by the service's clock.
    pub timestamp: OffsetDateTime,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub stored: Option<Stored>,
    /// When the service answered, by its own clock, in whole seconds.
    pub at: OffsetDateTime,
}

impl Entity {
    pub fn new(partition_key: impl Into<String>, row_key: impl Into<String>) -> Self {
        Self { partition_key: partition_key.into(), row_key: row_key.into(), properties: BTreeMap::new() }
    }

    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: Value) -> Self {
        self.properties.insert(name.into(), value);
        self
    }

    pub(crate) fn check(&self) -> Result<(), Refusal> {
        check_keys(&self.partition_key, &self.row_key)?;
        if self.properties.len() > MAX_PROPERTIES {
            let reason = format!("{} properties, more than {MAX_PROPERTIES}", self.properties.len());
            return refuse("TooManyProperties", reason);
        }
        for (name, value) in &self.properties {
            check_property_name(name)?;
            value.check(name)?;
        }
        if self.stored_bytes() > MAX_ENTITY_BYTES {
            let reason = format!("The row has {} bytes, more than {MAX_ENTITY_BYTES}", self.stored_bytes());
            return refuse("EntityTooLarge", reason);
        }
        Ok(())
    }

    /// As the service measures it: text takes two bytes a unit, names included.
    pub fn stored_bytes(&self) -> usize {
        let keys = 2 * (units(&self.partition_key) + units(&self.row_key));
        let property = |(name, value): (&String, &Value)| 8 + 2 * units(name) + value.stored_bytes();
        4 + keys + self.properties.iter().map(property).sum::<usize>()
    }
}

pub(crate) fn check_property_name(name: &str) -> Result<(), Refusal> {
    if name.chars().count() > MAX_PROPERTY_NAME_CHARACTERS {
        let reason =
            format!("The name of a property has more than {MAX_PROPERTY_NAME_CHARACTERS} characters");
        return refuse("PropertyNameTooLong", reason);
    }
    let letter_first = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let identifier = letter_first && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !identifier || [PARTITION_KEY, ROW_KEY, TIMESTAMP].contains(&name) {
        return refuse("PropertyNameInvalid", format!("{name:?} cannot be the name of a property"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
