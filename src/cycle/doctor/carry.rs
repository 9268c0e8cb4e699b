//! What the way of a byte needs, made and removed again: a share snapshot of the source, a scratch share beside the target.

use azure_storage_file_share::{Metadata, Permission, PermissionFormat, ShareClient, ShareSnapshotId};
use uuid::Uuid;

use super::byte::one_byte;
use super::check::CheckName;
use super::notes::Notes;
use super::right::Right;
use super::scratch;
use super::share::ShareExam;
use crate::cycle::pair::Pair;
use crate::cycle::snapshots;
use crate::retention::AZURE_LIMIT;

/// Everything to the system, and nothing to anybody else.
const SDDL: &str = "O:SYG:SYD:(A;;FA;;;SY)";

/// The byte on its way: what is made for it is removed again, whatever happens to it.
pub async fn carry(pair: &Pair, source: &mut ShareExam<'_>, target: &mut ShareExam<'_>, notes: &mut Notes) {
    let mark = snapshots::mark_doctor(pair, &Uuid::new_v4().simple().to_string());
    let taken = take(pair, source, &mark).await;
    let scratch = make(pair, target, &mark).await;
    if let Some(scratch) = &scratch {
        set_permission(scratch, target).await;
        let newest = || source.listed.as_ref()?.ours.iter().map(|taken| &taken.id).max().cloned();
        match taken.clone().or_else(newest) {
            Some(id) => one_byte(pair, &id, scratch, source, target, notes).await,
            None => notes.not_tried(
                CheckName::ServerSideCopy,
                "There is no share snapshot of the source to copy from",
            ),
        }
        if let Err(error) = scratch::delete_share(pair, scratch).await {
            tracing::warn!(share.name = scratch.name(), "A scratch share stays: {error}");
            target.fail(CheckName::DeleteShares, Right::DeleteShares, &error).await;
        }
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
    if let Err(error) = scratch::sweep_snapshots(pair, &source.share, &inherited).await {
        tracing::warn!(pair.name = pair.name(), "A share snapshot of an earlier preflight stays: {error}");
    }
    if source.listed.as_ref().is_none_or(|listed| listed.points.len() >= AZURE_LIMIT) {
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

async fn make(pair: &Pair, target: &mut ShareExam<'_>, mark: &Metadata) -> Option<ShareClient> {
    if !may_make(target) {
        return None;
    }
    if let Err(error) = scratch::sweep_shares(pair, &target.service).await {
        tracing::warn!(pair.name = pair.name(), "A scratch share of an earlier preflight stays: {error}");
    }
    match scratch::make_share(&target.service, mark).await {
        Ok(share) => {
            target.notes.ok(CheckName::WriteShares, "A scratch share was made, and deleted");
            Some(share)
        }
        Err(error) => {
            target.fail(CheckName::WriteShares, Right::WriteShares, &error).await;
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
