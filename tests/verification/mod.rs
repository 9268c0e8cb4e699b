//! Recovery points are read, and what no listing shows is found.

mod attempts;
mod found;
mod killed;
mod resumed;
mod samples;
mod unreadable;

use azure_files_backup::cycle::report::{CycleReport, RecoveryPoint, Verified};
use azure_storage_file_share::{CreateFile, LastWrite, ShareClient, SmbProperties};

use crate::support::*;

const MIB: u64 = 1 << 20;

/// A file of so many bytes that are all the same.
async fn put_large(share: &ShareClient, path: &str, size: u64) {
    let file = share.file_client(path);
    file.create(&CreateFile { size, ..Default::default() }).await.expect("created");
    for start in (0..size).step_by(4 * MIB as usize) {
        let bytes = vec![b'x'; (size - start).min(4 * MIB) as usize];
        file.put_range(start, bytes.into(), LastWrite::Now).await.expect("put");
    }
}

#[track_caller]
fn verified(report: &CycleReport) -> &Verified {
    report.verification.as_ref().expect("the recovery point was read")
}

/// All that was found is in the alert.
#[track_caller]
fn assert_told(report: &CycleReport) {
    let alert = report.alerts.first().expect("somebody is told");
    assert_eq!(alert.code, "VerifyFailed");
    for failure in &report.failures {
        assert!(alert.detail.contains(&failure.path), "{} in {}", failure.path, alert.detail);
    }
}

/// Whether each recovery point is marked, newest first.
fn marks(points: &[RecoveryPoint]) -> Vec<bool> {
    points.iter().map(|point| point.verify_failed).collect()
}
