//! Somebody else deletes the target share in the middle of a cycle and makes an empty one of its name, or only raises
//! its quota: the one never becomes a recovery point, the other never costs one.

use std::sync::{Arc, Mutex};

use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_storage_file_share::ShareClient;
use faults::{Fault, Seen};
use futures::future::BoxFuture;
use serde_json::json;

use crate::support::*;

type Deed = fn(ShareClient) -> BoxFuture<'static, ()>;

/// Operations of the target before which it is done. Snapshot Share is none: what was looked at right before it cannot be
/// deleted and made again so fast, since the service keeps the name of a deleted share for 30 seconds.
const STEPS: [&str; 3] = ["Get Share Properties", "List Shares", "List Directories and Files"];

/// The second cycle of a pair, with `deed` done to its target before the request `at` of those that count; `None`
/// where the cycle ended before. Whether something is there to be copied.
async fn disturbed(deed: Deed, at: usize, has_news: bool) -> Option<(Stage, Handler, CycleReport)> {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directory(&source, "d").await;
    put(&source, "d/a", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    if has_news {
        put(&source, "d/b", "news").await;
    }
    let (runtime, seen) = (tokio::runtime::Handle::current(), Arc::new(Mutex::new(0)));
    let counted = seen.clone();
    stage.emulator.set_faults(Some(Arc::new(move |request: &Seen<'_>| {
        if request.account == TARGET && STEPS.contains(&request.operation) {
            let number = {
                let mut seen = seen.lock().expect("no panic");
                *seen += 1;
                *seen
            };
            if number == at {
                tokio::task::block_in_place(|| runtime.block_on(deed(target.clone())));
            }
        }
        Fault::None
    })));
    let report = handler.cycle("files").await;
    stage.emulator.set_faults(None);
    let was_done = *counted.lock().expect("no panic") >= at;
    was_done.then_some((stage, handler, report))
}

/// A new recovery point holds everything.
async fn assert_whole(stage: &Stage, report: &CycleReport, told: &str) {
    let Some(snapshot) = &report.target_snapshot else { return };
    let snapshot = stage.share(TARGET, "files").with_snapshot(snapshot);
    assert_eq!(read(&snapshot, "d/a").await, "data", "{told}: {report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_share_made_anew_midway_never_becomes_a_recovery_point() {
    for has_news in [false, true] {
        let mut at = 1;
        while let Some((stage, handler, report)) =
            disturbed(|target| Box::pin(async move { replace(&target).await }), at, has_news).await
        {
            let told = format!("news: {has_news}, replaced before request {at}");
            assert_whole(&stage, &report, &told).await;
            for point in handler.recovery_points("files").await {
                let snapshot = stage.share(TARGET, "files").with_snapshot(&point.target);
                assert_eq!(read(&snapshot, "d/a").await, "data", "{told}: {report:#?}");
            }
            at += 1;
        }
        assert!(at > 5, "{at} requests are too few to tell");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_raised_midway_costs_no_recovery_point() {
    for has_news in [false, true] {
        let mut at = 1;
        while let Some((stage, _, report)) =
            disturbed(|target| Box::pin(async move { set_quota(&target, 7).await }), at, has_news).await
        {
            let told = format!("news: {has_news}, raised before request {at}");
            assert_eq!(report.status, Some(Status::Succeeded), "{told}: {report:#?}");
            assert_whole(&stage, &report, &told).await;
            at += 1;
        }
        assert!(at > 5, "{at} requests are too few to tell");
    }
}

/// Snapshot Share happened, its answer is lost, and whoever looks is told once that there is no such share.
#[tokio::test]
async fn a_recovery_point_that_exists_is_never_reported_as_a_failure() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let handler = stage.handler().await;
    let was_taken = Mutex::new(Some(false));
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let mut was_taken = was_taken.lock().expect("no panic");
        if seen.account == TARGET && seen.operation == "Snapshot Share" && *was_taken == Some(false) {
            *was_taken = Some(true);
            return Fault::DropAfter;
        }
        if seen.account == TARGET && *was_taken == Some(true) {
            *was_taken = None;
            return Fault::Refuse { status: 404, code: "ShareNotFound", retry_after_seconds: None };
        }
        Fault::None
    })));
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    let points = handler.recovery_points("files").await;
    assert_eq!(
        points.iter().map(|point| &point.target).collect::<Vec<_>>(),
        [&report.target_snapshot.expect("taken")]
    );
}
