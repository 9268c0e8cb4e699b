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
    first: Option<Instant>,
    last: Option<Instant>,
    sent: u32,
    answered: u32,
    refused: u32,
}

/// What came of a trial in which not all were taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) part: f64,
    pub(super) sent_per_second: f64,
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
        Self { since: now, first: None, last: None, sent: 0, answered: 0, refused: 0 }
    }

    pub(super) fn sent(&mut self, now: Instant) {
        if self.last.is_none() {
            self.sent += 1;
            let passed = now.saturating_duration_since(*self.first.get_or_insert(now));
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

    /// When it is known that not all were taken. Who got no answer in twice the usual time is not waited for.
    pub(super) fn taken(&self, latency: Duration, now: Instant) -> Option<Taken> {
        let last = self.last?;
        let is_over = self.answered >= self.sent || now >= last + 2 * latency;
        let part = f64::from(self.answered - self.refused) / f64::from(self.answered.max(1));
        (is_over && self.refused > 0).then_some(Taken { part, sent_per_second: self.sent_per_second(now) })
    }

    pub(super) fn sent_per_second(&self, now: Instant) -> f64 {
        let passed =
            self.first.map_or(TIME, |first| self.last.unwrap_or(now).saturating_duration_since(first));
        f64::from(self.sent) / passed.max(TIME).as_secs_f64()
    }
}
