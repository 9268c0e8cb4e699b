//! The states that look after share snapshots: room for the next one, and what is not wanted after a good cycle.

use std::time::Duration;

use azure_storage_file_share::ShareSnapshotId;
use tokio::time::{Instant, sleep_until};

use super::clearing::Cleared;
use super::room::Room;
use super::run::{Cycle, Result};
use super::trouble::Trouble;
use crate::state::{Alert, CycleError, Side};

impl Cycle<'_> {
    pub(super) async fn make_room(&mut self, before: Side) -> Result<()> {
        let mut room = match self.room.take() {
            Some(mut room) => {
                let since = self.live.update(|record| record.source_snapshot.clone());
                room.refresh(self.pair, before, since.as_ref()).await?;
                room
            }
            None if before == Side::Source => self.look().await?,
            None => self.look_again().await?,
        };
        Box::pin(self.check_not_failed_over(&room)).await?;
        room.bad = self.bad_points().await;
        let record = self.live.update(|record| record.clone());
        if before == Side::Source {
            if self.waited_for_an_unknown_owner(&room).await? {
                // it may have taken share snapshots until then
                room = self.look().await?;
            }
            room.check_not_full(self.pair, &record, Side::Target)?;
            if let Some(staging) = &self.staging {
                staging.check().await?;
            }
            let base = room.base();
            let plain = match &base {
                // a cycle in between may have left something behind
                Some((cycle, _)) => {
                    let row = self.owner.record().await;
                    let point = row.recovery_point.filter(|point| point.cycle == *cycle);
                    row.last_cycle.as_ref() == Some(cycle) && point.is_some_and(|point| point.plain)
                }
                None => room.is_untouched,
            };
            self.live.update(|record| {
                record.base = base.map(|(_, base)| base);
                record.plain = plain;
                record.adopts = room.adopts;
                record.source_share = Some(room.source.etag.clone());
                record.target_share = Some(room.target.etag.clone());
            });
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
        let since = self.live.update(|record| record.source_snapshot.clone());
        Room::again(self.pair, since.as_ref()).await?.ok_or_else(|| {
            CycleError::new("TargetReplaced", "The target share was deleted while the cycle ran").into()
        })
    }

    /// The tables may have been lost under a living owner. Its lease is not known any more, but where the newest share
    /// snapshot is of a cycle that nobody remembers to have ended, it is waited out: for as long as this cycle is not
    /// older than a lease, and in several invocations where one is too short.
    async fn waited_for_an_unknown_owner(&self, room: &Room) -> Result<bool> {
        let taken = room.source.listed.ours.iter().chain(&room.target.listed.ours);
        let newest = taken.map(|taken| &taken.cycle).filter(|cycle| **cycle != self.id).max();
        let Some(newest) = newest.filter(|_| self.store.is_durable()) else { return Ok(false) };
        if self.has_ended(newest).await? {
            return Ok(false);
        }
        // this cycle began after the loss, and only time in which somebody worked on it is counted
        let worked = Duration::from_millis(self.live.to_store(self.pair.sent.requests()).elapsed_ms);
        let free_at = Instant::now() + self.owner.lease().saturating_sub(worked);
        tracing::warn!(
            pair.name = self.pair.name(),
            cycle.id = self.id,
            "No state was found for a cycle of this pair; waiting until one lease is over"
        );
        sleep_until(free_at.min(self.deadline)).await;
        if free_at <= self.deadline {
            return Ok(true);
        }
        let detail = format!(
            "Nothing is remembered of cycle {newest}, which may still be running: its lease is waited for"
        );
        Err(Trouble::Pause(CycleError::new("WaitingForLease", detail)))
    }

    /// Whether it is known of a cycle that nobody works on it any more.
    async fn has_ended(&self, cycle: &str) -> Result<bool> {
        let row = self.owner.record().await;
        // one that made a recovery point has ended, wherever it is stored
        if row.recovery_point.is_some_and(|point| point.cycle == cycle) {
            return Ok(true);
        }
        // a row of the pair that knows no cycle is new: that of the cycle's owner was lost, and his lease with it
        let Some(last) = row.last_cycle else { return Ok(false) };
        if last == cycle {
            return Ok(true);
        }
        match self.store.load(self.pair.name(), cycle).await {
            Ok(known) => Ok(known.is_some_and(|read| read.record.state.is_finished())),
            // it may have ended or not: the longer wait is the safe one
            Err(error) if error.is_unreadable() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// What the keep rules do not want. A recovery point stands already: trouble here is told, and no more.
    pub(super) async fn prune(&mut self) -> Result<()> {
        match self.clear().await {
            Err(Trouble::Pause(error) | Trouble::Wait(error) | Trouble::Fail(error)) => {
                tracing::warn!(pair.name = self.pair.name(), alert.code = "PruneFailed", "{}", error.detail);
                let alert = Alert { code: "PruneFailed".to_owned(), detail: error.detail };
                self.live.update(|record| record.alerts.push(alert));
                Ok(())
            }
            cleared => cleared,
        }
    }

    async fn clear(&mut self) -> Result<()> {
        let mut room = match self.room.take() {
            Some(room) => room,
            None => self.look_again().await?,
        };
        room.bad = self.bad_points().await;
        let record = self.live.update(|record| record.clone());
        let mut cleared = Cleared::default();
        let pruned = room.prune(self.pair, &record, &mut cleared).await;
        self.room = Some(room);
        self.note(cleared);
        pruned
    }

    async fn bad_points(&self) -> Vec<String> {
        self.owner.record().await.verification.failed.into_iter().map(|point| point.cycle).collect()
    }

    pub(super) fn note(&self, cleared: Cleared) {
        self.live.update(|record| {
            record.pruned.extend(cleared.pruned);
            record.alerts.extend(cleared.alerts);
        });
    }
}
