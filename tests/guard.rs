//! Plans that look like a disaster wait for a person, and until then nothing is removed.

use azure_files_backup::cycle::report::{CycleReport, Exceeded, PairStatus, Phase, Status};
use azure_storage_file_share::ShareClient;
use serde_json::{Value, json};

use crate::support::*;

/// Files `0` to `9` of `share` that come after the first `kept`.
async fn remove_some(share: &ShareClient, count: usize) {
    for number in 0..count {
        remove(share, &number.to_string()).await;
    }
}

async fn change_some(share: &ShareClient, count: usize) {
    for number in 0..count {
        put(share, &number.to_string(), "other data, and more of it").await;
    }
}

async fn put_ten(share: &ShareClient) {
    for number in 0..10 {
        put(share, &number.to_string(), "data").await;
    }
}

/// Ten files in both shares, and a handler.
async fn ten_files(more: Value) -> (Stage, ShareClient, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", more).await;
    put_ten(&source).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    (stage, source, target, handler)
}

/// A pair that stops at more than three deletes, and a plan of four.
async fn stopped() -> (Stage, ShareClient, ShareClient, Handler, CycleReport) {
    let (stage, source, target, handler) = ten_files(json!({"guard": {"maxDeletes": 3}})).await;
    remove_some(&source, 4).await;
    let report = handler.cycle("files").await;
    assert_waits(&report);
    (stage, source, target, handler, report)
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_plan_at_a_threshold_is_applied_and_one_above_waits() {
    let open = json!({"maxDeletePercent": 100, "maxOverwritePercent": 100});
    let guard = |field: &str, limit: u8| {
        let mut guard = open.clone();
        guard[field] = json!(limit);
        json!({"guard": guard})
    };
    let cases = [
        ("delete-percent", "maxDeletePercent", 30, Exceeded::MaxDeletePercent { limit: 30 }),
        ("deletes", "maxDeletes", 3, Exceeded::MaxDeletes { limit: 3 }),
        ("overwrite-percent", "maxOverwritePercent", 30, Exceeded::MaxOverwritePercent { limit: 30 }),
    ];
    let mut stage = Stage::set().await;
    let mut sources = Vec::new();
    for (name, field, limit, _) in &cases {
        for count in [3, 4] {
            let (source, _) = stage.pair(&format!("{name}-{count}"), guard(field, *limit)).await;
            put_ten(&source).await;
            sources.push((source, count, *name == "overwrite-percent"));
        }
    }
    let handler = stage.handler().await;
    assert_eq!(handler.timer().await, 200);
    for (source, count, overwrites) in &sources {
        if *overwrites { change_some(source, *count).await } else { remove_some(source, *count).await }
    }
    assert_eq!(handler.timer().await, 200, "a plan that waits is no failure of the invocation");
    for (name, _, _, exceeded) in cases {
        assert_succeeded(&handler.newest(&format!("{name}-3")).await);
        let report = handler.newest(&format!("{name}-4")).await;
        let stopped = assert_waits(&report);
        assert_eq!(stopped.exceeded, [exceeded]);
        assert_eq!(stopped.target_entries, 10);
        let (deletes, overwrites) = (&stopped.samples.deletes, &stopped.samples.overwrites);
        let (count, other, samples) = if name == "overwrite-percent" {
            (stopped.overwrites, stopped.deletes, overwrites)
        } else {
            (stopped.deletes, stopped.overwrites, deletes)
        };
        assert_eq!((count, other), (4, 0));
        assert_eq!(samples, &["0", "1", "2", "3"]);
        assert!(!stopped.digest.is_empty());
    }
}

#[tokio::test]
async fn accept_cannot_be_broken_7_an_emptied_source_waits_whatever_the_thresholds() {
    let (stage, source, target, handler) = ten_files(json!({})).await;
    remove_some(&source, 10).await;
    stage.emulator.log().reset();
    for _ in 0..3 {
        let report = handler.cycle("files").await;
        assert_eq!(assert_waits(&report).exceeded, [Exceeded::SourceEmpty]);
        assert_eq!(report.guard.as_ref().map(|stopped| stopped.deletes), Some(10));
    }
    assert_eq!(names(&target, "").await.len(), 10);
    let writes = writes(&stage);
    assert!(
        writes.len() == 1 && writes[0].contains(SOURCE) && writes[0].contains("comp=snapshot"),
        "{writes:?}"
    );
}

#[tokio::test]
async fn accept_cannot_be_broken_7_the_first_plan_on_an_adopted_target_waits_and_the_second_does_not() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"adoptTarget": true})).await;
    put(&source, "new", "data").await;
    put(&source, "theirs", "ours now").await;
    target.create(&Default::default()).await.expect("the target share is new");
    put(&target, "theirs", "precious").await;
    put(&target, "only theirs", "precious").await;
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    let stopped = assert_waits(&report);
    assert_eq!(stopped.exceeded, [Exceeded::AdoptedTarget]);
    assert_eq!((stopped.deletes, stopped.overwrites), (1, 1));
    assert_eq!(read(&target, "theirs").await, "precious");
    handler.approve("files", &stopped.digest).await;
    assert_succeeded(&handler.resume("files").await);
    assert_eq!(names(&target, "").await, ["new", "theirs"]);
    put(&source, "newer", "data").await;
    assert_succeeded(&handler.cycle("files").await);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_an_adopted_target_that_was_refused_by_a_person_is_asked_about_again() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"adoptTarget": true})).await;
    put(&source, "new", "data").await;
    target.create(&Default::default()).await.expect("the target share is new");
    put(&target, "theirs", "precious").await;
    let handler = stage.handler().await;
    for _ in 0..2 {
        assert_eq!(assert_waits(&handler.cycle("files").await).exceeded, [Exceeded::AdoptedTarget]);
        let status: PairStatus = handler.decide("files", &json!({"action": "reject"})).await.ok();
        assert_eq!(status.cycle.expect("it ended").status, Some(Status::Rejected));
    }
    assert_eq!(names(&target, "").await, ["theirs"]);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_while_a_plan_waits_nothing_is_removed_and_nothing_pruned() {
    let retention = json!({"limit": 5, "headroomSource": 1, "headroomTarget": 1});
    let more = json!({"guard": {"maxDeletes": 3}, "retention": retention});
    let (stage, source, target, handler) = ten_files(more).await;
    for _ in 0..5 {
        assert_succeeded(&handler.cycle("files").await);
    }
    remove_some(&source, 4).await;
    put(&source, "new", "data").await;
    assert_waits(&handler.cycle("files").await);
    let points = handler.recovery_points("files").await;
    let snapshots = async || source.list_snapshots().await.expect("a list").len();
    let before = snapshots().await;
    stage.emulator.log().reset();
    for _ in 0..3 {
        assert_waits(&handler.cycle("files").await);
        assert_waits(&handler.resume("files").await);
        let told = handler.start_cycle("files").await;
        assert_eq!((told.status, told.body["state"].as_str()), (202, Some("AwaitingApproval")), "{told:?}");
    }
    assert_eq!(writes(&stage), [""; 0]);
    assert_eq!((handler.recovery_points("files").await, snapshots().await), (points, before));
    assert_eq!(names(&target, "").await.len(), 10);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_the_status_shows_digest_counts_and_samples_and_approval_goes_on() {
    for by_hand in [false, true] {
        let (_stage, source, target, handler, report) = stopped().await;
        let status = handler.pair("files").await;
        assert!(!status.running);
        let shown = status.cycle.expect("a cycle waits");
        assert_eq!((shown.state, &shown.guard), (Phase::AwaitingApproval, &report.guard));
        let guard = shown.guard.expect("it was stopped");
        assert_eq!(handler.plan_page(&report, 0).await.digest, guard.digest);
        // what is approved is the plan, and that was made from the share snapshot
        put(&source, "later", "data").await;

        let approved = handler.approve("files", &guard.digest).await.cycle.expect("it goes on");
        assert_eq!(approved.approved.as_deref(), Some(guard.digest.as_str()));
        assert_ne!(approved.state, Phase::AwaitingApproval);
        assert_eq!(names(&target, "").await.len(), 10, "the next invocation does it");
        let done: CycleReport =
            if by_hand { handler.start_cycle("files").await.ok() } else { handler.resume("files").await };
        assert_succeeded(&done);
        assert_eq!((done.id, done.done.deleted), (report.id, 4));
        assert_eq!(names(&target, "").await.len(), 6);
    }
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_stale_digest_is_a_conflict_and_changes_nothing() {
    let (_stage, source, target, handler, report) = stopped().await;
    let stale = report.guard.expect("it waits").digest;
    handler.decide("files", &json!({"action": "reject"})).await.ok::<PairStatus>();
    put(&source, "new", "data").await;
    let report = handler.cycle("files").await;
    let now = assert_waits(&report).digest.clone();
    assert_ne!(now, stale);
    for digest in [stale.as_str(), "", "x"] {
        let told = handler.decide("files", &json!({"action": "approve", "digest": digest})).await;
        told.problem(409, "StaleDigest");
        assert_eq!(told.body["digest"], now);
    }
    assert_waits(&handler.resume("files").await);
    let other = json!({"action": "approve", "digest": now, "cycle": "20200101T000000000000Z-00000000"});
    handler.decide("files", &other).await.problem(404, "CycleNotFound");
    assert_waits(&handler.resume("files").await);
    assert_eq!(names(&target, "").await.len(), 10);
    let named = json!({"action": "approve", "digest": now, "cycle": report.id});
    handler.decide("files", &named).await.ok::<PairStatus>();
    assert_succeeded(&handler.resume("files").await);
    // nothing waits any more
    handler.decide("files", &named).await.problem(409, "NothingToDecide");
}

#[tokio::test]
async fn accept_cannot_be_broken_7_rejecting_and_cancelling_end_a_cycle_that_waits() {
    for (action, ended) in [("reject", Status::Rejected), ("cancel", Status::Cancelled)] {
        let (stage, _, target, handler, report) = stopped().await;
        stage.emulator.log().reset();
        let status: PairStatus = handler.decide("files", &json!({"action": action})).await.ok();
        assert_eq!(status.cycle.as_ref().and_then(|cycle| cycle.status), Some(ended));
        assert_eq!(writes(&stage), [""; 0]);
        handler.decide("files", &json!({"action": action})).await.problem(409, "NothingToDecide");
        let digest = &report.guard.as_ref().expect("it waited").digest;
        let approve = json!({"action": "approve", "digest": digest});
        handler.decide("files", &approve).await.problem(409, "NothingToDecide");
        let kept: CycleReport = handler.ask(&format!("pairs/files/cycles/{}", report.id)).await.ok();
        assert_eq!((kept.status, kept.guard), (Some(ended), report.guard));
        assert_eq!(handler.recovery_points("files").await.len(), 1);
        // the next cycle is a new one, and asks again
        let next = handler.cycle("files").await;
        assert_waits(&next);
        assert_ne!(next.id, report.id);
        assert_eq!(names(&target, "").await.len(), 10);
    }
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_target_that_was_written_to_while_the_plan_waited_keeps_what_is_new() {
    let (_stage, _, target, handler, report) = stopped().await;
    put(&target, "0", "written by somebody while the plan waited").await;
    put(&target, "theirs", "new").await;
    handler.approve("files", &report.guard.expect("it waits").digest).await;
    handler.timer().await;
    let report = handler.newest("files").await;
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    assert!(reasons(&report.failures).contains(&("0", "TargetChanged")), "{:#?}", report.failures);
    assert_eq!(read(&target, "0").await, "written by somebody while the plan waited");
    assert_eq!(read(&target, "theirs").await, "new");
}

#[tokio::test]
async fn accept_cannot_be_broken_7_an_adoption_that_was_approved_is_not_asked_about_after_a_cycle_with_errors()
 {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"adoptTarget": true})).await;
    put(&source, "new", "data").await;
    put(&source, ".backup-scratch-of-somebody", "data").await;
    target.create(&Default::default()).await.expect("the target share is new");
    put(&target, "theirs", "precious").await;
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    handler.approve("files", &assert_waits(&report).digest).await;
    handler.timer().await;
    assert_eq!(handler.newest("files").await.status, Some(Status::CompletedWithErrors));
    assert_eq!(names(&target, "").await, ["new"]);
    remove(&source, ".backup-scratch-of-somebody").await;
    assert_succeeded(&handler.cycle("files").await);
    // whoever remembers nothing finds our recovery point
    assert_succeeded(&stage.handler().await.cycle("files").await);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_target_that_is_not_to_be_adopted_is_refused_and_stays_as_it_is() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "new", "data").await;
    target.create(&Default::default()).await.expect("the target share is new");
    put(&target, "theirs", "precious").await;
    let handler = stage.handler().await;
    stage.emulator.log().reset();
    for _ in 0..2 {
        let report: CycleReport = handler.start_cycle("files").await.ok();
        assert_failed(&report, "TargetNotEmpty");
        handler.decide("files", &json!({"action": "reject"})).await.problem(409, "NothingToDecide");
    }
    let told = handler.plan_only("files").await.problem(502, "PlanUnavailable");
    assert!(told.contains("adoptTarget"), "{told}");
    assert_eq!(writes(&stage), [""; 0]);
}
