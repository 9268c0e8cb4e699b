//! One cycle, state by state: do the work of the state, commit, go on.

use std::sync::Arc;

use azure_storage_file_share::{ShareClient, ShareSnapshotId};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Result;
use super::live::Live;
use super::pair::Pair;
use super::report::CycleError;
use super::room::make_room;
use super::snapshots::{Role, mark};
use super::transition::{Event, Facts, after};
use crate::state::{Addition, Pass, State, Store, Version};
use crate::sync::{
    Apply, Chunk, ChunkBuilder, FailedPaths, PermissionMap, Planner, Progress, ScratchNames, Shares, verify,
};

/// Runs a cycle from its first state to its last. An error only when that cannot be stored.
pub async fn run(pair: &Pair, store: &Store, live: &Live) -> Result<()> {
    let record = live.refresh(pair.sent.requests());
    let version = store.begin(&record).await?;
    let scratch = Arc::new(ScratchNames::new(&record.id, 1));
    let mut cycle = Cycle {
        pair,
        store,
        live,
        id: record.id,
        version,
        scratch,
        shares: None,
        permissions: Arc::default(),
        failed: FailedPaths::default(),
    };
    loop {
        let state = live.update(|record| record.state.clone());
        if state.is_finished() {
            return Ok(());
        }
        let mut news = Addition::default();
        let event = match cycle.work(state, &mut news).await {
            Ok(()) => Event::Done,
            Err(error) => {
                live.update(|record| record.error = Some(error));
                Event::Failed
            }
        };
        cycle.step(event, news).await?;
    }
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
    permissions: Arc<PermissionMap>,
    failed: FailedPaths,
}

impl Cycle<'_> {
    /// Does what a state asks for. What is new is added to `news`, also before an error.
    async fn work(&mut self, state: State, news: &mut Addition) -> Result<()> {
        match state {
            State::MakingRoom => {
                let identity = make_room(self.pair).await?;
                self.permissions = self.pair.permissions(&identity);
                self.live.update(|record| record.target_share = identity.target);
            }
            State::SourceSnapshot => {
                let id = self.snapshot(&self.pair.source, Role::Source).await?;
                let (source, target) = (self.pair.source.with_snapshot(&id), self.pair.target.clone());
                let (permissions, unsettled) = (self.permissions.clone(), self.pair.unsettled.clone());
                self.shares = Some(Shares::new(source, target, permissions, unsettled));
                self.live.update(|record| record.source_snapshot = Some(id));
            }
            State::Planning { .. } => self.plan(news).await?,
            State::Guarding => self.guard()?,
            State::Applying { pass, chunk } => {
                let chunk = self.chunk(chunk).await?;
                let (apply, progress) = (self.applying(), Progress::default());
                let end = match pass {
                    Pass::Write => apply.write(&chunk, &self.failed, &progress).await,
                    Pass::Delete => apply.delete(&chunk, &self.failed, &progress).await,
                    Pass::Finish => apply.finish(&chunk, &self.failed, &progress).await,
                };
                news.failures.extend(progress.save().1);
                end?;
            }
            State::Verifying { chunk } => {
                let chunk = self.chunk(chunk).await?;
                let progress = Progress::default();
                let end = verify(&self.applying(), &chunk, &self.failed, &progress).await;
                news.failures.extend(progress.save().1);
                end?;
            }
            State::TargetSnapshot => {
                let id = self.snapshot(&self.pair.target, Role::Target).await?;
                self.live.update(|record| record.target_snapshot = Some(id));
            }
            State::Finished(_) => {}
        }
        Ok(())
    }

    /// Moves on and commits, together with what is new.
    async fn step(&mut self, event: Event, news: Addition) -> Result<()> {
        for failure in &news.failures {
            tracing::error!(
                pair.name = self.pair.name(),
                cycle.id = self.id,
                entry.path = failure.path,
                failure.reason = failure.reason,
                "{}",
                failure.detail
            );
        }
        if news.failures.iter().any(|failure| failure.reason == "FileInvalidPermissionKey") {
            self.permissions.clear();
        }
        self.failed.add(&news.failures);
        self.live.update(|record| {
            record.failed += news.failures.len() as u64;
            record.chunks += news.chunks.len() as u32;
            let facts = Facts { chunks: record.chunks, failed: record.failed };
            record.state = after(record.state.clone(), event, facts);
            if record.state.is_finished() {
                record.ended_at = Some(iso(OffsetDateTime::now_utc()));
            }
        });
        let record = self.live.refresh(self.pair.sent.requests());
        self.version = self.store.commit(&record, self.version, news).await?;
        Ok(())
    }

    /// Takes a share snapshot with our mark. It is sent once: a repeat could make a second one.
    async fn snapshot(&self, share: &ShareClient, role: Role) -> Result<ShareSnapshotId> {
        let target = self.live.update(|record| record.target_share.clone());
        let mark = mark(self.pair.name(), &self.pair.id, &self.id, role, target.as_ref());
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

    /// Walks both trees and stores the plan, stretch by stretch.
    async fn plan(&mut self, news: &mut Addition) -> Result<()> {
        let (shares, scratch) = (self.shares().clone(), self.scratch.clone());
        let mut planner = Planner::new(&shares, &scratch, None, ChunkBuilder::default()).await?;
        while let Some(stretch) = planner.next().await? {
            self.live.update(|record| {
                record.compared += stretch.compared;
                record.source_entries += stretch.source_entries;
                record.target_entries += stretch.target_entries;
                stretch
                    .chunk
                    .iter()
                    .flat_map(|chunk| &chunk.items)
                    .for_each(|item| record.planned.plan(item));
            });
            news.failures.extend(stretch.failures);
            news.chunks.extend(stretch.chunk);
            if let Some(cursor) = stretch.to {
                self.step(Event::Reached(cursor.directory), std::mem::take(news)).await?;
            }
        }
        Ok(())
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
}

/// ISO 8601 in UTC, whole seconds.
pub fn iso(moment: OffsetDateTime) -> String {
    let moment = moment.replace_nanosecond(0).expect("zero is a nanosecond");
    moment.format(&Rfc3339).expect("a year of four digits")
}
