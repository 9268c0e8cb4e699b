//! The properties of a share, and what the way an account is billed allows them to be.

use serde::{Deserialize, Serialize};

use super::clock::Ticks;
use super::node::Metadata;

/// How long after a raise a provisioned value cannot be lowered.
const SECONDS_BEFORE_LOWERING: u64 = 24 * 60 * 60;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShareProperties {
    pub(crate) modified: Ticks,
    pub(crate) quota_gib: u64,
    pub(crate) metadata: Metadata,
    pub(crate) protocol: Protocol,
    /// Whether it was named when the share was made; so recordings show.
    pub(crate) names_protocol: bool,
    /// Of NFS shares only.
    pub(crate) root_squash: Option<RootSquash>,
    /// Whether NFS clients see a `.snapshot` directory; told where it was set.
    pub(crate) snapshot_directory: Option<bool>,
    /// Told where it was set.
    pub(crate) smb_directory_lease: Option<bool>,
    pub(crate) tier: Tier,
    pub(crate) tier_changed: Ticks,
    /// Nothing on shares that are paid as they are used.
    pub(crate) provisioned: Option<Provisioned>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Protocol {
    Smb,
    Nfs,
}

/// Whose rights an NFS share takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RootSquash {
    Nobody,
    Root,
    Everybody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Tier {
    TransactionOptimized,
    Hot,
    Cool,
    Premium,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Provisioned {
    pub(crate) iops: u64,
    pub(crate) bandwidth_mibps: u64,
    /// Told where it was set.
    pub(crate) paid_bursting: Option<PaidBursting>,
    pub(crate) quota_raised: Ticks,
    pub(crate) iops_raised: Ticks,
    pub(crate) bandwidth_raised: Ticks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaidBursting {
    pub(crate) is_enabled: bool,
    pub(crate) max_iops: Option<u64>,
    pub(crate) max_bandwidth_mibps: Option<u64>,
}

impl ShareProperties {
    /// Those of a new SMB share that is paid as it is used.
    pub(crate) fn new(now: Ticks, quota_gib: u64) -> Self {
        Self {
            modified: now,
            quota_gib,
            metadata: Metadata::default(),
            protocol: Protocol::Smb,
            names_protocol: false,
            root_squash: None,
            snapshot_directory: None,
            smb_directory_lease: None,
            tier: Tier::TransactionOptimized,
            tier_changed: now,
            provisioned: None,
        }
    }
}

impl Provisioned {
    /// What a share of this size has where nothing else was asked for.
    pub(crate) fn of_size(quota_gib: u64, now: Ticks) -> Self {
        Self {
            iops: (3000 + quota_gib).min(102_400),
            bandwidth_mibps: (40 + ingress_share(quota_gib)) + (60 + egress_share(quota_gib)),
            paid_bursting: None,
            quota_raised: now,
            iops_raised: now,
            bandwidth_raised: now,
        }
    }

    pub(crate) fn ingress_mibps(quota_gib: u64) -> u64 {
        40 + ingress_share(quota_gib)
    }

    pub(crate) fn egress_mibps(quota_gib: u64) -> u64 {
        60 + egress_share(quota_gib)
    }

    pub(crate) fn burst_iops(&self) -> u64 {
        (3 * self.iops).clamp(10_000, 102_400)
    }

    /// An hour of bursting.
    pub(crate) fn burst_credits(&self) -> u64 {
        (self.burst_iops() - self.iops) * 3600
    }
}

/// When a value may be lowered that was raised last at this time.
pub(crate) fn may_be_lowered(raised: Ticks) -> Ticks {
    raised.plus_seconds(SECONDS_BEFORE_LOWERING)
}

fn ingress_share(quota_gib: u64) -> u64 {
    (quota_gib * 4).div_ceil(100)
}

fn egress_share(quota_gib: u64) -> u64 {
    (quota_gib * 6).div_ceil(100)
}

impl Protocol {
    pub(crate) const ALL: [Self; 2] = [Self::Smb, Self::Nfs];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Smb => "SMB",
            Self::Nfs => "NFS",
        }
    }
}

impl RootSquash {
    pub(crate) const ALL: [Self; 3] = [Self::Nobody, Self::Root, Self::Everybody];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nobody => "NoRootSquash",
            Self::Root => "RootSquash",
            Self::Everybody => "AllSquash",
        }
    }
}

impl Tier {
    pub(crate) const ALL: [Self; 4] = [Self::TransactionOptimized, Self::Hot, Self::Cool, Self::Premium];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TransactionOptimized => "TransactionOptimized",
            Self::Hot => "Hot",
            Self::Cool => "Cool",
            Self::Premium => "Premium",
        }
    }
}
