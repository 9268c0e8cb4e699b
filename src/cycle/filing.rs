//! The end of a cycle: it goes into the history, and the pair's row learns what came of it.

use super::Backup;
use super::owner::Owner;
use super::pair::Pair;
use super::seeding::{SeedingEvent, after};
use super::told;
use crate::state::{CycleRecord, Day, HISTORY, LastPoint, Outcome, StateError, Status};

impl Backup {
    /// Puts a finished cycle into the history and the pair's row. Again is as good as once.
    pub(super) async fn file(
        &self,
        pair: &Pair,
        owner: &Owner,
        record: &CycleRecord,
    ) -> Result<(), StateError> {
        self.end_restore(pair, record).await?;
        Box::pin(self.end_failback(pair, record)).await?;
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
                    // a file that changed between two cycles that were seeded would count twice
                    let is_first = seeding.seeded.is_empty() || record.done.seeded.is_empty();
                    seeding.seeded += record.done.seeded;
                    let is_counted = is_first && record.staged.is_over && !record.staged.is_unknown;
                    let others = || record.staged.files.saturating_sub(seeding.seeded.met());
                    seeding.staging_only = is_counted.then(others).or(seeding.staging_only);
                    if record.has_point()
                        && let Some(at) = record.ended_at.clone()
                        && let Ok(next) = after(seeding, SeedingEvent::Completed { at })
                    {
                        *seeding = next;
                    }
                }
                let is_new = row.last_cycle.as_ref() != Some(&record.id);
                if is_new {
                    count(&mut row.days, record);
                }
                row.cycle = None;
                row.cancel = None;
                row.last_cycle = Some(record.id.clone());
                row.outcome = outcome(record);
                match record.state.status() {
                    Some(Status::Succeeded) => row.retry_first = None,
                    Some(Status::CompletedWithErrors) => row.retry_first = Some(record.id.clone()),
                    _ => {}
                }
                if record.has_point() {
                    row.recovery_point = point(record).or(row.recovery_point.take());
                    // what is backed up again needs no acknowledgement any more
                    if let Some(failures) = &failures {
                        row.acknowledged
                            .retain(|known| failures.iter().any(|failure| known.covers(&failure.path)));
                    }
                    if is_new {
                        row.verification.learn(record, failures.as_deref());
                    }
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

/// Days that are remembered.
const DAYS: usize = 30;

/// Counts a cycle to the day on which it ended.
fn count(days: &mut Vec<Day>, record: &CycleRecord) {
    let Some(today) = record.ended_at.as_deref().and_then(|at| at.get(..10)) else { return };
    if days.last().is_none_or(|day| day.day != today) {
        days.push(Day { day: today.to_owned(), ..Day::default() });
    }
    let day = days.last_mut().expect("it was just pushed");
    day.cycles += 1;
    day.succeeded += u64::from(record.state.status() == Some(Status::Succeeded));
    day.files += record.done.copied.files;
    day.bytes += record.done.copied.bytes;
    let old = days.len().saturating_sub(DAYS);
    days.drain(..old);
}

fn outcome(record: &CycleRecord) -> Option<Outcome> {
    let (status, at) = (record.state.status()?, record.ended_at.clone()?);
    let unverified = record.proof.as_ref().map_or(0, |proof| proof.found.len() as u64);
    let failed = record.failed - record.acknowledged;
    Some(Outcome { status, at, error: record.error.clone(), failed, unverified })
}

fn point(record: &CycleRecord) -> Option<LastPoint> {
    let (source, target) = (record.source_snapshot.clone()?, record.target_snapshot.clone()?);
    let at = record.ended_at.clone()?;
    let plain = record.plain && record.acknowledged == 0;
    Some(LastPoint { cycle: record.id.clone(), source, target, at, plain })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;

    #[test]
    fn a_cycle_counts_to_the_day_on_which_it_ended_and_thirty_days_are_kept() {
        let mut days = Vec::new();
        let mut ended = |at: &str, status| {
            let state = State::Finished(status);
            let mut record = CycleRecord { state, ended_at: Some(at.to_owned()), ..CycleRecord::default() };
            record.done.copied.bytes = 5;
            record.done.copied.files = 2;
            count(&mut days, &record);
            days.clone()
        };
        ended("2026-10-31T23:59:59Z", Status::Succeeded);
        let two = ended("2026-11-01T00:00:00Z", Status::Failed);
        assert_eq!(two.iter().map(|day| (day.cycles, day.succeeded)).collect::<Vec<_>>(), [(1, 1), (1, 0)]);
        let last =
            (1..=30).fold(two, |_, day| ended(&format!("2026-11-{day:02}T03:00:00Z"), Status::Succeeded));
        assert_eq!(last.len(), 30);
        let first = Day { day: "2026-11-01".to_owned(), cycles: 2, succeeded: 1, files: 4, bytes: 10 };
        assert_eq!(last[0], first);
    }
}
