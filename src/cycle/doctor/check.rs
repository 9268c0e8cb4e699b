//! What was looked at, how it is, and what to do about it. Public: this is what `POST /api/doctor` answers.

use serde::{Deserialize, Serialize};

use crate::state::Side;

/// All that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Examination {
    /// Nothing failed.
    pub passed: bool,
    pub checks: Vec<Check>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    pub check: CheckName,
    pub status: CheckStatus,
    /// `None` for what all pairs have in common.
    pub pair: Option<String>,
    /// `None` for what is not of one share.
    pub side: Option<Side>,
    /// The storage account.
    pub account: Option<String>,
    pub detail: String,
    pub remedy: Option<Remedy>,
}

/// What is looked at. `docs/doctor.md` says of each how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CheckName {
    Settings,
    Identity,
    State,
    Accounts,
    Regions,
    Target,
    Network,
    Credential,
    ServiceVersion,
    Clock,
    Share,
    Protocol,
    ReadShares,
    WriteShares,
    DeleteShares,
    LeaseShares,
    ReadFiles,
    WriteFiles,
    SetPermissions,
    SnapshotCount,
    Space,
    ServerSideCopy,
    Seeding,
}

impl CheckName {
    pub const ALL: [Self; 23] = [
        Self::Settings,
        Self::Identity,
        Self::State,
        Self::Accounts,
        Self::Regions,
        Self::Target,
        Self::Network,
        Self::Credential,
        Self::ServiceVersion,
        Self::Clock,
        Self::Share,
        Self::Protocol,
        Self::ReadShares,
        Self::WriteShares,
        Self::DeleteShares,
        Self::LeaseShares,
        Self::ReadFiles,
        Self::WriteFiles,
        Self::SetPermissions,
        Self::SnapshotCount,
        Self::Space,
        Self::ServerSideCopy,
        Self::Seeding,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CheckStatus {
    Ok,
    /// It works, with more rights than it needs.
    Excessive,
    /// Something else stands before it.
    NotTried,
    Failed,
}

/// What a person can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remedy {
    pub text: String,
    /// The role that is missing, or too much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What it is assigned on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// For the Azure CLI. What stands in capitals is for the person to fill in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl Remedy {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    #[must_use]
    pub fn with_command(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }
}

impl Examination {
    pub fn of(checks: Vec<Check>) -> Self {
        Self { passed: checks.iter().all(|check| check.status != CheckStatus::Failed), checks }
    }
}
