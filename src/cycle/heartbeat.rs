//! The sign of life that every pair gives at every tick, whatever became of the tick: alerts miss it when it is missing.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::Backup;
use super::pair::Pair;
use super::report::PairStanding;
use crate::telemetry::names::*;
use crate::telemetry::{event, is_on, measure};

/// Between two of a tick that goes on for long.
const EVERY: Duration = Duration::from_secs(5 * 60);

impl Backup {
    /// Does a tick's work, with the signs of life that belong to it: one for each pair at its end, and before that every five
    /// minutes.
    pub async fn with_heartbeats<T>(&self, work: impl Future<Output = T>) -> T {
        let work = Box::pin(work);
        if !is_on() {
            return work.await;
        }
        let beat = async {
            let mut ticks = interval_at(Instant::now() + EVERY, EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                self.beat().await;
            }
        };
        let done = tokio::select! {
            done = work => done,
            never = beat => never,
        };
        self.beat().await;
        done
    }

    /// Where nothing can be read, a heartbeat says no more than that.
    async fn beat(&self) {
        let standings = self.standings().await.unwrap_or_default();
        for pair in self.pairs.iter() {
            beat(pair, standings.iter().find(|standing| standing.name == pair.name()));
        }
    }
}

fn beat(pair: &Pair, standing: Option<&PairStanding>) {
    let judgement = standing.map(|standing| &standing.judgement);
    let age = judgement.and_then(|judgement| judgement.recovery_point_age_seconds);
    let [source, target] = pair.seen.snapshots();
    if let Some(age) = age {
        measure(&RECOVERY_POINT_AGE_METRIC, age as f64, &[(PAIR_NAME, pair.name())]);
    }
    event(&PAIR_HEARTBEAT)
        .with(PAIR_NAME, pair.name())
        .with_any(CYCLE_STATE, standing.and_then(|standing| standing.state).map(|state| format!("{state:?}")))
        .with_any(PAIR_STANDING, judgement.map(|judgement| judgement.standing.as_str()))
        .with_any(RECOVERY_POINT_AGE, age)
        .with(RPO_SECONDS, pair.settings.rpo.as_secs())
        .with_any(SHARE_SNAPSHOTS_SOURCE, source)
        .with_any(SHARE_SNAPSHOTS_TARGET, target)
        .send();
}
