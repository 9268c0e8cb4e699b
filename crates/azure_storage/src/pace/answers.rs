//! How many answers came lately, in the best tenth of the last second: what was possible, whatever was asked for since.

use std::time::Duration;
use tokio::time::Instant;

const SLOTS: usize = 10;
const SLOT: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Answers {
    counts: [u32; SLOTS],
    newest: usize,
    /// When the newest slot began.
    since: Instant,
}

impl Answers {
    pub(super) fn new(now: Instant) -> Self {
        Self { counts: [0; SLOTS], newest: 0, since: now }
    }

    pub(super) fn count(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        let slots = (passed.as_millis() / SLOT.as_millis()) as u32;
        for _ in 0..slots.min(SLOTS as u32) {
            self.newest = (self.newest + 1) % SLOTS;
            self.counts[self.newest] = 0;
        }
        self.since += SLOT * slots;
        self.counts[self.newest] += 1;
    }

    pub(super) fn per_second(&self) -> f64 {
        let best = self.counts.iter().max().copied().unwrap_or(0);
        f64::from(best) / SLOT.as_secs_f64()
    }
}
