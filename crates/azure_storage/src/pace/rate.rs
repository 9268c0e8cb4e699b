//! How many requests the service takes in a second, learnt from what it refuses: a number in flight alone cannot tell,
//! where two are too few and three too many.
//!
//! No limit is known until there were refusals. Then the rate falls to what was let through, and grows: slowly at first,
//! so that few requests are refused on its way around the true limit, and faster the longer nothing is refused.

use super::line::Line;
use super::trial::{Sent, Taken, Trial};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// So many refusals within a second are no chance.
const EVIDENCE: usize = 3;
const SECOND: Duration = Duration::from_secs(1);
/// What the rate is after a refusal, of what it was.
const CUT: f64 = 0.97;
const DEEPEST_CUT: f64 = 0.3;
/// A rate is at most so much of what was really sent when it was found to be too high.
const LATELY: f64 = 4.0;
/// The same where the service asks everybody to wait: that costs far more than a single refusal.
const CUT_BY_WAIT: f64 = 0.7;
/// Growth in one stretch of time, at first.
const GROWTH: f64 = 0.01;
/// Stretches without a refusal after which growth doubles with each.
const PATIENCE: f64 = 5.0;
/// A stretch is a second, or what so many requests take: where they are few, each refusal is a greater part of them.
const STRETCH: f64 = 50.0;
const LONGEST_STRETCH: f64 = 10.0;
/// Growth comes in steps of so much of a stretch.
const STEP: f64 = 0.1;
/// Rates below are not told apart.
const LEAST: f64 = 0.2;
/// Without a refusal for so long, there is no limit any more.
const FORGET: Duration = Duration::from_secs(300);
/// How long a process may be held up without losing what it could have sent.
const SPARE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Rate {
    learnt: Option<Learnt>,
    refusals: VecDeque<Instant>,
}

#[derive(Debug)]
struct Learnt {
    per_second: f64,
    /// Whether it is right; what was sent before has no say in that.
    trial: Trial,
    refused_at: Instant,
    grown_at: Instant,
    /// There was more to send than the rate lets through, since it has grown.
    is_binding: bool,
    /// Stretches without a refusal in which it was so.
    unrefused: f64,
}

/// A refusal, and how much was in flight when it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    pub(super) sent: Instant,
    /// Until when the service wants nothing.
    pub(super) held_until: Option<Instant>,
    pub(super) in_flight: usize,
    /// What answers usually take.
    pub(super) latency: Duration,
}

impl Rate {
    pub(super) fn new() -> Self {
        Self { learnt: None, refusals: VecDeque::new() }
    }

    pub(super) fn per_second(&self) -> f64 {
        self.learnt.as_ref().map_or(f64::INFINITY, |learnt| learnt.per_second)
    }

    pub(super) fn sent(&mut self, now: Instant) {
        self.learnt.iter_mut().for_each(|learnt| learnt.trial.sent(now));
    }

    /// Somebody had to wait for it.
    pub(super) fn was_binding(&mut self) {
        self.learnt.iter_mut().for_each(|learnt| learnt.is_binding = true);
    }

    pub(super) fn answered(&mut self, sent: Instant, latency: Duration, line: &Line, now: Instant) {
        let Some(learnt) = self.learnt.as_mut() else { return };
        if now.saturating_duration_since(learnt.refused_at) > FORGET {
            self.learnt = None;
            line.set(f64::INFINITY, SPARE);
            return;
        }
        learnt.trial.ended(sent, false);
        if learnt.grow(now) {
            line.set(learnt.per_second, SPARE);
        }
        self.judge(latency, line, now);
    }

    /// Whether the rate is lower now.
    pub(super) fn refused(&mut self, refused: Refused, line: &Line, now: Instant) -> bool {
        let Refused { sent, held_until, in_flight, latency } = refused;
        self.refusals.retain(|at| now.saturating_duration_since(*at) < SECOND);
        self.refusals.push_back(now);
        let is_evident = self.refusals.len() >= EVIDENCE;
        let Some(learnt) = self.learnt.as_mut() else {
            let sent_lately = in_flight as f64 / latency.as_secs_f64().max(0.001);
            return is_evident && self.learn(sent_lately, line, held_until.unwrap_or(now));
        };
        learnt.refused_at = now;
        let (per_second, lately) = (learnt.per_second, learnt.trial.sent_per_second(now));
        match (learnt.trial.ended(sent, true), held_until) {
            (Sent::Before, _) => false,
            (_, Some(held_until)) => {
                is_evident && self.learn(CUT_BY_WAIT * per_second.min(lately), line, held_until)
            }
            (Sent::During, None) => self.judge(latency, line, now),
            (Sent::After, None) => self.learn(CUT * per_second, line, now),
        }
    }

    /// Lowers the rate as soon as it is known what part of the requests sent at it is refused.
    fn judge(&mut self, latency: Duration, line: &Line, now: Instant) -> bool {
        let Some(learnt) = &self.learnt else { return false };
        let Some(Taken { part, sent_per_second }) = learnt.trial.taken(latency, now) else { return false };
        let sent = learnt.per_second.min(LATELY * sent_per_second);
        self.learn(sent * part.clamp(DEEPEST_CUT, CUT), line, now)
    }

    /// What is sent from then on tells whether it is right.
    fn learn(&mut self, per_second: f64, line: &Line, since: Instant) -> bool {
        self.refusals.clear();
        let per_second = per_second.max(LEAST);
        line.set(per_second, SPARE);
        self.learnt = Some(Learnt {
            per_second,
            trial: Trial::new(since),
            refused_at: since,
            grown_at: since,
            is_binding: false,
            unrefused: 0.0,
        });
        true
    }
}

impl Learnt {
    /// Only while it is in the way: what was not tried is not known to be possible.
    fn grow(&mut self, now: Instant) -> bool {
        let stretch = (STRETCH / self.per_second).clamp(1.0, LONGEST_STRETCH);
        let passed = now.saturating_duration_since(self.grown_at).as_secs_f64() / stretch;
        if passed < STEP {
            return false;
        }
        self.grown_at = now;
        if !std::mem::take(&mut self.is_binding) {
            return false;
        }
        let passed = passed.min(1.0);
        self.unrefused += passed;
        let growth = GROWTH * (self.unrefused - PATIENCE).max(0.0).exp2();
        self.per_second *= 1.0 + growth.min(1.0) * passed;
        true
    }
}
