//! One invocation's work on a pair: become its owner, start a cycle or go on with one, file what is finished, give
//! the pair back. Many pairs share an invocation.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};
use tokio::time::Instant;
use uuid::Uuid;

use super::live::Live;
use super::owner::{Asked, Owner};
use super::pair::{Pair, drilled_by, failed_back_by, restored_by};
use super::report::{CycleReport, NotRun};
use super::run::{Cycle, Ended, iso};
use super::seeding::end;
use super::take_over::take_over;
use super::time::GRACE;
use super::told;
use super::trouble::Trouble;
use super::{Backup, Result};
use crate::state::{CycleError, CycleRecord, PairRecord, State, StateError, Status, Version};

/// Pairs worked on at once.
const PAIRS: usize = 4;
/// The least time that a pair gets before others have their turn.
const TURN: Duration = Duration::from_secs(10);

/// What an invocation may do with a pair that has no cycle under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    New,
    ResumeOnly,
    /// A drill of each pair; cycles are left alone.
    Drill,
}

impl Backup {
    /// Works on a pair until its cycle ends or no new work may begin: `deadline`. A failed cycle is a report too, and
    /// so is one that the next invocation goes on with.
    pub async fn run(&self, pair: &str, start: Start, deadline: Instant) -> Result<CycleReport, NotRun> {
        let pair = self.find(pair).ok_or_else(|| NotRun::UnknownPair(pair.to_owned()))?;
        let owner = self.own(pair, deadline).await?;
        self.run_as(pair, owner, start, deadline).await
    }

    /// The same as a pair's owner; then the pair is given back.
    pub(super) async fn run_as(
        &self,
        pair: &Pair,
        owner: Owner,
        start: Start,
        deadline: Instant,
    ) -> Result<CycleReport, NotRun> {
        let shown = Shown { pair };
        let step = told::step(pair);
        let worked = step.around(Box::pin(self.work(pair, &owner, start, deadline))).await;
        told::stepped(&step, &worked);
        drop((shown, step));
        if !owner.is_lost()
            && let Err(error) = self.end_seeding(pair, &owner).await
        {
            tracing::warn!(pair.name = pair.name(), "Seeding is not ended yet: {error}");
        }
        if !owner.is_lost()
            && let Err(error) =
                owner.release(|row| row.worked_at = Some(iso(OffsetDateTime::now_utc()))).await
        {
            tracing::warn!(
                pair.name = pair.name(),
                "The pair is not given back; its lease runs out: {error}"
            );
        }
        worked
    }

    /// Works on every pair, some of them side by side, the one with the oldest recovery point first. Where there are
    /// more, each has its turn; those whose turn does not come before the deadline are the first ones next time.
    pub async fn run_all(
        &self,
        start: Start,
        deadline: Instant,
    ) -> Vec<(String, Result<CycleReport, NotRun>)> {
        let mut waiting: VecDeque<_> = match self.in_order(start).await {
            Ok(names) => names.into_iter().map(|name| (name, Err(NotRun::NoTime))).collect(),
            Err(error) => {
                let unavailable = |pair: &Pair| (pair.name().to_owned(), Err(NotRun::State(error.clone())));
                return self.pairs.iter().map(unavailable).collect();
            }
        };
        let turn = if waiting.len() > PAIRS {
            let share =
                deadline.saturating_duration_since(Instant::now()) * PAIRS as u32 / waiting.len() as u32;
            share.max(TURN)
        } else {
            Duration::MAX
        };
        let mut running = FuturesUnordered::new();
        let mut done = Vec::new();
        // however late it is, somebody gets on
        let mut begun = 0;
        loop {
            while running.len() < PAIRS
                && (begun < PAIRS || Instant::now() < deadline)
                && let Some((name, _)) = waiting.pop_front()
            {
                begun += 1;
                let end = Instant::now().checked_add(turn).map_or(deadline, |end| end.min(deadline));
                let run = async move {
                    let result = if start == Start::Drill {
                        Box::pin(self.drill(&name, end)).await.map_err(NotRun::from)
                    } else if restored_by(&name).is_some() {
                        self.resume_restore(&name, end).await
                    } else if failed_back_by(&name).is_some() {
                        self.resume_failback(&name, end).await
                    } else {
                        self.run(&name, start, end).await
                    };
                    (name, result)
                };
                running.push(run.boxed());
            }
            let Some((name, result)) = running.next().await else {
                done.extend(waiting);
                done.sort_by_key(|(name, _)| self.pairs.iter().position(|pair| pair.name() == name));
                return done;
            };
            let goes_on = matches!(&result, Ok(report) if report.status.is_none() && report.error.is_none()
                && report.state != super::report::Phase::AwaitingApproval);
            if goes_on && Instant::now() < deadline {
                waiting.push_back((name, result));
            } else {
                done.push((name, result));
            }
        }
    }

    /// The pairs to work on: to resume, only those with a cycle under way; to drill, the one whose drill is longest ago first.
    async fn in_order(&self, start: Start) -> Result<VecDeque<String>> {
        let (mut rows, restores) = self.rows_and_beside(&self.pairs).await?;
        if start == Start::Drill {
            let drilled_at = |pair: &&Pair| {
                let row = restores.get(&pair.drills().name).and_then(|read| read.as_ref().ok());
                row.and_then(|read| read.record.worked_at.clone())
            };
            let mut due: Vec<&Pair> = self.pairs.iter().collect();
            due.sort_by_cached_key(drilled_at);
            return Ok(due.into_iter().map(|pair| pair.name().to_owned()).collect());
        }
        let mut due: Vec<_> = self
            .pairs
            .iter()
            .filter_map(|pair| {
                let row = rows.remove(pair.name())?.ok().map(|read| read.record);
                // a row that cannot be read may name a cycle: whoever asks for it is told what is the matter
                let is_due = start == Start::New || row.as_ref().is_none_or(|row| row.cycle.is_some());
                is_due.then_some((pair.name(), row))
            })
            .collect();
        due.sort_by(|(_, a), (_, b)| a.as_ref().map(turn_of).cmp(&b.as_ref().map(turn_of)));
        // whoever restores or fails back waits for it
        let names = self
            .pairs
            .iter()
            .flat_map(|pair| [pair.restores().name, pair.failbacks().name, pair.drills().name]);
        let restores = names.filter(|name| {
            let row = restores.get(name).and_then(|read| read.as_ref().ok());
            row.is_some_and(|read| read.record.cycle.is_some())
        });
        Ok(restores.chain(due.into_iter().map(|(name, _)| name.to_owned())).collect())
    }

    /// Becomes the owner of a pair.
    pub(super) async fn own(&self, pair: &Pair, deadline: Instant) -> Result<Owner, NotRun> {
        let asked = self.reopening(|| Owner::ask(&self.store, pair, self.lease, deadline + GRACE)).await;
        match asked.map_err(NotRun::of)? {
            Asked::Owned(owner) => Ok(owner),
            Asked::Busy { cycle } => Err(NotRun::CycleInProgress { cycle }),
        }
    }

    /// Tables that are gone are made again: what was in them can be done without.
    pub(super) async fn reopening<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, StateError>
    where
        F: Future<Output = Result<T, StateError>>,
    {
        match attempt().await {
            Err(StateError::TableGone) => {
                tracing::warn!("A state table is missing; making it");
                self.store.open().await?;
                attempt().await
            }
            done => done,
        }
    }

    async fn work(
        &self,
        pair: &Pair,
        owner: &Owner,
        start: Start,
        deadline: Instant,
    ) -> Result<CycleReport, NotRun> {
        let unfinished = self.unfinished(pair, owner).await?;
        let state = unfinished.as_ref().map(|(record, _)| &record.state);
        let alert = end(pair, owner, state).await.map_err(NotRun::of)?;
        let (record, version) = match unfinished {
            _ if owner.wishes().held => return Err(NotRun::Held),
            Some((record, _))
                if record.state == State::AwaitingApproval && owner.wishes().cancel.is_none() =>
            {
                return Ok(self.report(record).await?);
            }
            Some((record, version)) => {
                tracing::info!(pair.name = pair.name(), cycle.id = record.id, "Cycle goes on");
                let cycle = Some(record.id.clone());
                match take_over(&self.store, record, version, owner.epoch()).await {
                    Err(StateError::Conflict { .. }) => return Err(NotRun::CycleInProgress { cycle }),
                    taken => taken.map_err(NotRun::of)?,
                }
            }
            None if start == Start::ResumeOnly => return Err(NotRun::NothingToResume),
            None => self.begin(pair, owner).await?,
        };
        let id = record.id.clone();
        let live = std::sync::Arc::new(Live::new(record, pair.sent.requests()));
        live.update(|record| record.tell(alert));
        pair.show(Some(live.clone()));
        let ended = match Cycle::new(pair, &self.store, owner, &live, version, deadline).await {
            Ok(cycle) => cycle.run().await,
            Err(Trouble::Lost(reason)) => Ended::Lost(reason),
            Err(Trouble::Pause(error) | Trouble::Wait(error) | Trouble::Fail(error)) => {
                // nobody can cancel a drill
                if error.is_unreadable() && drilled_by(pair.name()).is_some() {
                    Box::pin(self.give_up(pair, owner, &id, Status::Failed, error)).await?;
                    return Err(NotRun::NothingToResume);
                }
                return Err(NotRun::State(error));
            }
        };
        match ended {
            Ended::Finished => {
                let record = live.update(|record| record.clone());
                self.file(pair, owner, &record).await.map_err(NotRun::of)?;
                return Ok(self.report(record).await?);
            }
            Ended::Waiting | Ended::Paused => {}
            Ended::Lost(reason) => {
                tracing::warn!(
                    pair.name = pair.name(),
                    cycle.id = id,
                    "This invocation lost the pair: {reason}"
                );
                live.update(|record| record.error = Some(CycleError::new("OwnerLost", reason)));
            }
        }
        let record = live.to_store(pair.sent.requests());
        Ok(self.report(record).await?)
    }

    /// Brings seeding to its end, as far as the cycle under way lets it.
    pub(super) async fn end_seeding(&self, pair: &Pair, owner: &Owner) -> Result<()> {
        let unfinished = self.unfinished(pair, owner).await?;
        end(pair, owner, unfinished.as_ref().map(|(record, _)| &record.state)).await?;
        Ok(())
    }

    /// The cycle that is under way. One that is finished is filed first: its owner may have been killed before.
    pub(super) async fn unfinished(
        &self,
        pair: &Pair,
        owner: &Owner,
    ) -> Result<Option<(CycleRecord, Version)>> {
        let Some(id) = owner.record().await.cycle else { return Ok(None) };
        let Some(read) = self.reopening(|| self.store.load(pair.name(), &id)).await? else {
            return Ok(None);
        };
        if read.record.state.is_finished() {
            self.file(pair, owner, &read.record).await?;
            return Ok(None);
        }
        Ok(Some((read.record, read.version)))
    }

    async fn begin(&self, pair: &Pair, owner: &Owner) -> Result<(CycleRecord, Version), NotRun> {
        let started = OffsetDateTime::now_utc();
        let id = cycle_id(started);
        let seeding =
            if pair.backs_up() { self.seeding_of(pair, &owner.record().await, &id).await? } else { None };
        tracing::info!(pair.name = pair.name(), cycle.id = id, "Cycle starts");
        owner
            .update(|row| {
                row.cycle = Some(id.clone());
                row.cancel = None;
                // a person may have ended it in this moment
                row.seeding = row.seeding.take().or_else(|| seeding.clone());
            })
            .await
            .map_err(NotRun::of)?;
        let mut record = CycleRecord::new(pair.name(), id, iso(started));
        record.epoch = owner.epoch();
        record.invocations = 1;
        record.restore.clone_from(&pair.restore);
        record.failback = pair.failback.as_ref().map(|back| Box::new(back.order.clone()));
        let version = self.reopening(|| self.store.begin(&record)).await.map_err(NotRun::of)?;
        told::started(pair, &record.id);
        Ok((record, version))
    }
}

/// While this is there, the pair's running cycle is shown; an invocation that is dropped shows none.
struct Shown<'a> {
    pair: &'a Pair,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.pair.show(None);
    }
}

/// The oldest recovery point comes first; of pairs without one, the one that was left alone for longest.
fn turn_of(record: &PairRecord) -> (Option<&str>, Option<&str>) {
    (record.recovery_point.as_ref().map(|point| point.at.as_str()), record.worked_at.as_deref())
}

/// Of ids of cycles.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second][subsecond digits:6]Z");

/// Sorts by time and is unlike any other: `20261121T101500123456Z-1a2b3c4d`.
fn cycle_id(started: OffsetDateTime) -> String {
    let time = started.format(TIME).expect("a year of four digits");
    let unique = Uuid::new_v4().simple().to_string();
    format!("{time}-{}", &unique[..8])
}

/// When the cycle of this id started.
pub(super) fn begun_at(id: &str) -> Option<OffsetDateTime> {
    let (time, _) = id.split_once('-')?;
    Some(PrimitiveDateTime::parse(time, TIME).ok()?.assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycle_ids_sort_by_time() {
        let at = |nanoseconds| OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).expect("a time");
        let id = cycle_id(at(1_795_256_100_123_456_789));
        assert!(id.starts_with("20261121T101500123456Z-"), "{id}");
        assert!(id < cycle_id(at(1_795_256_100_123_457_000)));
        assert_eq!(begun_at(&id), Some(at(1_795_256_100_123_456_000)));
        assert_eq!(begun_at("20261121-1a2b3c4d"), None);
    }
}
