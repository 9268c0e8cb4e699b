//! What a cycle tells people and programs about itself. These shapes are public: HTTP answers and the demo
//! print them as they are.

use azure_storage_file_share::ShareSnapshotId;
use serde::{Deserialize, Serialize};

pub use super::beside::{Beside, Kind};
pub use super::limits::LimitsShown;
pub use super::seeding::{Refusal, SeedingCode, SeedingReport};
use super::speed;
pub use super::standing::{Judgement, Standing};
pub use super::verified::{Coverage, ProofEnd, Sampled, Verified};
use crate::state::{Acknowledged, CycleRecord, Failback, LastPoint, Restore, State, StateError};
pub use crate::state::{
    Alert, Amount, CycleError, Day, Exceeded, Pruned, Requests, Samples, Side, Status, Stopped,
};
pub use crate::state::{FailedOver, FailedOverTo};
pub use crate::sync::{Amounts, Change, Changes, Copied, Failure, Item, Reason, Seeded};

/// Where a cycle stands, in the words of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    MakingRoom,
    SourceSnapshot,
    Planning,
    Guarding,
    AwaitingApproval,
    Applying,
    Verifying,
    TargetSnapshot,
    Proving,
    Pruning,
    Swapping,
    Finished,
    /// What is stored of it cannot be read; `error` says why.
    Unreadable,
}

impl Phase {
    pub const ALL: [Self; 13] = [
        Self::MakingRoom,
        Self::SourceSnapshot,
        Self::Planning,
        Self::Guarding,
        Self::AwaitingApproval,
        Self::Applying,
        Self::Verifying,
        Self::TargetSnapshot,
        Self::Proving,
        Self::Pruning,
        Self::Swapping,
        Self::Finished,
        Self::Unreadable,
    ];
}

impl From<&State> for Phase {
    fn from(state: &State) -> Self {
        match state {
            State::MakingRoom { .. } => Self::MakingRoom,
            State::SourceSnapshot => Self::SourceSnapshot,
            State::Planning { .. } => Self::Planning,
            State::Guarding => Self::Guarding,
            State::AwaitingApproval => Self::AwaitingApproval,
            State::Applying { .. } => Self::Applying,
            State::Verifying { .. } => Self::Verifying,
            State::TargetSnapshot => Self::TargetSnapshot,
            State::Proving => Self::Proving,
            State::Pruning => Self::Pruning,
            State::Swapping { .. } => Self::Swapping,
            State::Finished(_) => Self::Finished,
        }
    }
}

/// A cycle as it stands, or as it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CycleReport {
    pub pair: String,
    pub id: String,
    pub state: Phase,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// ISO 8601, UTC; nothing where it cannot be read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    pub elapsed_ms: u64,
    /// Invocations that worked on it.
    #[serde(default)]
    pub invocations: u32,
    /// While it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// Entries met on either side, each once.
    pub compared: u64,
    /// Entries of the source that the settings leave out.
    #[serde(default)]
    pub excluded: u64,
    /// The whole plan; grows while `state` is `Planning`.
    pub planned: Changes,
    #[serde(flatten)]
    pub done: Changes,
    pub failed: u64,
    /// Those of the failures that a person has acknowledged.
    #[serde(default)]
    pub acknowledged: u64,
    /// The first of the failures; `failed` counts them all.
    pub failures: Vec<Failure>,
    pub requests: Requests,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_snapshot: Option<ShareSnapshotId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_snapshot: Option<ShareSnapshotId>,
    /// Why the guard stopped the plan, and what it would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<Stopped>,
    /// The digest that a person approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<String>,
    /// What reading the recovery point came to, where the settings ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verified>,
    /// Share snapshots that were deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pruned: Vec<Pruned>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Alert>,
    /// Where a recovery point is brought back: what, and where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<RestoreShown>,
    /// Where a pair that failed over comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failback: Option<FailbackShown>,
    /// Why the cycle failed, or why the last invocation could not go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<CycleError>,
}

/// What a restore was asked for, and what else is to be known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreShown {
    #[serde(flatten)]
    pub asked: Restore,
    /// Entries that differ and stayed as they are, because `conflict` is `skip`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// The share snapshot of the share that is written to, from before anything in it was overwritten or deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety_snapshot: Option<ShareSnapshotId>,
    /// What the pair's next cycle makes of it.
    pub note: String,
}

/// What else is to be known of a failback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailbackShown {
    #[serde(flatten)]
    pub asked: Failback,
    /// The share snapshot of the pair's source from before anything in it was overwritten or deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety_snapshot: Option<ShareSnapshotId>,
    pub note: String,
}

/// How far a cycle is. Nothing that is done is taken back while it goes on, whatever happens to its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Entries, and bytes of files that are copied; grows while `state` is `Planning`.
    pub planned: Work,
    pub done: Work,
    /// Entries met on either side, each once.
    pub listed: u64,
    /// Those that the cycle before met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
    /// Lately.
    pub per_second: Amount,
    /// An estimate: until everything is listed, or else until the plan is applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<u64>,
}

/// What there is to do, or what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub entries: u64,
    pub bytes: u64,
}

pub(super) fn progress(record: &CycleRecord) -> Progress {
    let Amount { listed, entries, bytes } = record.reached;
    Progress {
        planned: Work { entries: speed::entries(&record.planned), bytes: record.planned.copied.bytes },
        done: Work { entries, bytes },
        listed,
        expected: (record.expected > 0).then_some(record.expected),
        per_second: record.speed,
        remaining_ms: speed::remaining(record).map(|left| left.as_millis() as u64),
    }
}

/// A target share snapshot of ours and, while it is kept, its source partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryPoint {
    pub cycle: String,
    pub source: Option<ShareSnapshotId>,
    pub target: ShareSnapshotId,
    /// Entries that failed and that a person had acknowledged: they are not up to date in it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub acknowledged: u64,
    /// Entries of the source that the settings left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub excluded: u64,
    /// It was read and does not hold what the source did: the report of its cycle says what differs.
    #[serde(default, rename = "verifyFailed", skip_serializing_if = "std::ops::Not::not")]
    pub verify_failed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One chunk of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanPage {
    pub cycle: String,
    /// Names the whole plan.
    pub digest: String,
    /// The whole plan; it grows while the cycle is in `Planning`.
    pub planned: Changes,
    /// Chunks of the plan, and which of them this is, counted from 0.
    pub chunks: u32,
    pub chunk: u32,
    pub items: Vec<PlanItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// What a cycle would do if it started now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    pub pair: String,
    /// Whether the time was enough to compare everything; if not, all numbers are of what was compared.
    pub complete: bool,
    pub compared: u64,
    pub excluded: u64,
    pub planned: Changes,
    /// Why the plan would wait for a person, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<Stopped>,
    /// The first 1,000; `planned` counts all.
    pub items: Vec<PlanItem>,
    pub failed: u64,
    /// The first 1,000 of what could not be compared.
    pub failures: Vec<Failure>,
}

/// One thing that a plan does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanItem {
    pub path: String,
    pub change: Change,
    pub reason: Reason,
    /// Entries that go with it: the files of a directory that is added or deleted as a whole.
    pub entries: u64,
    pub bytes: u64,
}

impl From<&Item> for PlanItem {
    fn from(item: &Item) -> Self {
        let (entries, bytes) = item.weight();
        Self { path: item.path.clone(), change: item.change(), reason: item.reason, entries, bytes }
    }
}

/// A share as settings name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareName {
    pub account: String,
    pub share: String,
}

/// A pair and its newest cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PairStatus {
    pub name: String,
    pub source: ShareName,
    pub target: ShareName,
    #[serde(flatten)]
    pub judgement: Judgement,
    /// Somebody works on it at this moment.
    pub running: bool,
    /// When the timer that starts its next cycle fires: ISO 8601, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_run_at: Option<String>,
    /// Since when a person wants nothing done for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// Since when its target is written to in the place of its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_over: Option<FailedOver>,
    /// How much its shares may be asked for.
    #[serde(default, skip_serializing_if = "LimitsShown::is_none")]
    pub limits: LimitsShown,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point: Option<LastPoint>,
    /// Failures that a person accepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acknowledged: Vec<Acknowledged>,
    /// Of a pair whose recovery points are read.
    #[serde(default, skip_serializing_if = "Coverage::is_nothing")]
    pub verification: Coverage,
    /// Of a pair that was created with a staging share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeding: Option<SeedingReport>,
    /// Its newest restore, drill and failback, those that there ever were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Beside>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<CycleReport>,
    /// The newest 30 cycles that have ended, newest first.
    #[serde(default)]
    pub history: Vec<PastCycle>,
    /// The last 30 days on which cycles ended, oldest first.
    #[serde(default)]
    pub days: Vec<Day>,
    /// What is stored of the pair and cannot be read; the rest is told without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<CycleError>,
}

/// A cycle that has ended, in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PastCycle {
    pub id: String,
    /// Nothing where it cannot be read; then `error` says so, and nothing else is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// ISO 8601, UTC, here and below.
    pub started_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    pub elapsed_ms: u64,
    /// Of the source.
    pub entries: u64,
    /// Copied.
    pub files: u64,
    pub bytes: u64,
    /// Metadata written, or renamed.
    pub changed: u64,
    pub deleted: u64,
    pub failed: u64,
    /// The code of why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A pair with what it takes more requests to know.
#[derive(Clone, Debug, PartialEq)]
pub struct PairDetails {
    pub status: PairStatus,
    /// Newest first, or why the shares did not tell.
    pub points: Result<Vec<RecoveryPoint>, String>,
    /// Of the newest cycle that has ended.
    pub failures: Vec<Failure>,
    /// Restores, drills and failbacks that have ended, the newest of each kind.
    pub beside: Vec<(Kind, PastCycle)>,
}

/// How a pair stands, and nothing else of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairStanding {
    pub name: String,
    #[serde(flatten)]
    pub judgement: Judgement,
    /// Of the cycle under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Phase>,
    /// How its last drill ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Status>,
    /// Why something of the pair cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<CycleError>,
}

/// Why no cycle was run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRun {
    #[error("No pair is named {0}")]
    UnknownPair(String),
    #[error("{}", busy(.cycle.as_deref()))]
    CycleInProgress { cycle: Option<String> },
    #[error("The pair is held; release it to go on")]
    Held,
    #[error("No cycle of this pair is under way")]
    NothingToResume,
    #[error("The pair has no recovery point with files that a drill could bring back")]
    NothingToDrill,
    #[error("The time was up before its turn; it is among the first next time")]
    NoTime,
    /// The shares could not be compared.
    #[error("{0}")]
    Unplanned(CycleError),
    /// The pair's settings ask for a seeding that cannot be: everything that stands against it.
    #[error("{}", told(.0))]
    Refused(Vec<Refusal>),
    #[error("{0}")]
    State(CycleError),
}

fn busy(cycle: Option<&str>) -> String {
    match cycle {
        Some(cycle) => format!("Cycle {cycle} of this pair is in progress"),
        None => "The pair is being worked on".to_owned(),
    }
}

fn told(refusals: &[Refusal]) -> String {
    let told = |refusal: &Refusal| format!("{:?}: {}. {}", refusal.code, refusal.detail, refusal.remedy);
    refusals.iter().map(told).collect::<Vec<_>>().join("; ")
}

impl NotRun {
    pub(super) fn of(error: StateError) -> Self {
        Self::State(error.into())
    }
}

impl From<CycleError> for NotRun {
    fn from(error: CycleError) -> Self {
        Self::State(error)
    }
}
