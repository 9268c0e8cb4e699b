//! What a service client is told besides its endpoint and its credential.

use crate::{Gate, Pace, RequestObserver, RetryOptions, Unsettled};
use azure_core::http::HttpClient;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    pub version: ServiceVersion,
    pub retry: RetryOptions,
    /// One for the whole process; without it the client makes its own.
    pub http: Option<Arc<dyn HttpClient>>,
    pub observer: Option<Arc<dyn RequestObserver>>,
    /// How fast the share is asked, where the client is for one share; without it, as fast as callers ask.
    pub pace: Option<Pace>,
    /// Passed before every attempt of a write; without it, all are let through.
    pub gate: Option<Arc<dyn Gate>>,
    /// Where writes of unknown outcome are noted.
    pub unsettled: Unsettled,
    /// The service's time limit for a write, in whole seconds; without it, the service's own choice.
    pub request_limit: Option<Duration>,
}

/// The `x-ms-version` of every request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceVersion {
    /// The floor: bearer tokens at every level, binary permissions.
    V2024_11_04,
    /// Create File with a body, property semantics.
    #[default]
    V2026_06_06,
}

impl ServiceVersion {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_04 => "2024-11-04",
            Self::V2026_06_06 => "2026-06-06",
        }
    }

    /// Files can be created with their data, and properties stored exactly as they are sent.
    pub fn restores(self) -> bool {
        self >= Self::V2026_06_06
    }
}
