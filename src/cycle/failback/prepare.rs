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
use crate::state::{BasePoint, CycleError, Side, StateError, Store};

impl<'a> Cycle<'a> {
    pub(in crate::cycle) async fn prepare_failback(&mut self) -> Result<()> {
        self.forget_earlier().await?;
        let mut room = look(self.home()).await?;
        may_write(self.pair, &self.scratch.path_in("")).await?;
        self.make_room_at_home(&mut room).await?;
        let base = base(&room, &failed_points(self.store, self.home()).await?);
        self.live.update(|record| {
            record.source_share = Some(room.target.etag.clone());
            record.target_share = Some(room.source.etag.clone());
            record.plain = false;
            if let Some(failback) = &mut record.failback {
                failback.recovery_point = base.as_ref().map(|(cycle, _)| cycle.clone());
            }
            record.base = base.map(|(_, base)| base);
        });
        Ok(())
    }

    /// The pair as its settings say.
    pub(super) fn home(&self) -> &'a Pair {
        let back = self.pair.failback.as_ref();
        &back.expect("this is a failback").home
    }

    /// The oldest share snapshots go, as before those of a cycle.
    pub(super) async fn make_room_at_home(&mut self, room: &mut Room) -> Result<()> {
        let record = self.live.update(|record| record.clone());
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
    let row = known(store.pair(home.name()).await)?.map(|read| read.record);
    let failed = row.map(|row| row.verification.failed).unwrap_or_default();
    Ok(failed.into_iter().map(|point| point.cycle).collect())
}

/// Both shares, neither of which is made here.
pub(super) async fn look(home: &Pair) -> Result<Room, Trouble> {
    Room::again(home, None).await?.ok_or_else(|| {
        let detail =
            format!("Target share: {} is gone, so there is nothing to bring back", home.target.name());
        CycleError::new("ShareNotFound", detail).into()
    })
}

/// The newest recovery point that both shares still have, the other way round, with its cycle. One that was read and does not hold
/// what it should is none; the tables know of those in `failed`.
pub(super) fn base(room: &Room, failed: &[String]) -> Option<(String, BasePoint)> {
    let points = recovery_points(&room.source.listed, &room.target.listed);
    let is_good = |point: &RecoveryPoint| !point.verify_failed && !failed.contains(&point.cycle);
    points.into_iter().filter(is_good).find_map(|point| {
        let is_exact = point.acknowledged == 0 && point.excluded == 0;
        Some((point.cycle, BasePoint { source: point.target, target: point.source?, is_exact }))
    })
}
