//! Before anything is read: both shares are there, with room for what is taken of them, and the recovery point is known from which
//! the way back begins.

use crate::cycle::clearing::Cleared;
use crate::cycle::known;
use crate::cycle::pair::Pair;
use crate::cycle::report::RecoveryPoint;
use crate::cycle::restore::may_write;
use crate::cycle::room::Room;
use crate::cycle::run::{Cycle, Result};
use crate::cycle::snapshots::recovery_points;
use crate::cycle::trouble::Trouble;
use crate::state::{BasePoint, CycleError, PairRecord, Side, StateError, Store};

impl<'a> Cycle<'a> {
    pub(in crate::cycle) async fn prepare_failback(&mut self) -> Result<()> {
        self.forget_earlier().await?;
        let mut room = look(self.home()).await?;
        may_write(self.pair, &self.scratch.path_in("")).await?;
        let row = row_of(self.store, self.home()).await?;
        let base = base(&room, &row);
        self.live.update(|record| {
            record.source_share = Some(room.target.etag.clone());
            record.target_share = Some(room.source.etag.clone());
            record.plain = false;
            if let Some(failback) = &mut record.failback {
                failback.recovery_point = base.as_ref().map(|(point, _)| point.cycle.clone());
                failback.lacks = base.as_ref().map_or(0, |(point, _)| lacks(point));
            }
            record.base = base.map(|(_, base)| base);
        });
        self.make_room_at_home(&mut room).await
    }

    /// What a plan deletes or overwrites may have been excluded since.
    pub(in crate::cycle) fn check_settings(&self) -> Result<()> {
        let Some(back) = &self.pair.failback else { return Ok(()) };
        if back.order.exclude == self.pair.settings.exclude.globs() {
            return Ok(());
        }
        let detail = "`exclude` of the pair was changed since the failback began, so its plan is not what would be planned now; fail back \
                      again";
        Err(CycleError::new("SettingsChanged", detail).into())
    }

    /// The pair as its settings say.
    pub(super) fn home(&self) -> &'a Pair {
        let back = self.pair.failback.as_ref();
        &back.expect("this is a failback").home
    }

    /// The oldest share snapshots go, as before those of a cycle; the recovery point that the way back begins at stays.
    pub(super) async fn make_room_at_home(&mut self, room: &mut Room) -> Result<()> {
        let record = self.live.update(|record| record.clone());
        room.base = record.failback.as_ref().and_then(|failback| failback.recovery_point.clone());
        room.bad = failed_points(self.store, self.home()).await?;
        let mut cleared = Cleared::default();
        let mut made = Ok(());
        for side in [Side::Source, Side::Target] {
            if made.is_ok() {
                made = room.make(self.home(), &record, side, &mut cleared).await;
            }
        }
        self.note(cleared);
        made
    }
}

/// The cycles of recovery points that were read and do not hold what they should.
pub(in crate::cycle) async fn failed_points(store: &Store, home: &Pair) -> Result<Vec<String>, StateError> {
    Ok(failed(&row_of(store, home).await?).map(str::to_owned).collect())
}

fn failed(row: &PairRecord) -> impl Iterator<Item = &str> {
    row.verification.failed.iter().map(|point| point.cycle.as_str())
}

pub(super) async fn row_of(store: &Store, home: &Pair) -> Result<PairRecord, StateError> {
    Ok(known(store.pair(home.name()).await)?.map(|read| read.record).unwrap_or_default())
}

/// Both shares, neither of which is made here.
pub(super) async fn look(home: &Pair) -> Result<Room, Trouble> {
    Room::again(home, None).await?.ok_or_else(|| {
        let detail =
            format!("Target share: {} is gone, so there is nothing to bring back", home.target.name());
        CycleError::new("ShareNotFound", detail).into()
    })
}

/// The newest recovery point that both shares still have, the other way round, as a base. One that was read and does not hold
/// what it should is none.
pub(super) fn base(room: &Room, row: &PairRecord) -> Option<(RecoveryPoint, BasePoint)> {
    let points = recovery_points(&room.source.listed, &room.target.listed);
    let is_good =
        |point: &RecoveryPoint| !point.verify_failed && !failed(row).any(|cycle| cycle == point.cycle);
    points.into_iter().filter(is_good).find_map(|point| {
        let (source, target) = (point.target.clone(), point.source.clone()?);
        let is_exact = lacks(&point) == 0;
        Some((point, BasePoint { source, target, is_exact, swapped_by: None }))
    })
}

pub(super) fn lacks(point: &RecoveryPoint) -> u64 {
    point.acknowledged + point.excluded
}
