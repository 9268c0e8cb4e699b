//! The states that look after share snapshots: room for the next one, and what is not wanted after a good cycle.

use azure_storage_file_share::ShareSnapshotId;

use super::room::{Cleared, Room};
use super::run::{Cycle, Result};
use crate::state::{CycleError, Side};

impl Cycle<'_> {
    pub(super) async fn make_room(&mut self, before: Side) -> Result<()> {
        let mut room = match self.room.take() {
            Some(mut room) => {
                room.refresh(self.pair, before).await?;
                room
            }
            None if before == Side::Source => self.look().await?,
            None => self.look_again().await?,
        };
        let record = self.live.update(|record| record.clone());
        if before == Side::Source {
            self.wait_for_an_unknown_owner(&room).await?;
            room.check_not_full(self.pair, &record, Side::Target)?;
            self.live.update(|record| {
                record.adopts = room.adopts;
                record.source_share = Some(room.source.etag.clone());
                record.target_share = Some(room.target.etag.clone());
            });
        } else if record.target_share.as_ref() != Some(&room.target.etag)
            && record.planned == Default::default()
        {
            // Nothing was written, so nothing noticed yet that this is another share.
            let detail = "The target share was deleted and made again while the cycle ran";
            return Err(CycleError::new("TargetReplaced", detail).into());
        }
        let mut cleared = Cleared::default();
        let made = room.make(self.pair, &record, before, &mut cleared).await;
        self.room = Some(room);
        self.note(cleared);
        made
    }

    pub(super) async fn give_way(&mut self, id: &ShareSnapshotId) -> Result<()> {
        let room = match self.room.take() {
            Some(room) => room,
            None => self.look().await?,
        };
        room.give_way(self.pair, id).await?;
        self.room = Some(room);
        Ok(())
    }

    async fn look(&self) -> Result<Room> {
        let adopted = self.owner.record().await.adopted;
        Room::look(self.pair, adopted.as_ref()).await
    }

    /// After the first write: a target share that is missing now is not made anew, or it would pass for the one that
    /// was written and verified.
    async fn look_again(&self) -> Result<Room> {
        let adopted = self.owner.record().await.adopted;
        Room::peek(self.pair, adopted.as_ref()).await?.ok_or_else(|| {
            CycleError::new("TargetReplaced", "The target share was deleted while the cycle ran").into()
        })
    }

    /// The tables may have been lost under a living owner. Its lease is not known any more, but where the newest share
    /// snapshot is of a cycle that nobody remembers, it is waited out.
    async fn wait_for_an_unknown_owner(&self, room: &Room) -> Result<()> {
        let taken = room.source.listed.ours.iter().chain(&room.target.listed.ours);
        let newest = taken.map(|taken| &taken.cycle).filter(|cycle| **cycle != self.id).max();
        let Some(newest) = newest.filter(|_| self.store.is_durable()) else { return Ok(()) };
        let is_known = self.owner.record().await.last_cycle.as_ref() == Some(newest)
            || self.store.load(self.pair.name(), newest).await?.is_some();
        if !is_known {
            tracing::warn!(
                pair.name = self.pair.name(),
                "No state was found for a cycle of this pair; waiting for one lease"
            );
            tokio::time::sleep(self.owner.lease()).await;
        }
        Ok(())
    }

    /// What the keep rules do not want. A recovery point stands already: trouble here is told, and no more.
    pub(super) async fn prune(&mut self) -> Result<()> {
        let mut room = match self.room.take() {
            Some(room) => room,
            None => self.look_again().await?,
        };
        let record = self.live.update(|record| record.clone());
        let mut cleared = Cleared::default();
        let pruned = room.prune(self.pair, &record, &mut cleared).await;
        self.room = Some(room);
        self.note(cleared);
        pruned
    }

    fn note(&self, cleared: Cleared) {
        self.live.update(|record| {
            record.pruned.extend(cleared.pruned);
            record.alerts.extend(cleared.alerts);
        });
    }
}
