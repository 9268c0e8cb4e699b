//! A restore of which something fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use azure_files_backup::cycle::report::{CycleReport, Status};
use faults::{Fault, Seen};
use serde_json::json;

use super::large::put_large;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_finished_nor_removed_at_once_is_removed_in_the_end() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_large(&source, "large").await;
    put(&source, "small", "small").await;
    let handler = stage.patient_handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for path in ["large", "small"] {
        put(&source, path, "newer").await;
    }
    let is_first = AtomicBool::new(true);
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        // what is built for a path, and not what is tried to be deleted though it is not there
        let is_built = seen.path.contains(".backup-scratch-") && seen.path.contains("-p");
        let refused = Fault::Refuse { status: 409, code: "SharingViolation", retry_after_seconds: None };
        match seen.operation {
            "Rename File" if seen.account == SOURCE => refused,
            "Delete File" if is_built && is_first.swap(false, Ordering::SeqCst) => refused,
            _ => Fault::None,
        }
    })));
    let report: CycleReport = handler.restore(json!({"conflict": "overwrite"})).await.ok();
    assert_eq!(report.status, Some(Status::CompletedWithErrors));
    assert_eq!(reasons(&report.failures), [("large", "SharingViolation")]);
    assert_eq!(report.alerts, vec![]);
    assert_eq!(names(&source, "").await, ["large", "small"]);
    assert_eq!(
        (read(&source, "large").await, read(&source, "small").await),
        ("newer".into(), "small".into())
    );
}
