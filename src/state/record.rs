//! The row of a cycle.

use azure_storage_file_share::{ETag, ShareSnapshotId};
use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};

use super::{Alert, CycleError, Failback, Pruned, Restore, Round, Samples, State, Status, Stopped};
use crate::sync::{Changes, Chunk, Cursor, Proof, Saved};

/// Requests sent to the file services, every attempt counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requests {
    /// List Directories and Files, one a page.
    pub list: u64,
    pub other: u64,
    /// Those of them that a service refused for load.
    pub throttled: u64,
}

impl Add for Requests {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            list: self.list + more.list,
            other: self.other + more.other,
            throttled: self.throttled + more.throttled,
        }
    }
}

impl Sub for Requests {
    type Output = Self;

    fn sub(self, less: Self) -> Self {
        Self {
            list: self.list - less.list,
            other: self.other - less.other,
            throttled: self.throttled - less.throttled,
        }
    }
}

/// The recovery point that was the newest when a cycle began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasePoint {
    pub source: ShareSnapshotId,
    pub target: ShareSnapshotId,
    /// All of the source was in it: nothing was excluded, and no failure acknowledged.
    pub is_exact: bool,
    /// The failback that it is the end of: until then people had written to the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swapped_by: Option<String>,
}

/// How far a cycle is, or what it does in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Amount {
    /// Entries met on either side, each once.
    pub listed: u64,
    /// Entries changed.
    pub entries: u64,
    /// Bytes copied, also those of files that are not finished.
    pub bytes: u64,
}

impl Amount {
    /// What is more of each.
    pub fn max(self, other: Self) -> Self {
        Self {
            listed: self.listed.max(other.listed),
            entries: self.entries.max(other.entries),
            bytes: self.bytes.max(other.bytes),
        }
    }
}

/// The items of a directory's own entries, in chunks before one of this number: its listing failed, or turned out to be in
/// another order, after they were stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    pub directory: String,
    pub chunks: u32,
}

/// The files of the staging share, as far as they are counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Staged {
    pub files: u64,
    /// Everything before it is counted.
    pub cursor: Option<Cursor>,
    pub is_over: bool,
    /// It could not be counted.
    pub is_unknown: bool,
}

impl Staged {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Everything about a cycle but its chunks and failures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CycleRecord {
    pub pair: String,
    pub id: String,
    /// Of the owner that wrote this.
    pub epoch: u64,
    pub state: State,
    /// It may have changed the target, whatever is counted of that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub wrote: bool,
    /// ISO 8601, UTC.
    pub started_at: String,
    pub ended_at: Option<String>,
    pub elapsed_ms: u64,
    /// Invocations that worked on it.
    pub invocations: u32,
    pub source_share: Option<ETag>,
    /// The target share that was found to be ours: another one of its name has another ETag.
    pub target_share: Option<ETag>,
    pub source_snapshot: Option<ShareSnapshotId>,
    pub target_snapshot: Option<ShareSnapshotId>,
    /// The target held entries of others before the first cycle of this pair.
    pub adopts: bool,
    /// What changed since is found out from it.
    pub base: Option<BasePoint>,
    /// All of the target was written by this app, and nothing in it ever had user metadata.
    pub plain: bool,
    /// Chunks of the plan so far.
    pub chunks: u32,
    /// Those of them that are tried before the others, by number.
    pub first: Vec<u32>,
    /// What of them does not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub voided: Vec<Voided>,
    /// Those that hold what the walk put aside: they are no part of the plan, and counted with it by nobody.
    pub aside: Vec<u32>,
    /// Entries in them.
    pub loose: u64,
    /// There was no time to find out what of them moved: nothing did.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unmatched: bool,
    /// Chunks of the plan that move entries out of the way, by number.
    pub lifts: Vec<u32>,
    /// Names the plan: a hash over its chunks in their order.
    pub digest: String,
    /// Entries met on either side, each once.
    pub compared: u64,
    pub source_entries: u64,
    pub target_entries: u64,
    /// Entries of the source that the settings leave out.
    pub excluded: u64,
    /// Entries that whoever restores named by their very path, as far as the recovery point has them.
    #[serde(skip_serializing_if = "is_zero")]
    pub named: u64,
    /// Entries that differ and stay as they are, because whoever restores wants it so.
    #[serde(skip_serializing_if = "is_zero")]
    pub skipped: u64,
    pub planned: Changes,
    /// Entries of the target that the plan deletes, scratch copies of ours aside.
    pub deletes: u64,
    /// Entries of the target whose data the plan replaces.
    pub overwrites: u64,
    /// Bytes that the plan adds to the target before it deletes anything.
    pub growth: u64,
    /// Bytes of the largest file that may be replaced whole: for a while both are there.
    pub replaced: u64,
    pub samples: Samples,
    /// After a failback: before this place nobody has written to the target since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unspoilt: Option<Box<Cursor>>,
    /// Why the guard stopped the plan, if it did.
    pub stopped: Option<Stopped>,
    /// The digest that a person approved.
    pub approved: Option<String>,
    /// What is done, up to the chunk that is being worked on.
    pub done: Changes,
    /// What of that chunk is done.
    pub progress: Saved,
    /// How far it is; never falls, though a file may have to be begun again.
    pub reached: Amount,
    /// What it did in a second, lately.
    pub speed: Amount,
    /// Entries that the cycle before met; 0 where that is not known.
    pub expected: u64,
    /// All failures, also those that are not kept.
    pub failed: u64,
    /// Those of them that a person has acknowledged.
    pub acknowledged: u64,
    /// What the staging share holds, once everything is backed up.
    #[serde(skip_serializing_if = "Staged::is_empty")]
    pub staged: Staged,
    /// Of the recovery point; nothing where none was to be verified, or not yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Box<Proof>>,
    /// Where it is a sample: the round that this one goes on with, as it was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<Box<Round>>,
    pub pruned: Vec<Pruned>,
    pub alerts: Vec<Alert>,
    pub requests: Requests,
    /// Where a recovery point is brought back: what, and where to. Then the share snapshot of the target is the one that was
    /// taken before anything was overwritten or deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore: Option<Box<Restore>>,
    /// Where this is the way back of a pair that failed over: then its target is the pair's source, and the share snapshot of it is
    /// from before anything was overwritten or deleted, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failback: Option<Box<Failback>>,
    pub error: Option<CycleError>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl CycleRecord {
    /// Moves on to another state.
    pub fn enter(&mut self, state: State) {
        let writes = |state: &State| matches!(state, State::Applying { .. } | State::Verifying { .. });
        self.wrote |= writes(&self.state) || writes(&state);
        self.state = state;
    }

    pub fn new(pair: &str, id: String, started_at: String) -> Self {
        Self { pair: pair.to_owned(), id, started_at, ..Self::default() }
    }

    /// Whether the recovery point of this cycle does not hold what it should, as far as it was verified.
    pub fn is_unverified(&self) -> bool {
        self.proof.as_ref().is_some_and(|proof| !proof.found.is_empty())
    }

    /// Whether it ended with a recovery point, good or bad. The share snapshot of a restore or failback is from before
    /// it, and none.
    pub fn has_point(&self) -> bool {
        let ends_well = matches!(self.state.status(), Some(Status::Succeeded | Status::CompletedWithErrors));
        let is_backup = self.restore.is_none() && self.failback.is_none();
        ends_well && self.target_snapshot.is_some() && is_backup
    }

    /// A restore takes no recovery point, so it can be ended until it has.
    pub fn can_be_cancelled(&self) -> bool {
        let is_late = matches!(self.state, State::TargetSnapshot | State::Proving);
        self.state.can_be_cancelled() || is_late && self.restore.is_some()
    }

    /// What a person should look at, once.
    pub fn tell(&mut self, alert: Option<Alert>) {
        self.alerts.extend(alert.filter(|alert| !self.alerts.contains(alert)));
    }

    /// A chunk without what does not hold of it any more.
    pub fn holding(&self, number: u32, mut chunk: Chunk) -> Chunk {
        for Voided { directory, .. } in self.voided.iter().filter(|voided| number < voided.chunks) {
            chunk.items.retain(|item| !item.is_in_plan_of(directory));
        }
        chunk
    }

    /// Chunks that are carried out.
    pub fn planned_chunks(&self) -> u32 {
        // chunks are counted when they are stored, a moment later
        self.chunks.saturating_sub(self.aside.len() as u32)
    }

    /// The number of the chunk at a place in the order of writing.
    pub fn chunk_at(&self, place: u32) -> u32 {
        match self.first.get(place as usize) {
            Some(number) => *number,
            None => {
                let is_other = |number: &u32| !self.first.contains(number) && !self.aside.contains(number);
                let others = (0..self.chunks).filter(is_other);
                others.clone().nth(place as usize - self.first.len()).expect("a place in the plan")
            }
        }
    }
}
