//! How much the shares of a pair may be asked for: what its settings say, or what a person decided since.

use azure_storage::Limits;
use serde::{Deserialize, Serialize};

use crate::config;
use crate::state::LimitsDecided;

/// The limits of one pair, which its clients keep. Cheap to clone; the clones are one.
#[derive(Clone, Debug)]
pub struct PairLimits {
    in_settings: config::Limits,
    kept: Limits,
}

/// The limits that hold, in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitsShown {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u64>,
}

impl PairLimits {
    pub fn new(in_settings: config::Limits) -> Self {
        let limits = Self { in_settings, kept: Limits::default() };
        limits.keep(LimitsDecided::default());
        limits
    }

    pub fn kept(&self) -> &Limits {
        &self.kept
    }

    pub fn keep(&self, decided: LimitsDecided) {
        let LimitsShown { requests_per_second, bytes_per_second } = self.with(decided);
        self.kept.set(requests_per_second, bytes_per_second);
    }

    pub fn with(&self, decided: LimitsDecided) -> LimitsShown {
        LimitsShown {
            requests_per_second: decided.requests.or(self.in_settings.requests_per_second),
            bytes_per_second: decided.bytes.or(self.in_settings.bytes_per_second),
        }
    }
}

impl LimitsShown {
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
