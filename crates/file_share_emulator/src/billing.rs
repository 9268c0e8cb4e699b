//! How the accounts pay for their shares, which decides the properties that these have.

use std::ops::RangeInclusive;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Billing {
    /// Standard accounts: a share has an access tier.
    #[default]
    PayAsYouGo,
    /// SSD accounts whose shares have the IOPS and the bandwidth of their size.
    ProvisionedV1,
    /// SSD accounts whose shares have size, IOPS and bandwidth, each by itself.
    ProvisionedV2,
}

impl Billing {
    pub(crate) fn is_provisioned(self) -> bool {
        self != Self::PayAsYouGo
    }

    /// The sizes that a share may have, where the account allows this one at most without provisioning it.
    pub(crate) fn quotas_gib(self, largest: u64) -> RangeInclusive<u64> {
        match self {
            Self::PayAsYouGo => 1..=largest,
            Self::ProvisionedV1 => 100..=102_400,
            Self::ProvisionedV2 => 32..=262_144,
        }
    }

    /// As much as there is where that costs nothing.
    pub(crate) fn default_quota_gib(self, largest: u64) -> u64 {
        let quotas = self.quotas_gib(largest);
        if self.is_provisioned() { *quotas.start() } else { *quotas.end() }
    }
}
