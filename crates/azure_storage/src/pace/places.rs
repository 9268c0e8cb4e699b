//! Who is in flight and who waits for a place, first come, first served among those that look.
//!
//! A place is taken by the one who waits for it, when it is polled, and never handed to one that is not: a future that
//! nobody polls just now would keep it from all others. One that was called and does not come is passed over, and so is
//! every place when nothing at all has moved for a while.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Duration;
use tokio::time::Instant;

/// Who waits looks by itself after this time, called or not.
pub(super) const LOOK: Duration = Duration::from_secs(1);
/// Who does not come so long after it was due is passed over.
const LATE: Duration = Duration::from_millis(20);
/// When no place was taken or given back for so long, one more is let in: those who hold places may be waiting, in the
/// same task, for this very one.
const STANDSTILL: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Places {
    taken: usize,
    waiting: VecDeque<Waiting>,
    last_ticket: u64,
    moved: Instant,
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    waker: Waker,
    /// When it looks next.
    due: Instant,
    is_called: bool,
}

impl Places {
    pub(super) fn new(now: Instant) -> Self {
        Self { taken: 0, waiting: VecDeque::new(), last_ticket: 0, moved: now }
    }

    /// Takes one of so many places. Who has no ticket stands behind all that have one.
    pub(super) fn take(&mut self, limit: usize, ticket: Option<u64>, now: Instant) -> bool {
        let is_ahead = |other: &&Waiting| Some(other.ticket) != ticket;
        let ahead = self.waiting.iter().take_while(is_ahead).filter(|other| now < other.due + LATE).count();
        let is_still = now.saturating_duration_since(self.moved) >= STANDSTILL;
        let may_pass = self.taken + ahead < limit || is_still;
        if may_pass {
            self.taken += 1;
            self.moved = now;
        }
        may_pass
    }

    pub(super) fn give_back(&mut self, limit: usize, now: Instant) {
        self.taken -= 1;
        self.moved = now;
        self.call(limit, now);
    }

    /// Calls as many as there are places.
    pub(super) fn call(&mut self, limit: usize, now: Instant) {
        let free = limit.saturating_sub(self.taken);
        let coming = self.waiting.iter().filter(|one| one.is_called && now < one.due + LATE).count();
        let waiting = self.waiting.iter_mut().filter(|one| !one.is_called);
        for one in waiting.take(free.saturating_sub(coming)) {
            (one.is_called, one.due) = (true, now);
            one.waker.wake_by_ref();
        }
    }

    pub(super) fn join(&mut self, now: Instant) -> u64 {
        self.last_ticket += 1;
        let (ticket, waker) = (self.last_ticket, Waker::noop().clone());
        self.waiting.push_back(Waiting { ticket, waker, due: now, is_called: false });
        ticket
    }

    pub(super) fn wait(&mut self, ticket: u64, waker: &Waker, now: Instant) {
        if let Some(one) = self.waiting.iter_mut().find(|one| one.ticket == ticket) {
            one.waker.clone_from(waker);
            (one.due, one.is_called) = (now + LOOK, false);
        }
    }

    /// It took its place, or does not want it any more.
    pub(super) fn leave(&mut self, ticket: u64, limit: usize, now: Instant) {
        self.waiting.retain(|one| one.ticket != ticket);
        self.call(limit, now);
    }
}
