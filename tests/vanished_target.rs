//! Somebody deletes the target share while a cycle works on it: no recovery point is claimed, and the next cycle makes
//! a new one from the beginning.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use azure_files_backup::cycle::report::{CycleReport, Phase};
use azure_files_backup::cycle::{Backup, Start, Trigger};
use azure_storage_file_share::{DeleteSnapshots, ShareClient};
use faults::{Fault, Seen};
use serde_json::json;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::*;

async fn run(backup: &Backup) -> CycleReport {
    let deadline = backup.deadline(Trigger::Timer);
    backup.run("files", Start::New, deadline).await.expect("a cycle ran")
}

async fn delete(target: &ShareClient) {
    target.delete(DeleteSnapshots::Include).await.expect("it is there");
}

/// A pair with a recovery point, and an app for it.
async fn backed_up() -> (Stage, ShareClient, ShareClient, Backup) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "first").await;
    let backup = app(&stage.variables());
    assert_succeeded(&run(&backup).await);
    (stage, source, target, backup)
}

/// The next cycle finds no target share, or an empty one, and copies everything.
async fn assert_healed(backup: &Backup, source: &ShareClient, target: &ShareClient) {
    let report = run(backup).await;
    assert_succeeded(&report);
    let snapshot = target.with_snapshot(report.target_snapshot.as_ref().expect("it succeeded"));
    assert_eq!(names(&snapshot, "").await, names(source, "").await);
    let points = backup.recovery_points("files").await.expect("a list").expect("a pair");
    assert_eq!(points.iter().map(|point| &point.cycle).collect::<Vec<_>>(), [&report.id]);
}

/// The share goes at the request with this number of an operation on the target.
async fn vanishes_at(operation: &'static str, number: u32, is_made_anew: bool, code: &str) {
    let (stage, source, target, backup) = backed_up().await;
    if !is_made_anew {
        put(&source, "b", "second").await;
    }
    let (count, done, handle) = (AtomicU32::new(0), OnceLock::new(), Handle::current());
    let victim = target.clone();
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let is_meant = seen.operation == operation && seen.account == TARGET;
        if is_meant && count.fetch_add(1, Ordering::SeqCst) + 1 == number && done.set(()).is_ok() {
            block_in_place(|| {
                handle.block_on(async {
                    delete(&victim).await;
                    if is_made_anew {
                        victim.create(&Default::default()).await.expect("its name is free");
                    }
                });
            });
        }
        Fault::None
    })));
    let report = run(&backup).await;
    stage.emulator.set_faults(None);
    assert_failed(&report, code);
    assert_healed(&backup, &source, &target).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_share_that_vanishes_before_its_share_snapshot_costs_the_cycle() {
    vanishes_at("Snapshot Share", 1, false, "ShareNotFound").await;
    // the look for the plan's room, and the one before room is made for a share snapshot
    vanishes_at("Get Share Properties", 2, false, "ShareNotFound").await;
    vanishes_at("Get Share Properties", 3, false, "ShareNotFound").await;
    vanishes_at("Create File", 1, false, "ShareNotFound").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_share_made_anew_under_an_empty_plan_is_not_taken_for_the_one_that_was_compared() {
    vanishes_at("Get Share Properties", 2, true, "TargetReplaced").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_share_that_vanishes_between_two_invocations_is_not_made_anew_for_a_share_snapshot() {
    let (stage, source, target, backup) = backed_up().await;
    put(&source, "b", "second").await;
    let count = AtomicU32::new(0);
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let is_meant = seen.operation == "Get Share Properties" && seen.account == TARGET;
        if is_meant && count.fetch_add(1, Ordering::SeqCst) > 1 {
            return Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None };
        }
        Fault::None
    })));
    let report = run(&backup).await;
    assert_eq!((report.status, report.invocations), (None, 1), "{report:#?}");
    assert_eq!(report.state, Phase::MakingRoom, "{report:#?}");
    stage.emulator.set_faults(None);
    delete(&target).await;
    let report = run(&backup).await;
    assert_failed(&report, "TargetReplaced");
    assert_eq!(report.invocations, 2);
    assert_healed(&backup, &source, &target).await;
}
