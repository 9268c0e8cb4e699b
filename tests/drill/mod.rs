//! A drill brings some of the newest recovery point back to a scratch share, holds it against what the source had, and clears up.

mod attempts;

use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_storage_file_share::{ListSharesOptions, ShareClient};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::*;

async fn drill(handler: &Handler) -> Told {
    handler.tell(Method::POST, "pairs/files/drills", "").await
}

/// A pair with a folder and a file besides, at its second recovery point; `spoil` is done to the target just before the share
/// snapshot of that one is taken, so that nothing but a drill sees it.
async fn spoilt<F>(spoil: impl Fn(ShareClient) -> F + Send + Sync + 'static) -> (Stage, Handler)
where
    F: Future<Output = ()> + Send,
{
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directories(&source, "docs/2024").await;
    for path in ["docs/2024/a.txt", "docs/2024/b.txt", "docs/2024/c.txt", "top.txt"] {
        put(&source, path, path).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    stage.before(takes_point, move |_| spoil(target.clone()));
    assert_succeeded(&handler.cycle("files").await);
    stage.leave();
    (stage, handler)
}

/// The scratch shares that are there.
async fn scratch_shares(stage: &Stage) -> Vec<String> {
    let options = ListSharesOptions { prefix: Some("backup-drill-".to_owned()), ..Default::default() };
    let shares = stage.service(TARGET).list_shares(&options).await.expect("a list").shares;
    shares.into_iter().map(|share| share.name).collect()
}

async fn assert_cleared(stage: &Stage) {
    assert_eq!(scratch_shares(stage).await, [""; 0]);
}

/// What a drill found is kept, its alert with it; what it made is gone, and the timer's drill fails as well.
async fn assert_found(stage: &Stage, handler: &Handler) -> CycleReport {
    let report: CycleReport = drill(handler).await.ok();
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    let drills: Vec<CycleReport> = handler.get("pairs/files/drills").await;
    assert_eq!(drills.iter().map(|drill| &drill.id).collect::<Vec<_>>(), [&report.id]);
    let one: CycleReport = handler.get(&format!("pairs/files/drills/{}", report.id)).await;
    for kept in drills.iter().chain([&one]) {
        assert_eq!(kept.status, report.status);
        assert_eq!(kept.failures, report.failures);
        assert_eq!(kept.alerts, report.alerts);
    }
    let alert = one.alerts.first().expect("somebody is told");
    assert_eq!(alert.code, "VerifyFailed");
    for failure in &one.failures {
        assert!(alert.detail.contains(&failure.path), "{} in {}", failure.path, alert.detail);
    }
    assert_cleared(stage).await;
    // it shows up as a failed invocation
    assert_eq!(handler.fire_timer("drill-timer").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    one
}

/// What was found of a path.
#[track_caller]
fn detail<'a>(report: &'a CycleReport, path: &str) -> &'a str {
    &report.failures.iter().find(|failure| failure.path == path).expect("found").detail
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_drill_brings_files_and_a_folder_back_and_leaves_nothing_behind() {
    let (stage, handler) = spoilt(async |_| {}).await;
    let report: CycleReport = drill(&handler).await.ok();
    assert_succeeded(&report);
    assert!(report.done.copied.files >= 3, "{:?}", report.done);
    let restore = report.restore.clone().expect("it is one");
    let drill = restore.asked.drill.expect("it is a drill");
    assert_eq!(drill.folder.as_deref(), Some("docs/2024"));
    assert!(drill.source.is_some());
    assert_cleared(&stage).await;
    let drills: Vec<CycleReport> = handler.get("pairs/files/drills").await;
    assert_eq!(drills.iter().map(|drill| &drill.id).collect::<Vec<_>>(), [&report.id]);
    let one: CycleReport = handler.get(&format!("pairs/files/drills/{}", report.id)).await;
    assert_eq!(one.status, Some(Status::Succeeded));
    // the timer does the same
    assert_eq!(handler.fire_timer("drill-timer").await.status, StatusCode::OK);
    let drills: Vec<CycleReport> = handler.get("pairs/files/drills").await;
    assert_eq!(drills.len(), 2);
    assert_cleared(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_drill_finds_a_flipped_byte() {
    const PATHS: [&str; 3] = ["docs/2024/a.txt", "docs/2024/b.txt", "docs/2024/c.txt"];
    let (stage, handler) = spoilt(async |target| {
        for path in PATHS {
            flip(&target, path, 1).await;
        }
    })
    .await;
    let report = assert_found(&stage, &handler).await;
    assert_eq!(reasons(&report.failures), PATHS.map(|path| (path, "ContentDiffers")));
    for path in PATHS {
        let evidence = detail(&report, path);
        assert!(evidence.starts_with("Bytes 0 to 14 have the SHA-256 "), "{evidence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_drill_finds_a_missing_file() {
    let (stage, handler) = spoilt(async |target| remove(&target, "docs/2024/a.txt").await).await;
    let report = assert_found(&stage, &handler).await;
    assert!(reasons(&report.failures).contains(&("docs/2024/a.txt", "NotEqual")), "{:?}", report.failures);
    let evidence = detail(&report, "docs/2024/a.txt");
    assert!(evidence.ends_with("does not hold it"), "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_drill_finds_a_changed_acl() {
    let (stage, handler) = spoilt(async |target| set_acl(&target, "docs/2024/b.txt").await).await;
    let report = assert_found(&stage, &handler).await;
    assert!(reasons(&report.failures).contains(&("docs/2024/b.txt", "NotEqual")), "{:?}", report.failures);
    let evidence = detail(&report, "docs/2024/b.txt");
    assert!(evidence.ends_with("Permission"), "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_drill_finds_a_directory_that_cannot_be_read() {
    let (stage, handler) = spoilt(async |_| {}).await;
    let lists = of_point("List Directories and Files", "/files/docs/2024");
    stage.refuse(lists, 403, "AuthorizationFailure");
    let report = assert_found(&stage, &handler).await;
    assert_eq!(reasons(&report.failures), [("docs/2024", "AuthorizationFailure")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_without_a_recovery_point_has_nothing_to_drill() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({})).await;
    let handler = stage.handler().await;
    drill(&handler).await.problem(409, "NothingToDrill");
    assert_succeeded(&handler.cycle("files").await);
    // nor has one whose recovery point is empty
    drill(&handler).await.problem(409, "NothingToDrill");
    assert_eq!(handler.fire_timer("drill-timer").await.status, StatusCode::OK);
    handler.tell(Method::POST, "pairs/none/drills", "").await.problem(404, "PairNotFound");
}
