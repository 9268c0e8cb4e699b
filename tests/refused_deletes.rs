//! Share snapshots that may not be deleted after all: leased since they were listed, or not ours to delete. The cycle
//! goes on where it can, says which stay and why, and loses nothing.

use std::sync::Arc;

use azure_files_backup::cycle::report::{CycleReport, Side};
use azure_storage_file_share::{Metadata, ShareSnapshotId};
use faults::{Fault, Seen};
use serde_json::json;

use crate::support::*;

/// As the service refuses a Delete Share with a share snapshot.
const REFUSALS: [(u16, &str); 5] = [
    (403, "AuthorizationFailure"),
    (409, "DeleteShareWhenSnapshotLeased"),
    (409, "ShareSnapshotOperationNotSupported"),
    (412, "LeaseIdMissing"),
    (412, "ConditionNotMet"),
];

/// Every deletion is refused where the account and the share snapshot's id are these; an empty text meets all.
fn refuse(stage: &Stage, account: &'static str, id: &str, (status, code): (u16, &'static str)) {
    // the time alone stands in a query as it is in the id, but for its colons
    let id = id.rsplit(':').next().unwrap_or_default().to_owned();
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let is_meant =
            seen.operation == "Delete Share" && seen.account.contains(account) && seen.query.contains(&id);
        if is_meant { Fault::Refuse { status, code, retry_after_seconds: None } } else { Fault::None }
    })));
}

fn told(report: &CycleReport, code: &str) -> Vec<String> {
    let alerts = report.alerts.iter().filter(|alert| alert.code == code);
    alerts.map(|alert| alert.detail.clone()).collect()
}

fn gone(report: &CycleReport, side: Side) -> Vec<ShareSnapshotId> {
    let pruned = report.pruned.iter().filter(|pruned| pruned.share == side);
    pruned.map(|pruned| pruned.snapshot.clone()).collect()
}

async fn cycle(handler: &Handler) -> CycleReport {
    let report = handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    report
}

#[tokio::test]
async fn where_the_oldest_may_not_be_deleted_the_next_one_makes_room() {
    for refusal in REFUSALS {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", small()).await;
        let handler = stage.handler().await;
        for _ in 0..9 {
            cycle(&handler).await;
        }
        for (account, share, side) in [(SOURCE, &source, Side::Source), (TARGET, &target, Side::Target)] {
            let (before, is_source) = (snapshots(share).await, side == Side::Source);
            refuse(&stage, account, before[0].as_str(), refusal);
            let report = cycle(&handler).await;
            let alerts = told(&report, "PruneFailed");
            assert_eq!(alerts.len(), 1, "{refusal:?}: {report:#?}");
            let names_it = alerts[0].contains(before[0].as_str()) && alerts[0].contains(refusal.1);
            assert!(names_it, "{alerts:?}");
            let after = snapshots(share).await;
            assert_eq!(gone(&report, side), before[1..2], "{refusal:?}, {is_source}");
            assert_eq!((after.len(), &after[0]), (before.len(), &before[0]), "{refusal:?}");

            // it is tried again each time
            stage.emulator.set_faults(None);
            let report = cycle(&handler).await;
            assert_eq!(gone(&report, side)[..1], before[..1], "{refusal:?}");
            assert_eq!(told(&report, "PruneFailed"), [""; 0]);
        }
    }
}

#[tokio::test]
async fn where_nothing_may_be_deleted_cycles_go_on_to_the_last_place_and_then_say_why_not() {
    for refusal in REFUSALS {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", small()).await;
        let handler = stage.handler().await;
        for _ in 0..8 {
            cycle(&handler).await;
        }
        refuse(&stage, "", "", refusal);
        for count in [9, 10] {
            let report = cycle(&handler).await;
            assert!(!told(&report, "PruneFailed").is_empty(), "{refusal:?}: {report:#?}");
            assert_eq!((report.pruned.len(), snapshots(&source).await.len()), (0, count), "{refusal:?}");
        }
        let (sources, targets) = (snapshots(&source).await, snapshots(&target).await);
        let report = handler.start_cycle("files").await.report();
        assert_failed(&report, "SnapshotLimit");
        assert!(!told(&report, "PruneFailed").is_empty(), "{refusal:?}: {report:#?}");
        assert_eq!((report.source_snapshot, report.requests.list), (None, 0), "before anything is copied");
        assert_eq!((snapshots(&source).await, snapshots(&target).await), (sources.clone(), targets.clone()));

        stage.emulator.set_faults(None);
        let report = cycle(&handler).await;
        assert_eq!(gone(&report, Side::Source), sources[..3], "{refusal:?}");
        assert_eq!(gone(&report, Side::Target), targets[..2], "{refusal:?}");
    }
}

#[tokio::test]
async fn what_no_rule_wants_stays_until_it_may_be_deleted() {
    for refusal in REFUSALS {
        let mut stage = Stage::set().await;
        let keep = json!({"retention": {"keep": {"last": 2}}});
        let (source, target) = stage.pair("files", keep).await;
        let handler = stage.handler().await;
        for _ in 0..2 {
            cycle(&handler).await;
        }
        for (account, share, other) in [(SOURCE, &source, &target), (TARGET, &target, &source)] {
            let before = snapshots(share).await;
            refuse(&stage, account, "", refusal);
            let report = cycle(&handler).await;
            assert_eq!(told(&report, "PruneFailed").len(), 1, "{refusal:?}: {report:#?}");
            // what stays on the source keeps its recovery point, until both may go
            let whole = if account == SOURCE { 3 } else { 2 };
            let counts = (snapshots(share).await.len(), snapshots(other).await.len());
            assert_eq!(counts, (3, whole), "{refusal:?}");
            let points = handler.recovery_points("files").await;
            let found = points.iter().filter(|point| point.source.is_some()).count();
            assert_eq!((&points[0].cycle, found), (&report.id, whole), "{refusal:?}");

            stage.emulator.set_faults(None);
            cycle(&handler).await;
            let after = snapshots(share).await;
            assert!(after.len() == 2 && !after.contains(&before[0]), "{refusal:?}: {after:?}");
            assert_eq!(snapshots(other).await.len(), 2, "{refusal:?}");
        }
    }
}

#[tokio::test]
async fn what_went_is_told_although_there_was_no_room_in_the_end() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", small()).await;
    let handler = stage.handler().await;
    for _ in 0..3 {
        cycle(&handler).await;
    }
    let ours = snapshots(&source).await;
    for _ in 0..10 {
        source.create_snapshot(&Metadata::default()).await.expect("a share snapshot");
    }
    let report = handler.start_cycle("files").await.report();
    assert_failed(&report, "SnapshotLimit");
    assert_eq!(gone(&report, Side::Source), ours[..2], "all but the newest recovery point's");
    assert_eq!(snapshots(&source).await.len(), 11);
}
