//! One cycle, state by state: do the work of the state, commit, go on.

use std::collections::HashSet;
use std::sync::Arc;

use azure_storage_file_share::{ShareClient, ShareSnapshotId};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::Result;
use super::live::Live;
use super::pair::Pair;
use super::report::CycleError;
use super::room::make_room;
use super::snapshots::{Role, mark};
use super::transition::{Event, Facts, after};
use crate::state::{Addition, Pass, State, Store, Version};
use crate::sync::{Apply, Chunk, ChunkBuilder, Failure, ScratchNames, Shares, Walk, root, verify};

/// Runs a cycle from its first state to its last.
pub async fn run(pair: &Pair, store: &Store, live: &Live) -> Result<()> {
    let record = live.record(pair.sent.requests());
    let version = store.begin(&record).await?;
    let scratch = Arc::new(ScratchNames::new(&record.id));
    let mut cycle = Cycle { pair, store, live, id: record.id, version, scratch, shares: None };
    if let Err(error) = cycle.through_all_states().await {
        live.update(|record| record.error = Some(error));
        cycle.step(Event::Failed, Addition::default()).await?;
    }
    Ok(())
}

struct Cycle<'a> {
    pair: &'a Pair,
    store: &'a Store,
    live: &'a Live,
    id: String,
    version: Version,
    scratch: Arc<ScratchNames>,
    /// Known once the source share snapshot is.
    shares: Option<Shares>,
}

impl Cycle<'_> {
    async fn through_all_states(&mut self) -> Result<()> {
        let mut failed = HashSet::new();
        loop {
            let state = self.live.update(|record| record.state.clone());
            let failures = match state {
                State::Finished(_) => return Ok(()),
                State::MakingRoom => {
                    make_room(self.pair).await?;
                    Vec::new()
                }
                State::SourceSnapshot => {
                    let id = self.snapshot(&self.pair.source, Role::Source).await?;
                    let (source, target) = (self.pair.source.with_snapshot(&id), self.pair.target.clone());
                    self.shares = Some(Shares::new(source, target, self.pair.permissions.clone()));
                    self.live.update(|record| record.source_snapshot = Some(id));
                    Vec::new()
                }
                State::Planning { .. } => self.plan().await?,
                State::Guarding => {
                    self.guard()?;
                    Vec::new()
                }
                State::Applying { pass, chunk } => self.apply(pass, chunk).await?,
                State::Verifying { chunk } => self.verify(chunk, &failed).await?,
                State::TargetSnapshot => {
                    let id = self.snapshot(&self.pair.target, Role::Target).await?;
                    self.live.update(|record| record.target_snapshot = Some(id));
                    Vec::new()
                }
            };
            failed.extend(failures.iter().map(|failure| failure.path.clone()));
            self.step(Event::Done, Addition { chunks: Vec::new(), failures }).await?;
        }
    }

    /// Moves on and commits, together with what is new.
    async fn step(&mut self, event: Event, addition: Addition) -> Result<()> {
        for failure in &addition.failures {
            tracing::error!(
                pair = self.pair.name(),
                cycle.id = self.id,
                path = failure.path,
                reason = failure.reason,
                "{}",
                failure.detail
            );
        }
        self.live.update(|record| {
            record.failed += addition.failures.len() as u64;
            record.chunks += addition.chunks.len() as u32;
            let facts = Facts { chunks: record.chunks, failed: record.failed };
            record.state = after(record.state.clone(), event, facts);
            if record.state.is_finished() {
                record.ended_at = Some(iso(OffsetDateTime::now_utc()));
            }
        });
        let record = self.live.record(self.pair.sent.requests());
        self.version = self.store.commit(&record, self.version, addition).await?;
        Ok(())
    }

    /// Takes a share snapshot with our mark. It is sent once: a repeat could make a second one.
    async fn snapshot(&self, share: &ShareClient, role: Role) -> Result<ShareSnapshotId> {
        let mark = mark(self.pair.name(), &self.pair.id, &self.id, role);
        Ok(share.create_snapshot(&mark).await?)
    }

    /// The shares, from the state `Planning` on.
    fn shares(&self) -> &Shares {
        self.shares.as_ref().expect("the source share snapshot is taken")
    }

    async fn chunk(&self, number: u32) -> Result<Chunk> {
        Ok(self.store.chunk(self.pair.name(), &self.id, number).await?)
    }

    fn applying(&self) -> Apply<'_> {
        Apply::new(self.shares(), self.pair.settings.copy_mode, &self.scratch, &self.live.tally)
    }

    /// Walks both trees and stores the plan, chunk by chunk.
    async fn plan(&mut self) -> Result<Vec<Failure>> {
        let (shares, scratch) = (self.shares().clone(), self.scratch.clone());
        let mut builder = ChunkBuilder::default();
        let mut failures = Vec::new();
        let mut walk = Walk::new(&shares, root(&shares).await?, &scratch);
        while let Some(plan) = walk.next().await? {
            self.live.update(|record| {
                record.compared += plan.compared;
                record.source_entries += plan.source_entries;
                record.target_entries += plan.target_entries;
                plan.items.iter().for_each(|item| record.planned.plan(item));
            });
            failures.extend(plan.failures);
            for item in plan.items {
                let cursor = item.path.clone();
                if let Some(chunk) = builder.push(item) {
                    let addition = Addition { chunks: vec![chunk], failures: std::mem::take(&mut failures) };
                    self.step(Event::Reached(cursor), addition).await?;
                }
            }
        }
        if let Some(chunk) = builder.finish() {
            let cursor = chunk.items.last().map_or_else(String::new, |item| item.path.clone());
            let addition = Addition { chunks: vec![chunk], failures: std::mem::take(&mut failures) };
            self.step(Event::Reached(cursor), addition).await?;
        }
        Ok(failures)
    }

    /// Stops a plan that looks like a disaster before its first write.
    fn guard(&self) -> Result<()> {
        let (source, target) = self.live.update(|record| (record.source_entries, record.target_entries));
        if source == 0 && target > 0 {
            let detail = format!(
                "The source share is empty and the target holds {target} entries; nothing was changed. If the source \
                 is meant to be empty, empty the target as well"
            );
            return Err(CycleError::new("SourceEmpty", detail));
        }
        Ok(())
    }

    async fn apply(&self, pass: Pass, chunk: u32) -> Result<Vec<Failure>> {
        let chunk = self.chunk(chunk).await?;
        let apply = self.applying();
        Ok(match pass {
            Pass::Write => apply.write(&chunk).await?,
            Pass::Delete => apply.delete(&chunk).await?,
            Pass::Finish => apply.finish(&chunk).await?,
        })
    }

    async fn verify(&self, chunk: u32, failed: &HashSet<String>) -> Result<Vec<Failure>> {
        Ok(verify(&self.applying(), &self.chunk(chunk).await?, failed).await?)
    }
}

/// ISO 8601 in UTC, whole seconds.
pub fn iso(moment: OffsetDateTime) -> String {
    let moment = moment.replace_nanosecond(0).expect("zero is a nanosecond");
    moment.format(&Rfc3339).expect("a year of four digits")
}
