//! Create, Get, Set, Snapshot and Delete Share, its metadata and its statistics.

use std::sync::Arc;

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::headers;
use crate::model::access_tier::AccessTier;
use crate::model::clock::Ticks;
use crate::model::lease::Lease;
use crate::model::name::is_share_name;
use crate::model::node::Metadata;
use crate::model::share::{Protocol, Share, ShareProperties, ShareState};
use crate::operations::find::snapshot_not_found;
use crate::operations::leases;
use crate::request::Request;
use crate::service::Call;
use crate::xml::Xml;

pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let name = call.request.share.as_deref().ok_or(error::INVALID_URI)?;
    if !is_share_name(name) {
        return Err(error::INVALID_RESOURCE_NAME.into());
    }
    let quota_gib = quota(call)?.unwrap_or(call.state.config.largest_quota_gib);
    let metadata = headers::metadata(&call.request.headers)?.unwrap_or_default();
    let protocol = protocol(call.request)?;
    let tier = tier(call.request)?;
    let mut shares = call.account.shares();
    if shares.contains_key(name) {
        return Err(error::SHARE_ALREADY_EXISTS.into());
    }
    let now = call.now();
    let properties = ShareProperties {
        made: now,
        modified: now,
        quota_gib,
        metadata,
        protocol: protocol.unwrap_or(Protocol::Smb),
        names_protocol: protocol.is_some(),
        tier: tier.unwrap_or_default(),
        tier_changed: now,
    };
    shares.insert(name.to_owned(), Arc::new(Share::new(&call.account.name, name, properties)));
    Ok(Answer::created().modified(now))
}

pub(crate) fn get_properties(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let now = call.now();
    let (properties, lease) = read_properties(call, now)?;
    let is_snapshot = call.request.query.get("sharesnapshot").is_some();
    let state = lease.state(now);
    let mut answer = Answer::ok()
        .modified(properties.modified)
        .metadata(&properties.metadata)
        .header("x-ms-share-quota", properties.quota_gib.to_string())
        .header("x-ms-lease-status", state.status())
        .header("x-ms-lease-state", state.name())
        .header("x-ms-has-immutability-policy", "false")
        .header("x-ms-has-legal-hold", "false");
    if properties.names_protocol {
        answer = answer.header("x-ms-enabled-protocols", properties.protocol.name());
    }
    if let Some(duration) = lease.duration_name(now) {
        answer = answer.header("x-ms-lease-duration", duration);
    }
    if is_snapshot {
        return Ok(answer);
    }
    Ok(answer
        .header("x-ms-access-tier", properties.tier.name())
        .header("x-ms-access-tier-change-time", properties.tier_changed.rfc1123()))
}

pub(crate) fn set_properties(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let (quota_gib, tier) = (quota(call)?, tier(call.request)?);
    let now = call.now();
    change(call, |share| {
        let properties = &mut share.properties;
        properties.quota_gib = quota_gib.unwrap_or(properties.quota_gib);
        if let Some(tier) = tier {
            (properties.tier, properties.tier_changed) = (tier, now);
        }
    })
}

pub(crate) fn get_metadata(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let (properties, _) = read_properties(call, call.now())?;
    Ok(Answer::ok().modified(properties.modified).metadata(&properties.metadata))
}

pub(crate) fn set_metadata(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let metadata = headers::metadata(&call.request.headers)?.unwrap_or_default();
    change(call, |share| share.properties.metadata = metadata)
}

/// The bytes written in the live share. Share snapshots are not counted, which the reference leaves open.
pub(crate) fn get_stats(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let share = call.share()?;
    let named = leases::named(call.request)?;
    let (root, modified) = {
        let share = share.lock();
        share.lease.allows_reading(named.as_ref(), call.now())?;
        (share.root.clone(), share.properties.modified)
    };
    let mut xml = Xml::new();
    xml.open("ShareStats").number("ShareUsageBytes", root.allocated_bytes()).close("ShareStats");
    Ok(Answer::ok().modified(modified).xml(xml))
}

/// Nothing in the share changes, its ETag included.
pub(crate) fn snapshot(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let metadata: Option<Metadata> = headers::metadata(&call.request.headers)?;
    let share = call.share()?;
    let mut share = share.lock();
    if share.snapshots.len() >= call.state.config.snapshot_limit {
        return Err(error::SHARE_SNAPSHOT_COUNT_EXCEEDED.into());
    }
    let id = share.take_snapshot(call.now(), metadata);
    Ok(Answer::created().modified(share.properties.modified).header("x-ms-snapshot", id))
}

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
    let now = call.now();
    let mut shares = call.account.shares();
    let Some(share) = shares.get(name) else {
        return match call.account.is_removing(name, now) {
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
    drop(share);
    let removed = shares.remove(name);
    call.account.deleted(name, now);
    // A large tree takes its time to go; others need not wait.
    drop(shares);
    drop(removed);
    Ok(Answer::accepted())
}

/// The properties and the lease of a share or of its share snapshot.
fn read_properties(call: &Call<'_>, now: Ticks) -> Result<(ShareProperties, Lease), ServiceError> {
    let named = leases::named(call.request)?;
    let share = call.share()?;
    let share = share.lock();
    let (properties, lease) = match call.request.query.get("sharesnapshot") {
        None => (&share.properties, &share.lease),
        Some(id) => match share.snapshots.get(id) {
            Some(snapshot) => (&snapshot.properties, &snapshot.lease),
            None => return Err(snapshot_not_found(call.request)),
        },
    };
    lease.allows_reading(named.as_ref(), now)?;
    Ok((properties.clone(), lease.clone()))
}

fn change(call: &Call<'_>, change: impl FnOnce(&mut ShareState)) -> Result<Answer, ServiceError> {
    let named = leases::named(call.request)?;
    let share = call.share()?;
    let mut share = share.lock();
    let now = call.now();
    share.lease.allows_changing(named.as_ref(), now)?;
    change(&mut share);
    share.properties.modified = now;
    Ok(Answer::ok().modified(now))
}

fn quota(call: &Call<'_>) -> Result<Option<u64>, ServiceError> {
    let largest = call.state.config.largest_quota_gib;
    match call.request.number("x-ms-share-quota")? {
        Some(quota) if !(1..=largest).contains(&quota) => {
            Err(ServiceError::header("x-ms-share-quota", &quota.to_string()))
        }
        quota => Ok(quota),
    }
}

fn tier(request: &Request) -> Result<Option<AccessTier>, ServiceError> {
    let name = "x-ms-access-tier";
    let parse = |value: &str| AccessTier::parse(value).ok_or_else(|| ServiceError::header(name, value));
    request.header(name).map(parse).transpose()
}

fn protocol(request: &Request) -> Result<Option<Protocol>, ServiceError> {
    match request.header("x-ms-enabled-protocols") {
        None => Ok(None),
        Some(value) if value.eq_ignore_ascii_case("SMB") => Ok(Some(Protocol::Smb)),
        Some(value) if value.eq_ignore_ascii_case("NFS") => Ok(Some(Protocol::Nfs)),
        Some(value) => Err(ServiceError::header("x-ms-enabled-protocols", value)),
    }
}
