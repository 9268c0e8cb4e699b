//! The sign of life that every pair gives at every tick, whatever became of the tick: alerts miss it when it is missing.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::pair::Pair;
use super::report::Phase;
use super::{Backup, known};
use crate::state::PairRecord;
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
        for pair in self.pairs.iter() {
            self.beat_of(pair).await;
        }
    }

    /// What cannot be read is left out.
    async fn beat_of(&self, pair: &Pair) {
        let row = known(self.store.pair(pair.name()).await).ok().flatten().map(|read| read.record);
        let state = match row.as_ref().is_some_and(|row| row.cycle.is_some()) {
            true => self.current(pair).await.ok().flatten().map(|record| Phase::from(&record.state)),
            false => None,
        };
        let age = row.as_ref().and_then(age);
        let [source, target] = pair.seen.snapshots();
        if let Some(age) = age {
            measure(&RECOVERY_POINT_AGE_METRIC, age as f64, &[(PAIR_NAME, pair.name())]);
        }
        event(&PAIR_HEARTBEAT)
            .with(PAIR_NAME, pair.name())
            .with_any(CYCLE_STATE, state.map(|state| format!("{state:?}")))
            .with_any(RECOVERY_POINT_AGE, age)
            .with_any(SHARE_SNAPSHOTS_SOURCE, source)
            .with_any(SHARE_SNAPSHOTS_TARGET, target)
            .send();
    }
}

/// Of the newest recovery point, in seconds.
fn age(row: &PairRecord) -> Option<i64> {
    let at = OffsetDateTime::parse(&row.recovery_point.as_ref()?.at, &Rfc3339).ok()?;
    Some((OffsetDateTime::now_utc() - at).whole_seconds().max(0))
}
