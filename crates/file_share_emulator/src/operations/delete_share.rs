//! Delete Share, of a share or of one share snapshot, and Restore Share.

use std::sync::Arc;

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::model::deleted_share::DeletedShare;
use crate::model::lease::Lease;
use crate::model::name::is_share_name;
use crate::model::share::ShareState;
use crate::operations::find::snapshot_not_found;
use crate::operations::leases;
use crate::service::Call;

pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let request = call.request;
    let with_snapshots = request.header("x-ms-delete-snapshots");
    if let Some(value) = with_snapshots
        && !["include", "include-leased"].iter().any(|known| value.eq_ignore_ascii_case(known))
    {
        return Err(ServiceError::header("x-ms-delete-snapshots", value));
    }
    match (request.query.get("sharesnapshot"), with_snapshots) {
        (Some(_), Some(value)) => Err(ServiceError::header("x-ms-delete-snapshots", value)),
        (Some(id), None) => delete_snapshot(call, id),
        (None, value) => delete_share(call, value),
    }
}

fn delete_snapshot(call: &Call<'_>, id: &str) -> Result<Answer, ServiceError> {
    let named = leases::named(call.request)?;
    let share = call.share()?;
    let mut share = share.lock();
    let snapshot = share.snapshots.get(id).ok_or_else(|| snapshot_not_found(call.request))?;
    snapshot.lease.allows_changing(named.as_ref(), call.now())?;
    share.snapshots.remove(id);
    Ok(Answer::accepted())
}

fn delete_share(call: &Call<'_>, with_snapshots: Option<&str>) -> Result<Answer, ServiceError> {
    let name = call.request.share.as_deref().ok_or(error::INVALID_URI)?;
    let named = leases::named(call.request)?;
    let config = &call.state.config;
    let now = call.now();
    let mut shares = call.account.shares();
    let Some(share) = shares.get(name) else {
        return match call.account.deleted.is_removing(name, now) {
            true => Ok(Answer::accepted()),
            false => Err(error::SHARE_NOT_FOUND.into()),
        };
    };
    let share = share.lock();
    share.lease.allows_changing(named.as_ref(), now)?;
    let mut snapshots = share.snapshots.values();
    match with_snapshots {
        None if snapshots.len() > 0 => return Err(error::SHARE_HAS_SNAPSHOTS.into()),
        Some(value)
            if value.eq_ignore_ascii_case("include")
                && snapshots.any(|snapshot| snapshot.lease.state(now).is_locked()) =>
        {
            return Err(error::DELETE_SHARE_WHEN_SNAPSHOT_LEASED.into());
        }
        _ => {}
    }
    let answer = match config.share_retention_days {
        Some(_) => with_usage(Answer::accepted(), &share),
        None => Answer::accepted(),
    };
    drop(share);
    let removed = shares.remove(name);
    if let Some(share) = &removed {
        call.account.deleted.add(DeletedShare::new(name, share, now, config), now);
    }
    // A large tree takes its time to go; others need not wait.
    drop(shares);
    drop(removed);
    Ok(answer)
}

/// What can be restored, and is paid for until it is gone.
fn with_usage(answer: Answer, share: &ShareState) -> Answer {
    let snapshots = share.snapshots.values().map(|snapshot| share.allocated_bytes(&snapshot.root));
    answer
        .header("x-ms-file-share-usage-bytes", share.allocated_bytes(&share.root).to_string())
        .header("x-ms-file-share-snapshot-usage-bytes", snapshots.sum::<u64>().to_string())
}

/// Under its old name or another one, with its share snapshots and without its lease.
pub(crate) fn restore(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let request = call.request;
    let name = request.share.as_deref().ok_or(error::INVALID_URI)?;
    let deleted = request.required_header("x-ms-deleted-share-name")?;
    let version = request.required_header("x-ms-deleted-share-version")?;
    if !is_share_name(name) {
        return Err(error::INVALID_RESOURCE_NAME.into());
    }
    let now = call.now();
    let mut shares = call.account.shares();
    if shares.contains_key(name) {
        return Err(error::SHARE_ALREADY_EXISTS.into());
    }
    call.account.deleted.refuse_being_deleted(name, now)?;
    let share: Arc<_> = call.account.deleted.take(deleted, version, now).ok_or(error::SHARE_NOT_FOUND)?;
    {
        let mut share = share.lock();
        share.lease = Lease::default();
        share.properties.modified = now;
    }
    shares.insert(name.to_owned(), share);
    Ok(Answer::created().modified(now))
}
