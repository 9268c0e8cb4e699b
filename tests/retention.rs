//! Room for share snapshots, through whole cycles: what goes, what stays whatever happens, and what is said about it.
//! The vectors of the rules themselves stand beside the rules.

use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, Side, Status};
use azure_storage_file_share::{LeaseDuration, LeaseId, Metadata, ShareClient, ShareSnapshotId};
use serde_json::{Value, json};

use crate::support::*;

/// Thresholds as close together as it gets: with 8 of 10 places taken, one goes.
fn small() -> Value {
    json!({"retention": {"limit": 10, "headroomSource": 2, "headroomTarget": 1}})
}

fn somebody() -> Metadata {
    [("AzureBackupProtected".to_owned(), "True".to_owned())].into()
}

async fn take_foreign(share: &ShareClient, count: usize) -> Vec<ShareSnapshotId> {
    let mut taken = Vec::new();
    for _ in 0..count {
        taken.push(share.create_snapshot(&somebody()).await.expect("a share snapshot"));
    }
    taken
}

async fn lease(share: &ShareClient, snapshot: &ShareSnapshotId) {
    let id = LeaseId::from("11111111-2222-3333-4444-555555555555".to_owned());
    let snapshot = share.with_snapshot(snapshot);
    snapshot.acquire_lease(&id, LeaseDuration::Infinite).await.expect("the lease is free");
}

async fn snapshots(share: &ShareClient) -> Vec<ShareSnapshotId> {
    let items = share.list_snapshots().await.expect("a list").into_iter();
    let mut ids: Vec<_> = items.filter_map(|item| item.snapshot).collect();
    ids.sort();
    ids
}

fn alerts(report: &CycleReport) -> Vec<&str> {
    report.alerts.iter().map(|alert| alert.code.as_str()).collect()
}

async fn cycles(handler: &Handler, count: usize) {
    for _ in 0..count {
        assert_succeeded(&handler.start_cycle("files").await.report());
    }
}

#[tokio::test]
async fn accept_cannot_be_broken_5_v2_v3_one_out_one_in_and_foreign_ones_stay() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", small()).await;
    let foreign = take_foreign(&source, 3).await;
    let handler = stage.handler().await;
    cycles(&handler, 5).await;
    assert_eq!(snapshots(&source).await.len(), 8);
    for _ in 0..3 {
        let (before, kept) = (snapshots(&source).await, snapshots(&target).await);
        let report = handler.start_cycle("files").await.report();
        assert_succeeded(&report);
        let gone: Vec<_> = report.pruned.iter().map(|pruned| pruned.snapshot.clone()).collect();
        assert_eq!(gone, [before[3].clone()], "the oldest of ours");
        let after = snapshots(&source).await;
        assert_eq!((after.len(), &after[..3]), (8, &foreign[..]));
        // the target is the longer history
        assert_eq!(snapshots(&target).await[..kept.len()], kept);
        assert_eq!(alerts(&report), [""; 0]);
    }
    assert_eq!(handler.recovery_points("files").await.len(), 8);
}

#[tokio::test]
async fn accept_cannot_be_broken_5_v4_foreign_ones_alone_raise_an_alert_and_the_cycle_succeeds() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", small()).await;
    let foreign = take_foreign(&source, 8).await;
    let handler = stage.handler().await;
    let report = handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    assert_eq!((alerts(&report), report.pruned.len()), (vec!["PruneBlocked"], 0));
    let after = snapshots(&source).await;
    assert_eq!((after.len(), &after[..8]), (9, &foreign[..]));
}

#[tokio::test]
async fn accept_cannot_be_broken_5_v5_a_share_full_of_foreign_ones_fails_before_anything_is_copied() {
    let mut stage = Stage::set().await;
    // the real limit, once
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let foreign = take_foreign(&source, 200).await;
    let handler = stage.handler().await;
    let report = handler.start_cycle("files").await.report();
    assert_failed(&report, "SnapshotLimit");
    assert_eq!((report.source_snapshot, report.requests.list), (None, 0));
    assert_eq!(snapshots(&source).await, foreign);
    assert_eq!(names(&target, "").await, [""; 0]);
}

#[tokio::test]
async fn accept_cannot_be_broken_5_v6_an_overfull_share_is_brought_below_at_once_or_one_by_one() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let handler = stage.handler().await;
    cycles(&handler, 12).await;
    drop(handler);
    let with = |retention| {
        let mut variables = stage.variables();
        let mut pairs: Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
        pairs[0]["retention"] = retention;
        variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
        variables
    };
    let slowly =
        with(json!({"limit": 14, "headroomSource": 4, "headroomTarget": 1, "maxDeletesPerCycle": 1}));
    let report = Handler::start(free_port(), &slowly).await.start_cycle("files").await.report();
    assert_succeeded(&report);
    assert_eq!((report.pruned.len(), snapshots(&source).await.len()), (1, 12));
    let at_once = with(json!({"limit": 14, "headroomSource": 8, "headroomTarget": 1}));
    let report = Handler::start(free_port(), &at_once).await.start_cycle("files").await.report();
    assert_succeeded(&report);
    // room is left for the next one: below 14 - 8 with it
    let of_source = report.pruned.iter().filter(|pruned| pruned.share == Side::Source);
    assert_eq!((of_source.count(), snapshots(&source).await.len()), (7, 6));
}

#[tokio::test]
async fn accept_cannot_be_broken_5_v7_pinned_and_leased_ones_are_passed_over() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", small()).await;
    let handler = stage.handler().await;
    cycles(&handler, 8).await;
    let points = handler.recovery_points("files").await;
    let oldest = points.last().expect("eight").clone();
    let hold = json!({"action": "hold", "cycle": oldest.cycle});
    for _ in 0..2 {
        assert_eq!(handler.decide("files", &hold).await.status, 200);
    }
    let before = snapshots(&source).await;
    lease(&source, &before[1]).await;
    let report = handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    let gone: Vec<_> = report.pruned.iter().map(|pruned| &pruned.snapshot).collect();
    assert_eq!(gone, [&before[2]]);
    cycles(&handler, 8).await;
    let (sources, targets) = (snapshots(&source).await, snapshots(&target).await);
    assert!(sources.contains(&before[0]) && sources.contains(&before[1]));
    assert!(targets.contains(&oldest.target), "a pin holds both sides");

    // let go, also by a process that never heard of it, and as often as one likes
    let release = json!({"action": "release", "cycle": oldest.cycle});
    let other = stage.handler().await;
    for _ in 0..2 {
        let told = other.decide("files", &release).await;
        assert_eq!(told.status, 200, "{told:?}");
    }
    assert_succeeded(&other.start_cycle("files").await.report());
    assert!(!snapshots(&source).await.contains(&before[0]));
    assert!(snapshots(&source).await.contains(&before[1]), "somebody else's lease is kept");
}

#[tokio::test]
async fn accept_cannot_be_broken_5_v8_v9_a_failed_cycle_prunes_nothing_on_the_target_and_its_source_goes_first()
 {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", small()).await;
    let handler = stage.handler().await;
    cycles(&handler, 9).await;
    let reserved = ".backup-scratch-of-somebody";
    put(&source, reserved, "data").await;
    let points = handler.recovery_points("files").await;
    let before = snapshots(&target).await;
    let failed = handler.start_cycle("files").await.report();
    assert_eq!(failed.status, Some(Status::CompletedWithErrors));
    assert_eq!(snapshots(&target).await, before, "nothing goes, nothing comes");
    remove(&source, reserved).await;
    let report = handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    let first = report.pruned.first().expect("room was needed");
    assert_eq!((&first.cycle, Some(&first.snapshot)), (&failed.id, failed.source_snapshot.as_ref()));
    let newest = handler.recovery_points("files").await;
    assert_eq!(newest[0].cycle, report.id);
    assert!(newest.contains(&points[0]), "the newest of before is there, with its source");
}

#[tokio::test]
async fn a_lease_that_ran_out_keeps_nothing() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", small()).await;
    let handler = stage.handler().await;
    cycles(&handler, 8).await;
    let oldest = snapshots(&source).await[0].clone();
    let id = LeaseId::from("11111111-2222-3333-4444-555555555555".to_owned());
    let leased = source.with_snapshot(&oldest);
    leased.acquire_lease(&id, LeaseDuration::Seconds(15)).await.expect("the lease is free");
    stage.emulator.advance_clock(Duration::from_secs(60));
    assert_succeeded(&handler.start_cycle("files").await.report());
    assert!(!snapshots(&source).await.contains(&oldest));
}
