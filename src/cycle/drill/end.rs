//! A drill comes to an end, whatever stands in its way: nobody can cancel one, and while one is under way none begins.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;

use super::scratch;
use crate::cycle::Backup;
use crate::cycle::pair::drilled_by;
use crate::cycle::report::NotRun;
use crate::state::{Acl, Conflict, CycleError, CycleRecord, Destination, Drill, Place, Restore, Status};

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
    /// Ends the drill under way in the book `name`, if it is one, which the settings do not allow to go on. What it made where they no
    /// longer lead stays.
    pub(in crate::cycle) async fn give_up_drill(
        &self,
        name: &str,
        error: CycleError,
        deadline: Instant,
    ) -> Result<(), NotRun> {
        let Some(pair) = drilled_by(name).and_then(|pair| self.find(pair)) else {
            return Err(NotRun::State(error));
        };
        let nowhere = Restore {
            recovery_point: String::new(),
            snapshot: String::new().into(),
            include: Vec::new(),
            destination: Destination {
                at: Place::Share,
                account: pair.settings.target.account.clone(),
                share: scratch::name(),
                folder: String::new(),
                create: false,
            },
            conflict: Conflict::Skip,
            acl: Acl::Keep,
            delete_extra: false,
            approved: false,
            drill: Some(Drill::default()),
        };
        let unable = |reason: crate::cycle::restore::NotRestored| NotRun::from(reason);
        let share = self.share_of(pair, &nowhere.destination).map_err(unable)?;
        let made = self.pair_of(pair, nowhere, share).map_err(unable)?;
        let owner = self.own(&made, deadline).await?;
        let given_up = match owner.record().await.cycle {
            Some(cycle) => self.give_up(&made, &owner, &cycle, Status::Failed, error).await,
            None => Ok(()),
        };
        owner.release(|_| {}).await.map_err(NotRun::of)?;
        Ok(given_up?)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

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
