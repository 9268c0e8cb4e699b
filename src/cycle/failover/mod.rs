//! Failing over: from now on people work with the target, so the pair stands still. Nothing is removed and nothing in a share is
//! changed; what is said is what would be lost, and whether the target is a recovery point at all.

mod begin;
mod between;
mod lost;
mod mark;
mod undo;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

pub(super) use self::between::{is_known_to_have_written, may_have_written};
pub use self::lost::Lost;
pub(super) use self::mark::{of_target, remember, unmark};
use super::report::{FailedOver, FailedOverTo};
use super::standing::since;
use super::{Backup, CycleError};
use crate::cycle::report::NotRun;

/// What a person has to know of a pair that is failed over. Public.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failover {
    pub pair: String,
    /// ISO 8601, UTC.
    pub since: String,
    pub recovery_point: FailedOverTo,
    /// How old its data is now.
    pub recovery_point_age_seconds: u64,
    pub lost: Lost,
    /// Where the target is not what a recovery point holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<Between>,
    /// What to do now, in order.
    pub next: Vec<String>,
}

/// A target that a cycle was changing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    pub cycle: String,
    pub detail: String,
}

/// Why a pair is not failed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFailedOver {
    #[error("No pair is named {0}")]
    UnknownPair(String),
    #[error(
        "Pair {0} has no recovery point: its target is no copy of the source, and nobody should work with it"
    )]
    NoRecoveryPoint(String),
    #[error(
        "The pair is held, but whoever works on it has not stopped yet: nobody may write to the target until then. Ask again in a moment"
    )]
    Busy { cycle: Option<String> },
    #[error(
        "A restore of this pair is in progress; wait for it, or cancel it, before anybody writes to the target"
    )]
    Restoring,
    #[error("A failback of this pair is in progress; it has to end, or to be cancelled, first")]
    FailingBack,
    #[error(
        "The pair is held, but nobody may write to its target yet: the share snapshot that keeps later cycles from it, also where the \
         tables are lost, was not taken. {0}. Mend that and ask again"
    )]
    Unmarked(CycleError),
    #[error("The recovery points of the target cannot be read: {0}")]
    Unavailable(CycleError),
    #[error("{0}")]
    State(CycleError),
}

impl From<CycleError> for NotFailedOver {
    fn from(error: CycleError) -> Self {
        Self::State(error)
    }
}

impl From<NotRun> for NotFailedOver {
    fn from(reason: NotRun) -> Self {
        match reason {
            NotRun::UnknownPair(pair) => Self::UnknownPair(pair),
            NotRun::CycleInProgress { cycle } => Self::Busy { cycle },
            NotRun::State(error) | NotRun::Unplanned(error) => Self::State(error),
            other => Self::State(CycleError::new("FailoverNotPossible", other.to_string())),
        }
    }
}

impl Backup {
    /// Fails a pair over, and says what that means; the same of one that is failed over. What would be lost is counted until
    /// `deadline`.
    pub async fn fail_over(&self, name: &str, deadline: Instant) -> Result<Failover, NotFailedOver> {
        let pair = self.find(name).ok_or_else(|| NotFailedOver::UnknownPair(name.to_owned()))?;
        let failed_over = Box::pin(self.stop_for_failover(pair, deadline)).await?;
        let FailedOver { since: at, recovery_point, between, .. } = failed_over;
        let point = recovery_point.ok_or_else(|| NotFailedOver::NoRecoveryPoint(name.to_owned()))?;
        let lost = self.lost(pair, &point, deadline).await;
        let between = match self.since_restores(pair, between, &point, true).await? {
            Some(writer) => Some(self.told_between(pair, writer, &point).await?),
            None => None,
        };
        let mut next = Vec::new();
        if point.verify_failed {
            next.push(format!(
                "Recovery point {} was read and does not hold what it should: GET /api/pairs/{name} names the files under \
                 `verification.damaged`. Take them from an older recovery point, before anybody works with them",
                point.cycle
            ));
        }
        if between.is_some() {
            next.push(format!(
                "Bring the target to the recovery point, before anybody writes to it: POST /api/pairs/{name}/restores with \
                 {{\"recoveryPoint\": \"{}\", \"destination\": {{\"at\": \"target\"}}, \"conflict\": \"overwrite\", \"deleteExtra\": true}}",
                point.cycle
            ));
        }
        next.push(format!(
            "The target, share {} of account {}, may now be written to: send its users there",
            pair.target.name(),
            pair.target.account()
        ));
        next.push(format!(
            "When the source is there again, POST /api/pairs/{name}/failback brings back what has changed since; nothing of the pair is \
             backed up until then"
        ));
        let recovery_point_age_seconds = since(&point.data_from).map_or(0, |age| age.as_secs());
        let (pair, since) = (name.to_owned(), at);
        Ok(Failover { pair, since, recovery_point: point, recovery_point_age_seconds, lost, between, next })
    }
}
