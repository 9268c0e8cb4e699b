//! Since when a pair is known. Whoever is the first to ask how it stands, a timer or a person, makes its row: from then on a pair
//! of which no cycle begins is late in time, whatever keeps the timer from beginning one. The row says nothing else: what a
//! first cycle decides, as whether the pair is seeded, stays undecided.

use std::collections::HashMap;

use futures::{StreamExt, stream};
use time::OffsetDateTime;

use super::pair::Pair;
use super::run::iso;
use super::stored::AT_ONCE;
use super::{Backup, Result};
use crate::state::{PairRead, PairRecord, StateError};

/// A pair's row, or why it cannot be read or made.
pub(super) type Row = Result<PairRead, StateError>;
/// The rows under which restores, drills and failbacks are stored, by their names.
pub(super) type BesideRows = HashMap<String, Row>;

impl Backup {
    /// The rows of some pairs, by their names, and besides them those of what goes on beside the cycles, as far as there are any. One
    /// request; one more for each pair that was not known.
    pub(super) async fn rows_and_beside<'a>(
        &self,
        pairs: &'a [Pair],
    ) -> Result<(HashMap<&'a str, Row>, BesideRows), StateError> {
        let mut rows: HashMap<_, _> = match self.store.pairs().await {
            Err(StateError::TableGone) => {
                self.make_tables().await;
                HashMap::new()
            }
            read => read?.into_iter().collect(),
        };
        let met: Vec<_> = pairs.iter().map(|pair| self.named(pair, rows.remove(pair.name()))).collect();
        let (rows, others) = (met, rows);
        Ok((stream::iter(rows).buffer_unordered(AT_ONCE).collect().await, others))
    }

    /// The row of one pair, and what goes on beside its cycles.
    pub(super) async fn row_and_beside(&self, pair: &Pair) -> (Row, BesideRows) {
        match self.rows_and_beside(std::slice::from_ref(pair)).await {
            Ok((mut rows, beside)) => (rows.remove(pair.name()).expect("it was asked for"), beside),
            Err(error) => (Err(error), BesideRows::new()),
        }
    }

    async fn named<'a>(&self, pair: &'a Pair, read: Option<Row>) -> (&'a str, Row) {
        (pair.name(), self.met(pair, read).await)
    }

    /// Where that fails, whoever writes next finds the table missing still.
    async fn make_tables(&self) {
        if let Err(error) = self.store.open().await {
            tracing::warn!("A state table is missing, and cannot be made: {error}");
        }
    }

    /// Says in a row since when the pair is known, if nobody has. One that is owned is left to its owner.
    async fn met(&self, pair: &Pair, read: Option<Row>) -> Row {
        let (mut record, version) = match read.transpose()? {
            Some(read) if read.record.since.is_some() || !read.lease_left.is_zero() => return Ok(read),
            // the lease counts from the last write of the row: one that has run out goes, or it would live again
            Some(PairRead { record, version, .. }) => (PairRecord { lease: None, ..record }, Some(version)),
            None => (PairRecord::new(pair.name(), &pair.id), None),
        };
        is_known(&mut record);
        match self.store.put_pair(&record, version.as_ref()).await {
            Ok(version) => Ok(PairRead { record, version, lease_left: Default::default() }),
            // somebody else has met it in this moment
            Err(conflict @ StateError::Conflict { .. }) => {
                self.store.pair(pair.name()).await?.ok_or(conflict)
            }
            Err(error) => Err(error),
        }
    }
}

/// From now on, if not longer already.
pub(super) fn is_known(record: &mut PairRecord) {
    record.since.get_or_insert_with(|| iso(OffsetDateTime::now_utc()));
}

#[cfg(test)]
mod tests;
