//! A cycle in one line, for the host's log and for the person who reads it.

use crate::cycle::report::{Changes, CycleReport, Requests};

pub(super) fn summary(report: &CycleReport) -> String {
    let CycleReport { pair, id, state, status, compared, failed, .. } = report;
    let outcome = match status {
        Some(status) => format!("{status:?}"),
        None => format!("{state:?}"),
    };
    let Changes { copied, metadata, renamed, deleted, seeded } = &report.done;
    let Requests { list, other, throttled } = &report.requests;
    let mut line = format!(
        "Pair {pair}, cycle {id}: {outcome}; compared {compared}, copied {} files ({} bytes) and {} directories, \
         metadata {metadata}, renamed {renamed}, deleted {deleted}, failed {failed}; requests {list} list and \
         {other} other, {throttled} throttled",
        copied.files, copied.bytes, copied.directories
    );
    if !seeded.is_empty() {
        let (staged, sent) = (seeded.from_staging, seeded.from_source);
        line.push_str(&format!(
            "; seeded {} files ({} bytes) from staging, {} ({} bytes) from the source",
            staged.files, staged.bytes, sent.files, sent.bytes
        ));
    }
    if let Some(error) = &report.error {
        line.push_str(&format!("; {}: {}", error.code, error.detail));
    }
    if let Some(first) = report.failures.first() {
        line.push_str(&format!("; first failure: {} ({}, {})", first.path, first.reason, first.detail));
    }
    line
}
