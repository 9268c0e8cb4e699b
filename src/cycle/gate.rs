//! The gate that every write of a pair's clients passes (P5): open while the lease of their owner lasts long enough.
//!
//! A write may start only if its own time limit ends before the lease does: when another owner takes over, nothing
//! of this one can still take effect.

use std::time::Duration;

use async_trait::async_trait;
use azure_storage::{Deadline, Gate, GateClosed};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long a write may take: the service is told so, and the client gives up soon after.
pub fn request_limit(lease: Duration) -> Duration {
    (lease / 4).max(Duration::from_secs(1))
}

/// What the client waits beyond the limit for an answer.
const TRAVEL: Duration = Duration::from_secs(2);

/// What has to be left of the lease for a write to start. A slow connection may hold it back until the client gives
/// up, and then the service has its own time.
fn reserve(lease: Duration) -> Duration {
    // a lease of a few seconds, as in tests, is too short for all of that
    (2 * request_limit(lease) + TRAVEL).min(lease * 2 / 3)
}

/// Whether a write may start that much before the lease ends.
pub(super) fn may_write(left: Duration, lease: Duration) -> bool {
    left > reserve(lease)
}

/// Until when a write may leave that was let in. The time that the service then has is still within the lease.
fn leave_by(expiry: Deadline, lease: Duration) -> Deadline {
    expiry.less(reserve(lease).saturating_sub(request_limit(lease) + TRAVEL))
}

/// Whether writes may start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Validity {
    /// Nobody in this process owns the pair.
    Closed,
    /// Nobody waits for the renewal of the lease beyond `give_up`.
    Until { expiry: Deadline, give_up: Instant },
}

/// The gate of one pair's clients.
#[derive(Debug)]
pub struct PairGate {
    validity: watch::Sender<Validity>,
    lease: Duration,
}

impl PairGate {
    pub fn new(lease: Duration) -> Self {
        Self { validity: watch::Sender::new(Validity::Closed), lease }
    }

    pub(super) fn set(&self, validity: Validity) {
        self.validity.send_replace(validity);
    }

    pub(super) fn is_closed(&self) -> bool {
        *self.validity.borrow() == Validity::Closed
    }
}

#[async_trait]
impl Gate for PairGate {
    async fn enter(&self) -> Result<Deadline, GateClosed> {
        let mut validity = self.validity.subscribe();
        loop {
            let now = *validity.borrow_and_update();
            let Validity::Until { expiry, give_up } = now else { return Err(GateClosed) };
            if may_write(expiry.left(), self.lease) {
                return Ok(leave_by(expiry, self.lease));
            }
            tokio::select! {
                changed = validity.changed() => if changed.is_err() { return Err(GateClosed) },
                () = sleep_until(give_up) => return Err(GateClosed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_write_leaves_while_its_own_time_fits_into_the_lease() {
        // the shortest have no room for that: nothing leaves after their end
        for (seconds, own) in [(4, 0), (12, 3), (60, 15), (3_600, 900)] {
            let lease = Duration::from_secs(seconds);
            let (gate, expiry) = (PairGate::new(lease), Deadline::after(lease));
            gate.set(Validity::Until { expiry, give_up: Instant::now() });
            let leave = gate.enter().await.expect("the lease is new");
            assert_eq!(leave, expiry.less(Duration::from_secs(own)), "{lease:?}");
            gate.set(Validity::Until { expiry: expiry.less(lease), give_up: Instant::now() });
            assert!(gate.enter().await.is_err());
        }
    }

    #[test]
    fn what_starts_at_the_last_moment_can_take_effect_no_more_when_the_lease_ends() {
        for seconds in 12..=3_600 {
            let lease = Duration::from_secs(seconds);
            let limit = request_limit(lease);
            // held back on the way until the client gives up, and then worked on for as long as the service may
            let latest = limit + TRAVEL + limit;
            assert!(!may_write(latest, lease), "{lease:?}");
            assert!(may_write(lease, lease), "{lease:?}");
        }
    }
}
