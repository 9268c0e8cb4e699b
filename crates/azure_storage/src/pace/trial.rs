//! The first requests that are sent at a new rate: what part of them the service takes.
//!
//! All of them are waited for. Refusals come sooner than answers, and would look like more than they are.

use std::time::Duration;
use tokio::time::Instant;

/// So many requests at least, in so much time at least, unless it takes too long.
const REQUESTS: u32 = 10;
const TIME: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Trial {
    since: Instant,
    last: Option<Instant>,
    sent: u32,
    answered: u32,
    refused: u32,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Before,
    During,
    After,
}

impl Trial {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, last: None, sent: 0, answered: 0, refused: 0 }
    }

    pub(super) fn sent(&mut self, now: Instant) {
        if self.last.is_none() {
            self.sent += 1;
            let passed = now.saturating_duration_since(self.since);
            if self.sent >= REQUESTS && passed >= TIME || passed >= LONGEST {
                self.last = Some(now);
            }
        }
    }

    pub(super) fn ended(&mut self, sent: Instant, is_refused: bool) -> Sent {
        if sent < self.since {
            return Sent::Before;
        }
        if self.last.is_some_and(|last| sent > last) {
            return Sent::After;
        }
        self.answered += 1;
        self.refused += u32::from(is_refused);
        Sent::During
    }

    /// What part was taken, when it is known that not all were. Who got no answer in twice the usual time is not waited
    /// for.
    pub(super) fn taken(&self, latency: Duration, now: Instant) -> Option<f64> {
        let is_over = self.last.is_some_and(|last| self.answered >= self.sent || now >= last + 2 * latency);
        let taken = f64::from(self.answered - self.refused) / f64::from(self.answered.max(1));
        (is_over && self.refused > 0).then_some(taken)
    }
}
