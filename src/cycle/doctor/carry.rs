//! What the way of a byte needs, made and removed again: a share snapshot of the source, a scratch share beside the target.

use std::time::Duration;

use azure_storage_file_share::{Metadata, Permission, PermissionFormat, ShareClient, ShareSnapshotId};
use tokio::time::timeout;
use uuid::Uuid;

use super::Turn;
use super::byte::one_byte;
use super::check::CheckName;
use super::notes::Notes;
use super::right::Right;
use super::scratch;
use super::share::ShareExam;
use crate::cycle::pair::Pair;
use crate::cycle::snapshots;

/// For one byte; what was made for it is removed after that.
const PATIENCE: Duration = Duration::from_secs(30);
/// Everything to the system, and nothing to anybody else.
const SDDL: &str = "O:SYG:SYD:(A;;FA;;;SY)";

/// The byte on its way: what is made for it is removed again, whatever happens to it. Only one of a source share is under
/// way, so that they do not take places from each other.
pub async fn carry(
    pair: &Pair,
    turn: Turn,
    source: &mut ShareExam<'_>,
    target: &mut ShareExam<'_>,
    notes: &mut Notes,
) {
    let _turn = turn.lock().await;
    let mark = snapshots::mark_doctor(pair, &Uuid::new_v4().simple().to_string());
    let taken = take(pair, source, &mark).await;
    let scratch = make(pair, target, &mark, notes).await;
    if let Some(scratch) = &scratch {
        set_permission(scratch, target).await;
        let newest = || source.listed.as_ref()?.ours.iter().map(|taken| &taken.id).max().cloned();
        match taken.clone().or_else(newest) {
            Some(id) => {
                let carried = one_byte(pair, &id, scratch, source, target, notes);
                if timeout(PATIENCE, carried).await.is_err() {
                    let why = format!("It was not done in {} seconds; ask again", PATIENCE.as_secs());
                    notes.not_tried(CheckName::ServerSideCopy, why);
                }
            }
            None => notes.not_tried(
                CheckName::ServerSideCopy,
                "There is no share snapshot of this pair at the source to copy from, and none could be taken without taking a place from others",
            ),
        }
        if let Err(error) = scratch::delete_share(pair, scratch).await {
            tracing::warn!(share.name = scratch.name(), "A scratch share stays: {error}");
            target.fail(CheckName::DeleteShares, Right::DeleteShares, &error).await;
        }
    }
    if scratch.is_none() && notes.status(CheckName::ServerSideCopy).is_none() {
        let why = "No scratch share could be made: see the target's WriteShares and DeleteShares";
        notes.not_tried(CheckName::ServerSideCopy, why);
    }
    if let Some(id) = taken
        && let Err(error) = scratch::delete(pair, &source.share, &id).await
    {
        tracing::warn!(share.snapshot = %id, "A share snapshot stays: {error}");
        source.fail(CheckName::DeleteShares, Right::DeleteShares, &error).await;
    }
}

fn may_make(exam: &ShareExam<'_>) -> bool {
    // what could not be removed is not made
    [CheckName::WriteShares, CheckName::DeleteShares].into_iter().all(|check| exam.notes.is_good(check))
}

async fn take(pair: &Pair, source: &mut ShareExam<'_>, mark: &Metadata) -> Option<ShareSnapshotId> {
    let inherited = source.found.as_ref()?.metadata.clone();
    if !may_make(source) {
        return None;
    }
    let used = match scratch::sweep_snapshots(pair, &source.share, &inherited, source.now()).await {
        Ok(used) => used,
        Err(error) => {
            tracing::warn!(
                pair.name = pair.name(),
                "A share snapshot of an earlier preflight stays: {error}"
            );
            return None;
        }
    };
    if !source.has_a_place_to_spare(&pair.settings.retention, used) {
        return None;
    }
    match scratch::take(pair, &source.share, mark).await {
        Ok(id) => {
            source.notes.ok(CheckName::WriteShares, "A share snapshot was taken, and deleted");
            Some(id)
        }
        Err(error) => {
            source.fail(CheckName::WriteShares, Right::WriteShares, &error).await;
            None
        }
    }
}

async fn make(
    pair: &Pair,
    target: &mut ShareExam<'_>,
    mark: &Metadata,
    notes: &mut Notes,
) -> Option<ShareClient> {
    if !may_make(target) {
        return None;
    }
    if let Err(error) = scratch::sweep_shares(pair, &target.service, target.now()).await {
        tracing::warn!(pair.name = pair.name(), "A scratch share of an earlier preflight stays: {error}");
    }
    match scratch::make_share(&target.service, mark).await {
        Ok(share) => {
            target.notes.ok(CheckName::WriteShares, "A scratch share was made, and deleted");
            Some(share)
        }
        Err(error) => {
            let (cause, _) = target.asked.explain(&error, Right::WriteShares).await;
            if target.found.is_some() && cause.shows_the_right() {
                // cycles write to the share that is there
                let why = format!("No scratch share could be made: {error}");
                target.notes.not_tried(CheckName::SetPermissions, why.clone());
                notes.not_tried(CheckName::ServerSideCopy, why);
            } else {
                target.fail(CheckName::WriteShares, Right::WriteShares, &error).await;
            }
            None
        }
    }
}

async fn set_permission(scratch: &ShareClient, target: &mut ShareExam<'_>) {
    let permission = Permission { value: SDDL.to_owned(), format: PermissionFormat::Sddl };
    match scratch.create_permission(&permission).await {
        Ok(_) => target.notes.ok(CheckName::SetPermissions, "A permission was made in a scratch share"),
        Err(error) => {
            target.fail(CheckName::SetPermissions, Right::SetPermissions, &error).await;
        }
    }
}
