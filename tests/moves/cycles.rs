//! Moves in whole cycles: what the report says, what the guard counts, and what a preview shows.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::report::{Change, CycleReport, Reason, Status};
use faults::{Fault, Seen};
use futures::join;
use serde_json::json;
use tokio::sync::Notify;

use super::{add, make};
use crate::support::*;

/// A pair at its first recovery point, and its second cycle after some edits.
async fn cycle(entries: &[&str], edits: &[&str], more: serde_json::Value) -> (Stage, Handler) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", more).await;
    for entry in entries {
        add(&source, entry).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for edit in edits {
        make(&source, edit).await;
    }
    (stage, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_moved_a_cycle_renames_and_says_so() {
    let entries = ["d/", "d/e/", "d/e/f", "d/g", "a", "b"];
    let (stage, handler) = cycle(&entries, &["+n/", "d/>n/d/", "a>x", "b>a", "x>b"], json!({})).await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    let done = report.done;
    assert_eq!((done.renamed, done.copied.files, done.copied.directories, done.deleted), (3, 0, 1, 0));
    assert_eq!(report.planned, done);
    assert_eq!(shown(&stage.share(TARGET, "files")).await, shown(&stage.share(SOURCE, "files")).await);
    let mut moved = Vec::new();
    for chunk in 0.. {
        let page = handler.plan_page(&report, chunk).await;
        moved.extend(page.items.into_iter().filter(|item| item.reason == Reason::Moved));
        if page.next.is_none() {
            break;
        }
    }
    assert!(moved.iter().all(|item| item.change == Change::Renamed), "{moved:?}");
    let mut paths: Vec<&str> = moved.iter().map(|item| item.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["a", "b", "n/d"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_moved_everything_renamed_is_no_disaster() {
    let guard = json!({"guard": {"maxDeletePercent": 0, "maxDeletes": 0, "maxOverwritePercent": 0}});
    let (_stage, handler) = cycle(&["d/", "d/f", "a"], &["d/>e/", "a>b"], guard).await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!((report.done.renamed, report.done.copied.files, report.done.deleted), (2, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_moved_a_file_costs_these_requests_of_a_cycle() {
    let (stage, handler) = cycle(&["d/", "d/f", "e/", "e/g"], &["d/f>e/f"], json!({})).await;
    let log = stage.emulator.log();
    log.reset();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    let records = log.snapshot().recent;
    let count = |operation: &str| records.iter().filter(|record| record.operation == operation).count();
    assert_eq!((count("Rename File"), count("Create File"), count("Put Range")), (1, 0, 0));
    // three directories on each side, the base of one; two parents before the rename, and three directories after it
    assert_eq!(count("List Directories and Files"), 6 + 1 + 2 + 3, "{report:#?}");
    // one look at each side of the file and of its past, one question, and the times of both parents
    assert_eq!((count("Get File Properties"), count("List Ranges")), (4, 1));
    assert_eq!(count("Set Directory Properties"), 2);
}

/// Nobody gets an answer about the base of the second cycle, which is asked for nothing else than what moved. Tells when
/// somebody asked.
async fn silence(stage: &Stage, handler: &Handler) -> Arc<Notify> {
    let base = handler.newest("files").await.source_snapshot.expect("a recovery point");
    // the time alone stands in a query as it is in the id, but for its colons
    let base = base.as_str().rsplit(':').next().unwrap_or_default().to_owned();
    let asked = Arc::new(Notify::new());
    let ask = asked.clone();
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let is_list = seen.operation == "List Directories and Files" && seen.account == SOURCE;
        if !is_list || !seen.query.contains(&base) {
            return Fault::None;
        }
        ask.notify_one();
        Fault::Delay { by: Duration::from_secs(3_600) }
    })));
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_is_cancelled_while_it_finds_out_what_moved() {
    let (stage, handler) = cycle(&["d/", "d/f", "e/", "e/g"], &["d/f>e/f"], json!({})).await;
    let asked = silence(&stage, &handler).await;
    let cancel = async {
        asked.notified().await;
        handler.decide("files", &json!({"action": "cancel"})).await
    };
    let (started, _) = join!(handler.start_cycle("files"), cancel);
    assert_eq!(started.report().status, Some(Status::Cancelled));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_found_out_in_an_invocation_is_copied_and_not_tried_in_the_next() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    for entry in ["d/", "d/f", "e/", "e/g"] {
        add(&source, entry).await;
    }
    let mut variables = stage.variables();
    variables.insert("BACKUP_BUDGET_SECONDS".to_owned(), "1".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&ended(&handler).await);
    make(&source, "d/f>e/f").await;
    silence(&stage, &handler).await;
    let report = ended(&handler).await;
    assert_succeeded(&report);
    assert_eq!((report.done.renamed, report.done.copied.files, report.done.deleted), (0, 1, 1));
    assert_eq!(shown(&target).await, shown(&source).await);
}

/// A cycle, in as many invocations as it needs.
async fn ended(handler: &Handler) -> CycleReport {
    let mut report = handler.cycle("files").await;
    for _ in 0..10 {
        if report.status.is_some() {
            break;
        }
        report = handler.resume("files").await;
    }
    report
}
