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

mod flight;
mod latency;
mod lesson;
mod limits;
mod line;
mod place;
mod places;
mod rate;
mod repeats;
#[cfg(test)]
mod service;
mod state;
#[cfg(test)]
mod tests;
mod trial;

use self::line::{Line, Passed};
use self::place::Place;
use self::places::LOOK;
use self::state::State;
use azure_core::error::{Error, ErrorKind};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

pub(crate) use self::lesson::Lesson;
pub use self::limits::Limits;
pub(crate) use self::limits::Stopped;

/// In flight at most. Each is a connection, and the platform promises an instance 128 ports for a destination.
const MOST: usize = 128;
/// Who waits for leave to repeat looks so often.
const LOOK_FOR_REPEAT: Duration = Duration::from_millis(100);

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

impl From<Unavailable> for Error {
    fn from(unavailable: Unavailable) -> Self {
        Self::new(ErrorKind::Other, unavailable)
    }
}

impl Pace {
    /// `share` names it in the log.
    pub fn new(share: &str, limits: Limits) -> Self {
        Self::with_most(share, limits, MOST)
    }

    fn with_most(share: &str, limits: Limits, most: usize) -> Self {
        let share = share.to_owned();
        Self(Arc::new(Shared { share, limits, line: Line::unlimited(), state: Mutex::new(State::new(most)) }))
    }

    /// Attempts that were refused for load.
    pub fn throttled(&self) -> u64 {
        self.state().throttled
    }

    /// Waits for its turn. An error if that does not come by `until`, though not because of others that are served, or
    /// if nobody may wait for what a person allows.
    pub(crate) async fn enter(&self, load: Load, until: Instant) -> azure_core::Result<Place> {
        let shut = |closed| Error::new(ErrorKind::Other, closed);
        self.0.limits.bytes(load.bytes).await.map_err(shut)?;
        let place = self.place(load, until).await?;
        self.0.limits.request().await.map_err(shut)?;
        loop {
            let held_until = self.state().held_until;
            if held_until >= until {
                return Err(Unavailable.into());
            }
            sleep_until(held_until).await;
            if self.0.line.pass(1.0).await == Passed::Later {
                self.state().rate.was_binding();
            }
            if self.state().held_until <= Instant::now() {
                return Ok(place);
            }
        }
    }

    /// Leave for a repeat; none before `until`. An error if nobody may wait any more.
    pub(crate) async fn may_repeat(&self, until: Instant) -> azure_core::Result<bool> {
        let granted = async {
            while !self.state().repeats.take(Instant::now()) {
                self.may_wait()?;
                sleep(LOOK_FOR_REPEAT).await;
            }
            Ok(true)
        };
        timeout_at(until, granted).await.unwrap_or(Ok(false))
    }

    /// An error if nobody may wait any more for better times.
    pub(crate) fn may_wait(&self) -> azure_core::Result<()> {
        self.0.limits.open().map_err(|closed| Error::new(ErrorKind::Other, closed))
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
