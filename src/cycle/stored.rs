//! How pairs stand, by what is stored of them. What cannot be read of a pair is that pair's own trouble: it stands so, and
//! the others stand as they did.

use futures::{StreamExt, stream};
use time::OffsetDateTime;

use super::meeting::Row;
use super::pair::{Book, Pair};
use super::report::{Judgement, PairStanding};
use super::run::iso;
use super::snapshots::moment;
use super::standing::{Known, judge};
use super::{Backup, Result, known};
use crate::state::{CycleError, CycleRecord, LastPoint, PairRecord};

/// Pairs read at once.
pub(super) const AT_ONCE: usize = 8;

/// What is stored of a pair, as far as it can be read.
#[derive(Default)]
pub(super) struct Stored {
    pub row: PairRecord,
    pub is_owned: bool,
    /// Under way.
    pub cycle: Option<CycleRecord>,
    /// Why something cannot be read.
    pub error: Option<CycleError>,
}

impl Backup {
    /// How the pairs stand: one request for all of them, and one for each with a cycle under way.
    pub async fn standings(&self) -> Result<Vec<PairStanding>> {
        let (mut rows, others) = self.rows_and_beside(&self.pairs).await?;
        let drill_of = |pair: &Pair| {
            let row = others.get(&pair.drills().name)?.as_ref().ok()?;
            Some(row.record.outcome.as_ref()?.status)
        };
        let standings: Vec<_> = self
            .pairs
            .iter()
            .map(|pair| {
                let row = rows.remove(pair.name()).expect("there is one for each");
                let drill = drill_of(pair);
                async move { PairStanding { drill, ..self.stored(pair, row).await.stands(pair) } }
            })
            .collect();
        Ok(stream::iter(standings).buffered(AT_ONCE).collect().await)
    }

    /// The same for those who have to say something of every pair, whatever can be read.
    pub(super) async fn standings_at_any_rate(&self) -> Vec<PairStanding> {
        let unknown = |error: CycleError| {
            let stored = |pair| Stored { error: Some(error.clone()), ..Stored::default() }.stands(pair);
            self.pairs.iter().map(stored).collect()
        };
        self.standings().await.unwrap_or_else(unknown)
    }

    pub(super) async fn stored(&self, pair: &Pair, row: Row) -> Stored {
        let (read, mut error) = match row {
            Ok(read) => (Some(read), None),
            Err(error) => (None, Some(error.into())),
        };
        let is_owned = read.as_ref().is_some_and(|read| !read.lease_left.is_zero());
        let row = read.map(|read| read.record).unwrap_or_default();
        let under_way = self.under_way(&pair.cycles(), row.cycle.as_deref()).await;
        let cycle = under_way.and_then(|found| found.map(|(_, record)| record).transpose());
        let cycle = cycle.unwrap_or_else(|unread| {
            error.get_or_insert(unread);
            None
        });
        Stored { row, is_owned, cycle, error }
    }

    /// The cycle that is not finished, as it stands now, with its id, which is known also where its row cannot be read.
    /// `id` is that in the pair's row.
    pub(super) async fn under_way(
        &self,
        book: &Book<'_>,
        id: Option<&str>,
    ) -> Result<Option<(String, Result<CycleRecord>)>> {
        if let Some(record) = book.running.record() {
            return Ok(Some((record.id.clone(), Ok(record))));
        }
        let Some(id) = id else { return Ok(None) };
        match known(self.store.load(&book.name, id).await).map_err(CycleError::from).transpose() {
            Some(Err(error)) if !error.is_unreadable() => Err(error),
            read => Ok(read.map(|read| (id.to_owned(), read.map(|read| read.record)))),
        }
    }
}

impl Stored {
    /// The newest recovery point that is remembered. While one is being verified it stands already, and its cycle is not filed.
    pub fn point(&self) -> Option<LastPoint> {
        let standing = self.cycle.as_ref().and_then(|cycle| {
            let (source, target) = (cycle.source_snapshot.clone()?, cycle.target_snapshot.clone()?);
            let at = iso(moment(&target)?);
            Some(LastPoint { cycle: cycle.id.clone(), source, target, at, plain: false })
        });
        standing.or_else(|| self.row.recovery_point.clone())
    }

    pub fn judged(&self, pair: &Pair, point: Option<&LastPoint>) -> Judgement {
        let known = Known {
            name: pair.name(),
            rpo: pair.settings.rpo,
            row: &self.row,
            point,
            // one that is finished tells of itself when it is filed, in a moment
            cycle: self.cycle.as_ref().filter(|cycle| !cycle.state.is_finished()),
            is_owned: self.is_owned,
            error: self.error.as_ref(),
        };
        judge(&known, OffsetDateTime::now_utc())
    }

    fn stands(self, pair: &Pair) -> PairStanding {
        let judgement = self.judged(pair, self.point().as_ref());
        let state = self.cycle.as_ref().map(|cycle| (&cycle.state).into());
        PairStanding { name: pair.name().to_owned(), judgement, state, drill: None, error: self.error }
    }
}
