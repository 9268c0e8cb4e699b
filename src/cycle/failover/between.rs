//! Whether the target is what a recovery point holds, or lies between two: cycles that wrote and made none left it so.

use tokio::time::timeout;

use super::lost::PATIENCE;
use super::{Between, NotFailedOver};
use crate::cycle::pair::Pair;
use crate::cycle::report::{Changes, FailedOverTo};
use crate::cycle::{Backup, known, snapshots};
use crate::state::{Acl, Conflict, CycleError, CycleRecord, HISTORY, Place, Side, StateError, Status};

impl Backup {
    /// The newest cycle after a recovery point that wrote to the target, or may have, and made none.
    pub(super) async fn wrote_since(
        &self,
        pair: &Pair,
        point: &str,
    ) -> Result<Option<String>, NotFailedOver> {
        let cycles = known(self.store.cycles(pair.name(), HISTORY).await).map_err(CycleError::from)?;
        let since = cycles.into_iter().take_while(|(id, _)| id.as_str() > point);
        Ok(since.into_iter().find(|(_, read)| may_have_written(read)).map(|(id, _)| id))
    }

    /// The newest cycle after a recovery point that the source knows of, and the tables do not. Where the source does not answer, that
    /// there was none is known as long as the tables remember the recovery point.
    pub(super) async fn forgotten_since(
        &self,
        pair: &Pair,
        point: &str,
        is_remembered: bool,
    ) -> Result<Option<String>, NotFailedOver> {
        let Ok(Ok(listed)) = timeout(PATIENCE, snapshots::of_share(pair, Side::Source)).await else {
            return Ok((!is_remembered).then(|| point.to_owned()));
        };
        let cycles = known(self.store.cycles(pair.name(), HISTORY).await).map_err(CycleError::from)?;
        let taken_by = listed.ours.into_iter().map(|taken| taken.cycle);
        let forgotten = taken_by.filter(|cycle| cycles.iter().all(|(id, _)| id != cycle));
        Ok(forgotten.filter(|cycle| cycle.as_str() > point).max())
    }

    /// The same of restores to the target: the newest one leaves it between two recovery points, unless it brought the whole of this
    /// one back. `cycle` is the newest cycle that did. What people bring from elsewhere once they work with the target is their work.
    pub(super) async fn since_restores(
        &self,
        pair: &Pair,
        cycle: Option<String>,
        point: &FailedOverTo,
        is_in_use: bool,
    ) -> Result<Option<String>, NotFailedOver> {
        let name = pair.restores().name;
        let restores = known(self.store.cycles(&name, HISTORY).await).map_err(CycleError::from)?;
        let counts = |(id, read): &&(String, Result<CycleRecord, StateError>)| match read {
            Ok(record) => is_since(id, record, point) && leads_elsewhere(record, &point.cycle, is_in_use),
            Err(_) => *id > point.cycle,
        };
        let Some((id, read)) = restores.iter().find(counts) else { return Ok(cycle) };
        if cycle.as_ref().is_some_and(|cycle| cycle >= id) {
            return Ok(cycle);
        }
        let is_back = read.as_ref().is_ok_and(|record| brings_back(record, &point.cycle));
        Ok((!is_back).then(|| id.clone()))
    }

    /// `writer` left the target between two recovery points.
    pub(super) async fn told_between(
        &self,
        pair: &Pair,
        writer: String,
        point: &FailedOverTo,
    ) -> Result<Between, NotFailedOver> {
        let name = pair.restores().name;
        let is_restore = match known(self.store.load(&name, &writer).await) {
            Err(error) if error.is_unreadable() => true,
            read => read.map_err(CycleError::from)?.is_some(),
        };
        let cycle = &point.cycle;
        let detail = if is_restore {
            format!(
                "Restore {writer} wrote to the target, or cannot be read, and did not make all of it what recovery point {cycle} holds: \
                 some files may be older or newer than that, and one may be half-written"
            )
        } else if writer == *cycle {
            format!(
                "The tables do not remember this recovery point and the source does not answer, so whether a cycle had begun to write to the \
                 target after recovery point {cycle} is not known: some files may be newer, and one may be half-written"
            )
        } else {
            format!(
                "Cycle {writer} had begun to write to the target, or nothing is remembered of it, and it made no recovery point, so the \
                 target lies between two: some files may be newer than recovery point {cycle}, and one may be half-written"
            )
        };
        Ok(Between { cycle: writer, detail })
    }
}

/// Whether a restore came after the recovery point. What was taken of the target before it began to overwrite tells best: a cycle
/// that waited meanwhile may have gone on and made the recovery point.
fn is_since(id: &str, restore: &CycleRecord, point: &FailedOverTo) -> bool {
    match &restore.target_snapshot {
        Some(taken) if is_to_target(restore) => *taken > point.target,
        _ => *id > *point.cycle,
    }
}

/// Whether a restore counts for what the target holds.
fn leads_elsewhere(restore: &CycleRecord, point: &str, is_in_use: bool) -> bool {
    let is_work = is_in_use && restore.state.status() == Some(Status::Succeeded);
    brings_back(restore, point) || (is_to_target(restore) && may_have_changed(restore) && !is_work)
}

/// Where one that was given up wrote to is not known.
fn is_to_target(record: &CycleRecord) -> bool {
    record.restore.as_ref().is_none_or(|restore| restore.destination.at == Place::Target)
}

/// Whether a cycle changed the target, or was given up and may have, and did not come to a recovery point.
fn has_written(record: &CycleRecord) -> bool {
    record.state.status() != Some(Status::Succeeded) && may_have_changed(record)
}

fn may_have_changed(record: &CycleRecord) -> bool {
    record.wrote || record.done + record.progress.changes != Changes::default()
}

/// The same of one that may not be readable.
pub(in crate::cycle) fn may_have_written(read: &Result<CycleRecord, StateError>) -> bool {
    read.as_ref().map_or(true, has_written)
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
