//! Why nothing is restored, or not yet.

use crate::cycle::report::NotRun;
use crate::state::CycleError;

/// Why nothing is restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRestored {
    #[error("No pair is named {0}")]
    UnknownPair(String),
    #[error("Pair {pair} has no recovery point {point:?}; GET /api/pairs/{pair}/recovery-points lists them")]
    UnknownPoint { pair: String, point: String },
    #[error("{0}")]
    Mistaken(String),
    #[error("{}", busy(.restore.as_deref()))]
    InProgress { restore: Option<String> },
    #[error(
        "The pair is not held, and its next cycle would undo what is restored to its target; decide `hold` first, and `release` \
         when the target has served its purpose"
    )]
    NotHeld,
    #[error(
        "The pair has no recovery point with files that a drill could bring back: there is none, or all files that were met in it are \
         larger than 512 MiB"
    )]
    NothingToDrill,
    #[error(
        "A failback of this pair is in progress; one writes to its shares at a time: wait for it, or cancel it"
    )]
    FailingBack,
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    State(CycleError),
}

/// The code where what is stored of a restore cannot be carried out with these settings.
pub(super) const NOT_POSSIBLE: &str = "RestoreNotPossible";

fn busy(restore: Option<&str>) -> String {
    match restore {
        Some(restore) => {
            format!("Restore {restore} of this pair is in progress; one at a time: wait for it, or cancel it")
        }
        None => "A restore of this pair is being worked on".to_owned(),
    }
}

impl From<CycleError> for NotRestored {
    fn from(error: CycleError) -> Self {
        Self::State(error)
    }
}

impl From<NotRun> for NotRestored {
    fn from(reason: NotRun) -> Self {
        match reason {
            NotRun::UnknownPair(pair) => Self::UnknownPair(pair),
            NotRun::CycleInProgress { cycle } => Self::InProgress { restore: cycle },
            NotRun::State(error) | NotRun::Unplanned(error) => Self::State(error),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<NotRestored> for NotRun {
    fn from(reason: NotRestored) -> Self {
        match reason {
            NotRestored::UnknownPair(pair) => Self::UnknownPair(pair),
            NotRestored::InProgress { restore } => Self::CycleInProgress { cycle: restore },
            NotRestored::NothingToDrill => Self::NothingToDrill,
            NotRestored::State(error) => Self::State(error),
            other => Self::State(CycleError::new(NOT_POSSIBLE, other.to_string())),
        }
    }
}
