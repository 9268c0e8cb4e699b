//! Planning: walks both trees and stores the plan, stretch by stretch, each with the cursor behind it in one
//! transaction: so planning is exactly-once.

use std::collections::HashSet;
use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::run::{Cycle, Result, Worked};
use super::transition::Event;
use crate::state::{Addition, CycleRecord, Samples, Status, Voided};
use crate::sync::{
    ChunkBuilder, Cursor, Found, Item, Loose, Planner, Reason, Rest, Shares, Stretch, Unpaired, find_moves,
};

/// Time between two saves while nothing else asks for one.
pub(super) const SAVE: Duration = Duration::from_secs(2);
/// The same while a large directory is planned: applying lists it anew for every chunk with entries of it.
const FILL: Duration = Duration::from_secs(30);
/// Time between two looks at whether something that cannot be saved has to end.
const LOOK: Duration = Duration::from_secs(1);
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
        let is_rest = cursor.as_ref().is_some_and(|cursor| cursor.is_rest);
        let unpaired = if is_rest {
            match self.rest(&shares, cursor == Some(Cursor::rest())).await? {
                Some(rest) => Unpaired::Settled(Box::new(rest)),
                None => return Ok(Worked::Stepped),
            }
        } else if shares.base.is_some() {
            Unpaired::put_aside(self.loose().await?)
        } else {
            Unpaired::Planned
        };
        let mut planner = Planner::new(&shares, &scratch, cursor, builder, unpaired.into()).await?;
        let (mut saved_at, mut ahead) = (Instant::now(), None);
        loop {
            let stretch = match ahead.take() {
                Some(stretch) => stretch?,
                None => tokio::select! {
                    stretch = planner.hurried(sleep_until(self.deadline)) => stretch?,
                    () = sleep(SAVE) => {
                        if planner.fills_in_parts() && saved_at.elapsed() < FILL && !self.is_called_off() {
                            continue;
                        }
                        Some(planner.flush())
                    }
                },
            };
            saved_at = Instant::now();
            let Some(stretch) = stretch else { return Ok(Worked::Event(Event::Done)) };
            let walk_on = async {
                ahead = Some(planner.next().await);
                pending::<Infallible>().await
            };
            // side by side: a save that takes its time holds up no answer
            let is_last = tokio::select! {
                is_last = self.store_stretch(stretch, is_rest) => is_last?,
                never = walk_on => match never {},
            };
            if is_last || self.is_called_off() || self.is_time_up() {
                return Ok(Worked::Stepped);
            }
        }
    }

    /// Answers whether it was the last one.
    async fn store_stretch(&mut self, stretch: Stretch, is_rest: bool) -> Result<bool> {
        self.live.update(|record| {
            record.add(&stretch);
            stretch.items().for_each(|item| count(record, item));
        });
        let Stretch { chunk, urgent, aside, failures, voids, to, .. } = stretch;
        let is_last = to.is_none();
        let next = self.live.update(|record| {
            let mut number = record.chunks;
            if let Some(chunk) = &chunk {
                record.lifts.extend(chunk.items.iter().any(Item::is_lift).then_some(number));
                number += 1;
            }
            if urgent.is_some() {
                record.first.push(number);
                number += 1;
            }
            if let Some(aside) = &aside {
                record.aside.push(number);
                record.loose += aside.items.len() as u64;
                number += 1;
            }
            record.voided.extend(voids.map(|directory| Voided { directory, chunks: number }));
            // what the walk put aside is planned when it is over
            to.or_else(|| (!is_rest && record.loose > 0).then(Cursor::rest))
        });
        let news = Addition { chunks: chunk.into_iter().chain(urgent).chain(aside).collect(), failures };
        self.step(next.map_or(Event::Done, Event::Reached), news).await?;
        Ok(is_last)
    }

    /// What the walk put aside.
    async fn loose(&self) -> Result<Vec<Loose>> {
        let mut loose = Vec::new();
        for number in self.live.update(|record| record.aside.clone()) {
            loose.extend(Loose::of(self.chunk(number).await?));
        }
        Ok(loose)
    }

    /// What is left to be planned when the walk is over; nothing if this invocation has to end before that is known.
    /// Where a whole one is too short for it, nothing is taken to have moved, unless it was planned otherwise before.
    async fn rest(&mut self, shares: &Shares, is_unplanned: bool) -> Result<Option<Rest>> {
        let loose = self.loose().await?;
        if self.live.update(|record| record.unmatched) {
            return Ok(Some(Rest::new(loose, Found::default())));
        }
        let found = tokio::select! {
            found = Box::pin(find_moves(shares, &loose)) => Some(found?),
            () = self.has_to_end() => None,
        };
        if let Some(found) = found {
            return Ok(Some(Rest::new(loose, found)));
        }
        if !self.is_called_off() && !self.has_moved && is_unplanned {
            tracing::warn!(
                pair.name = self.pair.name(),
                cycle.id = self.id,
                "Finding out what moved takes longer than an invocation may: it is copied and deleted"
            );
            self.live.update(|record| record.unmatched = true);
        }
        self.commit(Addition::default()).await?;
        Ok(None)
    }

    async fn has_to_end(&self) {
        while !self.is_called_off() && !self.is_time_up() {
            sleep(LOOK).await;
        }
    }

    /// Entries that the last cycle met, as far as that is known.
    async fn met_last_time(&self) -> Result<u64> {
        if !self.pair.backs_up() {
            // each wants something else
            return Ok(0);
        }
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
        if !self.pair.backs_up() {
            return Ok(HashSet::new());
        }
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
        // what nobody wants back is not left out of anything
        self.excluded += if self.restore.is_some() { 0 } else { stretch.excluded };
        self.skipped += stretch.skipped;
        self.named += stretch.named;
        self.source_entries += stretch.source_entries;
        self.target_entries += stretch.target_entries;
    }
}
