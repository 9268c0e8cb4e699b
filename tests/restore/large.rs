//! A file that takes many requests, so that something can happen while it comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::{CreateFile, LastWrite, ShareClient};
use bytes::Bytes;
use faults::{Fault, Seen};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::decide;
use crate::support::*;

pub const LARGE: u64 = 40 << 20;
const RANGE: u64 = 4 << 20;
/// Requests of a large file that are answered before the share has no time for more.
const ANSWERED: u32 = 3;

/// All of it written.
pub async fn put_large(share: &ShareClient, path: &str) {
    let file = share.file_client(path);
    file.create(&CreateFile { size: LARGE, ..Default::default() }).await.expect("made");
    for at in (0..LARGE).step_by(RANGE as usize) {
        let data = Bytes::from(vec![b'x'; RANGE as usize]);
        file.put_range(at, data, LastWrite::Now).await.expect("put");
    }
}

/// Bytes of a large file that are what they were.
pub async fn intact(share: &ShareClient, path: &str) -> u64 {
    let mut count = 0;
    for at in (0..LARGE).step_by(RANGE as usize) {
        let bytes = share.file_client(path).get(Some(at..at + RANGE)).await.expect("readable").bytes;
        count += bytes.iter().filter(|byte| **byte == b'x').count();
    }
    count as u64
}

impl Stage {
    /// The handler with a lease that is lost on no busy machine.
    pub async fn patient_handler(&self) -> Handler {
        let mut variables = self.variables();
        variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "4".to_owned());
        Handler::start(free_port(), &variables).await
    }

    /// From now on the share of this account takes few ranges; told when the first one comes, or the first one that it does not take.
    pub fn stall(&self, account: &'static str, is_at_once: bool) -> Arc<Notify> {
        let stalled = Arc::new(Notify::new());
        let (told, count) = (stalled.clone(), AtomicU32::new(0));
        self.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
            if seen.account != account || !seen.operation.starts_with("Put Range") {
                return Fault::None;
            }
            let is_refused = count.fetch_add(1, Ordering::SeqCst) >= ANSWERED;
            if is_at_once || is_refused {
                told.notify_one();
            }
            match is_refused {
                true => Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: None },
                false => Fault::None,
            }
        })));
        stalled
    }
}

/// Restores to the source, and cancels when data is on its way.
pub async fn cancelled_midway(stage: &Stage, handler: &Handler, asked: Value) -> CycleReport {
    let begun = stage.stall(SOURCE, true);
    let cancel = async {
        begun.notified().await;
        let restores: Vec<CycleReport> = handler.get("pairs/files/restores").await;
        decide(handler, &restores[0], json!({"action": "cancel"})).await
    };
    let (report, _) = tokio::join!(handler.restore(asked), cancel);
    stage.emulator.set_faults(None);
    let begun: CycleReport = serde_json::from_value(report.body).expect("a report");
    handler.ended(&begun).await
}

impl Handler {
    /// The end of a restore.
    pub async fn ended(&self, restore: &CycleReport) -> CycleReport {
        for _ in 0..200 {
            let route = format!("pairs/{}/restores/{}", restore.pair, restore.id);
            let report: CycleReport = self.get(&route).await;
            if report.status.is_some() {
                return report;
            }
            self.fire_timer("resume-timer").await;
            sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not end")
    }
}
