//! What is told of a share, in one order for the headers of Get Share Properties and for the elements of List
//! Shares: each value with its two names. A version is told what it knows.

use crate::model::clock::Ticks;
use crate::model::lease::Lease;
use crate::model::share_properties::{Provisioned, ShareProperties, may_be_lowered};
use crate::request::Request;

pub(super) struct Told {
    pub(super) header: &'static str,
    pub(super) element: &'static str,
    pub(super) value: String,
}

/// A share, or its share snapshot, which has no tier.
pub(super) struct Subject<'a> {
    pub(super) properties: &'a ShareProperties,
    pub(super) lease: &'a Lease,
    pub(super) is_snapshot: bool,
    pub(super) now: Ticks,
}

impl Subject<'_> {
    pub(super) fn told(&self, request: &Request) -> Vec<Told> {
        let properties = self.properties;
        let mut told = List { request, told: Vec::with_capacity(8) };
        self.tell_lease(&mut told);
        told.add("2015-02-21", "x-ms-share-quota", "Quota", properties.quota_gib);
        if let Some(provisioned) = &properties.provisioned {
            tell_provisioned(&mut told, provisioned, properties.quota_gib);
        }
        if !self.is_snapshot {
            let changed = properties.tier_changed.rfc1123();
            told.add("2019-12-12", "x-ms-access-tier", "AccessTier", properties.tier.name());
            told.add("2019-12-12", "x-ms-access-tier-change-time", "AccessTierChangeTime", changed);
        }
        self.tell_protocol(&mut told);
        if let Some(provisioned) = &properties.provisioned {
            tell_bursting(&mut told, provisioned);
        }
        if let Some(allowed) = properties.smb_directory_lease {
            told.add("2026-02-06", "x-ms-enable-smb-directory-lease", "EnableSmbDirectoryLease", allowed);
        }
        told.told
    }

    fn tell_lease(&self, told: &mut List<'_>) {
        let state = self.lease.state(self.now);
        told.add("2020-02-10", "x-ms-lease-status", "LeaseStatus", state.status());
        told.add("2020-02-10", "x-ms-lease-state", "LeaseState", state.name());
        if let Some(duration) = self.lease.duration_name(self.now) {
            told.add("2020-02-10", "x-ms-lease-duration", "LeaseDuration", duration);
        }
    }

    fn tell_protocol(&self, told: &mut List<'_>) {
        let properties = self.properties;
        if properties.names_protocol || properties.provisioned.is_some() {
            told.add("2020-04-08", "x-ms-enabled-protocols", "EnabledProtocols", properties.protocol.name());
        }
        if let Some(squash) = properties.root_squash {
            told.add("2020-04-08", "x-ms-root-squash", "RootSquash", squash.name());
        }
        if let Some(shown) = properties.snapshot_directory {
            let header = "x-ms-enable-snapshot-virtual-directory-access";
            told.add("2024-08-04", header, "EnableSnapshotVirtualDirectoryAccess", shown);
        }
    }
}

fn tell_provisioned(told: &mut List<'_>, provisioned: &Provisioned, quota_gib: u64) {
    let (ingress, egress) = (Provisioned::ingress_mibps(quota_gib), Provisioned::egress_mibps(quota_gib));
    told.add("2019-07-07", "x-ms-share-provisioned-iops", "ProvisionedIops", provisioned.iops);
    told.add("2019-07-07", "x-ms-share-provisioned-ingress-mbps", "ProvisionedIngressMBps", ingress);
    told.add("2019-07-07", "x-ms-share-provisioned-egress-mbps", "ProvisionedEgressMBps", egress);
    let (header, bandwidth) = ("x-ms-share-provisioned-bandwidth-mibps", provisioned.bandwidth_mibps);
    told.add("2021-06-08", header, "ProvisionedBandwidthMiBps", bandwidth);
    let header = "x-ms-share-next-allowed-quota-downgrade-time";
    told.add_time("2019-07-07", header, "NextAllowedQuotaDowngradeTime", provisioned.quota_raised);
}

fn tell_bursting(told: &mut List<'_>, provisioned: &Provisioned) {
    if let Some(bursting) = provisioned.paid_bursting {
        let header = "x-ms-share-paid-bursting-enabled";
        told.add("2024-11-04", header, "PaidBurstingEnabled", bursting.is_enabled);
        if let Some(iops) = bursting.max_iops {
            told.add("2024-11-04", "x-ms-share-paid-bursting-max-iops", "PaidBurstingMaxIops", iops);
        }
        if let Some(bandwidth) = bursting.max_bandwidth_mibps {
            let header = "x-ms-share-paid-bursting-max-bandwidth-mibps";
            told.add("2024-11-04", header, "PaidBurstingMaxBandwidthMibps", bandwidth);
        }
    }
    let version = "2025-01-05";
    told.add(version, "x-ms-share-included-burst-iops", "IncludedBurstIops", provisioned.burst_iops());
    let (header, credits) = ("x-ms-share-max-burst-credits-for-iops", provisioned.burst_credits());
    told.add(version, header, "MaxBurstCreditsForIops", credits);
    let header = "x-ms-share-next-allowed-provisioned-iops-downgrade-time";
    told.add_time(version, header, "NextAllowedProvisionedIopsDowngradeTime", provisioned.iops_raised);
    let header = "x-ms-share-next-allowed-provisioned-bandwidth-downgrade-time";
    let raised = provisioned.bandwidth_raised;
    told.add_time(version, header, "NextAllowedProvisionedBandwidthDowngradeTime", raised);
}

struct List<'a> {
    request: &'a Request,
    told: Vec<Told>,
}

impl List<'_> {
    /// What versions from this one on are told.
    fn add(
        &mut self,
        since: &str,
        header: &'static str,
        element: &'static str,
        value: impl std::fmt::Display,
    ) {
        if self.request.is_at_least(since) {
            self.told.push(Told { header, element, value: value.to_string() });
        }
    }

    fn add_time(&mut self, since: &str, header: &'static str, element: &'static str, raised: Ticks) {
        self.add(since, header, element, may_be_lowered(raised).rfc1123());
    }
}
