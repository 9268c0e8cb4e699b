//! Reading rows, page after page.

use azure_data_tables::{Entity, Filter, Query, Stored, TableClient};
use time::OffsetDateTime;

use super::super::Result;
use super::write::from_service;

/// The service gives no larger pages.
const PAGE: usize = 1_000;

/// The first rows, in the order of their keys, `limit` at most.
pub(super) async fn first(table: &TableClient, filter: Filter, limit: usize) -> Result<Vec<Entity>> {
    let rows = rows(table, Query { filter, ..Query::default() }, limit).await?;
    Ok(rows.into_iter().map(|(row, _)| row.entity).collect())
}

/// All rows, each with the time of the answer that it came with.
pub(super) async fn all(table: &TableClient, filter: Filter) -> Result<Vec<(Stored, OffsetDateTime)>> {
    rows(table, Query { filter, ..Query::default() }, usize::MAX).await
}

/// The keys of the first rows.
pub(super) async fn first_keys(table: &TableClient, filter: Filter, limit: usize) -> Result<Vec<String>> {
    // something has to be named, or everything comes
    let select = vec!["Format".to_owned()];
    let rows = rows(table, Query { filter, select, ..Query::default() }, limit).await?;
    Ok(rows.into_iter().map(|(row, _)| row.entity.row_key).collect())
}

async fn rows(table: &TableClient, mut query: Query, limit: usize) -> Result<Vec<(Stored, OffsetDateTime)>> {
    let mut rows = Vec::new();
    while rows.len() < limit {
        query.top = u32::try_from(PAGE.min(limit - rows.len())).ok();
        let page = table.query(&query).await.map_err(from_service)?;
        rows.extend(page.rows.into_iter().map(|row| (row, page.at)));
        query.continuation = page.continuation;
        if query.continuation.is_none() {
            break;
        }
    }
    Ok(rows)
}
