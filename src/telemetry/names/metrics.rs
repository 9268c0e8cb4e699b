//! The metrics. Counters count what is stored of a cycle, so nothing is counted twice, however often it is resumed.

use super::MetricKind::{Counter, Gauge, Histogram};
use super::fields::*;
use super::{Metric, MetricKind};

pub const ENTRIES: Metric =
    counter("entries", "{entry}", "entries changed in the target", &[PAIR_NAME, CHANGE]);
pub const BYTES: Metric = counter("bytes", "By", "bytes of files copied", &[PAIR_NAME]);
pub const REQUESTS: Metric = counter(
    "requests",
    "{request}",
    "requests sent to the file services, every attempt counted",
    &[PAIR_NAME, REQUEST_KIND],
);
pub const THROTTLED: Metric =
    counter("throttled", "{request}", "requests that a file service refused for load", &[PAIR_NAME]);
pub const FAILURES: Metric = counter("failures", "{entry}", "entries that failed", &[PAIR_NAME]);
pub const CYCLE_DURATION: Metric = metric(
    "cycle.duration",
    Histogram,
    "s",
    "time in which invocations worked on a cycle, told at its end",
    &[PAIR_NAME, CYCLE_STATUS],
);
pub const RECOVERY_POINT_AGE_METRIC: Metric =
    metric("recovery_point.age", Gauge, "s", "age of the newest recovery point, at every tick", &[PAIR_NAME]);
pub const SHARE_SNAPSHOTS_USED_METRIC: Metric = metric(
    "share_snapshots.used",
    Gauge,
    "{share snapshot}",
    "share snapshots of a share, foreign ones included; Azure allows 200",
    &[PAIR_NAME, SHARE_ROLE],
);
pub const PLAN_ENTRIES: Metric =
    metric("plan.entries", Gauge, "{entry}", "entries that a plan changes", &[PAIR_NAME]);
pub const PLAN_BYTES: Metric =
    metric("plan.bytes", Gauge, "By", "bytes of the files that a plan copies", &[PAIR_NAME]);
pub const STORAGE_REQUEST_DURATION: Metric = metric(
    azure_storage::REQUEST_DURATION,
    Histogram,
    "s",
    "requests to storage accounts within an invocation, every attempt: their number and how long they took",
    &[OPERATION, SERVER_ADDRESS, HTTP_STATUS],
);

pub const METRICS: &[&Metric] = &[
    &ENTRIES,
    &BYTES,
    &REQUESTS,
    &THROTTLED,
    &FAILURES,
    &CYCLE_DURATION,
    &RECOVERY_POINT_AGE_METRIC,
    &SHARE_SNAPSHOTS_USED_METRIC,
    &PLAN_ENTRIES,
    &PLAN_BYTES,
    &STORAGE_REQUEST_DURATION,
];

const fn counter(
    name: &'static str,
    unit: &'static str,
    means: &'static str,
    fields: &'static [&'static str],
) -> Metric {
    metric(name, Counter, unit, means, fields)
}

const fn metric(
    name: &'static str,
    kind: MetricKind,
    unit: &'static str,
    means: &'static str,
    fields: &'static [&'static str],
) -> Metric {
    Metric { name, kind, unit, means, fields }
}
