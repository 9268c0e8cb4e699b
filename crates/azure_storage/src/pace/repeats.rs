//! How many repeats there may be that come to nothing: a tenth of the first attempts in the long run, and some more at
//! once. When much fails together, repeats of everything would be a second load on top of the first.

use tokio::time::Instant;

const RESERVE: f64 = 32.0;
const OF_FIRST_ATTEMPTS: f64 = 0.1;
/// So that a single one is repeated, too, where nothing else is sent.
const PER_SECOND: f64 = 1.0;

#[derive(Debug)]
pub(super) struct Repeats {
    left: f64,
    at: Instant,
}

impl Repeats {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: RESERVE, at: now }
    }

    pub(super) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.add(passed * PER_SECOND);
        self.at = now;
        let is_left = self.left >= 1.0;
        if is_left {
            self.left -= 1.0;
        }
        is_left
    }

    pub(super) fn first_attempt(&mut self) {
        self.add(OF_FIRST_ATTEMPTS);
    }

    /// A repeat was worth it: it is given back with another one, so that after an outage all go on quickly.
    pub(super) fn answered(&mut self) {
        self.add(2.0);
    }

    fn add(&mut self, more: f64) {
        self.left = (self.left + more).min(RESERVE);
    }
}
