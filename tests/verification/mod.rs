//! Recovery points are read, and what no listing shows is found.

mod found;
mod killed;
mod resumed;
mod samples;
mod unreadable;

use azure_files_backup::cycle::report::{CycleReport, RecoveryPoint, Verified};
use azure_storage_file_share::{CreateFile, LastWrite, SetFileProperties, ShareClient, SmbProperties};
use bytes::Bytes;

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

/// Flips a byte of a file and sets all times back: no listing shows it.
async fn flip(share: &ShareClient, path: &str, at: u64) {
    let file = share.file_client(path);
    let before = file.get_properties().await.expect("there");
    let byte = file.get(Some(at..at + 1)).await.expect("readable").bytes[0];
    file.put_range(at, Bytes::from(vec![!byte]), LastWrite::Preserve).await.expect("put");
    let smb = SmbProperties {
        creation_time: Some(before.written.creation_time),
        last_write_time: Some(before.written.last_write_time),
        change_time: Some(before.written.change_time),
        ..Default::default()
    };
    let set = SetFileProperties { smb, content: before.content, ..Default::default() };
    file.set_properties(&set).await.expect("set");
}

#[track_caller]
fn verified(report: &CycleReport) -> &Verified {
    report.verification.as_ref().expect("the recovery point was read")
}

/// Whether each recovery point is marked, newest first.
fn marks(points: &[RecoveryPoint]) -> Vec<bool> {
    points.iter().map(|point| point.verify_failed).collect()
}
