//! What an error costs: the cycle, this invocation's step, or everything that this owner could still do. Decided
//! here and nowhere else; what costs a single entry only is decided by `sync`.

use azure_storage::ErrorKind;

use crate::state::{CycleError, StateError};
use crate::sync::SyncError;

/// Why work in a state did not come to its end.
#[derive(Debug)]
pub enum Trouble {
    /// The cycle cannot be ended any more, now or later.
    Fail(CycleError),
    /// The next invocation goes on from what is saved.
    Pause(CycleError),
    /// The same, unless there is still time in this one: the share is busy.
    Wait(CycleError),
    /// Somebody else owns the pair, or nobody can know: nothing may be written or stored.
    Lost(String),
}

/// Codes that waiting does not heal: what the plan was made from, or for, is gone, or there is no room left for a
/// share snapshot, which the next cycle may find or make.
const FINAL: [&str; 6] = [
    "ShareNotFound",
    "ShareSnapshotNotFound",
    "ShareBeingDeleted",
    "ShareDisabled",
    "ShareSnapshotCountExceeded",
    "FileSnapshotCountExceeded",
];

impl From<CycleError> for Trouble {
    fn from(error: CycleError) -> Self {
        Self::Fail(error)
    }
}

impl From<SyncError> for Trouble {
    fn from(error: SyncError) -> Self {
        match &error {
            SyncError::Service(service) if service.kind == ErrorKind::Closed => {
                Self::Lost(service.to_string())
            }
            SyncError::Service(service) if FINAL.iter().any(|code| service.is_code(code)) => {
                Self::Fail(error.into())
            }
            SyncError::Service(service) if service.is_of_the_share() => Self::Wait(error.into()),
            SyncError::Unanswered(_) => Self::Wait(error.into()),
            SyncError::Service(_) => Self::Pause(error.into()),
            SyncError::Refused { .. } | SyncError::StagingUnavailable(_) => Self::Fail(error.into()),
            SyncError::Stopped => Self::Pause(error.into()),
        }
    }
}

impl From<azure_storage::Error> for Trouble {
    fn from(error: azure_storage::Error) -> Self {
        SyncError::from(error).into()
    }
}

impl From<StateError> for Trouble {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Conflict { .. } | StateError::TableGone => Self::Lost(error.to_string()),
            StateError::Missing { .. } => Self::Fail(error.into()),
            _ => Self::Pause(error.into()),
        }
    }
}

impl Trouble {
    /// Says which of the two shares it is about.
    pub fn about(self, side: &str) -> Self {
        match self {
            Self::Fail(error) => Self::Fail(error.about(side)),
            Self::Pause(error) => Self::Pause(error.about(side)),
            Self::Wait(error) => Self::Wait(error.about(side)),
            lost @ Self::Lost(_) => lost,
        }
    }
}
