//! The end of a cycle: it goes into the history, and the pair's row learns what came of it.

use super::Backup;
use super::owner::Owner;
use super::pair::Pair;
use super::seeding::{SeedingEvent, after};
use super::told;
use crate::state::{CycleRecord, LastPoint, Outcome, StateError, Status};

/// Finished cycles remembered of a pair.
const HISTORY: usize = 100;

impl Backup {
    /// Puts a finished cycle into the history and the pair's row. Again is as good as once.
    pub(super) async fn file(
        &self,
        pair: &Pair,
        owner: &Owner,
        record: &CycleRecord,
    ) -> Result<(), StateError> {
        self.reopening(|| self.store.file(record)).await?;
        let failures = match record.acknowledged {
            0 => Some(Vec::new()),
            _ => match self.store.failures(pair.name(), &record.id).await {
                // which of them are mended is not known, so all stay acknowledged
                Err(error) if error.is_unreadable() => {
                    tracing::warn!(pair.name = pair.name(), cycle.id = record.id, "{error}");
                    None
                }
                failures => Some(failures?),
            },
        };
        let earlier = owner.record().await.last_cycle.filter(|earlier| *earlier != record.id);
        owner
            .update(|row| {
                if row.cycle.as_ref() == Some(&record.id)
                    && let Some(seeding) = &mut row.seeding
                {
                    seeding.seeded += record.done.seeded;
                    let is_counted = record.staged.is_over && !record.staged.is_unknown;
                    let others = || record.staged.files.saturating_sub(seeding.seeded.met());
                    seeding.staging_only = is_counted.then(others).or(seeding.staging_only);
                    if record.state.status() == Some(Status::Succeeded)
                        && let Some(at) = record.ended_at.clone()
                        && let Ok(next) = after(seeding, SeedingEvent::Completed { at })
                    {
                        *seeding = next;
                    }
                }
                row.cycle = None;
                row.cancel = None;
                row.last_cycle = Some(record.id.clone());
                row.outcome = outcome(record);
                match record.state.status() {
                    Some(Status::Succeeded) => {
                        row.recovery_point = point(record).or(row.recovery_point.take());
                        row.retry_first = None;
                        // what is backed up again needs no acknowledgement any more
                        if let Some(failures) = &failures {
                            row.acknowledged
                                .retain(|known| failures.iter().any(|failure| known.covers(&failure.path)));
                        }
                    }
                    Some(Status::CompletedWithErrors) => row.retry_first = Some(record.id.clone()),
                    _ => {}
                }
            })
            .await?;
        told::finished(pair, record);
        if let Some(earlier) = earlier {
            self.store.drop_plan(pair.name(), &earlier).await?;
        }
        self.store.forget(pair.name(), HISTORY).await
    }
}

fn outcome(record: &CycleRecord) -> Option<Outcome> {
    let (status, at) = (record.state.status()?, record.ended_at.clone()?);
    Some(Outcome { status, at, error: record.error.clone(), failed: record.failed - record.acknowledged })
}

fn point(record: &CycleRecord) -> Option<LastPoint> {
    let (source, target) = (record.source_snapshot.clone()?, record.target_snapshot.clone()?);
    let at = record.ended_at.clone()?;
    let plain = record.plain && record.acknowledged == 0;
    Some(LastPoint { cycle: record.id.clone(), source, target, at, plain })
}
