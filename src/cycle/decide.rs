//! What people decide: whether a stopped plan is applied, whether a cycle or a pair goes on, which recovery points
//! stay whatever happens, and which failures are accepted.

use time::OffsetDateTime;
use tokio::time::Instant;

use super::meeting::is_known;
use super::owner::Owner;
use super::pair::Pair;
use super::report::{NotRun, PairStatus, Refusal};
use super::restore::clear;
use super::run::iso;
use super::take_over::take_over;
use super::told;
use super::transition::{Event, Facts, after};
use super::trouble::Trouble;
use super::{Backup, Result, known};
use crate::state::{
    Acknowledged, Addition, CycleError, CycleRecord, Held, LimitsDecided, PairRead, PairRecord, State,
    StateError, Status, Version,
};
use crate::sync::FailedPaths;

/// Time for one decision.
pub(super) const TIME: std::time::Duration = std::time::Duration::from_secs(60);
/// Acknowledged paths kept for a pair.
const ACKNOWLEDGED: usize = 1_000;

/// Cycles are named by their id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The plan with this digest may be applied.
    Approve {
        cycle: Option<String>,
        digest: String,
    },
    /// It may not: the cycle ends, and nothing was changed.
    Reject {
        cycle: Option<String>,
    },
    /// The cycle ends where it stands.
    Cancel {
        cycle: Option<String>,
    },
    /// Nothing is done for the pair, and nothing of it pruned; or one recovery point is pinned.
    Hold {
        cycle: Option<String>,
    },
    Release {
        cycle: Option<String>,
    },
    /// These paths may fail: they do not stand in the way of a recovery point.
    Acknowledge {
        cycle: Option<String>,
        entries: Vec<String>,
    },
    /// So much may the shares of the pair be asked for, from now on.
    Limit(LimitsDecided),
    /// What is stored of the pair cannot be read, and is to be forgotten.
    StartOver,
}

impl Decision {
    /// As people ask for them.
    pub(super) const NAMES: [&'static str; 8] =
        ["approve", "reject", "cancel", "hold", "release", "acknowledge", "limit", "startOver"];

    fn name(&self) -> &'static str {
        let [approve, reject, cancel, hold, release, acknowledge, limit, start_over] = Self::NAMES;
        match self {
            Self::Approve { .. } => approve,
            Self::Reject { .. } => reject,
            Self::Cancel { .. } => cancel,
            Self::Hold { .. } => hold,
            Self::Release { .. } => release,
            Self::Acknowledge { .. } => acknowledge,
            Self::Limit(_) => limit,
            Self::StartOver => start_over,
        }
    }

    /// The one that it names.
    fn cycle(&self) -> Option<&str> {
        match self {
            Self::Approve { cycle, .. }
            | Self::Reject { cycle }
            | Self::Cancel { cycle }
            | Self::Hold { cycle }
            | Self::Release { cycle }
            | Self::Acknowledge { cycle, .. } => cycle.as_deref(),
            Self::Limit(_) | Self::StartOver => None,
        }
    }
}

/// Why a decision changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    #[error("No pair is named {0}")]
    UnknownPair(String),
    #[error("Cycle {0} is not the one under way, and no other one is remembered by this name")]
    UnknownCycle(String),
    #[error(
        "No cycle of this pair has begun; its first one is seeded as the settings say: take `seed` out of them"
    )]
    NotMet,
    #[error("No cycle of this pair waits for approval")]
    NothingWaits,
    #[error("No cycle of this pair is under way")]
    NothingToCancel,
    #[error(
        "The row of this pair can be read, so there is nothing to start over from; `cancel` ends its cycle"
    )]
    NothingUnreadable,
    #[error("Cycle {0} is past the point where it can be cancelled; its recovery point stands")]
    TooLate(String),
    #[error("The plan has digest {now}: what was to be approved is not what would be applied")]
    StaleDigest { now: String },
    #[error("The pair is being worked on; try again in a moment")]
    Busy { cycle: Option<String> },
    #[error("These paths did not fail in cycle {cycle}: {}", .entries.join(", "))]
    NotFailed { cycle: String, entries: Vec<String> },
    #[error(
        "{ACKNOWLEDGED} acknowledged paths are the limit of a pair; exclude paths in its settings instead"
    )]
    TooManyAcknowledged,
    #[error("Cycle {0} has no share snapshot that could be held")]
    NoRecoveryPoint(String),
    #[error("Somebody else leases a share snapshot of cycle {0}: it is held already, but not by this app")]
    Leased(String),
    #[error(
        "A restore writes to the target of this pair, which stays held until it has ended; wait for it, or cancel it"
    )]
    Restoring,
    #[error(
        "The pair is failed over: its next cycle would overwrite what was written to the target. Fail back first (POST …/failback), or \
         give that up: POST …/failover with {{\"action\": \"undo\"}}"
    )]
    FailedOver,
    #[error("{}", .0.detail)]
    CutOff(CycleError),
    #[error("{}. {}", .0.detail, .0.remedy)]
    SeedingRefused(Refusal),
    #[error("{0}")]
    State(CycleError),
}

impl Backup {
    /// Carries a decision out, and shows the pair as it then stands.
    pub async fn decide(&self, pair: &str, decision: Decision) -> Result<PairStatus, Undecided> {
        let pair = self.find(pair).ok_or_else(|| Undecided::UnknownPair(pair.to_owned()))?;
        tracing::warn!(pair.name = pair.name(), decision = ?decision, "A person decides");
        let (name, named) = (decision.name(), decision.cycle().map(str::to_owned));
        match decision {
            Decision::Approve { cycle, digest } => self.answer(pair, cycle, Some(digest)).await?,
            Decision::Reject { cycle } => self.answer(pair, cycle, None).await?,
            Decision::Cancel { cycle } => Box::pin(self.cancel(pair, cycle)).await?,
            Decision::Hold { cycle: None } => self.hold(pair, true).await?,
            Decision::Release { cycle: None } => self.hold(pair, false).await?,
            Decision::Hold { cycle: Some(cycle) } => self.pin(pair, &cycle, true).await?,
            Decision::Release { cycle: Some(cycle) } => self.pin(pair, &cycle, false).await?,
            Decision::Acknowledge { cycle, entries } => self.acknowledge(pair, cycle, entries).await?,
            // whoever works on it learns of it with its next renewal of the lease
            Decision::Limit(limits) => self.flag(pair, |row| row.limits = limits).await?,
            Decision::StartOver => self.start_over(pair).await?,
        }
        told::decided(pair, named.as_deref(), name);
        Ok(self.status(pair).await?)
    }

    /// Approves the plan that waits, or rejects it.
    pub(super) async fn answer(
        &self,
        pair: &Pair,
        cycle: Option<String>,
        digest: Option<String>,
    ) -> Result<(), Undecided> {
        let owner = self.own(pair, Instant::now() + TIME).await?;
        let answered = self.answer_as(pair, &owner, cycle, digest).await;
        owner.release(|_| {}).await?;
        answered
    }

    async fn answer_as(
        &self,
        pair: &Pair,
        owner: &Owner,
        cycle: Option<String>,
        digest: Option<String>,
    ) -> Result<(), Undecided> {
        let found = self.unfinished(pair, owner).await?;
        let (record, version) = found
            .filter(|(record, _)| record.state == State::AwaitingApproval)
            .ok_or(Undecided::NothingWaits)?;
        if let Some(cycle) = cycle.filter(|cycle| *cycle != record.id) {
            return Err(Undecided::UnknownCycle(cycle));
        }
        if digest.as_ref().is_some_and(|digest| *digest != record.digest) {
            return Err(Undecided::StaleDigest { now: record.digest });
        }
        if record.adopts && digest.is_some() {
            // before the plan goes on: what it leaves behind, however it ends, is ours
            owner.update(|row| row.adopted.clone_from(&record.target_share)).await?;
        }
        let event = if digest.is_some() { Event::Approved } else { Event::Rejected };
        self.move_on(pair, owner, (record, version), event, digest).await
    }

    pub(super) async fn cancel(&self, pair: &Pair, cycle: Option<String>) -> Result<(), Undecided> {
        let read = known(self.store.pair(pair.name()).await)?.ok_or(Undecided::NothingToCancel)?;
        let current = read.record.cycle.ok_or(Undecided::NothingToCancel)?;
        if let Some(cycle) = cycle.filter(|cycle| *cycle != current) {
            return Err(Undecided::UnknownCycle(cycle));
        }
        // whoever works on it learns of the wish with its next renewal of the lease; one that is known already is not written
        // again, for with each write of the row the lease of a dead owner begins anew
        if read.record.cancel.as_ref() != Some(&current) {
            self.flag(pair, |row| row.cancel = Some(current.clone())).await?;
        }
        let owner = match self.own(pair, Instant::now() + TIME).await {
            Ok(owner) => owner,
            Err(NotRun::CycleInProgress { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        self.end_as_wished(pair, owner, &current).await
    }

    /// Ends a cycle that is to be cancelled, and gives the pair back.
    pub(super) async fn end_as_wished(
        &self,
        pair: &Pair,
        owner: Owner,
        current: &str,
    ) -> Result<(), Undecided> {
        let cancelled = Box::pin(self.cancel_as(pair, &owner, current)).await;
        // where there was no time for all of it, or some of it was refused, the wish stays, and whoever goes on sees to it
        let is_over = matches!(cancelled, Ok(true) | Err(Undecided::NothingToCancel | Undecided::TooLate(_)));
        owner.release(|row| row.cancel = row.cancel.take().filter(|_| !is_over)).await?;
        cancelled.map(drop)
    }

    /// Whether it is over.
    async fn cancel_as(&self, pair: &Pair, owner: &Owner, current: &str) -> Result<bool, Undecided> {
        let (mut record, version) = match self.unfinished(pair, owner).await {
            Err(error) if error.is_unreadable() => {
                self.give_up(pair, owner, current, Status::Cancelled, error).await?;
                return Ok(true);
            }
            found => found?.ok_or(Undecided::NothingToCancel)?,
        };
        if !record.can_be_cancelled() {
            return Err(Undecided::TooLate(record.id));
        }
        let failed = self.failed_paths(&record).await?;
        match Box::pin(clear(pair, &self.store, &record, &failed)).await {
            Err(Trouble::Lost(_)) => return Ok(false),
            Err(Trouble::Fail(error) | Trouble::Pause(error) | Trouble::Wait(error)) => {
                return Err(error.into());
            }
            Ok(alerts) => alerts.into_iter().for_each(|alert| record.tell(Some(alert))),
        }
        self.move_on(pair, owner, (record, version), Event::Cancelled, None).await?;
        Ok(true)
    }

    /// What failed so far, as far as it can be read.
    async fn failed_paths(&self, record: &CycleRecord) -> Result<FailedPaths, StateError> {
        let mut failed = FailedPaths::default();
        if record.failed > 0 {
            match self.store.failures(&record.pair, &record.id).await {
                Err(error) if error.is_unreadable() => failed.add_all(),
                kept => failed.add(&kept?),
            }
        }
        Ok(failed)
    }

    /// Takes a cycle under this owner, applies the event, and files it if that ends it. Nothing happens when the cycle
    /// went on while it was taken.
    async fn move_on(
        &self,
        pair: &Pair,
        owner: &Owner,
        (record, version): (CycleRecord, Version),
        event: Event,
        approved: Option<String>,
    ) -> Result<(), Undecided> {
        let (cycle, seen) = (Some(record.id.clone()), record.state.clone());
        let (mut record, version) = match take_over(&self.store, record, version, owner.epoch()).await {
            Ok(taken) if taken.0.state == seen => taken,
            Ok(_) | Err(StateError::Conflict { .. }) => return Err(Undecided::Busy { cycle }),
            Err(error) => return Err(error.into()),
        };
        let before = Box::new(record.clone());
        record.approved = approved.or(record.approved);
        let (chunks, failed) = (record.planned_chunks(), record.failed - record.acknowledged);
        let facts = Facts::of(pair, &record, chunks, failed);
        record.enter(after(record.state.clone(), event, facts));
        if record.state.is_finished() {
            record.ended_at = Some(iso(OffsetDateTime::now_utc()));
        }
        self.store.commit(&record, &version, Addition::default()).await?;
        told::stored(&before, &record);
        if record.state.is_finished() {
            self.file(pair, owner, &record).await?;
        }
        Ok(())
    }

    pub(super) async fn hold(&self, pair: &Pair, held: bool) -> Result<(), Undecided> {
        let since = iso(OffsetDateTime::now_utc());
        let restores = !held && self.is_restoring(pair).await?;
        let (mut stays, mut failed_over) = (false, false);
        self.flag(pair, |row| match (held, &row.held) {
            (true, None) => row.held = Some(Held { since: since.clone() }),
            (true, Some(_)) => {}
            (false, _) => {
                failed_over = row.failed_over.is_some();
                stays = failed_over || restores && row.restoring;
                if !stays {
                    (row.held, row.restoring) = (None, false);
                }
            }
        })
        .await?;
        match stays {
            true if failed_over => Err(Undecided::FailedOver),
            true => Err(Undecided::Restoring),
            false => Ok(()),
        }
    }

    async fn acknowledge(
        &self,
        pair: &Pair,
        cycle: Option<String>,
        mut entries: Vec<String>,
    ) -> Result<(), Undecided> {
        let row = known(self.store.pair(pair.name()).await)?.map(|read| read.record).unwrap_or_default();
        let cycle = cycle.or(row.cycle).or(row.last_cycle).ok_or(Undecided::NothingWaits)?;
        if known(self.store.load(pair.name(), &cycle).await)?.is_none() {
            return Err(Undecided::UnknownCycle(cycle));
        }
        let failures = self.store.failures(pair.name(), &cycle).await?;
        let at = iso(OffsetDateTime::now_utc());
        let mut known = Vec::new();
        entries.retain(|path| match failures.iter().find(|failure| failure.path == *path) {
            Some(failure) => {
                known.push(Acknowledged {
                    path: path.clone(),
                    reason: failure.reason.clone(),
                    at: at.clone(),
                });
                false
            }
            None => true,
        });
        if !entries.is_empty() {
            return Err(Undecided::NotFailed { cycle, entries });
        }
        let mut fits = true;
        self.flag(pair, |row| {
            row.acknowledged.retain(|old| !known.iter().any(|new| new.path == old.path));
            fits = row.acknowledged.len() + known.len() <= ACKNOWLEDGED;
            if fits {
                row.acknowledged.extend(known.iter().cloned());
            }
        })
        .await?;
        if fits { Ok(()) } else { Err(Undecided::TooManyAcknowledged) }
    }

    /// Changes the row of a pair, whoever owns the pair. The lease counts from the last write of the row: one that has
    /// run out goes, or it would live again.
    pub(super) async fn flag(
        &self,
        pair: &Pair,
        mut change: impl FnMut(&mut PairRecord),
    ) -> Result<(), StateError> {
        loop {
            let read = self.store.pair(pair.name()).await;
            let (mut record, version) = match read {
                Ok(Some(PairRead { mut record, version, lease_left })) => {
                    record.lease = record.lease.filter(|_| !lease_left.is_zero());
                    (record, Some(version))
                }
                Ok(None) => (PairRecord::new(pair.name(), &pair.id), None),
                Err(StateError::TableGone) => {
                    self.store.open().await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let before = record.clone();
            change(&mut record);
            is_known(&mut record);
            match self.store.put_pair(&record, version.as_ref()).await {
                Err(StateError::Conflict { .. }) => {}
                Ok(_) => {
                    told::pair_stored(&before, &record);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl From<StateError> for Undecided {
    fn from(error: StateError) -> Self {
        Self::State(error.into())
    }
}

impl From<CycleError> for Undecided {
    fn from(error: CycleError) -> Self {
        Self::State(error)
    }
}

impl From<NotRun> for Undecided {
    fn from(reason: NotRun) -> Self {
        match reason {
            NotRun::UnknownPair(pair) => Self::UnknownPair(pair),
            NotRun::CycleInProgress { cycle } => Self::Busy { cycle },
            NotRun::NoTime => Self::Busy { cycle: None },
            NotRun::State(error) | NotRun::Unplanned(error) => Self::State(error),
            NotRun::Held | NotRun::NothingToResume | NotRun::NothingToDrill | NotRun::Refused(_) => {
                Self::NothingWaits
            }
        }
    }
}
