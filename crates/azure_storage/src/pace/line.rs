//! A line that moves on by so much a second. Who asks is told a place in it and passes when the line has come that far,
//! on credit: all before it are paid for, it is not.
//!
//! Nobody is called and nobody is waited for, so that who does not look any more holds nobody up.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Who waits looks again after this time at the latest: the line may go faster by then.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Line(Mutex<State>);

#[derive(Debug)]
struct State {
    per_second: f64,
    /// What is saved up while nobody asks.
    spare: Duration,
    asked: f64,
    /// How far the line has come.
    served: f64,
    at: Instant,
    is_closed: bool,
}

/// How somebody came through a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    AtOnce,
    Later,
    /// Not at all.
    Closed,
}

impl Line {
    pub(super) fn unlimited() -> Self {
        let state = State {
            per_second: f64::INFINITY,
            spare: Duration::ZERO,
            asked: 0.0,
            served: 0.0,
            at: Instant::now(),
            is_closed: false,
        };
        Self(Mutex::new(state))
    }

    /// From now on; who waits keeps its place.
    pub(super) fn set(&self, per_second: f64, spare: Duration) {
        let mut state = self.state();
        state.move_on(Instant::now());
        (state.per_second, state.spare) = (per_second, spare);
    }

    /// While it is closed, who would have to wait goes away.
    pub(super) fn close(&self, is_closed: bool) {
        self.state().is_closed = is_closed;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Waits for its turn.
    pub(super) async fn pass(&self, amount: f64) -> Passed {
        let Some((mut turn, mut wait)) = self.ask(amount) else { return Passed::AtOnce };
        loop {
            if self.state().is_closed {
                return Passed::Closed;
            }
            sleep(wait.min(LOOK)).await;
            wait = self.state().wait(turn.place, Instant::now());
            if wait.is_zero() {
                turn.has_come = true;
                return Passed::Later;
            }
        }
    }

    fn ask(&self, amount: f64) -> Option<(Turn<'_>, Duration)> {
        let mut state = self.state();
        let (now, place) = (Instant::now(), state.asked);
        let wait = state.wait(place, now);
        state.asked += amount;
        (!wait.is_zero()).then(|| (Turn { line: self, place, amount, has_come: false }, wait))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic while a line is held")
    }
}

impl State {
    fn wait(&mut self, place: f64, now: Instant) -> Duration {
        self.move_on(now);
        let missing = (place - self.served).max(0.0);
        Duration::try_from_secs_f64(missing / self.per_second).unwrap_or(Duration::MAX)
    }

    fn move_on(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        let spare = self.spare.as_secs_f64();
        self.at = now;
        self.served = if self.per_second.is_finite() {
            (self.served + passed * self.per_second).min(self.asked + spare * self.per_second)
        } else {
            self.served.max(self.asked)
        };
    }
}

/// A place in the line. Who gives it up is served at once, for the sake of those behind.
struct Turn<'a> {
    line: &'a Line,
    place: f64,
    amount: f64,
    has_come: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.has_come {
            self.line.state().served += self.amount;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;

    fn line(per_second: f64) -> Line {
        let line = Line::unlimited();
        line.set(per_second, Duration::ZERO);
        line
    }

    #[tokio::test(start_paused = true)]
    async fn each_waits_for_what_was_asked_before_it() {
        let (line, began) = (line(10.0), Instant::now());
        let waited = join_all([1.0, 5.0, 1.0].map(|amount| {
            let line = &line;
            async move {
                line.pass(amount).await;
                began.elapsed().as_millis()
            }
        }));
        assert_eq!(waited.await, [0, 100, 600]);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nobody_waits() {
        let (line, began) = (Line::unlimited(), Instant::now());
        for _ in 0..1_000 {
            assert_eq!(line.pass(1e9).await, Passed::AtOnce);
        }
        assert!(began.elapsed().is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_profits_from_a_change() {
        let (line, began) = (line(0.001), Instant::now());
        line.pass(1.0).await;
        let faster = async {
            sleep(Duration::from_secs(5)).await;
            line.set(f64::INFINITY, Duration::ZERO);
        };
        tokio::join!(line.pass(1.0), faster);
        assert!(began.elapsed() <= Duration::from_secs(6), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_in_a_line_that_is_closed() {
        let (line, began) = (line(0.001), Instant::now());
        assert_eq!(line.pass(1.0).await, Passed::AtOnce);
        let close = async {
            sleep(Duration::from_secs(5)).await;
            line.close(true);
        };
        assert_eq!(tokio::join!(line.pass(1.0), close).0, Passed::Closed);
        assert!(began.elapsed() <= Duration::from_secs(6), "{:?}", began.elapsed());
        assert_eq!(line.pass(1.0).await, Passed::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_leaves_its_time_to_those_behind() {
        let (line, began) = (line(1.0), Instant::now());
        line.pass(1.0).await;
        drop(tokio::time::timeout(Duration::from_millis(1), line.pass(1_000.0)).await);
        line.pass(1.0).await;
        assert!(began.elapsed() <= Duration::from_millis(1_002), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_line_saves_up_its_spare_time_and_no_more() {
        let (line, began) = (Line::unlimited(), Instant::now());
        line.set(100.0, Duration::from_millis(50));
        sleep(Duration::from_secs(60)).await;
        for _ in 0..6 {
            line.pass(1.0).await;
        }
        assert_eq!(began.elapsed().as_secs_f64(), 60.0);
        line.pass(1.0).await;
        assert!(began.elapsed().as_secs_f64() > 60.0);
    }
}
