//! Questions that many tests ask of a report.

use azure_files_backup::cycle::report::{CycleReport, Failure, Status};

#[track_caller]
pub fn assert_succeeded(report: &CycleReport) {
    assert_eq!(report.status, Some(Status::Succeeded), "{report:#?}");
}

#[track_caller]
pub fn assert_failed(report: &CycleReport, code: &str) {
    assert_eq!(report.status, Some(Status::Failed), "{report:#?}");
    assert_eq!(report.error.as_ref().map(|error| error.code.as_str()), Some(code));
    assert_eq!(report.target_snapshot, None);
}

/// Paths and reasons, sorted.
pub fn reasons(failures: &[Failure]) -> Vec<(&str, &str)> {
    let mut reasons: Vec<_> = failures.iter().map(|f| (f.path.as_str(), f.reason.as_str())).collect();
    reasons.sort_unstable();
    reasons
}
