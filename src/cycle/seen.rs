//! What this process saw of a pair's shares, for whoever asks without looking again. Nothing is decided by it.

use std::sync::{Mutex, MutexGuard};

use crate::state::Side;

#[derive(Debug, Default)]
pub struct Seen(Mutex<Last>);

#[derive(Clone, Copy, Debug, Default)]
struct Last {
    source_snapshots: Option<u64>,
    target_snapshots: Option<u64>,
    target_used_percent: Option<u64>,
}

impl Seen {
    pub fn count_snapshots(&self, side: Side, count: u64) {
        match side {
            Side::Source => self.last().source_snapshots = Some(count),
            Side::Target => self.last().target_snapshots = Some(count),
        }
    }

    /// Of the source and the target.
    pub fn snapshots(&self) -> [Option<u64>; 2] {
        let last = self.last();
        [last.source_snapshots, last.target_snapshots]
    }

    pub fn fill_target(&self, used_bytes: u64, quota_bytes: u64) {
        let percent = u128::from(used_bytes) * 100 / u128::from(quota_bytes.max(1));
        self.last().target_used_percent = Some(percent as u64);
    }

    pub fn target_used_percent(&self) -> Option<u64> {
        self.last().target_used_percent
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.0.lock().expect("no panic while this is held")
    }
}
