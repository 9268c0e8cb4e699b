//! A drill comes to an end, whatever stands in its way: nobody can cancel one, and while one is under way none begins.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;

use crate::cycle::Backup;
use crate::cycle::pair::Pair;
use crate::cycle::report::NotRun;
use crate::state::{CycleError, CycleRecord, Status};

/// What a drill brings back takes minutes.
pub const LONGEST: Duration = Duration::DAY;

/// Why a drill does not go on, if it is one that has had its time.
pub fn overdue(record: &CycleRecord, now: OffsetDateTime) -> Option<CycleError> {
    record.restore.as_ref()?.drill.as_ref()?;
    let began = OffsetDateTime::parse(&record.started_at, &Rfc3339).ok()?;
    (now - began > LONGEST).then(|| {
        let detail = format!("It began at {} and has not come to its end within a day", record.started_at);
        CycleError::new("DrillTooLong", detail)
    })
}

impl Backup {
    /// Ends the drill under way, which the settings do not allow to go on, or of which not all can be read. What it made where they no
    /// longer lead stays. One that had come to its end before is filed as it ended.
    pub(in crate::cycle) async fn give_up_drill(
        &self,
        rows: &Pair,
        why: CycleError,
        deadline: Instant,
    ) -> Result<(), NotRun> {
        let owner = self.own(rows, deadline).await?;
        let given_up = match (Box::pin(self.unfinished(rows, &owner)).await, owner.record().await.cycle) {
            (Err(error), _) if !error.is_unreadable() => Err(error),
            (Ok(None), _) | (_, None) => Ok(()),
            (_, Some(cycle)) => Box::pin(self.give_up(rows, &owner, &cycle, Status::Failed, why)).await,
        };
        owner.release(|_| {}).await.map_err(NotRun::of)?;
        Ok(given_up?)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::state::Drill;

    #[test]
    fn a_drill_has_a_day_and_a_restore_all_the_time_that_it_takes() {
        let now = datetime!(2026-11-23 12:00:01 UTC);
        let began = |at: &str, drill: Option<Drill>| {
            let restore = serde_json::json!({
                "recoveryPoint": "c", "snapshot": "s", "conflict": "skip", "acl": "keep", "deleteExtra": false,
                "destination": {"at": "share", "account": "a", "share": "s"}, "drill": drill,
            });
            let restore = serde_json::from_value(restore).expect("a restore");
            CycleRecord { started_at: at.to_owned(), restore: Some(restore), ..CycleRecord::default() }
        };
        let drill = || Some(Drill::default());
        assert_eq!(overdue(&began("2026-11-22T12:00:02Z", drill()), now), None);
        assert!(overdue(&began("2026-11-22T12:00:00Z", drill()), now).is_some());
        assert_eq!(overdue(&began("2026-01-01T00:00:00Z", None), now), None);
        assert_eq!(overdue(&CycleRecord::default(), now), None);
    }
}
