//! Taking a share snapshot, once in a cycle for each side.
//!
//! Snapshot Share is not idempotent. Whoever may not be the first to send it looks whether it is there; after an
//! unknown outcome its time limit is waited out before the look. An earlier owner needs no waiting: its lease outlived
//! all its requests.

use azure_storage_file_share::{ShareProperties, ShareSnapshotId};

use super::failback::failed_points;
use super::pair::Pair;
use super::run::{Cycle, Result};
use super::snapshots::{list, mark, mark_failed, of_share, role};
use super::told;
use super::trouble::Trouble;
use crate::state::{CycleError, Side};

/// Attempts with an unknown outcome that turned out not to have happened.
const ATTEMPTS: usize = 5;

/// Whether it may be there already, so that nobody sends Snapshot Share before a look.
pub(super) fn may_be_taken(is_fresh: bool, has_unknown_outcome: bool) -> bool {
    !is_fresh || has_unknown_outcome
}

/// Whether the share has as many share snapshots as Azure allows.
fn is_full(error: &azure_storage::Error) -> bool {
    ["ShareSnapshotCountExceeded", "FileSnapshotCountExceeded"].iter().any(|code| error.is_code(code))
}

impl Cycle<'_> {
    /// Takes the share snapshot of this cycle in this role, or finds the one that is there.
    /// It is looked for before anybody says that it failed: what is there is good, however its request was answered.
    pub(super) async fn take_snapshot(&mut self, side: Side) -> Result<ShareSnapshotId> {
        self.take_snapshot_of(self.pair, side).await
    }

    /// The same of a side of `pair`, in the role that it has there.
    pub(super) async fn take_snapshot_of(&mut self, pair: &Pair, side: Side) -> Result<ShareSnapshotId> {
        let taken = match self.take(pair, side).await {
            Err(Trouble::Fail(error)) => match self.find_snapshot(pair, side).await {
                Ok(Some(id)) => Ok(id),
                Ok(None) | Err(Trouble::Fail(_)) => Err(error.into()),
                Err(trouble) => Err(trouble),
            },
            taken => taken,
        };
        if let Ok(id) = &taken {
            told::snapshot_taken(pair, Some(&self.id), role(pair, side), pair.share(side), id);
        }
        taken
    }

    async fn take(&mut self, pair: &Pair, side: Side) -> Result<ShareSnapshotId> {
        let share = pair.share(side);
        // what is still under way could land in the share snapshot's share, but not in it
        self.pair.unsettled.settled().await;
        let mut has_unknown_outcome = false;
        // others may have taken the places that an earlier invocation found, or made
        let (mut has_room, mut was_full) = (self.is_fresh, false);
        for _ in 0..ATTEMPTS {
            if may_be_taken(self.is_fresh, has_unknown_outcome)
                && let Some(id) = self.find_snapshot(pair, side).await?
            {
                return Ok(id);
            }
            if !has_room && self.pair.backs_up() {
                self.room = None;
                self.make_room(side).await?;
                has_room = true;
            }
            let seeding = self.owner.record().await.seeding.unwrap_or_default();
            let mut mark = self.live.update(|record| mark(pair, record, side, &seeding));
            if let Some(room) = self.room.as_ref().filter(|_| side == Side::Target) {
                mark_failed(&mut mark, &room.target.listed, &room.bad);
            }
            let is_swap = !std::ptr::eq(pair, self.pair);
            if side == Side::Target && is_swap {
                let listed = of_share(pair, side).await?;
                mark_failed(&mut mark, &listed, &failed_points(self.store, pair).await?);
            }
            if side == Side::Target && !is_swap && !self.has_just_looked() {
                self.same_target().await?;
            }
            match share.create_snapshot(&mark).await {
                Ok(id) => {
                    if let Some(room) = &mut self.room {
                        room.add(pair, side, &self.id, &id, mark);
                    }
                    return Ok(id);
                }
                Err(error) if error.may_have_happened() => {
                    tracing::warn!(share.name = share.name(), "Snapshot Share has no known outcome: {error}");
                    self.pair.unsettled.settled().await;
                    has_unknown_outcome = true;
                }
                Err(error) if is_full(&error) && !self.pair.backs_up() => {
                    let detail = "The share has as many share snapshots as Azure allows, so none can be taken before something of it is \
                                  overwritten or deleted; delete one, or restore to another share";
                    return Err(CycleError::new("NoRoomForSafetySnapshot", detail).into());
                }
                Err(error) if is_full(&error) && !was_full => (has_room, was_full) = (false, true),
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(id) = self.find_snapshot(pair, side).await? {
            return Ok(id);
        }
        let detail = format!("No answer to Snapshot Share of the {side} share, and it did not happen");
        Err(Trouble::Pause(CycleError::new("SnapshotUnknown", detail)))
    }

    /// The target share is still the one that was planned against, or written and verified. Its ETag says so, but moves
    /// with its quota too; then the root does: it was given the source's creation time by this cycle or one before, and
    /// the root of a share made anew has its own. Between the last check and the share snapshot no share can be deleted
    /// and made again: the service keeps a name for 30 seconds.
    pub(super) async fn same_target(&mut self) -> Result<ShareProperties> {
        let found = self.pair.target.get_properties().await?;
        if self.live.update(|record| record.target_share.as_ref() == Some(&found.etag)) {
            return Ok(found);
        }
        if !self.pair.backs_up() {
            let detail = "The share that is restored to was deleted and made again, or its quota was changed, since the plan \
                          was made; ask for it again";
            return Err(CycleError::new("TargetReplaced", detail).into());
        }
        let shares = self.shares();
        let (source, target) = (shares.source.root_directory_client(), shares.target.root_directory_client());
        let (source, target) = futures::try_join!(source.get_properties(), target.get_properties())?;
        if source.written.creation_time == target.written.creation_time {
            return Ok(found);
        }
        let detail = "The target share was deleted and made again while the cycle ran, or was changed before its root was \
                      backed up for the first time; the next cycle begins anew";
        Err(CycleError::new("TargetReplaced", detail).into())
    }

    async fn find_snapshot(&mut self, pair: &Pair, side: Side) -> Result<Option<ShareSnapshotId>> {
        let share = pair.share(side);
        let inherited = share.get_properties().await?.metadata;
        let listed = list(pair, share, &inherited, side).await?;
        Ok(listed.of_cycle(&self.id).map(|taken| taken.id.clone()))
    }
}
