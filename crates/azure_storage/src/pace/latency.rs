//! How long the answers to one kind of request take, against how long they take when nothing is in their way.

use std::time::Duration;
use tokio::time::Instant;

/// How long the shortest time is believed. The way to the service may have become longer.
const MEMORY: Duration = Duration::from_secs(30);
/// Of the newest answer.
const WEIGHT: f64 = 0.125;
/// Times that say nothing, for they are this machine's own.
const NOISE: f64 = 0.010;

/// How much stands in the way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pressure {
    None,
    Some,
    High,
}

/// In seconds.
#[derive(Debug)]
pub(super) struct Latency {
    pub(super) usual: f64,
    /// The shortest of the time before, and of now.
    shortest: [f64; 2],
    since: Instant,
}

impl Latency {
    pub(super) fn new(now: Instant) -> Self {
        Self { usual: 0.0, shortest: [f64::INFINITY; 2], since: now }
    }

    pub(super) fn answered(&mut self, after: Duration, now: Instant) -> Pressure {
        let after = after.as_secs_f64();
        self.usual = if self.usual > 0.0 { self.usual + WEIGHT * (after - self.usual) } else { after };
        if now.saturating_duration_since(self.since) > MEMORY {
            (self.shortest, self.since) = ([self.shortest[1], f64::INFINITY], now);
        }
        self.shortest[1] = self.shortest[1].min(after);
        let shortest = self.shortest[0].min(self.shortest[1]);
        if self.usual < 2.0 * shortest + NOISE {
            Pressure::None
        } else if self.usual < 3.0 * shortest + 2.0 * NOISE {
            Pressure::Some
        } else {
            Pressure::High
        }
    }

    /// So few are in flight that this is what answers take.
    pub(super) fn is_as_short_as_can_be(&mut self, now: Instant) {
        (self.shortest, self.since) = ([self.usual; 2], now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn settled(latency: &mut Latency, after: Duration, now: Instant) -> Pressure {
        (0..100).map(|_| latency.answered(after, now)).last().expect("some answers")
    }

    #[test]
    fn pressure_is_measured_against_the_shortest_time() {
        let now = Instant::now();
        let mut latency = Latency::new(now);
        for (after, pressure) in [
            (50 * MS, Pressure::None),
            (100 * MS, Pressure::None),
            (140 * MS, Pressure::Some),
            (200 * MS, Pressure::High),
            (50 * MS, Pressure::None),
        ] {
            assert_eq!(settled(&mut latency, after, now), pressure, "{after:?}");
        }
    }

    #[test]
    fn one_late_answer_is_none() {
        let now = Instant::now();
        let mut latency = Latency::new(now);
        settled(&mut latency, 50 * MS, now);
        assert_eq!(latency.answered(300 * MS, now), Pressure::None);
    }

    #[test]
    fn a_few_milliseconds_more_are_this_machine() {
        let now = Instant::now();
        let mut latency = Latency::new(now);
        settled(&mut latency, MS, now);
        assert_eq!(settled(&mut latency, 10 * MS, now), Pressure::None);
    }

    #[test]
    fn a_way_that_became_longer_is_believed_in_time() {
        let now = Instant::now();
        let mut latency = Latency::new(now);
        settled(&mut latency, 50 * MS, now);
        assert_eq!(settled(&mut latency, 200 * MS, now), Pressure::High);
        for round in 1..3 {
            settled(&mut latency, 200 * MS, now + round * (MEMORY + MS));
        }
        assert_eq!(settled(&mut latency, 200 * MS, now + 2 * (MEMORY + MS)), Pressure::None);
        let mut calm = Latency::new(now);
        settled(&mut calm, 50 * MS, now);
        settled(&mut calm, 200 * MS, now);
        calm.is_as_short_as_can_be(now);
        assert_eq!(settled(&mut calm, 200 * MS, now), Pressure::None);
    }
}
