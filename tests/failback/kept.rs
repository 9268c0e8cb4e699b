//! What is on the old side: overwritten where it has to be, with a way back, and left alone where the settings say so.

use azure_files_backup::cycle::failback::FailbackPreview;
use azure_files_backup::cycle::report::CycleReport;
use file_share_emulator::{Config, Identity};
use serde_json::json;

use super::assert_goes_on;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_on_the_old_side_is_overwritten_and_stays_in_the_safety_share_snapshot() {
    let (stage, source, target, handler) = backed_up().await;
    put(&source, "a", "not backed up").await;
    put(&source, "only-there", "neither").await;
    handler.fail_over().await;
    put(&target, "b", "since").await;
    let preview: FailbackPreview = handler.ask_to_fail_back("?plan=only").await.ok();
    assert!(preview.plan.complete && preview.recovery_point.is_some());
    assert_eq!((preview.plan.planned.copied.files, preview.plan.planned.deleted), (2, 1));
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    assert_eq!(assert_waits(&waiting).deletes, 1);
    assert_eq!(read(&source, "a").await, "not backed up");
    handler
        .decide_failback(json!({"action": "approve", "digest": "another"}))
        .await
        .problem(409, "StaleDigest");
    handler.approve_failback(&waiting).await;
    let report = handler.failback().await;
    assert_succeeded(&report);
    assert_eq!(names(&source, "").await, ["a", "b"]);
    assert_eq!(read(&source, "a").await, "data");
    let safety = report.failback.and_then(|failback| failback.safety_snapshot).expect("something was lost");
    let before = source.with_snapshot(&safety);
    assert_eq!(read(&before, "a").await, "not backed up");
    assert_eq!(read(&before, "only-there").await, "neither");
    assert_eq!(roles(&source).await, ["safety", "source", "source"]);
    assert_eq!(roles(&target).await, ["target", "target"]);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_on_the_other_side_moves_by_a_rename() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directories(&source, "from/below").await;
    put_many(&source, 10).await;
    put(&source, "from/below/file", "moves along").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    handler.fail_over().await;
    put_directory(&target, "into").await;
    rename_directory(&target, "from/below", "into/below").await;
    target.file_client("0004").rename("into/0004", &Default::default()).await.expect("renamed");
    let report = handler.fail_back().await;
    assert_succeeded(&report);
    assert_eq!((report.done.renamed, report.done.copied.files), (2, 0), "{:?}", report.done);
    assert_eq!(shown(&source).await, shown(&target).await);
    // what moved is known by a base alone: the swap made one
    source.file_client("into/0004").rename("back", &Default::default()).await.expect("renamed");
    let next = handler.cycle("files").await;
    assert_succeeded(&next);
    assert_eq!((next.done.renamed, next.done.copied.files), (1, 0), "{:?}", next.done);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_excluded_stays_on_both_sides() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"exclude": ["*.tmp"]})).await;
    for name in ["a", "here.tmp"] {
        put(&source, name, name).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    handler.fail_over().await;
    put(&target, "there.tmp", "there").await;
    put(&target, "b", "new").await;
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(names(&source, "").await, ["a", "b", "here.tmp"]);
    assert_eq!(names(&target, "").await, ["a", "b", "there.tmp"]);
    let point = handler.recovery_points("files").await.remove(0);
    assert!(point.excluded > 0);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_lost_and_made_anew_gets_a_full_copy_and_the_plan_says_so() {
    let (stage, source, target, handler) = backed_up().await;
    remove_share(&source).await;
    let told = handler.fail_over().await;
    assert!(!told.lost.source_answers);
    put(&target, "b", "since").await;
    let gone: CycleReport = handler.ask_to_fail_back("").await.ok();
    assert_failed(&gone, "ShareNotFound");
    source.create(&Default::default()).await.expect("made anew");
    let preview: FailbackPreview = handler.ask_to_fail_back("?plan=only").await.ok();
    assert!(preview.recovery_point.is_none() && preview.note.contains("copied whole"), "{}", preview.note);
    assert_eq!(preview.plan.planned.copied.files, 2);
    let report = handler.fail_back().await;
    assert_succeeded(&report);
    assert!(report.failback.expect("it is one").note.contains("copied whole"));
    assert_eq!(shown(&source).await, shown(&target).await);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_may_only_read_its_source_says_so_before_it_touches_an_entry() {
    let app = with_the_roles_of_the_app(Identity::system_assigned());
    let keyless = Keyless::with(Config { identities: vec![app], ..Config::default() }).await;
    let (source, target) = keyless.shares().await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &keyless.variables()).await;
    assert_succeeded(&handler.cycle("files").await);
    handler.fail_over().await;
    put(&target, "a", "since").await;
    let report: CycleReport = handler.ask_to_fail_back("").await.ok();
    assert_failed(&report, "MayNotWrite");
    assert_eq!(
        (read(&source, "a").await.as_str(), roles(&target).await),
        ("data", vec!["failover".to_owned(), "target".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_bring_back_needs_no_approval_and_the_roles_swap_all_the_same() {
    let (stage, _, target, handler) = backed_up().await;
    handler.decide("files", &json!({"action": "hold"})).await.ok::<serde_json::Value>();
    handler.fail_over().await;
    let report: CycleReport = handler.ask_to_fail_back("").await.ok();
    assert_succeeded(&report);
    assert_eq!(roles(&target).await, ["target", "target"]);
    // who held it before goes on holding it
    let status = handler.pair("files").await;
    assert!(status.held.is_some() && status.failed_over.is_none());
    handler.release().await.ok::<serde_json::Value>();
    assert_goes_on(&handler, &stage).await;
}
