//! Create, Get, Set and Snapshot Share, its metadata and its statistics.

use std::sync::Arc;

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::headers;
use crate::model::clock::Ticks;
use crate::model::lease::Lease;
use crate::model::name::is_share_name;
use crate::model::node::Metadata;
use crate::model::share::{Share, ShareState};
use crate::model::share_properties::ShareProperties;
use crate::operations::find::snapshot_not_found;
use crate::operations::share_headers::Terms;
use crate::operations::share_told::Subject;
use crate::operations::{leases, share_headers};
use crate::service::Call;
use crate::xml::Xml;

/// Tells the usage in bytes; before, it was told in GiB.
const USAGE_IN_BYTES: &str = "2018-11-09";

/// Tells what was provisioned in the answers to the writes, too.
const PROVISIONING_TOLD: &str = "2025-01-05";

pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let name = call.request.share.as_deref().ok_or(error::INVALID_URI)?;
    if !is_share_name(name) {
        return Err(error::INVALID_RESOURCE_NAME.into());
    }
    let now = call.now();
    let mut properties = share_headers::create(call.request, Terms::of(call), now)?;
    properties.metadata = headers::metadata(call.request)?.unwrap_or_default();
    let mut shares = call.account.shares();
    if shares.contains_key(name) {
        return Err(error::SHARE_ALREADY_EXISTS.into());
    }
    call.account.deleted.refuse_being_deleted(name, now)?;
    let answer = with_provisioned(call, Answer::created().modified(now), &properties);
    shares.insert(name.to_owned(), Arc::new(Share::new(&call.account.name, name, properties)));
    Ok(answer)
}

pub(crate) fn get_properties(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let now = call.now();
    let (properties, lease) = read_properties(call, now)?;
    let is_snapshot = call.request.query.get("sharesnapshot").is_some();
    let subject = Subject { properties: &properties, lease: &lease, is_snapshot, now };
    let answer = Answer::ok()
        .modified(properties.modified)
        .metadata(&properties.metadata)
        .header("x-ms-has-immutability-policy", "false")
        .header("x-ms-has-legal-hold", "false");
    let told = subject.told(call.request).into_iter();
    Ok(told.fold(answer, |answer, told| answer.header(told.header, told.value)))
}

pub(crate) fn set_properties(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let mut answered = None;
    let answer = change(call, |share, now| {
        let mut properties = share.properties.clone();
        share_headers::change(&mut properties, call.request, Terms::of(call), now)?;
        share.properties = properties.clone();
        answered = Some(properties);
        Ok(())
    })?;
    Ok(answered.iter().fold(answer, |answer, properties| with_provisioned(call, answer, properties)))
}

pub(crate) fn get_metadata(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let (properties, _) = read_properties(call, call.now())?;
    Ok(Answer::ok().modified(properties.modified).metadata(&properties.metadata))
}

pub(crate) fn set_metadata(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let metadata = headers::metadata(call.request)?.unwrap_or_default();
    change(call, |share, _| {
        share.properties.metadata = metadata;
        Ok(())
    })
}

/// The bytes written in the live share. Share snapshots are not counted, which the reference leaves open.
pub(crate) fn get_stats(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let share = call.share()?;
    let named = leases::named(call.request)?;
    let bytes = {
        let share = share.lock();
        share.lease.allows_reading(named.as_ref(), call.now())?;
        share.allocated_bytes(&share.root)
    };
    let (name, usage) = match call.request.is_at_least(USAGE_IN_BYTES) {
        true => ("ShareUsageBytes", bytes),
        false => ("ShareUsage", bytes.div_ceil(1 << 30)),
    };
    let mut xml = Xml::new();
    xml.open("ShareStats").number(name, usage).close("ShareStats");
    Ok(Answer::ok().xml(xml))
}

/// Nothing in the share changes, its ETag included.
pub(crate) fn snapshot(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let metadata: Option<Metadata> = headers::metadata(call.request)?;
    let share = call.share()?;
    let mut share = share.lock();
    if share.snapshots.len() >= call.state.config.snapshot_limit {
        return Err(error::SHARE_SNAPSHOT_COUNT_EXCEEDED.into());
    }
    let id = share.take_snapshot(call.now(), metadata);
    Ok(Answer::created().modified(share.properties.modified).header("x-ms-snapshot", id))
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

fn change(
    call: &Call<'_>,
    change: impl FnOnce(&mut ShareState, Ticks) -> Result<(), ServiceError>,
) -> Result<Answer, ServiceError> {
    let named = leases::named(call.request)?;
    let share = call.share()?;
    let mut share = share.lock();
    let now = call.now();
    share.lease.allows_changing(named.as_ref(), now)?;
    change(&mut share, now)?;
    share.properties.modified = now;
    Ok(Answer::ok().modified(now))
}

/// What a write has provisioned.
fn with_provisioned(call: &Call<'_>, answer: Answer, properties: &ShareProperties) -> Answer {
    match &properties.provisioned {
        Some(provisioned) if call.request.is_at_least(PROVISIONING_TOLD) => answer
            .header("x-ms-share-quota", properties.quota_gib.to_string())
            .header("x-ms-share-provisioned-iops", provisioned.iops.to_string())
            .header("x-ms-share-provisioned-bandwidth-mibps", provisioned.bandwidth_mibps.to_string())
            .header("x-ms-share-included-burst-iops", provisioned.burst_iops().to_string())
            .header("x-ms-share-max-burst-credits-for-iops", provisioned.burst_credits().to_string()),
        _ => answer,
    }
}
