//! A model of a service for the tests: a token bucket, a latency, outages; and workers that always want more of it.

use super::{Lesson, Load, Pace};
use futures::future::join_all;
use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug)]
pub(super) struct Service {
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    is_out: bool,
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
    latency: Duration,
    retry_after: Option<Duration>,
    log: Vec<(Instant, Came)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Taken,
    Refused,
    Lost,
}

/// What happened in some time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    /// Of those that the service had to give.
    pub(super) used: f64,
    /// Of all that came.
    pub(super) refused: f64,
    pub(super) came: usize,
}

impl Service {
    /// A second's worth is saved up at first, and later when it is idle.
    pub(super) fn new(per_second: f64, latency_ms: u64) -> Self {
        let now = Instant::now();
        let state = State {
            is_out: false,
            per_second,
            burst: per_second,
            tokens: per_second,
            filled: now,
            latency: Duration::from_millis(latency_ms),
            retry_after: None,
            log: Vec::new(),
        };
        Self { began: now, state: Mutex::new(state) }
    }

    pub(super) fn with_burst(self, burst: f64) -> Self {
        self.change(|state| (state.burst, state.tokens) = (burst, burst));
        self
    }

    pub(super) fn allow(&self, per_second: f64) {
        self.change(|state| {
            state.fill();
            (state.per_second, state.burst) = (per_second, per_second);
        });
    }

    pub(super) fn answer_after(&self, ms: u64) {
        self.change(|state| state.latency = Duration::from_millis(ms));
    }

    pub(super) fn ask_to_wait(&self, wait: Option<Duration>) {
        self.change(|state| state.retry_after = wait);
    }

    pub(super) fn be_out(&self, is_out: bool) {
        self.change(|state| state.is_out = is_out);
    }

    pub(super) async fn ask(&self) -> Lesson {
        let (came, latency, wait) = self.change(|state| {
            let came = state.come();
            state.log.push((Instant::now(), came));
            (came, state.latency, state.retry_after)
        });
        match came {
            Came::Taken => sleep(latency).await,
            Came::Refused => sleep(latency / 2).await,
            Came::Lost => sleep(Duration::from_secs(5)).await,
        }
        match came {
            Came::Taken => Lesson::Answered { bytes: Some(0) },
            Came::Refused => Lesson::Refused { wait },
            Came::Lost => Lesson::Failed,
        }
    }

    /// Between two moments, in seconds since the beginning.
    pub(super) fn seen(&self, seconds: Range<u64>) -> Seen {
        let at = |second| self.began + Duration::from_secs(second);
        self.change(|state| {
            let during =
                state.log.iter().filter(|(when, _)| (at(seconds.start)..at(seconds.end)).contains(when));
            let came: Vec<Came> = during.map(|(_, came)| *came).collect();
            let count = |wanted| came.iter().filter(|came| **came == wanted).count() as f64;
            let given = state.per_second * (seconds.end - seconds.start) as f64;
            Seen {
                used: count(Came::Taken) / given,
                refused: count(Came::Refused) / (came.len() as f64).max(1.0),
                came: came.len(),
            }
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().expect("no test panics with it"))
    }
}

impl State {
    fn come(&mut self) -> Came {
        self.fill();
        if self.is_out {
            Came::Lost
        } else if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            Came::Taken
        } else {
            Came::Refused
        }
    }

    fn fill(&mut self) {
        let passed = self.filled.elapsed().as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
        self.filled = Instant::now();
    }
}

/// Works side by side for so long, each asking again and again and repeating what is refused, as `Retry` does.
pub(super) async fn work(pace: &Pace, service: &Service, workers: usize, seconds: u64) {
    let end = Instant::now() + Duration::from_secs(seconds);
    let work = |number: usize| async move {
        let mut attempt = 0;
        while Instant::now() < end {
            let load = Load { operation: "Put Range", bytes: 0 };
            let until = Instant::now() + Duration::from_secs(120);
            let Ok(mut place) = pace.enter(load, until).await else { continue };
            place.send(attempt > 0);
            let lesson = service.ask().await;
            place.end(lesson);
            if matches!(lesson, Lesson::Answered { .. }) {
                attempt = 0;
                continue;
            }
            attempt = (attempt + 1) % 5;
            let spread = 0.5 + 0.5 * (number as f64 / workers as f64);
            sleep(Duration::from_millis(200 << attempt).mul_f64(spread)).await;
            drop(pace.may_repeat(until).await);
        }
    };
    join_all((0..workers).map(work)).await;
}
