//! How fast a share is asked: as fast as it takes, and no faster.
//!
//! Every attempt of every request to a share passes its one [`Pace`], repeats as well. It bounds how many are in flight
//! ([`flight`]) and, once the service has refused some for load, how many there are in a second ([`rate`]). After a
//! `Retry-After` nobody sends before that time, whoever got it. A person may allow less ([`Limits`]).
//!
//! What waits here holds at most its place in flight, and holds that only to send with it. A place comes back with the
//! answer, read whole, or when its future is dropped. A future that is not polled keeps its place, and there can be
//! as many of those as there are places: a task that stops polling some requests while it waits for another one. So
//! places are a measure of load and no lock: when none is taken or given back for two seconds, one more request
//! goes. The other waits depend on time alone.

mod answers;
mod flight;
mod latency;
mod lesson;
mod limits;
mod line;
mod places;
mod rate;
mod repeats;
#[cfg(test)]
mod service;
#[cfg(test)]
mod tests;
mod trial;

use self::flight::{Flight, Kind};
use self::line::Line;
use self::places::{LOOK, Places};
use self::rate::{Rate, Refused};
use self::repeats::Repeats;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

pub(crate) use self::lesson::Lesson;
pub use self::limits::Limits;

/// In flight at most, unless said: a few connections more than the 128 ports that the platform promises an instance
/// for one destination would fail to open.
const MOST: usize = 128;
/// Who waits for leave to repeat looks so often.
const LOOK_FOR_REPEAT: Duration = Duration::from_millis(100);
/// Between two lines of the log about the same share.
const SILENCE: Duration = Duration::from_secs(60);

/// The pace of one share. Cheap to clone; the clones are one.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    share: String,
    limits: Limits,
    line: Line,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    flight: Flight,
    rate: Rate,
    repeats: Repeats,
    places: Places,
    /// Sent and not answered.
    in_flight: usize,
    /// `Retry-After`: nobody sends before.
    held_until: Instant,
    answered_at: Instant,
    throttled: u64,
    told_at: Option<Instant>,
}

/// What a request is to the pace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) operation: &'static str,
    /// Data that it brings, or that the service is told to copy.
    pub(crate) bytes: u64,
}

/// The service lets nobody send, or answers nobody, for longer than the request can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The service takes no requests now")]
pub(crate) struct Unavailable;

impl Pace {
    /// `share` names it in the log.
    pub fn new(share: &str, limits: Limits) -> Self {
        Self::with_most(share, limits, MOST)
    }

    fn with_most(share: &str, limits: Limits, most: usize) -> Self {
        let now = Instant::now();
        let state = State {
            flight: Flight::new(most, now),
            rate: Rate::new(now),
            repeats: Repeats::new(now),
            places: Places::new(now),
            in_flight: 0,
            held_until: now,
            answered_at: now,
            throttled: 0,
            told_at: None,
        };
        let share = share.to_owned();
        Self(Arc::new(Shared { share, limits, line: Line::unlimited(), state: Mutex::new(state) }))
    }

    /// Attempts that were refused for load.
    pub fn throttled(&self) -> u64 {
        self.state().throttled
    }

    /// Waits for its turn. An error if that does not come by `until`, though not because of others that are served.
    pub(crate) async fn enter(&self, load: Load, until: Instant) -> Result<Place, Unavailable> {
        self.0.limits.bytes(load.bytes).await;
        let place = self.place(load, until).await?;
        self.0.limits.request().await;
        loop {
            let held_until = self.state().held_until;
            if held_until >= until {
                return Err(Unavailable);
            }
            sleep_until(held_until).await;
            if self.0.line.pass(1.0).await {
                self.state().rate.was_binding();
            }
            if self.state().held_until <= Instant::now() {
                return Ok(place);
            }
        }
    }

    /// Leave for a repeat; none before `until`.
    pub(crate) async fn may_repeat(&self, until: Instant) -> bool {
        let granted = async {
            while !self.state().repeats.take(Instant::now()) {
                sleep(LOOK_FOR_REPEAT).await;
            }
        };
        timeout_at(until, granted).await.is_ok()
    }

    async fn place(&self, load: Load, until: Instant) -> Result<Place, Unavailable> {
        let began = Instant::now();
        if self.state().take_place(None, began) {
            return Ok(Place::new(self, load));
        }
        let ticket = Ticket { pace: self, number: self.state().places.join(began) };
        let mut look = pin!(sleep(LOOK));
        poll_fn(|context| {
            loop {
                let (now, mut state) = (Instant::now(), self.state());
                if state.take_place(Some(ticket.number), now) {
                    return Poll::Ready(Ok(Place::new(self, load)));
                }
                if now > until && state.answered_at < began {
                    return Poll::Ready(Err(Unavailable));
                }
                state.places.wait(ticket.number, context.waker(), now);
                drop(state);
                if look.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                look.as_mut().reset(now + LOOK);
            }
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no panic while a pace is held")
    }
}

impl State {
    fn take_place(&mut self, ticket: Option<u64>, now: Instant) -> bool {
        self.places.take(self.flight.limit(), ticket, now)
    }

    /// Whether the pace is lower now.
    fn learn(&mut self, lesson: Lesson, of: &Place, sent: Instant, now: Instant) -> bool {
        let line = &of.pace.0.line;
        if lesson != Lesson::None && !of.is_repeat {
            self.repeats.first_attempt();
        }
        match lesson {
            Lesson::Answered { bytes } => {
                let kind = bytes.map(|bytes| Kind::new(of.load.operation, of.load.bytes + bytes));
                self.flight.answered(kind, now - sent, self.in_flight, now);
                self.rate.answered(sent, self.flight.latency(), line, now);
                self.answered_at = now;
                if of.is_repeat {
                    self.repeats.answered();
                }
                false
            }
            Lesson::Refused { wait } => {
                self.throttled += 1;
                self.answered_at = now;
                let (in_flight, latency) = (self.in_flight, self.flight.latency());
                let refused = Refused { sent, is_certain: wait.is_some(), in_flight, latency };
                let is_slower = self.rate.refused(refused, line, now);
                let is_lower = self.flight.refused(sent, self.rate.per_second(), now);
                if let Some(wait) = wait {
                    self.held_until = self.held_until.max(now + wait);
                }
                is_slower || is_lower
            }
            Lesson::Failed => self.flight.failed(sent, now),
            Lesson::None => false,
        }
    }

    fn tell(&mut self, share: &str, lesson: Lesson, now: Instant) {
        if self.told_at.is_some_and(|told| now.saturating_duration_since(told) < SILENCE) {
            return;
        }
        self.told_at = Some(now);
        tracing::warn!(
            share.name = share,
            lesson = ?lesson,
            requests_in_flight = self.flight.limit(),
            requests_per_second = self.rate.per_second(),
            throttled_requests = self.throttled,
            held_ms = self.held_until.saturating_duration_since(now).as_millis(),
            "The service does not keep up; the share is asked more slowly"
        );
    }
}

/// Stands in the line for a place, until it has one or does not want one any more.
struct Ticket<'a> {
    pace: &'a Pace,
    number: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let state = &mut *self.pace.state();
        state.places.leave(self.number, state.flight.limit(), Instant::now());
    }
}

/// A place among those in flight. It is given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pace: Pace,
    load: Load,
    sent: Option<Instant>,
    is_repeat: bool,
}

impl Place {
    fn new(pace: &Pace, load: Load) -> Self {
        Self { pace: pace.clone(), load, sent: None, is_repeat: false }
    }

    /// From here on it is the service that takes time.
    pub(crate) fn send(&mut self, is_repeat: bool) {
        let (mut state, now) = (self.pace.state(), Instant::now());
        state.in_flight += 1;
        state.rate.sent(now);
        drop(state);
        (self.is_repeat, self.sent) = (is_repeat, Some(now));
    }

    pub(crate) fn end(self, lesson: Lesson) {
        let Some(sent) = self.sent else { return };
        let (mut state, now) = (self.pace.state(), Instant::now());
        if state.learn(lesson, &self, sent, now) {
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
