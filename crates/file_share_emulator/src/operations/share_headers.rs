//! What the headers of Create Share and Set Share Properties ask for, checked against what the account is billed
//! for. A header that is newer than the version of its request is passed over.

use crate::billing::Billing;
use crate::error::{self, Kind, ServiceError};
use crate::model::clock::Ticks;
use crate::model::share_properties::{
    PaidBursting, Protocol, Provisioned, RootSquash, ShareProperties, Tier, may_be_lowered,
};
use crate::request::Request;
use crate::service::Call;

/// Brought the codes that name a provisioned value.
const PROVISIONING_CODES: &str = "2026-04-06";

const QUOTA: &str = "x-ms-share-quota";
const TIER: &str = "x-ms-access-tier";
const PROTOCOLS: &str = "x-ms-enabled-protocols";
const ROOT_SQUASH: &str = "x-ms-root-squash";
const SNAPSHOT_DIRECTORY: &str = "x-ms-enable-snapshot-virtual-directory-access";
const DIRECTORY_LEASE: &str = "x-ms-enable-smb-directory-lease";
const IOPS: &str = "x-ms-share-provisioned-iops";
const BANDWIDTH: &str = "x-ms-share-provisioned-bandwidth-mibps";

/// What an account pays for, and up to which size.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    billing: Billing,
    largest_quota_gib: u64,
}

impl Terms {
    pub(super) fn of(call: &Call<'_>) -> Self {
        let config = &call.state.config;
        Self {
            billing: call.account.billing.unwrap_or(config.billing),
            largest_quota_gib: config.largest_quota_gib,
        }
    }
}

/// The properties of a new share.
pub(super) fn create(request: &Request, terms: Terms, now: Ticks) -> Result<ShareProperties, ServiceError> {
    let quota_gib =
        quota(request, terms)?.unwrap_or(terms.billing.default_quota_gib(terms.largest_quota_gib));
    let mut properties = ShareProperties::new(now, quota_gib);
    if let Some(protocol) = one_of(request, PROTOCOLS, "2020-04-08", Protocol::ALL, Protocol::name)? {
        (properties.protocol, properties.names_protocol) = (protocol, true);
    }
    if terms.billing.is_provisioned() {
        properties.provisioned = Some(Provisioned::of_size(quota_gib, now));
        properties.tier = Tier::Premium;
    }
    if properties.protocol == Protocol::Nfs {
        properties.root_squash = Some(RootSquash::Nobody);
    }
    change(&mut properties, request, terms, now)?;
    properties.tier_changed = now;
    Ok(properties)
}

/// What is not asked for stays.
pub(super) fn change(
    properties: &mut ShareProperties,
    request: &Request,
    terms: Terms,
    now: Ticks,
) -> Result<(), ServiceError> {
    let billing = terms.billing;
    if let Some(wanted) = quota(request, terms)? {
        change_quota(properties, wanted, billing, now)?;
    }
    if let Some(tier) = one_of(request, TIER, "2019-12-12", Tier::ALL, Tier::name)? {
        if (tier == Tier::Premium) != billing.is_provisioned() {
            return Err(ServiceError::header(TIER, tier.name()));
        }
        if tier != properties.tier {
            properties.tier_changed = now;
        }
        properties.tier = tier;
    }
    let is_nfs = properties.protocol == Protocol::Nfs;
    if let Some(squash) = one_of(request, ROOT_SQUASH, "2020-04-08", RootSquash::ALL, RootSquash::name)? {
        // Nobody's rights are cut on a share for SMB, so asking for that asks for nothing.
        only_where(is_nfs || squash == RootSquash::Nobody, ROOT_SQUASH, squash.name())?;
        properties.root_squash = is_nfs.then_some(squash);
    }
    if let Some(shown) = flag(request, SNAPSHOT_DIRECTORY, "2024-08-04")? {
        only_where(is_nfs, SNAPSHOT_DIRECTORY, &shown.to_string())?;
        properties.snapshot_directory = Some(shown);
    }
    if let Some(allowed) = flag(request, DIRECTORY_LEASE, "2026-02-06")? {
        only_where(!is_nfs, DIRECTORY_LEASE, &allowed.to_string())?;
        properties.smb_directory_lease = Some(allowed);
    }
    match &mut properties.provisioned {
        Some(provisioned) => change_provisioned(provisioned, request, billing, now),
        None => Ok(()),
    }
}

/// In sizes that come with what is provisioned for them, these follow the size.
fn change_quota(
    properties: &mut ShareProperties,
    wanted: u64,
    billing: Billing,
    now: Ticks,
) -> Result<(), ServiceError> {
    let Some(provisioned) = &mut properties.provisioned else {
        properties.quota_gib = wanted;
        return Ok(());
    };
    if wanted < properties.quota_gib && now < may_be_lowered(provisioned.quota_raised) {
        return Err(error::CONTAINER_QUOTA_DOWNGRADE_NOT_ALLOWED.into());
    }
    if wanted > properties.quota_gib {
        provisioned.quota_raised = now;
    }
    if billing == Billing::ProvisionedV1 {
        let Provisioned { iops, bandwidth_mibps, .. } = Provisioned::of_size(wanted, now);
        (provisioned.iops, provisioned.bandwidth_mibps) = (iops, bandwidth_mibps);
    }
    properties.quota_gib = wanted;
    Ok(())
}

fn change_provisioned(
    provisioned: &mut Provisioned,
    request: &Request,
    billing: Billing,
    now: Ticks,
) -> Result<(), ServiceError> {
    if billing == Billing::ProvisionedV1 {
        return change_bursting(provisioned, request);
    }
    let values = [
        (
            IOPS,
            3000..=102_400,
            error::PROVISIONED_IOPS_INVALID,
            error::PROVISIONED_IOPS_DOWNGRADE_NOT_ALLOWED,
            &mut provisioned.iops,
            &mut provisioned.iops_raised,
        ),
        (
            BANDWIDTH,
            125..=10_340,
            error::PROVISIONED_BANDWIDTH_INVALID,
            error::PROVISIONED_BANDWIDTH_DOWNGRADE_NOT_ALLOWED,
            &mut provisioned.bandwidth_mibps,
            &mut provisioned.bandwidth_raised,
        ),
    ];
    for (name, bounds, invalid, too_early, value, raised) in values {
        let Some(wanted) = number(request, name, "2025-01-05")? else { continue };
        if !bounds.contains(&wanted) {
            return Err(out_of_bounds(request, name, wanted, invalid));
        }
        if wanted < *value && now < may_be_lowered(*raised) && *raised != now {
            return Err(too_early.into());
        }
        if wanted > *value {
            *raised = now;
        }
        *value = wanted;
    }
    Ok(())
}

fn change_bursting(provisioned: &mut Provisioned, request: &Request) -> Result<(), ServiceError> {
    let since = "2024-11-04";
    let Some(is_enabled) = flag(request, "x-ms-share-paid-bursting-enabled", since)? else { return Ok(()) };
    provisioned.paid_bursting = Some(PaidBursting {
        is_enabled,
        max_iops: number(request, "x-ms-share-paid-bursting-max-iops", since)?,
        max_bandwidth_mibps: number(request, "x-ms-share-paid-bursting-max-bandwidth-mibps", since)?,
    });
    Ok(())
}

fn quota(request: &Request, terms: Terms) -> Result<Option<u64>, ServiceError> {
    let allowed = terms.billing.quotas_gib(terms.largest_quota_gib);
    match request.number(QUOTA)? {
        Some(quota) if !allowed.contains(&quota) => match terms.billing {
            Billing::ProvisionedV2 => {
                Err(out_of_bounds(request, QUOTA, quota, error::PROVISIONED_STORAGE_INVALID))
            }
            _ => Err(ServiceError::header(QUOTA, &quota.to_string())),
        },
        quota => Ok(quota),
    }
}

fn out_of_bounds(request: &Request, name: &str, value: u64, kind: Kind) -> ServiceError {
    match request.is_at_least(PROVISIONING_CODES) {
        true => kind.into(),
        false => ServiceError::header(name, &value.to_string()),
    }
}

fn only_where(allowed: bool, name: &str, value: &str) -> Result<(), ServiceError> {
    if allowed { Ok(()) } else { Err(ServiceError::header(name, value)) }
}

fn value<'a>(request: &'a Request, name: &str, since: &str) -> Option<&'a str> {
    request.header(name).filter(|value| !value.is_empty() && request.is_at_least(since))
}

fn one_of<T: Copy, const N: usize>(
    request: &Request,
    name: &str,
    since: &str,
    all: [T; N],
    spelled: fn(T) -> &'static str,
) -> Result<Option<T>, ServiceError> {
    let Some(value) = value(request, name, since) else { return Ok(None) };
    let found = all.into_iter().find(|one| spelled(*one).eq_ignore_ascii_case(value));
    found.map(Some).ok_or_else(|| ServiceError::header(name, value))
}

fn flag(request: &Request, name: &str, since: &str) -> Result<Option<bool>, ServiceError> {
    value(request, name, since).map(|_| request.flag(name)).transpose()
}

fn number(request: &Request, name: &str, since: &str) -> Result<Option<u64>, ServiceError> {
    match value(request, name, since) {
        Some(_) => request.number(name),
        None => Ok(None),
    }
}
