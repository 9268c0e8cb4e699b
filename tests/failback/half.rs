//! A failover after a cycle that wrote by itself to nothing but a part of one large file, and finished no entry.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_storage_file_share::ShareClient;
use faults::{Fault, Seen};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::*;

const MIB: usize = 1 << 20;

/// A pair with a large file, of which two parts changed in the source since the recovery point.
async fn with_parts_changed() -> (Stage, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "large", &"a".repeat(4 * MIB)).await;
    let mut variables = stage.variables();
    // what a person wishes is heard of three times in that time
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "1".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("files").await);
    for offset in [0, 3 * MIB as u64] {
        write(&source, "large", offset, b"changed").await;
    }
    (stage, target, handler)
}

/// From the second one on, what is to be put into the large file is done `fault` to.
fn after_the_first_range(stage: &Stage, fault: impl Fn() -> Fault + Send + Sync + 'static) {
    let put = AtomicU64::new(0);
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let is_put = seen.account == TARGET && seen.operation.starts_with("Put Range");
        if is_put && put.fetch_add(1, Ordering::SeqCst) > 0 { fault() } else { Fault::None }
    })));
}

/// The file was begun to be written to, and the failover says so.
async fn assert_between(target: &ShareClient, handler: &Handler, cycle: &CycleReport) {
    assert_eq!(read(target, "large").await.matches("changed").count(), 1, "one range of two came");
    assert_eq!(cycle.done, Default::default());
    let told = handler.fail_over().await;
    assert_eq!(told.between.expect("it lies between two").cycle, cycle.id);
    assert!(told.next[0].contains("/restores"), "{:?}", told.next);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_which_a_range_was_refused_lies_between_two_recovery_points() {
    let (stage, target, handler) = with_parts_changed().await;
    after_the_first_range(&stage, || Fault::Refuse {
        status: 403,
        code: "AuthorizationFailure",
        retry_after_seconds: None,
    });
    let cycle = handler.cycle("files").await;
    stage.leave();
    assert_eq!((cycle.status, reasons(&cycle.failures).len()), (Some(Status::CompletedWithErrors), 1));
    assert_between(&target, &handler, &cycle).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_cycle_was_cancelled_in_the_middle_of_it_lies_between_two_recovery_points() {
    let (stage, target, handler) = with_parts_changed().await;
    let begun = Arc::new(Notify::new());
    let told = begun.clone();
    after_the_first_range(&stage, move || {
        told.notify_one();
        Fault::DropBefore
    });
    let cancelled = async {
        begun.notified().await;
        handler.decide("files", &json!({"action": "cancel"})).await.ok::<Value>();
    };
    let (told, ()) = tokio::join!(handler.start_cycle("files"), cancelled);
    stage.leave();
    let cycle: CycleReport = told.ok();
    assert_eq!(cycle.status, Some(Status::Cancelled));
    assert_between(&target, &handler, &cycle).await;
}
