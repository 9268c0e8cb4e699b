//! A cycle while it runs: its row, and the numbers that move between two commits.

use std::sync::Mutex;
use std::time::Instant;

use super::report::{CycleReport, Requests};
use crate::state::CycleRecord;
use crate::sync::{Failure, Tally};

/// Shared between the cycle and whoever asks for its status.
#[derive(Debug)]
pub struct Live {
    record: Mutex<CycleRecord>,
    pub tally: Tally,
    since: Instant,
    /// Requests that the pair had sent before this cycle.
    before: Requests,
}

impl Live {
    pub fn new(record: CycleRecord, before: Requests) -> Self {
        Self { record: Mutex::new(record), tally: Tally::default(), since: Instant::now(), before }
    }

    /// Changes the row.
    pub fn update<T>(&self, change: impl FnOnce(&mut CycleRecord) -> T) -> T {
        change(&mut self.record.lock().expect("no panic while a row is held"))
    }

    /// Brings the row's numbers up to this moment; `sent` is what the pair has sent in all.
    pub fn refresh(&self, sent: Requests) -> CycleRecord {
        self.update(|record| {
            record.done = self.tally.changes();
            record.elapsed_ms = self.since.elapsed().as_millis() as u64;
            record.requests =
                Requests { list: sent.list - self.before.list, other: sent.other - self.before.other };
            record.clone()
        })
    }
}

/// What outsiders see of a row.
pub fn report(record: CycleRecord, failures: Vec<Failure>) -> CycleReport {
    CycleReport {
        state: (&record.state).into(),
        status: record.state.status(),
        pair: record.pair,
        id: record.id,
        started_at: record.started_at,
        ended_at: record.ended_at,
        elapsed_ms: record.elapsed_ms,
        compared: record.compared,
        planned: record.planned,
        done: record.done,
        failed: record.failed,
        failures,
        requests: record.requests,
        source_snapshot: record.source_snapshot,
        target_snapshot: record.target_snapshot,
        error: record.error,
    }
}
