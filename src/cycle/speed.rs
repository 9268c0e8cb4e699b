//! How fast a cycle goes, by its last minute, and how long it will take at that speed.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::state::{Amount, CycleRecord, State};
use crate::sync::Changes;

/// What is older tells nothing of now.
const WINDOW: Duration = Duration::from_secs(60);
/// Less tells nothing yet.
const LEAST: Duration = Duration::from_secs(1);
/// What an entry costs besides its bytes, in bytes: creating a small file takes about as long as copying so much more.
const ENTRY_BYTES: u64 = 256 * 1024;

/// Amounts reached, and when.
#[derive(Debug, Default)]
pub struct Speed(VecDeque<(Instant, Amount)>);

impl Speed {
    /// Takes note of an amount; answers what is done in a second.
    pub fn at(&mut self, now: Instant, reached: Amount) -> Amount {
        let is_recent = |(then, _): &(Instant, Amount)| now.duration_since(*then) <= WINDOW;
        while self.0.len() > 1 && !self.0.get(1).is_none_or(is_recent) {
            self.0.pop_front();
        }
        self.0.push_back((now, reached));
        let (begin, first) = self.0[0];
        let passed = now.duration_since(begin);
        if passed < LEAST {
            return Amount::default();
        }
        let each = |now: u64, then: u64| (now.saturating_sub(then) as f64 / passed.as_secs_f64()) as u64;
        Amount {
            listed: each(reached.listed, first.listed),
            entries: each(reached.entries, first.entries),
            bytes: each(reached.bytes, first.bytes),
        }
    }
}

/// Entries that changes are made of.
pub fn entries(changes: &Changes) -> u64 {
    changes.copied.files + changes.copied.directories + changes.metadata + changes.renamed + changes.deleted
}

/// Until everything is listed, or else until everything is applied. Nothing where there is nothing to go by.
pub fn remaining(record: &CycleRecord) -> Option<Duration> {
    let (reached, speed) = (record.reached, record.speed);
    let (left, in_a_second) = match record.state {
        State::Planning { .. } if record.expected > reached.listed => {
            (record.expected - reached.listed, speed.listed)
        }
        State::Applying { .. } => {
            let cost = |entries: u64, bytes: u64| entries.saturating_mul(ENTRY_BYTES).saturating_add(bytes);
            let planned = cost(entries(&record.planned), record.planned.copied.bytes);
            (planned.saturating_sub(cost(reached.entries, reached.bytes)), cost(speed.entries, speed.bytes))
        }
        _ => return None,
    };
    (in_a_second > 0).then(|| Duration::from_secs_f64(left as f64 / in_a_second as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Pass;

    fn amount(listed: u64, entries: u64, bytes: u64) -> Amount {
        Amount { listed, entries, bytes }
    }

    #[test]
    fn the_speed_is_that_of_the_last_minute() {
        let (mut speed, start) = (Speed::default(), Instant::now());
        let second = |number| start + Duration::from_secs(number);
        assert_eq!(speed.at(start, amount(0, 0, 0)), Amount::default());
        assert_eq!(speed.at(second(10), amount(500, 20, 1_000)), amount(50, 2, 100));
        for number in 11..=200 {
            speed.at(second(number), amount(500, 20 + number, 1_000));
        }
        assert_eq!(speed.at(second(201), amount(500, 20 + 201, 1_000)), amount(0, 1, 0));
    }

    #[test]
    fn what_is_left_is_estimated_by_the_speed_and_only_where_there_is_one() {
        let mut record = CycleRecord { expected: 1_000, ..CycleRecord::default() };
        record.state = State::Planning { cursor: None };
        assert_eq!(remaining(&record), None);
        (record.reached, record.speed) = (amount(400, 0, 0), amount(60, 0, 0));
        assert_eq!(remaining(&record), Some(Duration::from_secs(10)));
        record.reached.listed = 1_001;
        assert_eq!(remaining(&record), None, "the share has grown");
        record.state = State::Applying { pass: Pass::Write, chunk: 0 };
        record.planned.copied.files = 8;
        record.planned.copied.bytes = 8 * ENTRY_BYTES;
        (record.reached, record.speed) = (amount(0, 4, 4 * ENTRY_BYTES), amount(0, 2, 2 * ENTRY_BYTES));
        assert_eq!(remaining(&record), Some(Duration::from_secs(2)));
    }
}
