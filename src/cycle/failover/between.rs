//! Whether the target is what a recovery point holds, or lies between two: cycles that wrote and made none left it so.

use tokio::time::timeout;

use super::lost::PATIENCE;
use super::{Between, NotFailedOver};
use crate::cycle::pair::Pair;
use crate::cycle::report::{Changes, FailedOverTo};
use crate::cycle::{Backup, known, snapshots};
use crate::state::{Acl, Conflict, CycleError, CycleRecord, HISTORY, Place, Side, StateError, Status};

/// Where nothing is remembered of any cycle: one after a recovery point that the source knows of. Where the source does not answer
/// either, nobody knows.
pub(super) async fn begun_since(pair: &Pair, point: &str) -> Option<String> {
    match timeout(PATIENCE, snapshots::of_share(pair, Side::Source)).await {
        Ok(Ok(listed)) => {
            let cycles = listed.ours.into_iter().map(|taken| taken.cycle);
            cycles.filter(|cycle| cycle.as_str() > point).max()
        }
        _ => Some(point.to_owned()),
    }
}

impl Backup {
    /// The newest cycle after a recovery point that wrote to the target, or may have, and made none.
    pub(super) async fn wrote_since(
        &self,
        pair: &Pair,
        point: &str,
    ) -> Result<Option<String>, NotFailedOver> {
        let cycles = known(self.store.cycles(pair.name(), HISTORY).await).map_err(CycleError::from)?;
        let since = cycles.into_iter().take_while(|(id, _)| id.as_str() > point);
        Ok(since.into_iter().find(|(_, read)| read.as_ref().map_or(true, has_written)).map(|(id, _)| id))
    }

    /// Unless a restore of the whole recovery point has brought the target back to it since.
    pub(super) async fn still_between(
        &self,
        pair: &Pair,
        cycle: String,
        point: &FailedOverTo,
    ) -> Result<Option<Between>, NotFailedOver> {
        let name = pair.restores().name;
        let restores = known(self.store.cycles(&name, HISTORY).await).map_err(CycleError::from)?;
        let is_back = |(id, read): &(String, Result<CycleRecord, _>)| {
            *id > cycle && read.as_ref().is_ok_and(|record| brings_back(record, &point.cycle))
        };
        let is_unknown = cycle == point.cycle;
        let known = format!(
            "Cycle {cycle} had begun to write to the target, or nothing is remembered of it, and it made no recovery point, so the target \
             lies between two: some files may be newer than recovery point {}, and one may be half-written",
            point.cycle
        );
        let unknown = format!(
            "The tables remember no cycle of the pair and the source does not answer, so whether a cycle had begun to write to the target \
             after recovery point {cycle} is not known: some files may be newer, and one may be half-written"
        );
        let detail = if is_unknown { unknown } else { known };
        Ok((!restores.iter().any(is_back)).then_some(Between { cycle, detail }))
    }
}

/// Whether a cycle changed the target, or was given up and may have, and did not come to a recovery point.
fn has_written(record: &CycleRecord) -> bool {
    let is_good = record.state.status() == Some(Status::Succeeded);
    !is_good && (record.wrote || record.done + record.progress.changes != Changes::default())
}

/// The same where it is known. Nothing but that it ended is known of one that cannot be read, or that was given up.
pub(in crate::cycle) fn is_known_to_have_written(read: &Result<CycleRecord, StateError>) -> bool {
    read.as_ref().is_ok_and(|record| record.source_snapshot.is_some() && has_written(record))
}

/// Whether a restore made the whole target what the recovery point holds.
fn brings_back(record: &CycleRecord, point: &str) -> bool {
    record.state.status() == Some(Status::Succeeded)
        && record.restore.as_ref().is_some_and(|restore| {
            restore.recovery_point == point
                && restore.destination.at == Place::Target
                && restore.destination.folder.is_empty()
                && restore.include.is_empty()
                && restore.conflict == Conflict::Overwrite
                && restore.acl == Acl::Keep
                && restore.delete_extra
        })
}
