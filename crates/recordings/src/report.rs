//! What came of a replay, as it is printed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::rules::Rule;

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// All that were read, of whatever version.
    pub read: u64,
    /// Those of the versions that are promised.
    pub exchanges: u64,
    /// Lines that hold no exchange, and why. They count as exchanges that cannot be replayed.
    pub unreadable: Vec<String>,
    /// Those that could be replayed.
    pub replayable: u64,
    pub matched: u64,
    /// How many each rule left out.
    pub excluded: BTreeMap<Rule, u64>,
    /// What was made because the first use of a name implies it, by kind.
    pub set_ups: BTreeMap<&'static str, u64>,
    /// Exchanges of the longest recording of a test, played for parts of another.
    pub filled_in: u64,
    /// Request headers that a recorder dropped and the answers tell.
    pub completed_headers: u64,
    pub by_operation: BTreeMap<String, Count>,
    pub mismatches: Vec<Mismatch>,
}

#[derive(Debug, Default, Serialize)]
pub struct Count {
    pub replayable: u64,
    pub matched: u64,
}

#[derive(Debug, Serialize)]
pub struct Mismatch {
    pub operation: String,
    pub test: String,
    pub seq: u64,
    pub version: String,
    pub request: String,
    pub differences: Vec<String>,
}

impl Report {
    pub fn matched_share(&self) -> f64 {
        share(self.matched, self.replayable)
    }

    pub fn replayable_share(&self) -> f64 {
        share(self.replayable, self.exchanges)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
