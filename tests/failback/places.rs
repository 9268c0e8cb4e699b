//! Shares with few places for share snapshots left, and with none.

use azure_files_backup::cycle::report::CycleReport;
use serde_json::json;

use super::assert_goes_on;
use crate::support::*;

/// As many as there may be.
const ALL: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn a_target_without_a_place_is_said_to_have_none_and_the_recovery_point_of_the_way_back_stays() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let point = handler.recovery_points("files").await.remove(0);
    let mut others = Vec::new();
    for _ in snapshots(&target).await.len()..ALL {
        others.push(target.create_snapshot(&Default::default()).await.expect("taken"));
    }
    let detail = handler.ask_to_fail_over("").await.problem(502, "TargetNotMarked");
    assert!(detail.contains("SnapshotCountExceeded"), "{detail}");
    assert_eq!(snapshots(&target).await.len(), ALL);
    target.delete_snapshot(&others.remove(0)).await.expect("deleted");
    handler.fail_over().await;
    put(&target, "b", "new").await;
    // nothing of it may go for what the failback reads
    let full: CycleReport = handler.ask_to_fail_back("").await.ok();
    assert_failed(&full, "SnapshotLimit");
    assert_eq!(handler.recovery_points("files").await, [point]);
    for other in others.drain(..40) {
        target.delete_snapshot(&other).await.expect("deleted");
    }
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(names(&source, "").await, ["a", "b"]);
    assert_goes_on(&handler, &stage).await;
}

/// Whoever lost the newest source share snapshot goes back from an older recovery point.
#[tokio::test(flavor = "multi_thread")]
async fn making_room_does_not_take_the_base_of_the_way_back() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", small()).await;
    let handler = stage.handler().await;
    for number in 0..9 {
        put(&source, &format!("{number}"), "data").await;
        assert_succeeded(&handler.cycle("files").await);
    }
    let points = handler.recovery_points("files").await;
    let taken = snapshots(&source).await;
    // of the points that both sides have, the oldest one alone is left
    for id in &taken[1..] {
        source.delete_snapshot(id).await.expect("deleted");
    }
    let oldest = points.iter().find(|point| point.source.as_ref() == Some(&taken[0])).expect("it is one");
    while snapshots(&source).await.len() < 9 {
        source.create_snapshot(&Default::default()).await.expect("taken");
    }
    handler.fail_over().await;
    put(&target, "new", "new").await;
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    let base = waiting.failback.as_ref().expect("it is one").asked.recovery_point.clone();
    assert_eq!(base.as_ref(), Some(&oldest.cycle), "{waiting:#?}");
    // somebody takes the place that was made before, and it needs one again in the end
    target.create_snapshot(&Default::default()).await.expect("taken");
    put(&target, "newer", "not brought").await;
    handler.approve_failback(&waiting).await;
    assert_failed(&handler.failback().await, "TargetWasWritten");
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    let base = waiting.failback.as_ref().expect("it is one").asked.recovery_point.clone();
    assert_eq!(base.as_ref(), Some(&oldest.cycle), "{waiting:#?}");
    handler.approve_failback(&waiting).await;
    assert_succeeded(&handler.failback().await);
    assert_eq!(shown(&source).await, shown(&target).await);
    assert_goes_on(&handler, &stage).await;
}
