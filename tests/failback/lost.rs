//! The tables are lost while people work with the target: what they wrote stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use azure_files_backup::cycle::report::{CycleReport, PairStatus, Standing, Status};
use azure_storage_file_share::ShareClient;
use azurite::Azurite;
use faults::{Fault, Seen};
use serde_json::{Value, json};

use super::assert_goes_on;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_lost_while_a_pair_is_failed_over_cost_nothing_that_was_written() {
    let azurite = Azurite::start().await.expect("Azurite");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.cycle("files").await);
    let told = handler.fail_over().await;
    put(&target, "a", "since").await;
    put(&target, "b", "new").await;
    drop_tables(&azurite.table_endpoint(), &TABLES).await;
    let refused = handler.cycle("files").await;
    assert_failed(&refused, "PairFailedOver");
    assert_eq!(
        (names(&target, "").await, read(&target, "a").await.as_str()),
        (vec!["a".to_owned(), "b".to_owned()], "since")
    );
    let status = handler.pair("files").await;
    assert_eq!((status.judgement.standing, status.held.is_some()), (Standing::FailedOver, true));
    let known = status.failed_over.expect("it is found again");
    assert_eq!((known.since, known.recovery_point), (told.since, Some(told.recovery_point.clone())));
    handler.start_cycle("files").await.problem(409, "PairHeld");
    handler.release().await.problem(409, "PairFailedOver");
    let report = handler.fail_back().await;
    assert_succeeded(&report);
    assert_eq!(report.failback.expect("it is one").asked.recovery_point, Some(told.recovery_point.cycle));
    assert_eq!(shown(&source).await, shown(&target).await);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_first_after_the_loss_finds_the_pair_failed_over() {
    for asked in ["failover", "failback", "undo", "status"] {
        let (stage, source, target, handler) = backed_up().await;
        handler.decide("files", &json!({"action": "hold"})).await.ok::<Value>();
        let told = handler.fail_over().await;
        put(&target, "b", "new").await;
        drop(handler);
        // what was remembered was remembered in the process
        let handler = stage.handler().await;
        match asked {
            "failover" => {
                let again = handler.fail_over().await;
                assert_eq!((again.since, again.recovery_point), (told.since, told.recovery_point));
            }
            "failback" => {
                assert_succeeded(&handler.fail_back().await);
                assert_eq!(shown(&source).await, shown(&target).await);
                // who held it before goes on holding it
                assert!(handler.pair("files").await.held.is_some());
                handler.release().await.ok::<Value>();
                assert_goes_on(&handler, &stage).await;
                continue;
            }
            "undo" => {
                let undone: PairStatus = handler.ask_to_fail_over(r#"{"action": "undo"}"#).await.ok();
                assert!(undone.failed_over.is_none() && undone.held.is_some());
                handler.release().await.ok::<Value>();
                assert_succeeded(&handler.cycle("files").await);
                assert_eq!(names(&target, "").await, ["a"]);
                continue;
            }
            _ => {}
        }
        handler.timer().await;
        assert_eq!(names(&target, "").await, ["a", "b"], "{asked}");
        assert!(handler.pair("files").await.failed_over.is_some(), "{asked}");
        handler.ask_to_fail_over(r#"{"action": "undo"}"#).await.ok::<PairStatus>();
        handler.release().await.ok::<Value>();
        let report: CycleReport = handler.cycle("files").await;
        assert_succeeded(&report);
        assert_eq!(names(&target, "").await, ["a"]);
    }
}

/// The tables are gone after the share snapshots of the swap, and before their comparison, when somebody has written to the target.
async fn lost_in_the_swap() -> (Stage, ShareClient, ShareClient, Handler) {
    let (stage, source, target, handler) = backed_up().await;
    put(&source, "large", &large()).await;
    assert_succeeded(&handler.cycle("files").await);
    handler.fail_over().await;
    put(&target, "b", "new").await;
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    put(&target, "large", &large().to_uppercase()).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let (process, over) = (handler.id(), is_over.clone());
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        // the swap takes that of the source last
        if seen.account == SOURCE && seen.operation == "Snapshot Share" && over.load(Ordering::SeqCst) {
            return Fault::After(Box::new(move || signal(process, "KILL")));
        }
        if seen.account == TARGET && seen.operation == "Snapshot Share" {
            over.store(true, Ordering::SeqCst);
        }
        Fault::None
    })));
    let digest = &assert_waits(&waiting).digest;
    handler.decide_failback(json!({"action": "approve", "digest": digest})).await.ok::<CycleReport>();
    assert!(!handler.send("resume-timer").await);
    stage.emulator.set_faults(None);
    handler.dead().await;
    assert_eq!(roles(&source).await, ["source", "source", "source"]);
    let handler = stage.handler().await;
    (stage, source, target, handler)
}

fn large() -> String {
    "l".repeat(300_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_looks_like_a_recovery_point_is_no_base_of_the_next_failback() {
    let (stage, source, target, handler) = lost_in_the_swap().await;
    let points = handler.recovery_points("files").await;
    assert_eq!(points.len(), 2, "{points:#?}");
    let report = handler.fail_back().await;
    assert_succeeded(&report);
    assert_eq!(report.failback.expect("it is one").asked.recovery_point.as_ref(), Some(&points[0].cycle));
    assert_eq!(read(&source, "large").await, large().to_uppercase());
    assert_eq!(shown(&source).await, shown(&target).await);
    assert_goes_on(&handler, &stage).await;
    assert_eq!(handler.recovery_points("files").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_looks_like_a_recovery_point_goes_when_the_failover_is_undone() {
    let (stage, source, target, handler) = lost_in_the_swap().await;
    handler.ask_to_fail_over(r#"{"action": "undo"}"#).await.ok::<PairStatus>();
    assert_eq!(roles(&target).await, ["failback", "target", "target"]);
    handler.release().await.ok::<Value>();
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(read(&target, "large").await, read(&source, "large").await);
    assert_eq!(shown(&source).await, shown(&target).await);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_snapshot_that_cannot_be_taken_leaves_the_failover_incomplete() {
    let (stage, source, target, handler) = backed_up().await;
    stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        if seen.account == TARGET && seen.operation == "Snapshot Share" {
            Fault::Refuse { status: 403, code: "AuthorizationPermissionMismatch", retry_after_seconds: None }
        } else {
            Fault::None
        }
    })));
    let detail = handler.ask_to_fail_over("").await.problem(502, "TargetNotMarked");
    assert!(detail.contains("AuthorizationPermissionMismatch"), "{detail}");
    let status = handler.pair("files").await;
    assert!(status.failed_over.expect("it has begun").stopping && status.held.is_some());
    handler.ask_to_fail_back("").await.problem(409, "PairNotFailedOver");
    handler.release().await.problem(409, "PairFailedOver");
    stage.emulator.set_faults(None);
    let told = handler.fail_over().await;
    assert_eq!(told.since, handler.pair("files").await.failed_over.expect("it is").since);
    assert_eq!(roles(&target).await, ["failover", "target"]);
    put(&target, "b", "new").await;
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(names(&source, "").await, ["a", "b"]);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_snapshot_that_cannot_be_deleted_keeps_the_pair_failed_over() {
    let (stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    put(&target, "b", "new").await;
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    refuse_deleting(&stage);
    handler.approve_failback(&waiting).await;
    assert_eq!(handler.failback().await.status, Some(Status::Succeeded));
    assert!(handler.pair("files").await.failed_over.is_some());
    let undone = handler.ask_to_fail_over(r#"{"action": "undo"}"#).await;
    let detail = undone.problem(502, "StateUnavailable");
    assert!(detail.contains("could not be deleted") && detail.contains("LeaseIdMissing"), "{detail}");
    handler.release().await.problem(409, "PairFailedOver");
    stage.emulator.set_faults(None);
    handler.fire_timer("resume-timer").await;
    assert_eq!(handler.pair("files").await.failed_over, None);
    assert_eq!(shown(&source).await, shown(&target).await);
    assert_goes_on(&handler, &stage).await;
    assert_eq!(roles(&target).await, ["target", "target", "target"]);
}

fn refuse_deleting(stage: &Stage) {
    stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        if seen.account == TARGET && seen.operation == "Delete Share" {
            Fault::Refuse { status: 409, code: "LeaseIdMissing", retry_after_seconds: None }
        } else {
            Fault::None
        }
    })));
}
