//! The restore, or drill, that is under way for a pair. With the settings as they are by now it may not be able to go on, or its
//! row may not be readable: then its rows are all that is worked on, so that a person can always end it.

use super::NotRestored;
use super::not_restored::NOT_POSSIBLE;
use crate::cycle::pair::{Pair, restored_by};
use crate::cycle::report::{CycleReport, NotRun};
use crate::cycle::{Backup, known};
use crate::state::{CycleError, Restore};

#[derive(Debug)]
pub(in crate::cycle) enum UnderWay {
    /// With the shares that it works on.
    Whole(Pair),
    /// With no share that it may write to, and why.
    CutOff(Pair, CycleError),
}

impl Backup {
    /// `name` is that under which restores, or drills, are stored.
    pub(in crate::cycle) async fn under_way_beside(&self, name: &str) -> Result<Option<UnderWay>, NotRun> {
        let unknown = || NotRun::UnknownPair(name.to_owned());
        let pair = restored_by(name).and_then(|pair| self.find(pair)).ok_or_else(unknown)?;
        let row = known(self.store.pair(name).await).map_err(NotRun::of)?;
        let Some(id) = row.and_then(|read| read.record.cycle) else { return Ok(None) };
        let why = match known(self.store.load(name, &id).await) {
            Err(error) if error.is_unreadable() => error.into(),
            read => {
                let restore = read.map_err(NotRun::of)?.and_then(|read| read.record.restore);
                let Some(restore) = restore else { return Ok(None) };
                match self.reach(pair, *restore) {
                    Ok(made) => return Ok(Some(UnderWay::Whole(made))),
                    Err(why) => why,
                }
            }
        };
        Ok(Some(UnderWay::CutOff(self.rows_beside(pair, name)?, why)))
    }

    /// The rows alone under which restores, or drills, of a pair are stored.
    pub(in crate::cycle) fn rows_beside(&self, pair: &Pair, name: &str) -> Result<Pair, CycleError> {
        let rows = Pair::of_rows(pair, name, &self.clients.credentials, self.lease, &self.clients.options);
        rows.map_err(|error| CycleError::new(NOT_POSSIBLE, format!("{error:#}")))
    }

    /// A report of a restore that cannot go on says so.
    pub(super) fn judged(&self, pair: &Pair, mut report: CycleReport) -> CycleReport {
        if report.status.is_none()
            && let Some(shown) = &report.restore
            && let Some(why) = self.why_cut_off(pair, &shown.asked)
        {
            report.error = Some(why);
        }
        report
    }

    /// Why a restore, or drill, cannot go on with the settings as they are now.
    pub(in crate::cycle) fn why_cut_off(&self, pair: &Pair, restore: &Restore) -> Option<CycleError> {
        self.reach(pair, restore.clone()).err()
    }

    fn reach(&self, pair: &Pair, restore: Restore) -> Result<Pair, CycleError> {
        let share = self.share_of(pair, &restore.destination);
        let is_drill = restore.drill.is_some();
        share.and_then(|share| self.pair_of(pair, restore, share)).map_err(|why| cut_off(is_drill, &why))
    }
}

/// Nobody can cancel a drill: the timer gives it up.
fn cut_off(is_drill: bool, why: &NotRestored) -> CycleError {
    if is_drill {
        let detail = format!(
            "The drill cannot go on with the settings as they are now, and is given up. {why}. The next one begins with these settings"
        );
        return CycleError::new("DrillNotPossible", detail);
    }
    let detail = format!(
        "The restore cannot go on with the settings as they are now. {why}. With the settings that it was begun with it \
         goes on; or cancel it: what came back stays"
    );
    CycleError::new(NOT_POSSIBLE, detail)
}
