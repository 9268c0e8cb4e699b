//! One cycle, state by state, as far as one invocation gets: do the work of the state, commit, go on. A cycle that
//! is resumed takes the same path as one that starts.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, sleep};

use super::drill;
use super::gate::request_limit;
use super::live::Live;
use super::owner::Owner;
use super::pair::{Identity, Pair};
use super::restore::{clear, left_alone, restoring};
use super::room::Room;
use super::seeding::end;
use super::time::is_further;
use super::told;
use super::transition::{Event, Facts, after};
use super::trouble::Trouble;
use crate::state::{
    Acknowledged, Addition, Alert, CycleError, CycleRecord, Seeding, SeedingStatus, Side, State, Status,
    Store, Version,
};
use crate::sync::{Doubts, FailedPaths, Failure, PermissionMap, Plain, ScratchNames, Shares, Staging};

pub(super) type Result<T, E = Trouble> = std::result::Result<T, E>;

/// What a busy share is given before it is asked again.
const PATIENCE: Duration = Duration::from_secs(5);

/// How an invocation's part of a cycle ended.
#[derive(Debug)]
pub enum Ended {
    Finished,
    /// Only a person leads on.
    Waiting,
    /// The next invocation goes on; with the error that stopped this one, if one did.
    Paused,
    /// Another owner has the pair, or the state is gone.
    Lost(String),
}

/// What the work of a state came to.
pub(super) enum Worked {
    Event(Event),
    /// What is done is stored, and the row says what comes next.
    Stepped,
}

/// A cycle in the hands of its owner.
pub struct Cycle<'a> {
    pub(super) pair: &'a Pair,
    pub(super) store: &'a Store,
    pub(super) owner: &'a Owner,
    pub(super) live: &'a Live,
    pub(super) deadline: Instant,
    pub(super) id: String,
    version: Version,
    pub(super) scratch: Arc<ScratchNames>,
    /// Known once the source share snapshot is.
    shares: Option<Shares>,
    /// While the pair is seeded.
    pub(super) staging: Option<Arc<Staging>>,
    pub(super) permissions: Option<Arc<PermissionMap>>,
    /// Both shares, once this invocation has looked at them.
    pub(super) room: Option<Room>,
    /// When this invocation looked at the share that is restored to.
    pub(super) looked_at: Option<Instant>,
    pub(super) failed: FailedPaths,
    acknowledged: Vec<Acknowledged>,
    /// Files that are copied again, whatever their listings say.
    pub(super) damaged: Vec<String>,
    /// The state was entered by this owner, so nobody did any of its work yet.
    pub(super) is_fresh: bool,
    /// The row as it was stored last.
    stored: Box<CycleRecord>,
    /// The row could not be stored: what this invocation knows more than the row is lost.
    pub(super) is_unsaved: bool,
    /// The next invocation begins further on than this one did.
    pub(super) has_moved: bool,
}

impl<'a> Cycle<'a> {
    /// A cycle whose row, in `live`, was stored as `version` under this owner's epoch.
    pub async fn new(
        pair: &'a Pair,
        store: &'a Store,
        owner: &'a Owner,
        live: &'a Live,
        version: Version,
        deadline: Instant,
    ) -> Result<Self> {
        let id = live.update(|record| record.id.clone());
        let scratch = Arc::new(ScratchNames::new(&id, owner.epoch()));
        let mut failed = FailedPaths::default();
        let stored = Box::new(live.update(|record| record.clone()));
        if stored.failed > 0 {
            let kept = store.failures(pair.name(), &id).await?;
            failed.add(&kept);
            if stored.failed > kept.len() as u64 {
                failed.add_all();
            }
        }
        let row = owner.record().await;
        let acknowledged: Vec<_> = drill::acknowledged(&stored).collect();
        let staging =
            row.seeding.as_ref().and_then(|seeding| staging(pair, seeding, owner.lease())).map(Arc::new);
        Ok(Self {
            pair,
            store,
            owner,
            live,
            deadline,
            id,
            version,
            scratch,
            shares: None,
            staging,
            permissions: None,
            room: None,
            looked_at: None,
            failed,
            acknowledged: row.acknowledged.into_iter().chain(acknowledged).collect(),
            damaged: row.verification.damaged,
            is_fresh: false,
            stored,
            is_unsaved: false,
            has_moved: false,
        })
    }

    /// Runs until the cycle ends, the time is up, or something else stops it.
    pub async fn run(mut self) -> Ended {
        let ended = self.go_on().await;
        self.keep_permissions().await;
        match ended {
            Ok(ended) => ended,
            Err(Trouble::Lost(reason)) => Ended::Lost(reason),
            Err(Trouble::Pause(error) | Trouble::Wait(error) | Trouble::Fail(error)) => {
                // the row itself cannot be stored: the next invocation finds the last one that was
                self.live.update(|record| record.error = Some(error));
                Ended::Paused
            }
        }
    }

    async fn go_on(&mut self) -> Result<Ended> {
        loop {
            let (state, can_be_cancelled) =
                self.live.update(|record| (record.state.clone(), record.can_be_cancelled()));
            let wishes = self.owner.wishes();
            if wishes.ends_seeding {
                self.end_seeding(&state).await?;
            }
            if state.is_finished() {
                return Ok(Ended::Finished);
            }
            if let Some(error) = self.live.update(|record| drill::overdue(record, OffsetDateTime::now_utc()))
            {
                self.live.update(|record| record.error = Some(error));
                self.step(Event::Failed, Addition::default()).await?;
                continue;
            }
            if wishes.cancel.as_ref() == Some(&self.id) && can_be_cancelled {
                self.step(Event::Cancelled, Addition::default()).await?;
                continue;
            }
            if state == State::AwaitingApproval {
                return Ok(Ended::Waiting);
            }
            if wishes.held || self.is_time_up() {
                return Ok(Ended::Paused);
            }
            self.recall_permissions(&state).await;
            match self.work(state).await {
                Ok(Worked::Event(event)) => self.step(event, Addition::default()).await?,
                Ok(Worked::Stepped) => {}
                Err(Trouble::Fail(error)) => {
                    self.live.update(|record| record.error = Some(error));
                    self.step(Event::Failed, Addition::default()).await?;
                }
                Err(Trouble::Pause(error)) => {
                    self.live.update(|record| record.error = Some(error));
                    self.commit(Addition::default()).await?;
                    return Ok(Ended::Paused);
                }
                Err(Trouble::Wait(error)) => {
                    if !Box::pin(self.wait(error)).await? {
                        return Ok(Ended::Paused);
                    }
                }
                Err(lost @ Trouble::Lost(_)) => return Err(lost),
            }
        }
    }

    /// From now on nothing new is copied from staging.
    async fn end_seeding(&mut self, state: &State) -> Result<()> {
        self.staging.iter().for_each(|staging| staging.close());
        let alert = end(self.pair, self.owner, Some(state)).await?;
        self.live.update(|record| record.tell(alert));
        Ok(())
    }

    /// Gives a busy share some time. Whether there is any left to go on in.
    async fn wait(&mut self, error: CycleError) -> Result<bool> {
        self.live.update(|record| record.error = Some(error));
        self.commit(Addition::default()).await?;
        sleep(PATIENCE).await;
        if Instant::now() >= self.deadline {
            return Ok(false);
        }
        self.live.update(|record| record.error = None);
        // what was sent may have taken effect
        self.is_fresh = false;
        Ok(true)
    }

    /// Does what a state asks for. Whatever may be done twice is; what may not looks first.
    async fn work(&mut self, state: State) -> Result<Worked> {
        if !matches!(state, State::Swapping { .. }) {
            self.check_settings()?;
        }
        self.look_anew(&state).await?;
        match state {
            State::MakingRoom { .. } if self.pair.restore.is_some() => self.prepare_restore().await?,
            State::MakingRoom { .. } if self.pair.failback.is_some() => self.prepare_failback().await?,
            State::MakingRoom { before } => self.make_room(before).await?,
            State::SourceSnapshot => {
                let id = self.take_snapshot(Side::Source).await?;
                if self.pair.backs_up() {
                    self.give_way(&id).await?;
                }
                self.live.update(|record| record.source_snapshot = Some(id));
            }
            State::Planning { cursor } => return Box::pin(self.plan(cursor)).await,
            State::Guarding => return self.guard().await,
            State::Applying { pass, chunk } => return Box::pin(self.apply(Some(pass), chunk)).await,
            State::Verifying { chunk } => return Box::pin(self.apply(None, chunk)).await,
            State::TargetSnapshot => {
                let id = self.take_snapshot(Side::Target).await?;
                self.live.update(|record| record.target_snapshot = Some(id));
            }
            State::Proving => return Box::pin(self.prove()).await,
            State::Pruning => {
                if !self.count_staged().await? {
                    return Ok(Worked::Stepped);
                }
                self.prune().await?;
            }
            State::Swapping { cursor } => return Box::pin(self.swap(cursor)).await,
            State::AwaitingApproval | State::Finished(_) => {}
        }
        Ok(Worked::Event(Event::Done))
    }

    /// Moves on and commits, together with what is new. A state that is not stored is not reached: the report says
    /// where the next invocation goes on.
    pub(super) async fn step(&mut self, event: Event, news: Addition) -> Result<()> {
        self.is_fresh = !matches!(event, Event::Reached(_));
        let (left, facts) = self.live.update(|record| {
            let failed = record.failed - record.acknowledged + self.count_unacknowledged(&news.failures);
            // where not all are known by their path, too much was left undone and unverified for a recovery point
            let failed = failed.max(self.failed.is_incomplete().into());
            let chunks = record.chunks + news.chunks.len() as u32 - record.aside.len() as u32;
            (record.state.clone(), Facts::of(self.pair, record, chunks, failed))
        });
        let next = after(left.clone(), event, facts);
        if next.is_finished() && next != State::Finished(Status::Succeeded) {
            self.clear_restore(&news.failures).await?;
        }
        self.live.update(|record| {
            record.enter(next);
            let has_no_point = record.target_snapshot.is_none();
            if record.state.status() == Some(Status::CompletedWithErrors)
                && has_no_point
                && self.failed.is_incomplete()
            {
                record.alerts.push(too_many_failures(record.failed));
            }
            if record.state.is_finished() {
                record.ended_at = Some(iso(OffsetDateTime::now_utc()));
            }
        });
        self.commit(news).await?;
        self.has_moved |= self.live.update(|record| is_further(&left, &record.state));
        Ok(())
    }

    /// A restore that ends before all is back clears up behind itself.
    async fn clear_restore(&mut self, news: &[Failure]) -> Result<()> {
        let (record, mut failed) = (self.live.update(|record| record.clone()), self.failed.clone());
        failed.add(news);
        let alerts = Box::pin(clear(self.pair, self.store, &record, &failed)).await?;
        self.live.update(|record| alerts.into_iter().for_each(|alert| record.tell(Some(alert))));
        Ok(())
    }

    /// Stores the row as it stands, with what is new, in one transaction. Where that fails the row is again what was
    /// stored last: it never counts what is not in the tables.
    pub(super) async fn commit(&mut self, mut news: Addition) -> Result<()> {
        for failure in &mut news.failures {
            failure.acknowledged = self.is_acknowledged(&failure.path);
            tracing::error!(
                pair.name = self.pair.name(),
                cycle.id = self.id,
                entry.path = failure.path,
                failure.reason = failure.reason,
                failure.acknowledged = failure.acknowledged,
                "{}",
                failure.detail
            );
        }
        if news.failures.iter().any(|failure| failure.reason == "FileInvalidPermissionKey")
            && let Some(permissions) = &self.permissions
        {
            permissions.clear();
        }
        let is_plain = self.shares.as_ref().is_none_or(|shares| shares.plain.is_plain());
        let (failed, counting) = (news.failures.len() as u64, self.count_unacknowledged(&news.failures));
        self.failed.add(&news.failures);
        self.live.update(|record| {
            record.plain &= is_plain;
            record.failed += failed;
            record.acknowledged += failed - counting;
            record.chunks += news.chunks.len() as u32;
            for chunk in &news.chunks {
                let stored = serde_json::to_vec(chunk).expect("a plan has a JSON form");
                record.digest = hash([record.digest.as_bytes(), &stored]);
            }
        });
        let record = self.live.to_store(self.pair.sent.requests());
        match self.store.commit(&record, &self.version, news).await {
            Ok(version) => {
                self.version = version;
                told::stored(&self.stored, &record);
                *self.stored = record;
                Ok(())
            }
            Err(error) => {
                self.is_unsaved = true;
                self.live.update(|record| record.clone_from(&self.stored));
                Err(error.into())
            }
        }
    }

    /// How many failures count against the cycle.
    fn count_unacknowledged(&self, failures: &[Failure]) -> u64 {
        failures.iter().filter(|failure| !self.is_acknowledged(&failure.path)).count() as u64
    }

    pub(super) fn acknowledged(&self) -> &[Acknowledged] {
        &self.acknowledged
    }

    pub(super) fn is_acknowledged(&self, path: &str) -> bool {
        self.acknowledged.iter().any(|known| known.covers(path))
    }

    /// The shares, from the state `Planning` on.
    pub(super) fn shares(&mut self) -> Shares {
        if self.shares.is_none() {
            let record = self.live.update(|record| record.clone());
            let permissions =
                self.permissions.get_or_insert_with(|| self.pair.permissions(&Identity::of(&record))).clone();
            let snapshot = record.source_snapshot.expect("the source share snapshot is taken");
            let (source, target) = (self.pair.source.with_snapshot(&snapshot), self.pair.target.clone());
            let base = record.base.map(|base| self.pair.base(&base));
            let shares = Shares::new(source, target, permissions, self.pair.unsettled.clone());
            self.shares = Some(match &self.pair.restore {
                Some(restore) => {
                    shares.excluding(left_alone(self.pair, restore)).restoring(restoring(restore, &self.id))
                }
                None if self.pair.failback.is_some() => {
                    shares.excluding(self.pair.exclude()).since(base, Plain::new(false)).of_mirror()
                }
                None => shares
                    .excluding(self.pair.exclude())
                    .seeded_from(self.staging.clone())
                    .doubting(Doubts::of(self.damaged.iter().map(String::as_str)).into())
                    .since(base, Plain::new(record.plain)),
            });
        }
        self.shares.clone().expect("just made")
    }
}

/// What data may come from, as long as the pair is seeded.
fn staging(pair: &Pair, seeding: &Seeding, lease: Duration) -> Option<Staging> {
    let is_read = seeding.status == SeedingStatus::InProgress;
    let (share, snapshot) = seeding.staging_share.as_ref().zip(seeding.staging_snapshot.as_ref())?;
    let share = pair.staging(share).with_snapshot(snapshot);
    // it is done when it is answered, as far as anybody saw: one that stands still for longer than a request may is ended
    let patience = 2 * request_limit(lease);
    is_read.then(|| Staging::new(share, pair.settings.seed.matching, patience))
}

fn too_many_failures(count: u64) -> Alert {
    let detail = format!(
        "{count} failures are more than this app keeps by their path, so acknowledging them makes no recovery point; mend \
         their cause, or exclude a directory that holds them"
    );
    Alert { code: "TooManyFailures".to_owned(), detail }
}

pub(super) fn hash<'b>(parts: impl IntoIterator<Item = &'b [u8]>) -> String {
    let mut hash = Sha256::new();
    parts.into_iter().for_each(|part| hash.update(part));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// ISO 8601 in UTC, whole seconds.
pub fn iso(moment: OffsetDateTime) -> String {
    let moment = moment.replace_nanosecond(0).expect("zero is a nanosecond");
    moment.format(&Rfc3339).expect("a year of four digits")
}
