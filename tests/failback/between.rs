//! A restore to the target, before the pair fails over, leaves it elsewhere than at its newest recovery point.

use azure_files_backup::cycle::report::{CycleReport, RecoveryPoint, Status};
use azure_storage_file_share::ShareClient;
use faults::{Fault, Seen};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::*;

/// A pair that is held, with two recovery points: file `a` holds `data`, then `later`.
async fn held() -> (Stage, ShareClient, Handler, [RecoveryPoint; 2]) {
    let (stage, source, target, handler) = backed_up().await;
    put(&source, "a", "later").await;
    assert_succeeded(&handler.cycle("files").await);
    handler.decide("files", &json!({"action": "hold"})).await.ok::<Value>();
    let points = handler.recovery_points("files").await.try_into().expect("two of them");
    (stage, target, handler, points)
}

impl Handler {
    /// Makes all of the target what a recovery point holds.
    async fn bring_target_to(&self, point: &RecoveryPoint) -> CycleReport {
        let asked = json!({
            "recoveryPoint": point.cycle, "destination": {"at": "target"}, "conflict": "overwrite", "deleteExtra": true, "approve": true
        });
        self.tell(Method::POST, "pairs/files/restores", &asked.to_string()).await.ok()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_an_older_recovery_point_was_restored_to_is_said_to_lie_between() {
    let (_stage, target, handler, [newest, older]) = held().await;
    let restored = handler.bring_target_to(&older).await;
    assert_succeeded(&restored);
    assert_eq!(read(&target, "a").await, "data");
    for _ in 0..2 {
        let told = handler.fail_over().await;
        assert_eq!(told.recovery_point.cycle, newest.cycle);
        let between = told.between.expect("it is not what that one holds");
        assert_eq!(between.cycle, restored.id);
        assert!(between.detail.contains("Restore"), "{}", between.detail);
        assert!(told.next[0].contains("/restores"), "{:?}", told.next);
    }
    assert_succeeded(&handler.bring_target_to(&newest).await);
    assert_eq!(handler.fail_over().await.between, None);
    // people work with the target now, and bring what they want
    assert_succeeded(&handler.bring_target_to(&older).await);
    assert_eq!(handler.fail_over().await.between, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_of_the_recovery_point_does_not_hide_one_of_an_older_one_that_failed_after_it() {
    let (stage, target, handler, [newest, older]) = held().await;
    assert_succeeded(&handler.bring_target_to(&older).await);
    assert_succeeded(&handler.bring_target_to(&newest).await);
    // `a` is written, and more cannot be
    put_many(&target, 3).await;
    stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        if seen.account == TARGET && seen.operation == "Delete File" && seen.path.ends_with("/0001") {
            Fault::Refuse { status: 409, code: "SharingViolation", retry_after_seconds: None }
        } else {
            Fault::None
        }
    })));
    let failed = handler.bring_target_to(&older).await;
    assert_eq!(failed.status, Some(Status::CompletedWithErrors), "{failed:#?}");
    stage.emulator.set_faults(None);
    assert_eq!(read(&target, "a").await, "data");
    let told = handler.fail_over().await;
    assert_eq!(told.between.expect("it is a mixture").cycle, failed.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_to_the_target_that_was_backed_up_over_is_over() {
    let (_stage, target, handler, [newest, older]) = held().await;
    assert_succeeded(&handler.bring_target_to(&older).await);
    handler.release().await.ok::<Value>();
    let next = handler.cycle("files").await;
    assert_succeeded(&next);
    assert_eq!(read(&target, "a").await, "later");
    let told = handler.fail_over().await;
    assert_ne!(told.recovery_point.cycle, newest.cycle);
    assert_eq!(told.between, None);
}
