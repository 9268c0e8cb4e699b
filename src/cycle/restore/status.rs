//! What can be told of restores: the same as of cycles.

use crate::cycle::Backup;
use crate::cycle::report::{CycleReport, PlanPage, RestoreShown};
use crate::state::{CycleRecord, Place};

impl Backup {
    /// The restores of a pair that are remembered, newest first. `None` where no pair has this name; so below.
    pub async fn restores(&self, name: &str) -> anyhow::Result<Option<Vec<CycleReport>>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        let reports = self.cycles_in(&pair.restores()).await?;
        Ok(Some(reports.into_iter().map(|report| self.judged(pair, report)).collect()))
    }

    /// `None` where there is no such restore, too.
    pub async fn restore_report(&self, name: &str, id: &str) -> anyhow::Result<Option<CycleReport>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        match self.record(&pair.restores(), id).await? {
            Some(record) => Ok(Some(self.judged(pair, self.report(record).await?))),
            None => Ok(None),
        }
    }

    /// One chunk of a restore's plan, counted from 0 in the order of writing.
    pub async fn restore_plan(&self, name: &str, id: &str, chunk: u32) -> anyhow::Result<Option<PlanPage>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        self.plan_in(&pair.restores(), id, chunk).await
    }
}

/// What a report tells of a restore besides what it tells of every cycle.
pub(in crate::cycle) fn shown(record: &CycleRecord) -> Option<RestoreShown> {
    let asked = *record.restore.clone()?;
    let note = match asked.destination.at {
        _ if asked.drill.is_some() => "This was a drill: the share that it came to is deleted again",
        Place::Source => {
            "This is the source of the pair: its next cycle takes what is restored for changes, and carries them to \
                          the target"
        }
        Place::Target => {
            "This is the target of the pair: the cycle after its release makes it equal to the source again"
        }
        Place::Share => "No cycle of the pair touches this share",
    };
    Some(RestoreShown {
        skipped: record.skipped,
        safety_snapshot: record.target_snapshot.clone(),
        note: note.to_owned(),
        asked,
    })
}
