//! When an invocation ends its part of a cycle: when its time is up, but not before it has moved the cycle on, or when
//! somebody wants it to.
//!
//! A budget may be shorter than what comes before the first thing that can be saved: a service that asks for patience,
//! a directory of many pages. Were the work broken off then, no invocation would ever get further than the one before.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::run::Cycle;
use crate::state::State;

/// Time after the deadline in which something is brought to an end that can be saved, and all that runs is finished.
pub(super) const GRACE: Duration = Duration::from_secs(20);

impl Cycle<'_> {
    /// No new work: the deadline has passed, and the next invocation begins further on than this one did.
    pub(super) fn is_time_up(&self) -> bool {
        let late = Instant::now().saturating_duration_since(self.deadline);
        Instant::now() >= self.deadline && (self.has_moved || late >= GRACE)
    }

    /// A person wants the cycle to stop, or the pair is lost.
    pub(super) fn is_called_off(&self) -> bool {
        let wishes = self.owner.wishes();
        wishes.held || wishes.cancel.as_ref() == Some(&self.id) || self.owner.is_lost()
    }
}

/// Returns when a pass has to stop, as `Cycle::is_time_up` has it: `has_moved` says what was before the pass, and `moved` comes
/// with what it does.
pub(super) async fn until_time_is_up(deadline: Instant, has_moved: bool, moved: impl Future) {
    sleep_until(deadline).await;
    if !has_moved {
        // after that much more time it ends as it is
        let _ = timeout_at(deadline + GRACE, moved).await;
    }
}

/// Whether a cycle that was in one state is further on in another.
pub(super) fn is_further(from: &State, to: &State) -> bool {
    match (from, to) {
        (State::Planning { cursor: from }, State::Planning { cursor: Some(to) })
        | (State::Swapping { cursor: from }, State::Swapping { cursor: Some(to) }) => {
            *to > from.clone().unwrap_or_default()
        }
        (from, to) => from != to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Cursor;

    #[test]
    fn only_a_later_cursor_is_further_on_in_planning() {
        let planning = |cursor| State::Planning { cursor };
        let (start, later) = (Cursor::default(), Cursor::before("d"));
        assert!(!is_further(&planning(None), &planning(Some(start))));
        assert!(!is_further(&planning(Some(later.clone())), &planning(Some(later.clone()))));
        assert!(is_further(&planning(None), &planning(Some(later.clone()))));
        assert!(is_further(&planning(Some(later)), &State::Guarding));
    }
}
