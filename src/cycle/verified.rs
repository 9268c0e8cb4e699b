//! What is told of verifying recovery points. These shapes are public.

use serde::{Deserialize, Serialize};

use crate::state::{Covered, CycleRecord, Round, Verification};
pub use crate::sync::ProofEnd;

/// What reading a recovery point came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Files that were read, and bytes of them on each side.
    pub files: u64,
    pub bytes: u64,
    /// Entries that are not what the source's share snapshot holds, or could not be read; they are among the failures.
    pub found: u64,
    /// Why it ended; nothing while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<ProofEnd>,
    /// Where it is a sample: the round that it belongs to, with this sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Sampled>,
}

/// How much of the share a round of samples has covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sampled {
    /// ISO 8601, UTC.
    pub since: String,
    pub files: u64,
    pub bytes: u64,
    /// Entries of the source that it has passed.
    pub entries: u64,
    /// Of so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_entries: Option<u64>,
}

/// What is known of a pair's recovery points by reading them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// The round of samples under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Sampled>,
    /// The last time that everything was read once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered: Option<Covered>,
    /// Files that the next cycle copies again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<String>,
    /// The cycles of recovery points that do not hold what they should, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
}

impl Coverage {
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Verified {
    pub(super) fn of(record: &CycleRecord) -> Option<Self> {
        let proof = record.proof.as_ref()?;
        let round =
            record.round.as_ref().map(|round| Sampled::of(&round.and(proof), Some(record.source_entries)));
        Some(Self {
            files: proof.files,
            bytes: proof.bytes,
            found: proof.found.len() as u64,
            end: proof.end,
            round,
        })
    }
}

impl Sampled {
    fn of(round: &Round, of_entries: Option<u64>) -> Self {
        let Round { since, files, bytes, entries, .. } = round.clone();
        Self { since, files, bytes, entries, of_entries }
    }
}

impl From<Verification> for Coverage {
    fn from(known: Verification) -> Self {
        Self {
            round: known.round.map(|round| Sampled::of(&round, None)),
            covered: known.covered,
            damaged: known.damaged,
            failed: known.failed.into_iter().map(|point| point.cycle).collect(),
        }
    }
}
