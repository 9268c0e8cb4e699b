//! How many requests may be in flight: more while answers come as quickly as ever, fewer when they take much longer or
//! do not come.

use super::latency::{Latency, Pressure};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// In flight at first. It doubles with every round trip, so what is useful is reached within a few.
const FIRST: f64 = 16.0;
/// Kept in flight where nothing comes back.
const LEAST: f64 = 2.0;
/// So few are not the reason that answers take long: this is how long they take by now.
const CALM: f64 = 8.0;

/// Requests that take about as long as each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    operation: &'static str,
    /// The power of four of the bytes that it moves.
    size: u32,
}

impl Kind {
    pub(super) fn new(operation: &'static str, bytes: u64) -> Self {
        Self { operation, size: bytes.checked_ilog(4).unwrap_or(0) }
    }
}

#[derive(Debug)]
pub(super) struct Flight {
    limit: f64,
    most: f64,
    /// It doubles up to here, and then grows by one in a round.
    doubles_to: f64,
    kinds: HashMap<Kind, Latency>,
    usual: Latency,
    /// What was sent before has no say in what is wrong now.
    lowered: Instant,
    round: Round,
}

/// As many answers as may be in flight.
#[derive(Debug, Default)]
struct Round {
    answers: f64,
    /// In flight when an answer came.
    most: f64,
    free: f64,
    pressed: f64,
}

impl Flight {
    pub(super) fn new(most: usize, now: Instant) -> Self {
        let most = most as f64;
        Self {
            limit: FIRST.min(most),
            most,
            doubles_to: most,
            kinds: HashMap::new(),
            usual: Latency::new(now),
            lowered: now,
            round: Round::default(),
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit as usize
    }

    /// What answers usually take.
    pub(super) fn latency(&self) -> Duration {
        Duration::from_secs_f64(self.usual.usual)
    }

    /// An answer came after some time, when so many were in flight. Where nobody knows how much it moved, there is
    /// nothing to compare it with.
    pub(super) fn answered(&mut self, kind: Option<Kind>, after: Duration, in_flight: usize, now: Instant) {
        self.usual.answered(after, now);
        let latency = kind.map(|kind| self.kinds.entry(kind).or_insert_with(|| Latency::new(now)));
        let pressure = latency.map_or(Pressure::None, |latency| latency.answered(after, now));
        self.round.answers += 1.0;
        self.round.most = self.round.most.max(in_flight as f64);
        // what is not used is not known to be useful
        let is_used = self.round.most >= 0.5 * self.limit;
        match pressure {
            Pressure::None if is_used => self.round.free += 1.0,
            Pressure::None | Pressure::Some => {}
            Pressure::High => self.round.pressed += 1.0,
        }
        if pressure == Pressure::None && is_used && self.limit < self.doubles_to {
            self.limit = (self.limit + 1.0).min(self.most);
        }
        if self.round.answers >= self.limit {
            self.end_round(now);
        }
    }

    fn end_round(&mut self, now: Instant) {
        let Round { answers, free, pressed, .. } = std::mem::take(&mut self.round);
        if 2.0 * pressed > answers {
            if self.limit <= CALM {
                self.kinds.values_mut().for_each(|latency| latency.is_as_short_as_can_be(now));
            }
            self.limit = self.limit.min(CALM.max(0.9 * self.limit));
            self.doubles_to = self.limit;
        } else if 2.0 * free > answers && self.limit >= self.doubles_to {
            self.limit = (self.limit + 1.0).min(self.most);
        }
    }

    /// What was sent then was refused. The rate answers for that; of those in flight, what the rate needs may stay.
    pub(super) fn refused(&mut self, sent: Instant, rate: f64, now: Instant) -> bool {
        let needed = if rate.is_finite() { 2.0 * rate * self.usual.usual } else { 0.0 };
        self.lower(sent, (0.7 * self.limit).max(needed), now)
    }

    /// What was sent then was not answered, or in vain.
    pub(super) fn failed(&mut self, sent: Instant, now: Instant) -> bool {
        let half = 0.5 * self.limit;
        let is_news = self.lower(sent, half, now);
        if is_news {
            self.doubles_to = half;
        }
        is_news
    }

    fn lower(&mut self, sent: Instant, to: f64, now: Instant) -> bool {
        let is_news = sent >= self.lowered;
        if is_news {
            self.lowered = now;
            self.limit = self.limit.min(to.max(LEAST));
            self.round = Round::default();
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAT: Duration = Duration::from_millis(50);
    const READ: Option<Kind> = Some(Kind { operation: "Get File", size: 0 });

    /// So many answers, with all places taken.
    fn answers(flight: &mut Flight, count: usize, after: Duration, now: Instant) {
        for _ in 0..count {
            flight.answered(READ, after, flight.limit(), now);
        }
    }

    #[test]
    fn while_latency_is_flat_the_limit_rises_to_the_most_and_no_further() {
        let now = Instant::now();
        let mut flight = Flight::new(100, now);
        let first = flight.limit();
        answers(&mut flight, first, FLAT, now);
        assert_eq!(flight.limit(), 2 * first, "twice as many after a round trip");
        answers(&mut flight, 1_000, FLAT, now);
        assert_eq!(flight.limit(), 100);
    }

    #[test]
    fn what_is_not_used_is_not_known_to_be_useful() {
        let now = Instant::now();
        let mut flight = Flight::new(100, now);
        let first = flight.limit();
        for _ in 0..1_000 {
            flight.answered(READ, FLAT, 1, now);
        }
        assert_eq!(flight.limit(), first);
    }

    #[test]
    fn when_answers_take_much_longer_the_limit_falls_but_not_to_nothing() {
        let now = Instant::now();
        let mut flight = Flight::new(100, now);
        answers(&mut flight, 1_000, FLAT, now);
        answers(&mut flight, 200, 6 * FLAT, now);
        assert!(flight.limit() < 100, "{}", flight.limit());
        answers(&mut flight, 10_000, 20 * FLAT, now);
        assert!(flight.limit() >= CALM as usize, "{}", flight.limit());
    }

    #[test]
    fn a_failure_halves_the_limit_once_for_all_that_was_sent_before_it() {
        let now = Instant::now();
        let mut flight = Flight::new(100, now);
        answers(&mut flight, 1_000, FLAT, now);
        let later = now + FLAT;
        assert!(flight.failed(now, later));
        assert!(!flight.failed(now, later) && !flight.refused(now, f64::INFINITY, later));
        assert_eq!(flight.limit(), 50);
        // from there on it grows by one in a round
        answers(&mut flight, 50, FLAT, later);
        assert_eq!(flight.limit(), 51);
        for step in 2..100 {
            flight.failed(now + step * FLAT, now + step * FLAT);
        }
        assert_eq!(flight.limit(), LEAST as usize, "never to nothing");
    }

    #[test]
    fn a_refusal_leaves_in_flight_what_the_rate_needs() {
        let now = Instant::now();
        let mut flight = Flight::new(100, now);
        answers(&mut flight, 1_000, FLAT, now);
        assert!(flight.refused(now, 900.0, now + FLAT));
        assert_eq!(flight.limit(), 90, "twice what 900 a second take at 50 ms");
        assert!(flight.refused(now + FLAT, 10.0, now + FLAT));
        assert!((62..=63).contains(&flight.limit()), "{}", flight.limit());
    }
}
