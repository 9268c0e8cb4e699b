//! What can be told of failbacks: the same as of cycles.

use crate::cycle::Backup;
use crate::cycle::report::{CycleReport, FailbackShown, PlanPage};
use crate::state::CycleRecord;

impl Backup {
    /// The failbacks of a pair that are remembered, newest first. `None` where no pair has this name; so below.
    pub async fn failbacks(&self, name: &str) -> anyhow::Result<Option<Vec<CycleReport>>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        self.cycles_in(&pair.failbacks()).await.map(Some)
    }

    /// `None` where there is no such failback, too.
    pub async fn failback_report(&self, name: &str, id: &str) -> anyhow::Result<Option<CycleReport>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        match self.record(&pair.failbacks(), id).await? {
            Some(record) => Ok(Some(self.report(record).await?)),
            None => Ok(None),
        }
    }

    /// One chunk of a failback's plan, counted from 0 in the order of writing.
    pub async fn failback_plan(&self, name: &str, id: &str, chunk: u32) -> anyhow::Result<Option<PlanPage>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        self.plan_in(&pair.failbacks(), id, chunk).await
    }
}

/// What a report tells of a failback besides what it tells of every cycle.
pub(in crate::cycle) fn shown(record: &CycleRecord) -> Option<FailbackShown> {
    let asked = record.failback.as_deref().cloned()?;
    let note = note(asked.recovery_point.as_deref(), asked.lacks, record.state.is_finished());
    Some(FailbackShown { safety_snapshot: record.target_snapshot.clone(), note, asked })
}

/// Where the way back begins, in words.
pub(super) fn note(recovery_point: Option<&str>, lacks: u64, is_over: bool) -> String {
    let mut note = match recovery_point {
        Some(cycle) => format!(
            "What the target has since recovery point {cycle} is brought to the source; what changed in the source since then and is not \
             in the target is overwritten or deleted there, and stays in the safety share snapshot"
        ),
        None => "The shares have no recovery point in common, so every file that differs is copied whole: of a source that is empty, all \
                 of them. What only the source has is deleted there, and stays in the safety share snapshot"
            .to_owned(),
    };
    if lacks > 0 {
        note += &format!(
            ". That recovery point lacks {lacks} entries of the source, which were excluded, or had failed and were acknowledged: those \
             that `exclude` does not name now are overwritten or deleted, too"
        );
    }
    if !is_over {
        note += ". Whoever writes to the target has to stop before the end";
    }
    note
}
