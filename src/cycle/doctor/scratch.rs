//! What a preflight makes for a moment: a share snapshot of the source, and a scratch share in the target's account. Both
//! bear marks of ours in a role that no cycle knows, and both are removed; what a killed one left behind goes with the
//! next.

use azure_storage::{Error, ErrorKind, Result};
use azure_storage_file_share::{
    CreateShareOptions, DeleteSnapshots, ListSharesOptions, Metadata, ShareClient, ShareServiceClient,
    ShareSnapshotId,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::cycle::pair::Pair;
use crate::cycle::snapshots::{self, DOCTOR, moment};
use crate::cycle::told;

const PREFIX: &str = "backup-doctor-";
/// The least that a share can have, by how its account pays: <https://learn.microsoft.com/azure/storage/files/understanding-billing>.
const LEAST_QUOTAS: [u32; 3] = [1, 32, 100];
/// Longer than a preflight can last: what is older belongs to none that still runs.
const LEFT_BEHIND: Duration = Duration::hours(1);
const WHY: &str = "A preflight took it, and needs it no more";

pub fn scratch_name() -> String {
    format!("{PREFIX}{}", Uuid::new_v4().simple())
}

/// Takes a share snapshot of the source. Where the answer is lost, it is known again by its mark.
pub async fn take(pair: &Pair, share: &ShareClient, mark: &Metadata) -> Result<ShareSnapshotId> {
    let id = match share.create_snapshot(mark).await {
        Err(error) if error.may_have_happened() => {
            let taken = share.list_snapshots().await?.into_iter().find(|item| item.metadata == *mark);
            taken.and_then(|item| item.snapshot).ok_or(error)?
        }
        taken => taken?,
    };
    told::snapshot_taken(pair, None, DOCTOR, share, &id);
    Ok(id)
}

/// Deletes a share snapshot that a preflight took.
pub async fn delete(pair: &Pair, share: &ShareClient, id: &ShareSnapshotId) -> Result<()> {
    tracing::warn!(
        pair.name = pair.name(),
        share.account = share.account(),
        share.name = share.name(),
        share.snapshot = %id,
        reason = WHY,
        "Deleting a share snapshot"
    );
    match share.delete_snapshot(id).await {
        // the answer to an earlier attempt was lost
        Err(error) if error.kind == ErrorKind::NotFound => {}
        deleted => deleted?,
    }
    told::snapshot_deleted(pair, None, DOCTOR, share, id, None, WHY);
    Ok(())
}

/// Deletes the share snapshots of preflights that were killed. How many share snapshots there are then.
/// `now` is the service's.
pub async fn sweep_snapshots(
    pair: &Pair,
    share: &ShareClient,
    inherited: &Metadata,
    now: OffsetDateTime,
) -> Result<usize> {
    let before = now - LEFT_BEHIND;
    let listed = snapshots::of_doctor(pair, share, inherited).await?;
    let mut used = listed.points.len();
    for taken in listed.ours {
        if moment(&taken.id).is_some_and(|taken| taken < before) {
            delete(pair, share, &taken.id).await?;
            used -= 1;
        }
    }
    Ok(used)
}

/// Makes a scratch share, as small as the account allows.
pub async fn make_share(service: &ShareServiceClient, mark: &Metadata) -> Result<ShareClient> {
    let share = service.share_client(&scratch_name());
    create_small(&share, mark).await?;
    Ok(share)
}

/// Creates a share whose name nobody else has, as small as the account allows.
pub async fn create_small(share: &ShareClient, mark: &Metadata) -> Result<()> {
    let mut refused = None;
    for quota in LEAST_QUOTAS {
        let options =
            CreateShareOptions { metadata: mark.clone(), quota_gib: Some(quota), ..Default::default() };
        match share.create(&options).await {
            Ok(_) => return Ok(()),
            // nobody else has this name: the answer to an earlier attempt was lost
            Err(error) if error.is_code("ShareAlreadyExists") => return Ok(()),
            Err(error) if is_too_small(&error) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(refused.expect("there are quotas to try"))
}

fn is_too_small(error: &Error) -> bool {
    ["InvalidHeaderValue", "FileShareProvisionedStorageInvalid"].iter().any(|code| error.is_code(code))
}

/// Deletes a scratch share whose marks say that a preflight of this pair made it (P7).
pub async fn delete_share(pair: &Pair, share: &ShareClient) -> Result<()> {
    let is_ours = |share: &ShareClient, metadata: &Metadata| {
        share.name().starts_with(PREFIX) && snapshots::is_of_doctor(pair, metadata)
    };
    delete_scratch(pair, share, is_ours, WHY).await
}

/// Deletes a share whose name and marks say that it is a scratch share of ours; any other is refused.
pub async fn delete_scratch(
    pair: &Pair,
    share: &ShareClient,
    is_ours: impl Fn(&ShareClient, &Metadata) -> bool,
    why: &str,
) -> Result<()> {
    let found = match share.get_properties().await {
        Err(error) if error.is_code("ShareNotFound") => return Ok(()),
        found => found?,
    };
    if !is_ours(share, &found.metadata) {
        return Err(Error::refused(
            "Delete Share",
            share.name(),
            "NotOurs",
            "It is no scratch share of ours",
        ));
    }
    tracing::warn!(
        pair.name = pair.name(),
        share.account = share.account(),
        share.name = share.name(),
        reason = why,
        "Deleting a scratch share"
    );
    match share.delete(DeleteSnapshots::Refuse).await {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        deleted => deleted,
    }
}

/// Deletes the scratch shares of preflights that were killed.
pub async fn sweep_shares(pair: &Pair, service: &ShareServiceClient, now: OffsetDateTime) -> Result<()> {
    let before = now - LEFT_BEHIND;
    let is_left_behind = |_: &ShareClient, metadata: &Metadata, changed: OffsetDateTime| {
        changed < before && snapshots::is_of_doctor(pair, metadata)
    };
    sweep(pair, service, PREFIX, is_left_behind, WHY).await
}

/// Deletes the scratch shares whose names begin so and that are left behind, as their marks and the time of their last change tell. One
/// that stays keeps none of the others.
pub async fn sweep(
    pair: &Pair,
    service: &ShareServiceClient,
    prefix: &str,
    is_left_behind: impl Fn(&ShareClient, &Metadata, OffsetDateTime) -> bool,
    why: &str,
) -> Result<()> {
    let mut options =
        ListSharesOptions { prefix: Some(prefix.to_owned()), include_metadata: true, ..Default::default() };
    let mut swept = Ok(());
    loop {
        let page = service.list_shares(&options).await?;
        for item in page.shares {
            let share = service.share_client(&item.name);
            if is_left_behind(&share, &item.metadata, item.last_modified) {
                // it may be another one by now
                let is_same = |share: &ShareClient, metadata: &Metadata| {
                    is_left_behind(share, metadata, item.last_modified)
                };
                swept = swept.and(delete_scratch(pair, &share, is_same, why).await);
            }
        }
        match page.next_marker {
            Some(marker) => options.marker = Some(marker),
            None => return swept,
        }
    }
}
