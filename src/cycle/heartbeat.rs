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

    async fn beat(&self) {
        for (pair, stands) in self.pairs.iter().zip(self.standings_at_any_rate().await) {
            beat(pair, &stands);
        }
    }
}

/// It always says how the pair stands: where that cannot be read, the pair is failing. An `error.code` tells whoever asks for
/// the rest that this heartbeat does not know it.
fn beat(pair: &Pair, stands: &PairStanding) {
    let PairStanding { judgement, state, drill, error, .. } = stands;
    let (age, error) = (judgement.recovery_point_age_seconds, error.as_ref());
    let [source, target] = pair.seen.snapshots();
    if let Some(age) = age {
        measure(&RECOVERY_POINT_AGE_METRIC, age as f64, &[(PAIR_NAME, pair.name())]);
    }
    event(&PAIR_HEARTBEAT)
        .with(PAIR_NAME, pair.name())
        .with_any(CYCLE_STATE, state.map(|state| format!("{state:?}")))
        .with(PAIR_STANDING, judgement.standing.as_str())
        .with_any(ERROR_CODE, error.map(|error| &error.code))
        .with_any(ERROR_DETAIL, error.map(|error| &error.detail))
        .with_any(DRILL_STATUS, drill.map(|status| format!("{status:?}")))
        .with_any(RECOVERY_POINT_AGE, age)
        .with(RPO_SECONDS, pair.settings.rpo.as_secs())
        .with_any(SHARE_SNAPSHOTS_SOURCE, source)
        .with_any(SHARE_SNAPSHOTS_TARGET, target)
        .send();
}
