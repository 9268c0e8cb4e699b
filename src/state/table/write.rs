//! Writing a row of which there is one owner at a time, until it is known whether it is written.
//!
//! The answer to a write can be lost, and a write whose answer was lost can still come. So the same write, with the same
//! token and the same condition, is sent until it took effect once or can never do so again; the row tells which.

use azure_data_tables::{Change, ETag, Found, TableClient};
use azure_storage::{Error, ErrorKind};

use super::super::{Result, StateError, Version};
use super::keys::Key;
use super::patience::Patience;
use super::row::Token;

/// One write. The row of `key` is the first of its changes and has the condition `expected`: `None` inserts.
pub(super) struct Write<'a> {
    pub table: &'a TableClient,
    pub key: &'a Key,
    pub token: &'a Token,
    pub expected: Option<ETag>,
    pub changes: Vec<Change>,
}

impl Write<'_> {
    pub async fn send(self) -> Result<Version> {
        let mut patience = Patience::default();
        loop {
            let error = match self.attempt().await {
                Ok(version) => return Ok(version),
                Err(error) if is_table_gone(&error) || !may_be_done(&error) => {
                    return Err(from_service(error));
                }
                Err(error) => error,
            };
            if let Some(version) = self.look().await? {
                return Ok(version);
            }
            patience.after(error).await?;
        }
    }

    async fn attempt(&self) -> azure_storage::Result<Version> {
        let etag = match &self.changes[..] {
            [change] => self.table.apply(change.clone()).await?,
            changes => self.table.transaction(changes.to_vec()).await?.swap_remove(0),
        };
        match etag {
            Some(etag) => Ok(version(&etag)),
            // The row knows its version.
            None => Err(Error::new("Write", self.key, ErrorKind::Protocol)),
        }
    }

    /// The version if this write took effect, nothing if it did not yet, a conflict if it never will.
    async fn look(&self) -> Result<Option<Version>> {
        let Found { stored, .. } = get(self.table, self.key).await?;
        match &stored {
            Some(stored) if self.token.wrote(stored) => Ok(Some(version(&stored.etag))),
            stored if stored.as_ref().map(|stored| &stored.etag) == self.expected.as_ref() => Ok(None),
            _ => Err(StateError::Conflict { row: self.key.to_string() }),
        }
    }
}

/// Besides lost answers: a refused condition can be the echo of this very write, sent twice on its way.
fn may_be_done(error: &Error) -> bool {
    use ErrorKind::{AlreadyExists, Conflict, NotFound, Precondition};
    error.may_have_happened() || matches!(error.kind, AlreadyExists | Conflict | NotFound | Precondition)
}

pub(super) async fn get(table: &TableClient, key: &Key) -> Result<Found> {
    table.get(&key.partition, &key.row).await.map_err(from_service)
}

pub(super) fn from_service(error: Error) -> StateError {
    if is_table_gone(&error) { StateError::TableGone } else { error.into() }
}

fn is_table_gone(error: &Error) -> bool {
    error.is_code("TableNotFound") || error.is_code("TableBeingDeleted")
}

pub(super) fn version(etag: &ETag) -> Version {
    Version(etag.as_str().to_owned())
}
