//! One cycle, state by state: do the work of the state, commit, go on.

use std::collections::HashSet;

use azure_storage_file_share::{ShareClient, ShareSnapshotId};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::Result;
use super::live::Live;
use super::pair::Pair;
use super::report::CycleError;
use super::room::make_room;
use super::snapshots::{Role, mark};
use super::state::{Event, Facts, Pass, State};
use crate::state::{Addition, Store, Version};
use crate::sync::{Apply, ChunkBuilder, Failure, Shares, Walk, root, verify};

/// Runs a cycle from its first state to its last.
pub async fn run(pair: &Pair, store: &Store, live: &Live) -> Result<()> {
    let record = live.record(pair.sent.requests());
    let version = store.begin(&record).await?;
    let cycle_id = record.id;
    let mut cycle = Cycle { pair, store, live, id: cycle_id, version };
    let outcome = cycle.through_all_states().await;
    if let Err(error) = outcome {
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
            record.state = record.state.clone().after(event, facts);
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

    fn shares(&self) -> Result<Shares> {
        let snapshot = self.live.update(|record| record.source_snapshot.clone());
        let snapshot = snapshot
            .ok_or_else(|| CycleError::new("StateUnavailable", "The row names no source share snapshot"))?;
        Ok(Shares {
            source: self.pair.source.with_snapshot(&snapshot),
            target: self.pair.target.clone(),
            permissions: self.pair.permissions.clone(),
        })
    }

    /// Walks both trees and stores the plan, chunk by chunk.
    async fn plan(&mut self) -> Result<Vec<Failure>> {
        let shares = self.shares()?;
        let live = self.live;
        let id = self.id.clone();
        let scratch = move || live.scratch_name(&id);
        let mut builder = ChunkBuilder::default();
        let mut failures = Vec::new();
        let mut walk = Walk::new(&shares, root(&shares).await?, &scratch);
        while let Some(plan) = walk.next().await? {
            live.update(|record| {
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
            let cursor = String::new();
            self.step(Event::Reached(cursor), Addition { chunks: vec![chunk], failures: Vec::new() }).await?;
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
        let chunk = self.store.chunk(&self.live.record(self.pair.sent.requests()), chunk).await?;
        let (shares, live, id) = (self.shares()?, self.live, self.id.clone());
        let scratch = move || live.scratch_name(&id);
        let apply = Apply::new(&shares, self.pair.settings.copy_mode, &scratch, &self.live.tally);
        Ok(match pass {
            Pass::Write => apply.write(&chunk).await?,
            Pass::Delete => apply.delete(&chunk).await?,
            Pass::Finish => apply.finish(&chunk).await?,
        })
    }

    async fn verify(&self, chunk: u32, failed: &HashSet<String>) -> Result<Vec<Failure>> {
        let chunk = self.store.chunk(&self.live.record(self.pair.sent.requests()), chunk).await?;
        let (shares, live, id) = (self.shares()?, self.live, self.id.clone());
        let scratch = move || live.scratch_name(&id);
        let apply = Apply::new(&shares, self.pair.settings.copy_mode, &scratch, &self.live.tally);
        Ok(verify(&apply, &chunk, failed).await?)
    }
}

/// ISO 8601 in UTC, whole seconds.
pub fn iso(moment: OffsetDateTime) -> String {
    let moment = moment.replace_nanosecond(0).expect("zero is a nanosecond");
    moment.format(&Rfc3339).expect("a year of four digits")
}
