//! Deleting rows that nobody needs any more. What is gone already is as good as deleted: every deletion may run twice,
//! and after a lost answer the rows that are left are asked for again.

use azure_data_tables::{Change, Filter, MAX_TRANSACTION_CHANGES, Match, TableClient};
use azure_storage::Error;

use super::super::Result;
use super::keys::{Key, Range};
use super::patience::Patience;
use super::query::first_keys;
use super::write::from_service;

/// Deletes the rows of a partition, all or those in a range.
pub(super) async fn delete_all(table: &TableClient, partition: &str, range: Option<&Range>) -> Result<()> {
    let mut patience = Patience::default();
    loop {
        let filter = match range {
            Some(range) => Filter::partition(partition).row_from(range.from).row_before(range.before),
            None => Filter::partition(partition),
        };
        let rows = first_keys(table, filter, MAX_TRANSACTION_CHANGES).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let changes = rows.iter().map(|row| removal(partition, row)).collect();
        match table.transaction(changes).await {
            Ok(_) => patience = Patience::default(),
            Err(error) if may_be_gone(&error) => patience.after(error).await?,
            Err(error) => return Err(from_service(error)),
        }
    }
}

pub(super) async fn delete_row(table: &TableClient, key: &Key) -> Result<()> {
    let mut patience = Patience::default();
    loop {
        match table.apply(removal(&key.partition, &key.row)).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_code("ResourceNotFound") => return Ok(()),
            Err(error) if error.may_have_happened() => patience.after(error).await?,
            Err(error) => return Err(from_service(error)),
        }
    }
}

fn removal(partition: &str, row: &str) -> Change {
    let (partition_key, row_key) = (partition.to_owned(), row.to_owned());
    Change::Delete { partition_key, row_key, condition: Match::Any }
}

/// The answer was lost, or somebody else deletes as well.
fn may_be_gone(error: &Error) -> bool {
    error.may_have_happened() || error.is_code("ResourceNotFound")
}
