//! What the service answered becomes what the tree holds.

use std::fmt::Display;
use std::sync::Arc;

use anyhow::{Result, ensure};
use azure_storage_file_share::{FileAttributes, Written};

use crate::tree::{Entry, Properties};

/// Fills what the entry left to the service. What it asked for must have been kept.
pub(crate) fn settle<C>(entry: &mut Entry<C>, written: &Written, permission: Option<Arc<str>>) -> Result<()> {
    if entry.is_directory() {
        let properties = &mut entry.properties;
        properties.attributes = properties.attributes.map(|asked| asked.with(FileAttributes::DIRECTORY));
    }
    let properties = &mut entry.properties;
    take("attributes", &mut properties.attributes, written.attributes)?;
    take("creation time", &mut properties.creation_time, written.creation_time)?;
    take("last-write time", &mut properties.last_write_time, written.last_write_time)?;
    take("change time", &mut properties.change_time, written.change_time)?;
    properties.permission = permission;
    Ok(())
}

fn take<T: Copy + PartialEq + Display>(name: &str, slot: &mut Option<T>, answered: T) -> Result<()> {
    if let Some(asked) = slot {
        ensure!(*asked == answered, "The {name} {asked} was asked for, and the share answers {answered}");
    }
    *slot = Some(answered);
    Ok(())
}

/// What was observed, as it is.
pub(crate) fn observed(
    written: &Written,
    permission: Option<Arc<str>>,
    metadata: &azure_storage_file_share::Metadata,
) -> Properties {
    Properties {
        attributes: Some(written.attributes),
        creation_time: Some(written.creation_time),
        last_write_time: Some(written.last_write_time),
        change_time: Some(written.change_time),
        permission,
        metadata: metadata.clone(),
    }
}
