//! A place in flight, from the moment when a request has its turn until its answer was read.

use super::state::Attempt;
use super::{Lesson, Load, Pace};
use tokio::time::Instant;

/// Given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pace: Pace,
    load: Load,
    sent: Option<Attempt>,
}

impl Place {
    pub(super) fn new(pace: &Pace, load: Load) -> Self {
        Self { pace: pace.clone(), load, sent: None }
    }

    /// From here on it is the service that takes time.
    pub(crate) fn send(&mut self, is_repeat: bool) {
        let sent = Instant::now();
        self.sent = Some(Attempt { load: self.load, sent, is_repeat });
        let mut state = self.pace.state();
        state.in_flight += 1;
        state.rate.sent(sent);
    }

    pub(crate) fn end(self, lesson: Lesson) {
        let Some(attempt) = self.sent else { return };
        let (mut state, now) = (self.pace.state(), Instant::now());
        if state.learn(lesson, attempt, &self.pace.0.line, now) {
            state.tell(&self.pace.0.share, lesson, now);
        }
        // giving the place back, at the end of this, takes the state again
        drop(state);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let state = &mut *self.pace.state();
        if self.sent.is_some() {
            state.in_flight -= 1;
        }
        state.places.give_back(state.flight.limit(), Instant::now());
    }
}
