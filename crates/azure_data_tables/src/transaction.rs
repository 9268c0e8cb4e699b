//! Changes that are done together or not at all: the rules for them, and the request.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions>

use crate::headers;
use crate::refusal::{Refusal, refuse};
use crate::{Change, Error};
use std::collections::HashSet;
use std::error::Error as _;
use std::fmt::Write;
use url::Url;
use uuid::Uuid;

pub const MAX_TRANSACTION_CHANGES: usize = 100;
/// Of the whole request, which must stay below.
pub const MAX_TRANSACTION_BYTES: usize = 4 * 1024 * 1024;

/// The source of a transaction's error, when one change is to blame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Change {index} of the transaction{}", reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
pub struct FailedChange {
    /// Counted from 0.
    pub index: usize,
    /// When it was refused before it was sent.
    pub reason: Option<String>,
}

impl FailedChange {
    pub fn of(error: &Error) -> Option<&Self> {
        error.source()?.downcast_ref()
    }
}

/// What is wrong with all of them.
pub(crate) fn check(changes: &[Change]) -> Result<(), Refusal> {
    match changes.len() {
        0 => refuse("InvalidInput", "A transaction without changes"),
        1..=MAX_TRANSACTION_CHANGES => Ok(()),
        count => refuse("InvalidInput", format!("{count} changes, more than {MAX_TRANSACTION_CHANGES}")),
    }
}

/// What is wrong with one of them, by itself or beside those before it.
pub(crate) fn check_each(changes: &[Change]) -> Result<(), (usize, Refusal)> {
    let mut seen = HashSet::new();
    for (index, change) in changes.iter().enumerate() {
        let blame = |refusal| (index, refusal);
        change.check().map_err(blame)?;
        if change.partition_key() != changes[0].partition_key() {
            let reason = "Its partition is not that of the first";
            return refuse("CommandsInBatchActOnDifferentPartitions", reason).map_err(blame);
        }
        if !seen.insert(change.row_key()) {
            return refuse("InvalidDuplicateRow", "An earlier one has the same row").map_err(blame);
        }
    }
    Ok(())
}

/// Content type and body.
pub(crate) fn write(changes: &[Change], endpoint: &Url, table: &str) -> (String, Vec<u8>) {
    let batch = format!("batch_{}", Uuid::new_v4());
    let changeset = format!("changeset_{}", Uuid::new_v4());
    let mut text = format!("--{batch}\r\ncontent-type: multipart/mixed; boundary={changeset}\r\n\r\n");
    for change in changes {
        text += &format!("--{changeset}\r\n");
        write_part(&mut text, change, endpoint, table).expect("a string takes all text");
    }
    text += &format!("--{changeset}--\r\n--{batch}--\r\n");
    (format!("multipart/mixed; boundary={batch}"), text.into_bytes())
}

fn write_part(text: &mut String, change: &Change, endpoint: &Url, table: &str) -> std::fmt::Result {
    write!(text, "content-type: application/http\r\ncontent-transfer-encoding: binary\r\n\r\n")?;
    write!(text, "{} {} HTTP/1.1\r\n", change.method().as_ref(), change.url(endpoint, table))?;
    write!(text, "{}: {}\r\n", headers::ACCEPT, headers::MINIMAL_METADATA)?;
    write!(text, "{}: {}\r\n", headers::DATA_SERVICE_VERSION, headers::ODATA_VERSION)?;
    for (name, value) in change.headers() {
        write!(text, "{name}: {value}\r\n")?;
    }
    match change.body() {
        Some(body) => {
            let body = String::from_utf8(body).expect("JSON is UTF-8");
            write!(text, "{}: {}\r\n\r\n{body}\r\n", headers::CONTENT_TYPE, headers::JSON)
        }
        None => write!(text, "\r\n\r\n"),
    }
}

#[cfg(test)]
mod tests;
