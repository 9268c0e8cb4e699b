//! Why a pair is not created with seeding, or its seeding does not change.

use serde::{Deserialize, Serialize};

/// Public; what to do about each stands in `docs/seeding.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SeedingCode {
    StagingShareRequired,
    StagingShareNotExpected,
    StagingNotInTargetAccount,
    StagingShareNotFound,
    StagingEqualsTarget,
    StagingEqualsSource,
    StagingInUse,
    TargetNotEmpty,
    SourceEmpty,
    ProtocolMismatch,
    SnapshotBudget,
    StagingAccessDenied,
    OfflineOnlyAtCreation,
    OfflineCannotBeReenabled,
    StagingShareImmutable,
    ConfirmAbortRequired,
}

/// How a refusal is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// What was asked for is mistaken.
    Request,
    /// The identity may not do it.
    Identity,
    /// It does not go together with what is there.
    Conflict,
}

impl SeedingCode {
    pub const ALL: [Self; 16] = [
        Self::StagingShareRequired,
        Self::StagingShareNotExpected,
        Self::StagingNotInTargetAccount,
        Self::StagingShareNotFound,
        Self::StagingEqualsTarget,
        Self::StagingEqualsSource,
        Self::StagingInUse,
        Self::TargetNotEmpty,
        Self::SourceEmpty,
        Self::ProtocolMismatch,
        Self::SnapshotBudget,
        Self::StagingAccessDenied,
        Self::OfflineOnlyAtCreation,
        Self::OfflineCannotBeReenabled,
        Self::StagingShareImmutable,
        Self::ConfirmAbortRequired,
    ];

    pub fn blame(self) -> Blame {
        match self {
            Self::StagingShareRequired
            | Self::StagingShareNotExpected
            | Self::StagingNotInTargetAccount
            | Self::StagingShareNotFound
            | Self::StagingEqualsTarget
            | Self::StagingEqualsSource
            | Self::ProtocolMismatch => Blame::Request,
            Self::StagingAccessDenied => Blame::Identity,
            Self::StagingInUse
            | Self::TargetNotEmpty
            | Self::SourceEmpty
            | Self::SnapshotBudget
            | Self::OfflineOnlyAtCreation
            | Self::OfflineCannotBeReenabled
            | Self::StagingShareImmutable
            | Self::ConfirmAbortRequired => Blame::Conflict,
        }
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::StagingShareRequired => "Name the staging share in seed.share, or leave seed out",
            Self::StagingShareNotExpected => "Leave seed.share out, or set seed.enabled to true",
            Self::StagingNotInTargetAccount => {
                "Move the data to a share in the target's account, and leave seed.account out"
            }
            Self::StagingShareNotFound => {
                "Name a share that is there; one that was deleted has to be restored first"
            }
            Self::StagingEqualsTarget | Self::StagingEqualsSource => {
                "Name a share of its own for the staged data; the target has to be new and empty"
            }
            Self::StagingInUse => "Name a staging share that nothing else uses",
            Self::TargetNotEmpty => "Name a new target share, or empty this one",
            Self::SourceEmpty => {
                "Look whether the source share is the right one; an empty one needs no seeding"
            }
            Self::ProtocolMismatch => "Use SMB shares for source, target and staging",
            Self::SnapshotBudget => {
                "Delete a share snapshot of the staging share that is not needed any more"
            }
            Self::StagingAccessDenied => {
                "Give the app's identity the same role at the staging share's account as at the target"
            }
            Self::OfflineOnlyAtCreation => {
                "Take seed out of the pair's settings; only a pair with a new name and a new, empty target can be seeded"
            }
            Self::OfflineCannotBeReenabled => {
                "What is missing comes from the source; only a pair with a new name and a new, empty target can be seeded"
            }
            Self::StagingShareImmutable => {
                "Put the first staging share back into the settings, or end seeding first"
            }
            Self::ConfirmAbortRequired => {
                "Send confirmAbort: true to end seeding for good before everything was backed up once"
            }
        }
    }

    pub fn refusal(self, detail: impl Into<String>) -> Refusal {
        Refusal { code: self, detail: detail.into(), remedy: self.remedy().to_owned() }
    }
}

/// One of all that stands against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub code: SeedingCode,
    pub detail: String,
    pub remedy: String,
}
