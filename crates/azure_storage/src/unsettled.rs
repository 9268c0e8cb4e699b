//! Writes whose outcome is unknown. A request can outlive its sender: that the connection broke does not mean that
//! the service has stopped working on it. Only its own time limit ends that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The writes that may still take effect. Cheap to clone; the clones are one.
#[derive(Clone, Debug, Default)]
pub struct Unsettled(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    count: u64,
    /// The last one settles last.
    until: Option<Instant>,
}

impl Unsettled {
    pub fn note(&self, until: Instant) {
        let mut noted = self.noted();
        noted.count += 1;
        noted.until = noted.until.max(Some(until));
    }

    pub fn is_settled(&self) -> bool {
        self.noted().until.is_none_or(|until| until <= Instant::now())
    }

    /// Waits for those that are noted meanwhile, too.
    pub async fn settled(&self) {
        while !self.is_settled() {
            let until = self.noted().until;
            if let Some(until) = until {
                sleep_until(until).await;
            }
        }
    }

    /// How many were ever noted: a later look tells whether there were more.
    pub fn count(&self) -> u64 {
        self.noted().count
    }

    pub(crate) fn begin(&self, limit: Duration) -> Attempt<'_> {
        Attempt { unsettled: self, limit, is_settled: false }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        // Two plain values are never left half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt under way. Unless its outcome is told it may have happened: a future can be dropped at any await.
pub(crate) struct Attempt<'a> {
    unsettled: &'a Unsettled,
    limit: Duration,
    is_settled: bool,
}

impl Attempt<'_> {
    pub(crate) fn settle(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            // Counted from now: the request may have reached the service at the very end.
            self.unsettled.note(Instant::now() + self.limit);
        }
    }
}

#[cfg(test)]
mod tests;
