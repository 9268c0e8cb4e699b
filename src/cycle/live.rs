//! A cycle while it runs: its row, and the numbers that move between two commits.

use std::sync::Mutex;
use std::time::Instant;

use super::failback;
use super::pair::owner_of;
use super::report::{CycleReport, Requests, progress};
use super::restore::shown;
use super::speed::{Speed, entries};
use super::verified::Verified;
use crate::state::{Amount, CycleRecord};
use crate::sync::Failure;

/// Shared between the cycle and whoever asks for its status.
#[derive(Debug)]
pub struct Live {
    record: Mutex<CycleRecord>,
    /// With the most that was reached in this invocation: a row that could not be stored is taken back.
    speed: Mutex<(Speed, Amount)>,
    since: Instant,
    /// Requests that the pair had sent before this invocation.
    before: Requests,
    /// What earlier invocations of this cycle took.
    earlier: (u64, Requests),
}

impl Live {
    /// `sent` is what the pair has sent in all, here and below.
    pub fn new(record: CycleRecord, sent: Requests) -> Self {
        let earlier = (record.elapsed_ms, record.requests);
        let speed = Mutex::new((Speed::default(), record.reached));
        Self { record: Mutex::new(record), speed, since: Instant::now(), before: sent, earlier }
    }

    /// Changes the row.
    pub fn update<T>(&self, change: impl FnOnce(&mut CycleRecord) -> T) -> T {
        change(&mut self.record.lock().expect("no panic while a row is held"))
    }

    /// The row as it is to be stored, or shown: changes count when what made them need not be done again.
    pub fn to_store(&self, sent: Requests) -> CycleRecord {
        let (elapsed_ms, requests) = self.earlier;
        self.update(|record| {
            record.elapsed_ms = elapsed_ms + self.since.elapsed().as_millis() as u64;
            record.requests = requests + sent - self.before;
            let (speed, most) = &mut *self.speed.lock().expect("no panic while the speed is held");
            *most = most.max(record.reached).max(reached(record));
            record.reached = *most;
            record.speed = speed.at(Instant::now(), *most);
            record.clone()
        })
    }
}

/// A large file that has to be begun again can take some of it back.
fn reached(record: &CycleRecord) -> Amount {
    let done = record.done + record.progress.changes;
    Amount {
        listed: record.compared,
        entries: entries(&done) + record.progress.files_under_way(),
        bytes: done.copied.bytes + record.progress.bytes_under_way(),
    }
}

/// What outsiders see of a row.
pub fn report(record: CycleRecord, failures: Vec<Failure>) -> CycleReport {
    let (restore, failback) = (shown(&record), failback::shown(&record));
    let is_backup = restore.is_none() && failback.is_none();
    let target_snapshot = record.target_snapshot.clone().filter(|_| is_backup);
    CycleReport {
        state: (&record.state).into(),
        status: record.state.status(),
        verification: Verified::of(&record),
        progress: (!record.state.is_finished()).then(|| progress(&record)),
        pair: owner_of(&record.pair).to_owned(),
        id: record.id,
        started_at: record.started_at,
        ended_at: record.ended_at,
        elapsed_ms: record.elapsed_ms,
        invocations: record.invocations,
        compared: record.compared,
        excluded: record.excluded,
        planned: record.planned,
        done: record.done + record.progress.changes,
        failed: record.failed,
        acknowledged: record.acknowledged,
        failures,
        requests: record.requests,
        source_snapshot: record.source_snapshot,
        target_snapshot,
        guard: record.stopped,
        approved: record.approved,
        pruned: record.pruned,
        alerts: record.alerts,
        restore,
        failback,
        error: record.error,
    }
}
