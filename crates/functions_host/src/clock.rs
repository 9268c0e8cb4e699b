//! Where the host has the time from: the machine, or a test that sets it.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::time::sleep;

/// Ticks, `functionTimeout`, retries and the front door's limit go by it. How long a process takes to start
/// does not.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    Test(TestClock),
}

/// A clock that stands still until it is set. Clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock {
    times: Arc<watch::Sender<Times>>,
}

#[derive(Debug)]
struct Times {
    now: OffsetDateTime,
    awaited: Vec<OffsetDateTime>,
}

impl TestClock {
    pub fn at(now: OffsetDateTime) -> TestClock {
        TestClock { times: Arc::new(watch::Sender::new(Times { now, awaited: Vec::new() })) }
    }

    pub fn now(&self) -> OffsetDateTime {
        self.times.borrow().now
    }

    /// Never goes back.
    pub fn advance_to(&self, instant: OffsetDateTime) {
        self.times.send_modify(|times| times.now = times.now.max(instant));
    }

    pub fn advance(&self, by: Duration) {
        self.times.send_modify(|times| times.now += by);
    }

    /// The first instant that somebody waits for, as soon as there is one and nobody is about to wake.
    pub async fn awaited(&self) -> OffsetDateTime {
        let mut times = self.times.subscribe();
        let is_at_rest =
            |times: &Times| times.awaited.iter().min().is_some_and(|earliest| *earliest > times.now);
        let times = times.wait_for(is_at_rest).await.expect("the sender is here");
        *times.awaited.iter().min().expect("somebody waits")
    }

    async fn sleep_until(&self, instant: OffsetDateTime) {
        let _sleeper = Sleeper::new(self, instant);
        let mut times = self.times.subscribe();
        times.wait_for(|times| times.now >= instant).await.expect("the sender is here");
    }
}

/// Whoever waits; it may be dropped before its time.
struct Sleeper<'a> {
    clock: &'a TestClock,
    instant: OffsetDateTime,
}

impl<'a> Sleeper<'a> {
    fn new(clock: &'a TestClock, instant: OffsetDateTime) -> Sleeper<'a> {
        clock.times.send_modify(|times| times.awaited.push(instant));
        Sleeper { clock, instant }
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.times.send_modify(|times| {
            let own = times.awaited.iter().position(|awaited| *awaited == self.instant);
            times.awaited.swap_remove(own.expect("it was noted"));
        });
    }
}

impl Clock {
    pub(crate) fn now(&self) -> OffsetDateTime {
        match self {
            Clock::System => OffsetDateTime::now_utc(),
            Clock::Test(clock) => clock.now(),
        }
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        match self {
            Clock::System => sleep(duration).await,
            Clock::Test(clock) => clock.sleep_until(clock.now() + duration).await,
        }
    }

    /// Looks at the machine's clock once a minute, because it can be set.
    pub(crate) async fn sleep_until(&self, instant: OffsetDateTime) {
        if let Clock::Test(clock) = self {
            return clock.sleep_until(instant).await;
        }
        loop {
            match Duration::try_from(instant - self.now()) {
                Ok(left) if !left.is_zero() => sleep(left.min(Duration::from_secs(60))).await,
                _ => return,
            }
        }
    }

    /// Gives up on a future after a time.
    pub(crate) async fn timeout<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = future => Some(done),
            () = self.sleep(limit) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-03-01 03:00 UTC);

    #[tokio::test]
    async fn sleepers_wake_when_their_time_has_come() {
        let clock = TestClock::at(START);
        let (late, early) = (START + Duration::from_secs(2), START + Duration::from_secs(1));
        let sleepers = async { tokio::join!(clock.sleep_until(late), clock.sleep_until(early)) };
        let test = async {
            for expected in [early, late] {
                assert_eq!(clock.awaited().await, expected);
                clock.advance_to(expected);
            }
        };
        tokio::join!(sleepers, test);
        assert_eq!(clock.now(), late);
    }

    #[tokio::test]
    async fn a_sleeper_that_gave_up_is_not_awaited_any_more() {
        let clock = TestClock::at(START);
        drop(Sleeper::new(&clock, START + Duration::from_secs(1)));
        let later = START + Duration::from_secs(2);
        let _sleeper = Sleeper::new(&clock, later);
        assert_eq!(clock.awaited().await, later);
    }

    #[tokio::test]
    async fn time_never_goes_back() {
        let clock = TestClock::at(START);
        clock.advance_to(START - Duration::from_secs(1));
        assert_eq!(clock.now(), START);
        clock.sleep_until(START).await;
    }

    #[tokio::test]
    async fn a_limit_passes_only_by_the_clock() {
        let clock = TestClock::at(START);
        let any = Clock::Test(clock.clone());
        assert_eq!(any.timeout(Duration::ZERO, async { 1 }).await, Some(1));
        let never = any.timeout(Duration::from_secs(3600), std::future::pending::<()>());
        let test = async { clock.advance_to(clock.awaited().await) };
        assert_eq!(tokio::join!(never, test).0, None);
    }
}
