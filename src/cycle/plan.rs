//! Planning: walks both trees and stores the plan, stretch by stretch, each with the cursor behind it in one
//! transaction: so planning is exactly-once.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::{sleep, sleep_until};

use super::run::{Cycle, Result, Worked};
use super::transition::Event;
use crate::state::{Addition, CycleRecord, Samples, Status, Voided};
use crate::sync::{ChunkBuilder, Cursor, Item, Planner, Reason, Stretch};

/// Time between two saves while nothing else asks for one.
pub(super) const SAVE: Duration = Duration::from_secs(2);
/// Paths shown of what a plan deletes, and of what it overwrites.
const SAMPLES: usize = 20;

impl Cycle<'_> {
    pub(super) async fn plan(&mut self, cursor: Option<Cursor>) -> Result<Worked> {
        if cursor.is_none() {
            let expected = self.met_last_time().await?;
            self.live.update(|record| record.expected = expected);
        }
        let (shares, scratch) = (self.shares(), self.scratch.clone());
        let builder = ChunkBuilder::new(self.tried_first().await?);
        let mut planner = Planner::new(&shares, &scratch, cursor, builder).await?;
        loop {
            let stretch = tokio::select! {
                stretch = planner.hurried(sleep_until(self.deadline)) => stretch?,
                () = sleep(SAVE) => Some(planner.flush()),
            };
            let Some(stretch) = stretch else { return Ok(Worked::Event(Event::Done)) };
            if self.store_stretch(stretch).await? || self.is_called_off() || self.is_time_up() {
                return Ok(Worked::Stepped);
            }
        }
    }

    /// Answers whether it was the last one.
    async fn store_stretch(&mut self, stretch: Stretch) -> Result<bool> {
        self.live.update(|record| {
            record.add(&stretch);
            stretch.items().for_each(|item| count(record, item));
        });
        let Stretch { chunk, urgent, failures, voids, to, .. } = stretch;
        self.live.update(|record| {
            if urgent.is_some() {
                record.first.push(record.chunks + u32::from(chunk.is_some()));
            }
        });
        if let Some(directory) = voids {
            let news = u32::from(chunk.is_some()) + u32::from(urgent.is_some());
            self.live.update(|record| {
                let chunks = record.chunks + news;
                record.voided.push(Voided { directory, chunks });
            });
        }
        let news = Addition { chunks: chunk.into_iter().chain(urgent).collect(), failures };
        let is_last = to.is_none();
        self.step(to.map_or(Event::Done, Event::Reached), news).await?;
        Ok(is_last)
    }

    /// Entries that the last cycle met, as far as that is known.
    async fn met_last_time(&self) -> Result<u64> {
        let Some(earlier) = self.owner.record().await.last_cycle else { return Ok(0) };
        match self.store.load(self.pair.name(), &earlier).await {
            // it is there for an estimate only
            Err(error) if error.is_unreadable() => Ok(0),
            read => {
                let whole = |record: &CycleRecord| {
                    matches!(record.state.status(), Some(Status::Succeeded | Status::CompletedWithErrors))
                };
                Ok(read?.map(|read| read.record).filter(whole).map_or(0, |record| record.compared))
            }
        }
    }

    /// Paths that failed in the last cycle: they are tried before all others.
    async fn tried_first(&self) -> Result<HashSet<String>> {
        let Some(earlier) = self.owner.record().await.retry_first else { return Ok(HashSet::new()) };
        let failures = match self.store.failures(self.pair.name(), &earlier).await {
            // it is a matter of order only
            Err(error) if error.is_unreadable() => {
                tracing::warn!(pair.name = self.pair.name(), cycle.id = earlier, "{error}");
                Vec::new()
            }
            failures => failures?,
        };
        Ok(failures.into_iter().map(|failure| failure.path).collect())
    }
}

/// Counts what an item will do.
pub(super) fn count(record: &mut CycleRecord, item: &Item) {
    record.planned.plan(item);
    record.growth += item.growth();
    if record.base.is_none() {
        record.replaced = record.replaced.max(item.replaces());
    }
    let (entries, _) = item.weight();
    let Samples { deletes, overwrites } = &mut record.samples;
    let samples = if item.deletes() && item.reason == Reason::Scratch {
        return;
    } else if item.deletes() {
        record.deletes += entries;
        deletes
    } else if item.removes().is_some() {
        record.overwrites += 1;
        overwrites
    } else {
        return;
    };
    if samples.len() < SAMPLES {
        samples.push(item.seen_path());
    }
}

impl CycleRecord {
    /// Counts the entries that were met.
    pub(super) fn add(&mut self, stretch: &Stretch) {
        self.compared += stretch.compared;
        self.excluded += stretch.excluded;
        self.source_entries += stretch.source_entries;
        self.target_entries += stretch.target_entries;
    }
}
