//! The target share is deleted by mistake, and its recovery points with it. What the source's share snapshots hold is
//! all that is left of older states: no good cycle deletes them, only a need of room does.

use azure_files_backup::cycle::report::{Exceeded, Side, Status};
use azure_storage_file_share::{DeleteSnapshots, ShareClient, ShareSnapshotId};
use serde_json::json;

use crate::support::*;

const STATES: [&str; 4] = ["first", "second", "third", "fourth"];

/// A recovery point for each state. The source's share snapshots of them.
async fn backed_up(handler: &Handler, source: &ShareClient) -> Vec<ShareSnapshotId> {
    for state in STATES {
        put(source, "a", state).await;
        assert_succeeded(&handler.start_cycle("files").await.report());
    }
    snapshots(source).await
}

async fn assert_all_there(source: &ShareClient, older: &[ShareSnapshotId]) {
    let left = snapshots(source).await;
    assert_eq!(left[..older.len()], *older);
    for (snapshot, state) in older.iter().zip(STATES) {
        assert_eq!(read(&source.with_snapshot(snapshot), "a").await, state);
    }
}

#[tokio::test]
async fn a_deleted_target_costs_no_older_source_share_snapshot_until_its_place_is_needed() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", small()).await;
    let handler = stage.handler().await;
    let older = backed_up(&handler, &source).await;
    target.delete(DeleteSnapshots::Include).await.expect("it is there");

    put(&source, "a", "fifth").await;
    let report = handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    assert_eq!((&report.pruned[..], handler.recovery_points("files").await.len()), (&[][..], 1));
    assert_all_there(&source, &older).await;

    // what a cycle leaves that fails now goes as ever
    put(&source, ".backup-scratch-of-somebody", "data").await;
    let failed = handler.start_cycle("files").await.report();
    assert_eq!(failed.status, Some(Status::CompletedWithErrors), "{failed:#?}");
    remove(&source, ".backup-scratch-of-somebody").await;
    let report = handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    let gone: Vec<_> = report.pruned.iter().map(|pruned| Some(&pruned.snapshot)).collect();
    assert_eq!(gone, [failed.source_snapshot.as_ref()]);
    assert_all_there(&source, &older).await;

    for _ in 0..2 {
        assert_succeeded(&handler.start_cycle("files").await.report());
    }
    assert_all_there(&source, &older).await;
    // the place of each is needed now
    for (at, oldest) in older.iter().enumerate() {
        let report = handler.start_cycle("files").await.report();
        assert_succeeded(&report);
        let [gone] = &report.pruned[..] else { panic!("{report:#?}") };
        assert_eq!((gone.share, &gone.snapshot), (Side::Source, oldest));
        assert!(gone.why.contains("room is needed"), "{gone:?}");
        assert_eq!(snapshots(&source).await[..older.len() - at - 1], older[at + 1..]);
    }
    let points = handler.recovery_points("files").await;
    assert_eq!(points.len(), 8);
    assert!(points.iter().all(|point| point.source.is_some()), "{points:#?}");
}

#[tokio::test]
async fn an_emptied_target_in_the_place_of_the_old_one_costs_none_either() {
    let mut stage = Stage::set().await;
    // one recovery point alone is wanted
    let (source, target) = stage.pair("files", json!({"retention": {"keep": {"last": 1}}})).await;
    let handler = stage.handler().await;
    for state in ["first", "second"] {
        put(&source, "a", state).await;
        assert_succeeded(&handler.start_cycle("files").await.report());
    }
    let older = snapshots(&source).await;
    assert_eq!(older.len(), 1, "no rule wants the first");
    replace(&target).await;
    for round in 0..3 {
        put(&source, "a", &format!("later {round}")).await;
        assert_succeeded(&handler.start_cycle("files").await.report());
        let left = snapshots(&source).await;
        assert_eq!((left.len(), &left[0]), (2, &older[0]), "round {round}");
        assert_eq!(snapshots(&target).await.len(), 1);
    }
    assert_eq!(read(&source.with_snapshot(&older[0]), "a").await, "second");
}

#[tokio::test]
async fn nor_does_one_that_holds_something_and_is_adopted() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"adoptTarget": true})).await;
    let handler = stage.handler().await;
    let older = backed_up(&handler, &source).await;
    replace(&target).await;
    put(&target, "theirs", "precious").await;

    let report = handler.cycle("files").await;
    let stopped = assert_waits(&report);
    assert_eq!(stopped.exceeded, [Exceeded::AdoptedTarget]);
    handler.approve("files", &stopped.digest).await;
    let report = handler.resume("files").await;
    assert_succeeded(&report);
    assert_eq!(report.pruned, []);
    assert_all_there(&source, &older).await;
    assert_succeeded(&handler.cycle("files").await);
    assert_all_there(&source, &older).await;
    assert_eq!(snapshots(&source).await.len(), 6);
}

/// The partner of a recovery point that the app itself gave up is no last copy of anything.
#[tokio::test]
async fn the_partner_of_a_recovery_point_that_made_room_goes_with_it() {
    let mut stage = Stage::set().await;
    let retention = json!({"limit": 10, "headroomSource": 2, "headroomTarget": 5});
    let (source, target) = stage.pair("files", json!({"retention": retention})).await;
    let handler = stage.handler().await;
    for _ in 0..8 {
        assert_succeeded(&handler.start_cycle("files").await.report());
        let points = handler.recovery_points("files").await;
        assert!(points.iter().all(|point| point.source.is_some()), "{points:#?}");
        assert_eq!(snapshots(&source).await.len(), snapshots(&target).await.len());
    }
    assert_eq!(snapshots(&target).await.len(), 5);
}
