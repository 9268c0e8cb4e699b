//! Where a cycle stands, as it is stored. What comes after what is decided by `cycle`.

use serde::{Deserialize, Serialize};

/// The state of a cycle. Chunks are counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    #[default]
    MakingRoom,
    SourceSnapshot,
    /// Everything before the item with the path `cursor` is planned and stored.
    Planning {
        cursor: String,
    },
    Guarding,
    Applying {
        pass: Pass,
        chunk: u32,
    },
    Verifying {
        chunk: u32,
    },
    TargetSnapshot,
    Finished(Status),
}

/// Applying goes over the chunks three times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pass {
    /// Forward: creates, copies and replaces.
    Write,
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
}

impl State {
    pub fn is_finished(&self) -> bool {
        self.status().is_some()
    }

    /// How the cycle ended, once it has.
    pub fn status(&self) -> Option<Status> {
        match self {
            Self::Finished(status) => Some(*status),
            _ => None,
        }
    }
}
