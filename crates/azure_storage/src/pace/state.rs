//! What is known of a share from its answers, and what follows from it.

use super::flight::{Flight, Kind};
use super::line::Line;
use super::places::Places;
use super::rate::{Rate, Refused};
use super::repeats::Repeats;
use super::{Lesson, Load};
use std::time::Duration;
use tokio::time::Instant;

/// Between two lines of the log about the same share.
const SILENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct State {
    pub(super) flight: Flight,
    pub(super) rate: Rate,
    pub(super) repeats: Repeats,
    pub(super) places: Places,
    /// Sent and not answered.
    pub(super) in_flight: usize,
    /// `Retry-After`: nobody sends before.
    pub(super) held_until: Instant,
    pub(super) answered_at: Instant,
    pub(super) throttled: u64,
    told_at: Option<Instant>,
}

/// An attempt that was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) load: Load,
    pub(super) sent: Instant,
    pub(super) is_repeat: bool,
}

impl State {
    pub(super) fn new(most: usize) -> Self {
        let now = Instant::now();
        Self {
            flight: Flight::new(most, now),
            rate: Rate::new(),
            repeats: Repeats::new(now),
            places: Places::new(now),
            in_flight: 0,
            held_until: now,
            answered_at: now,
            throttled: 0,
            told_at: None,
        }
    }

    pub(super) fn take_place(&mut self, ticket: Option<u64>, now: Instant) -> bool {
        self.places.take(self.flight.limit(), ticket, now)
    }

    /// Whether the pace is lower now; `line` keeps the rate.
    pub(super) fn learn(&mut self, lesson: Lesson, attempt: Attempt, line: &Line, now: Instant) -> bool {
        let Attempt { load, sent, is_repeat } = attempt;
        if lesson != Lesson::None && !is_repeat {
            self.repeats.first_attempt();
        }
        match lesson {
            Lesson::Answered { bytes } => {
                let kind = bytes.map(|bytes| Kind::new(load.operation, load.bytes + bytes));
                self.flight.answered(kind, now - sent, self.in_flight, now);
                self.rate.answered(sent, self.flight.latency(), line, now);
                self.answered_at = now;
                if is_repeat {
                    self.repeats.answered();
                }
                false
            }
            Lesson::Refused { wait } => {
                self.throttled += 1;
                self.answered_at = now;
                let (in_flight, latency) = (self.in_flight, self.flight.latency());
                let held_until = wait.map(|wait| now + wait);
                let refused = Refused { sent, held_until, in_flight, latency };
                let is_slower = self.rate.refused(refused, line, now);
                let is_lower = self.flight.refused(sent, self.rate.per_second(), now);
                self.held_until = self.held_until.max(held_until.unwrap_or(now));
                is_slower || is_lower
            }
            Lesson::Failed => self.flight.failed(sent, now),
            Lesson::None => false,
        }
    }

    /// Says so in the log, though not each time.
    pub(super) fn tell(&mut self, share: &str, lesson: Lesson, now: Instant) {
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
