//! The properties of an account's file service. They are kept and answered; nothing in the emulator is counted
//! or measured for them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceProperties {
    pub(crate) hour_metrics: Metrics,
    pub(crate) minute_metrics: Metrics,
    pub(crate) cors: Vec<CorsRule>,
    pub(crate) protocols: ProtocolSettings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metrics {
    pub(crate) is_enabled: bool,
    /// Told only of metrics that are enabled.
    pub(crate) includes_apis: bool,
    pub(crate) retention_days: Option<u64>,
}

/// Lists are kept as they were written, joined by commas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CorsRule {
    pub(crate) methods: String,
    pub(crate) origins: String,
    pub(crate) allowed_headers: String,
    pub(crate) exposed_headers: String,
    pub(crate) max_age_seconds: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProtocolSettings {
    pub(crate) has_multichannel: bool,
    pub(crate) smb_requires_encryption: bool,
    pub(crate) nfs_requires_encryption: bool,
}

/// Those of a new account.
impl Default for ServiceProperties {
    fn default() -> Self {
        Self {
            hour_metrics: Metrics { is_enabled: true, includes_apis: true, retention_days: Some(7) },
            minute_metrics: Metrics { is_enabled: false, includes_apis: false, retention_days: None },
            cors: Vec::new(),
            protocols: ProtocolSettings::default(),
        }
    }
}
