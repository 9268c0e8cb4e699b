//! Before anything is planned: the recovery point stays, the share that is written to is there, and the directory in it.

use std::time::Duration;

use azure_storage::ErrorKind;
use azure_storage_file_share::{
    CreateDirectory, CreateShareOptions, LeaseDuration, ShareClient, ShareProperties,
};

use tokio::time::Instant;

use super::end::{pin, pin_of, unpin};
use crate::cycle::pair::Pair;
use crate::cycle::room::smb;
use crate::cycle::run::{Cycle, Result};
use crate::cycle::trouble::Trouble;
use crate::cycle::{drill, snapshots};
use crate::state::{CycleError, Restore, State};

impl Cycle<'_> {
    pub(in crate::cycle) async fn prepare_restore(&mut self) -> Result<()> {
        let restore = self.pair.restore.as_ref().expect("this is a restore");
        keep(self.pair, restore).await?;
        if restore.drill.is_some() {
            self.clear_up(restore).await;
        }
        let found = destination(self.pair, restore, &self.id).await?;
        may_write(self.pair, &self.scratch.path_in("")).await?;
        if !restore.destination.folder.is_empty() {
            make(&self.pair.target, &restore.destination.folder).await?;
        }
        let snapshot = restore.snapshot.clone();
        self.looked_at = Some(Instant::now());
        self.live.update(|record| {
            // no other share of its name has one of this id
            record.source_share = Some(snapshot.as_str().into());
            record.source_snapshot = Some(snapshot);
            record.target_share = Some(found.etag);
        });
        Ok(())
    }

    /// What drills left behind whose tables were lost: scratch shares, and pinned recovery points. Where that is refused, it stays for the
    /// next one.
    async fn clear_up(&self, drill: &Restore) {
        let cleared = [drill::sweep_left_behind(self.pair).await, let_go_others(self.pair, drill).await];
        for error in cleared.into_iter().filter_map(Result::err) {
            tracing::warn!(pair.name = self.pair.name(), "What earlier drills left behind stays: {error}");
        }
    }

    /// What was planned is for one share, and holds permission keys of it. An invocation that goes on looks whether it still is the
    /// same.
    pub(in crate::cycle) async fn look_anew(&mut self, state: &State) -> Result<()> {
        let is_planned = !matches!(state, State::MakingRoom { .. });
        if self.pair.restore.is_some() && is_planned && self.looked_at.is_none() {
            self.same_target().await?;
            self.looked_at = Some(Instant::now());
        }
        Ok(())
    }

    /// Whether the share that is restored to was seen so lately that nobody need look whether it is still the same.
    pub(in crate::cycle) fn has_just_looked(&self) -> bool {
        self.looked_at.is_some_and(|at| at.elapsed() < LATELY)
    }
}

/// No share is deleted and made again in this time: the service keeps a name for 30 seconds.
const LATELY: Duration = Duration::from_secs(20);

/// Tries to delete what is not there. An app that backs up may only read its source, so this is where what is brought back to it
/// ends as a rule, and not at every single entry.
pub(in crate::cycle) async fn may_write(pair: &Pair, nothing: &str) -> Result<()> {
    let share = pair.target.within("");
    match share.file_client(nothing).delete().await {
        Err(error) if error.kind == ErrorKind::Unauthorized && error.status == Some(403) => {
            let detail = format!(
                "Account {} does not let the app write to share {} ({}). Assign Storage File Data Privileged Contributor on the account \
                 to the app's identity for as long as this takes, and take it away again, or restore to another share; where the account's \
                 firewall stands in the way, open it",
                share.account(),
                share.name(),
                error.code.as_deref().unwrap_or("403")
            );
            Err(CycleError::new("MayNotWrite", detail).into())
        }
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        tried => Ok(tried?),
    }
}

/// Pins the recovery point. One that is pinned already needs no second pin.
async fn keep(pair: &Pair, restore: &Restore) -> Result<()> {
    let snapshot = pair.source.with_snapshot(&restore.snapshot);
    match snapshot.acquire_lease(&pin(pair, restore), LeaseDuration::Infinite).await {
        Err(error) if error.is_code("LeaseAlreadyPresent") => Ok(()),
        Err(error) if error.is_code("ShareSnapshotNotFound") || error.is_code("ShareNotFound") => {
            let detail = format!("The share snapshot of recovery point {} is gone", restore.recovery_point);
            Err(CycleError::new("RecoveryPointGone", detail).into())
        }
        kept => Ok(kept.map(drop)?),
    }
}

/// Lets go the recovery points that earlier drills pinned.
async fn let_go_others(pair: &Pair, drill: &Restore) -> azure_storage::Result<()> {
    for (cycle, snapshot) in snapshots::leased_points(pair, &pair.source).await? {
        if cycle == drill.recovery_point {
            continue;
        }
        let pinned = pair.source.with_snapshot(&snapshot);
        unpin(&pinned, &pin_of(pair.name(), &pair.source, &cycle)).await?;
    }
    Ok(())
}

async fn destination(pair: &Pair, restore: &Restore, id: &str) -> Result<ShareProperties> {
    match smb(&pair.target).await {
        Err(Trouble::Fail(error)) if error.code == "ShareNotFound" && restore.drill.is_some() => {
            drill::make(pair, id).await?;
            check_scratch(pair, smb(&pair.target).await?)
        }
        Ok(found) if restore.drill.is_some() => check_scratch(pair, found),
        Err(Trouble::Fail(error)) if error.code == "ShareNotFound" && restore.destination.create => {
            let quota_gib = pair.source.get_properties().await?.quota_gib;
            match pair.target.create(&CreateShareOptions { quota_gib, ..Default::default() }).await {
                Err(error) if error.is_code("ShareAlreadyExists") => {}
                created => drop(created?),
            }
            smb(&pair.target).await
        }
        Err(Trouble::Fail(error)) if error.code == "ShareNotFound" => {
            let detail = format!(
                "There is no share {} in account {}; name another one, or set destination.create to true, which makes it",
                restore.destination.share, restore.destination.account
            );
            Err(CycleError::new("ShareNotFound", detail).into())
        }
        found => found,
    }
}

/// Nothing is written to a share that is not our own scratch share.
fn check_scratch(pair: &Pair, found: ShareProperties) -> Result<ShareProperties> {
    if drill::is_ours(pair, &pair.target, &found.metadata) {
        return Ok(found);
    }
    let detail = format!(
        "Share {} of account {} bears no marks of a drill of this pair, so nothing is written to it; the next drill takes another name",
        pair.target.name(),
        pair.target.account()
    );
    Err(CycleError::new("NotOurs", detail).into())
}

/// The directory that everything comes into, with those above it. `share` counts paths from it.
async fn make(share: &ShareClient, folder: &str) -> Result<()> {
    let share = share.within("");
    let ends = folder.match_indices('/').map(|(end, _)| end).chain([folder.len()]);
    for path in ends.map(|end| &folder[..end]) {
        match share.directory_client(path).create(&CreateDirectory::default()).await {
            Err(error) if error.is_code("ResourceAlreadyExists") => {}
            Err(error) if error.is_code("ResourceTypeMismatch") => {
                let detail =
                    format!("{path} is a file, so nothing can be restored into it; name another folder");
                return Err(CycleError::new("FileInTheWay", detail).into());
            }
            Err(error) if error.kind == ErrorKind::Invalid => {
                let detail = format!(
                    "The service refuses {path} as the path of a directory ({error}); name another folder"
                );
                return Err(CycleError::new("FolderRefused", detail).into());
            }
            made => drop(made?),
        }
    }
    Ok(())
}
