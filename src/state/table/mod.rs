//! State in Table Storage: three tables, described in `docs/checkpoint.md`.
//!
//! Promises what [`super::Store`] promises, also when answers are lost or come late: a write is reported done or not
//! done, or else as [`StateError::Unavailable`]. Time is the service's.

mod commit;
mod delete;
mod failures;
mod keys;
mod lease;
mod patience;
mod query;
mod row;
#[cfg(test)]
pub(super) mod samples;
mod shown;
#[cfg(test)]
mod tests;
mod write;

use std::time::Duration;

use azure_data_tables::{
    Change, ETag, Entity, Filter, Match, RetryOptions, Stored, TableClient, TableServiceClient,
};
use time::OffsetDateTime;

use self::keys::{Key, Table};
use self::patience::Patience;
use self::row::{Packed, Token};
use self::write::{Write, from_service, get, version};
use super::{
    Addition, CycleRecord, FAILURES, KnownPermissions, PairRead, PairRecord, Read, Result, StateError,
    Version,
};
use crate::sync::{Chunk, Failure};

#[derive(Clone, Debug)]
pub struct TableStore {
    pairs: TableClient,
    cycles: TableClient,
    history: TableClient,
}

impl TableStore {
    /// For the client that is handed in: state that is not there in time is not there.
    pub const RETRY: RetryOptions = RetryOptions {
        attempts: 5,
        base: Duration::from_millis(100),
        cap: Duration::from_secs(2),
        deadline: Duration::from_secs(20),
    };

    /// Sends nothing.
    pub fn new(service: &TableServiceClient) -> Self {
        let client = |table: Table| service.table_client(table.name());
        Self { pairs: client(Table::Pairs), cycles: client(Table::Cycles), history: client(Table::History) }
    }

    pub(super) async fn open(&self) -> Result<()> {
        for table in [&self.pairs, &self.cycles, &self.history] {
            table.create_if_not_exists().await.map_err(from_service)?;
        }
        Ok(())
    }

    pub(super) async fn try_write(&self) -> Result<()> {
        let key = keys::trial();
        upsert(&self.history, Packed::new(&()).entity(&key, &Token::fresh())).await?;
        delete::delete_row(&self.history, &key).await
    }

    pub(super) async fn pairs(&self) -> Result<Vec<(String, Result<PairRead>)>> {
        let range = keys::PAIR;
        let filter = Filter::default().row_from(range.from).row_before(range.before);
        let rows = query::all(&self.pairs, filter).await?.into_iter();
        Ok(rows.map(|(row, at)| (row.entity.partition_key.clone(), pair_read(&row, at))).collect())
    }

    pub(super) async fn pair(&self, pair: &str) -> Result<Option<PairRead>> {
        let found = get(&self.pairs, &keys::pair(pair)).await?;
        found.stored.as_ref().map(|stored| pair_read(stored, found.at)).transpose()
    }

    pub(super) async fn put_pair(&self, record: &PairRecord, version: Option<&Version>) -> Result<Version> {
        let (key, token) = (keys::pair(&record.pair), Token::fresh());
        let packed = Packed::within(record, commit::RECORD_BYTES, &key)?;
        let row = shown::pair(packed.entity(&key, &token), record);
        let expected = version.map(etag);
        let change = match expected.clone() {
            Some(etag) => Change::Replace(row, Match::ETag(etag)),
            None => Change::Insert(row),
        };
        let write = Write { table: &self.pairs, key: &key, token: &token, expected, changes: vec![change] };
        write.send().await
    }

    pub(super) async fn permissions(&self, pair: &str) -> Result<Option<KnownPermissions>> {
        let key = keys::permissions(pair);
        let Some(stored) = get(&self.pairs, &key).await?.stored else { return Ok(None) };
        row::read(&key, &stored.entity).map(Some)
    }

    pub(super) async fn keep_permissions(&self, pair: &str, known: &KnownPermissions) -> Result<()> {
        let key = keys::permissions(pair);
        let packed = Packed::within(known, commit::RECORD_BYTES, &key)?;
        upsert(&self.pairs, shown::permissions(packed.entity(&key, &Token::fresh()), known)).await
    }

    pub(super) async fn replace_unreadable(&self, record: &PairRecord) -> Result<bool> {
        let key = keys::pair(&record.pair);
        let Some(stored) = get(&self.pairs, &key).await?.stored else { return Ok(false) };
        match row::read::<PairRecord>(&key, &stored.entity) {
            Err(error) if error.is_unreadable() => {}
            read => return read.map(|_| false),
        }
        self.put_pair(record, Some(&version(&stored.etag))).await?;
        Ok(true)
    }

    pub(super) async fn discard(&self, pair: &str, cycle: &str) -> Result<()> {
        delete::delete_all(&self.cycles, &keys::partition(pair, cycle), None).await
    }

    pub(super) async fn begin(&self, record: &CycleRecord) -> Result<Version> {
        let (key, token) = (keys::cycle(&record.pair, &record.id), Token::fresh());
        let packed = Packed::within(record, commit::RECORD_BYTES, &key)?;
        let changes = vec![Change::Insert(shown::cycle(packed.entity(&key, &token), record))];
        Write { table: &self.cycles, key: &key, token: &token, expected: None, changes }.send().await
    }

    pub(super) async fn load(&self, pair: &str, cycle: &str) -> Result<Option<Read<CycleRecord>>> {
        let key = keys::cycle(pair, cycle);
        let Some(stored) = get(&self.cycles, &key).await?.stored else { return Ok(None) };
        let Stored { entity, etag, .. } = stored;
        Ok(Some(Read { record: row::read(&key, &entity)?, version: version(&etag) }))
    }

    pub(super) async fn commit(
        &self,
        record: &CycleRecord,
        version: &Version,
        addition: Addition,
    ) -> Result<Version> {
        let (key, token, expected) = (keys::cycle(&record.pair, &record.id), Token::fresh(), etag(version));
        let changes = commit::changes(&key, &token, record, &expected, &addition)?;
        let expected = Some(expected);
        Write { table: &self.cycles, key: &key, token: &token, expected, changes }.send().await
    }

    pub(super) async fn chunk(&self, pair: &str, cycle: &str, number: u32) -> Result<Chunk> {
        let key = keys::chunk(pair, cycle, number);
        let Some(stored) = get(&self.cycles, &key).await?.stored else {
            return Err(StateError::Missing { row: key.to_string() });
        };
        row::read(&key, &stored.entity)
    }

    pub(super) async fn failures(&self, pair: &str, cycle: &str) -> Result<Vec<Failure>> {
        let range = keys::FAILED;
        let filter = Filter::partition(&keys::partition(pair, cycle));
        let filter = filter.row_from(range.from).row_before(range.before);
        let mut failures: Vec<Failure> = Vec::new();
        for row in query::first(&self.cycles, filter, FAILURES).await? {
            failures.extend(read::<Vec<Failure>>(Table::Cycles, &row)?);
        }
        Ok(failures)
    }

    pub(super) async fn file(&self, record: &CycleRecord) -> Result<()> {
        let key = keys::history(&record.pair, &record.id);
        let packed = Packed::within(record, commit::RECORD_BYTES, &key)?;
        let row = shown::cycle(packed.entity(&key, &Token::fresh()), record);
        upsert(&self.history, row).await
    }

    pub(super) async fn cycles(&self, pair: &str, most: usize) -> Result<Vec<(String, Result<CycleRecord>)>> {
        let rows = query::first(&self.history, Filter::partition(pair), most).await?;
        let id = |row: &Entity| keys::cycle_of(&row.row_key).unwrap_or(&row.row_key).to_owned();
        Ok(rows.iter().map(|row| (id(row), read(Table::History, row))).collect())
    }

    pub(super) async fn drop_plan(&self, pair: &str, cycle: &str) -> Result<()> {
        delete::delete_all(&self.cycles, &keys::partition(pair, cycle), Some(&keys::PLAN)).await
    }

    /// The row of the history goes last: while it is there, what is left of its cycle is found again.
    pub(super) async fn forget(&self, pair: &str, keep: usize) -> Result<()> {
        let rows = query::first_keys(&self.history, Filter::partition(pair), usize::MAX).await?;
        for row in rows.into_iter().skip(keep) {
            if let Some(cycle) = keys::cycle_of(&row) {
                delete::delete_all(&self.cycles, &keys::partition(pair, cycle), None).await?;
            }
            let key = Key { table: Table::History, partition: pair.to_owned(), row };
            delete::delete_row(&self.history, &key).await?;
        }
        Ok(())
    }
}

/// Puts a row whatever was there. Again is as good as once.
async fn upsert(table: &TableClient, row: Entity) -> Result<()> {
    let mut patience = Patience::default();
    loop {
        match table.apply(Change::InsertOrReplace(row.clone())).await {
            Ok(_) => return Ok(()),
            Err(error) if error.may_have_happened() => patience.after(error).await?,
            Err(error) => return Err(from_service(error)),
        }
    }
}

fn pair_read(stored: &Stored, at: OffsetDateTime) -> Result<PairRead> {
    let record: PairRecord = read(Table::Pairs, &stored.entity)?;
    let lease_left = lease::left(record.lease.as_ref(), stored, at);
    Ok(PairRead { record, version: version(&stored.etag), lease_left })
}

fn read<T: serde::de::DeserializeOwned>(table: Table, row: &Entity) -> Result<T> {
    let key = Key { table, partition: row.partition_key.clone(), row: row.row_key.clone() };
    row::read(&key, row)
}

fn etag(version: &Version) -> ETag {
    ETag::from(version.0.as_str())
}
