//! Where a cycle stands, as it is stored. What comes after what is decided by `cycle`.

use serde::{Deserialize, Serialize};

use crate::retention::Side;
use crate::sync::Cursor;

/// The state of a cycle. Chunks are counted from 0, in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    MakingRoom {
        before: Side,
    },
    SourceSnapshot,
    /// Everything before the cursor is planned and stored.
    Planning {
        cursor: Option<Cursor>,
    },
    Guarding,
    AwaitingApproval,
    Applying {
        pass: Pass,
        chunk: u32,
    },
    Verifying {
        chunk: u32,
    },
    TargetSnapshot,
    /// The recovery point is compared with the source's share snapshot, down to the data. How far that is stands in the
    /// row's `proof`.
    Proving,
    Pruning,
    /// Of a failback: both shares are written and read, and their last share snapshots equal before the cursor.
    Swapping {
        cursor: Option<Cursor>,
    },
    Finished(Status),
}

impl Default for State {
    fn default() -> Self {
        Self::MakingRoom { before: Side::Source }
    }
}

/// Applying goes over the chunks three times; over those that move something out of the way twice besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pass {
    /// Forward, over those chunks alone, which are counted by themselves.
    Lift,
    /// Forward: creates, copies and replaces.
    Write,
    /// Forward, over the chunks of `Lift`: puts back what did not come to its new place.
    Lower,
    /// Backward: deletes, children first.
    Delete,
    /// Backward: the times of directories, bottom-up.
    Finish,
}

/// How a cycle ended. `Succeeded` means that the target was compared equal, by listing, after the last write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Succeeded,
    CompletedWithErrors,
    Failed,
    /// A person refused the plan.
    Rejected,
    /// A person ended it.
    Cancelled,
}

impl Status {
    pub const ALL: [Self; 5] =
        [Self::Succeeded, Self::CompletedWithErrors, Self::Failed, Self::Rejected, Self::Cancelled];
}

impl State {
    pub fn is_finished(&self) -> bool {
        self.status().is_some()
    }

    /// Not from where a target share snapshot may have been taken: that one is good, or about to be judged.
    pub fn can_be_cancelled(&self) -> bool {
        !matches!(
            self,
            Self::TargetSnapshot | Self::Proving | Self::Pruning | Self::Swapping { .. } | Self::Finished(_)
        )
    }

    /// How the cycle ended, once it has.
    pub fn status(&self) -> Option<Status> {
        match self {
            Self::Finished(status) => Some(*status),
            _ => None,
        }
    }
}
