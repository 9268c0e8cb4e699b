//! A plan as data, in JSON: which requests, which faults, and how slow and narrow the service is. [`Planned`] is
//! what it becomes.
//!
//! [`Planned`]: crate::Planned

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The same document, seed and order of requests give the same faults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Document {
    pub seed: u64,
    /// The first that meets a request decides.
    pub rules: Vec<Rule>,
    /// How long an answer takes.
    pub latency: BTreeMap<Class, Latency>,
    /// What a share can do in a second.
    pub limits: Vec<Limit>,
}

/// What is left out meets everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// A glob over the decoded path below the account: `/share/dir/**`. A star stays inside a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which of the requests that meet all of the above.
    #[serde(default)]
    pub when: When,
    pub then: Action,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum When {
    #[default]
    Always,
    /// The one with this number, from 1.
    Nth(u64),
    First(u64),
    /// All behind this number.
    After(u64),
    /// Each whose number is a multiple.
    Every(u64),
    /// From 0 to 1, drawn by the seed.
    Probability(f64),
}

/// See [`Fault`](crate::Fault).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum Action {
    Refuse(Refusal),
    RefuseSource(Source),
    DropBefore,
    DropAfter,
    Cut,
    Late { by_ms: u64 },
    Twice { by_ms: u64 },
    Delay { by_ms: u64 },
    Stall { by_ms: u64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    pub status: u16,
    pub code: String,
}

/// Operations that are about as quick as each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Class {
    /// Get File.
    Read,
    /// Whatever brings data.
    Write,
    /// Put Range From URL and Copy File.
    Copy,
    List,
    Metadata,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Latency {
    pub ms: f64,
    /// Up to so much more, drawn by the seed.
    pub jitter_ms: f64,
    /// For each MiB that comes or goes.
    pub ms_per_mib: f64,
}

/// For every share that it meets, one bucket of requests and one of bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// Fills in what an SSD share of this size has by its provisioning (v1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssd_gib: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iops: Option<f64>,
    /// Requests that an idle share has saved up; those of a second, unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst_requests: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<f64>,
    #[serde(default)]
    pub answer: LimitAnswer,
    /// A request that would have to wait no longer waits, and is not refused.
    #[serde(default)]
    pub longest_wait_ms: u64,
    /// Azure Files does not document one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
}

/// Both are how the service says that there were too many requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LimitAnswer {
    /// 503
    #[default]
    ServerBusy,
    /// 500
    OperationTimedOut,
}

/// What no plan can be made of.
#[derive(Debug, thiserror::Error)]
pub enum Mistake {
    #[error("The plan is not valid JSON")]
    Json(#[from] serde_json::Error),
    #[error("{0:?} is not a glob")]
    Glob(String, #[source] globset::Error),
    #[error("{0:?} is not an error code: at most 64 letters and digits")]
    Code(String),
    #[error("{0} is not a status of a refusal: 400 to 599")]
    Status(u16),
    #[error("{0} must be {1}")]
    Number(&'static str, &'static str),
}
