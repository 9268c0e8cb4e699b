//! A restore that a person cancels while data is on its way: what it built goes, and what had to give way comes back.

use azure_files_backup::cycle::report::Status;
use azure_storage_file_share::ShareClient;
use serde_json::json;

use super::large::{LARGE, cancelled_midway, intact, put_large};
use super::{mark, with_files};
use crate::support::*;

/// A pair whose large file is at its first recovery point.
async fn with_large(path: &str) -> (Stage, ShareClient, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    if let Some((directory, _)) = path.rsplit_once('/') {
        put_directories(&source, directory).await;
    }
    put_large(&source, path).await;
    let handler = stage.patient_handler().await;
    assert_succeeded(&handler.cycle("files").await);
    (stage, source, target, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_to_be_overwritten_stays_and_the_next_restore_brings_it() {
    let (stage, source, _, handler) = with_large("large").await;
    put(&source, "large", "spoilt").await;
    let asked = json!({"conflict": "overwrite", "include": ["large"]});
    let report = cancelled_midway(&stage, &handler, asked.clone()).await;
    assert_eq!((report.status, report.alerts), (Some(Status::Cancelled), vec![]));
    assert_eq!(names(&source, "").await, ["large"]);
    assert_eq!(read(&source, "large").await, "spoilt");
    assert_succeeded(&handler.cycle("files").await);
    let first = handler.recovery_points("files").await.pop().expect("there are two");
    let mut again = asked;
    again["recoveryPoint"] = json!(first.cycle);
    handler.restored(again).await;
    assert_eq!((intact(&source, "large").await, names(&source, "").await), (LARGE, vec!["large".to_owned()]));
    assert_succeeded(&handler.cycle("files").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_leaves_nothing_and_no_garbage_in_the_next_recovery_point() {
    let (stage, source, target, handler) = with_large("large").await;
    remove(&source, "large").await;
    let report = cancelled_midway(&stage, &handler, json!({"include": ["large"]})).await;
    assert_eq!((report.status, report.alerts), (Some(Status::Cancelled), vec![]));
    assert_eq!(names(&source, "").await, Vec::<String>::new());
    // an empty source over a target with content waits for a person
    assert_waits(&handler.cycle("files").await);
    assert_eq!(intact(&target, "large").await, LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_goes_on_though_a_cycle_ran_in_between() {
    let (stage, source, _, handler) = with_large("large").await;
    put(&source, "other", "other").await;
    assert_succeeded(&handler.cycle("files").await);
    let last_write =
        async || source.file_client("large").get_properties().await.expect("there").written.last_write_time;
    let true_time = last_write().await;
    remove(&source, "large").await;
    let point = handler.recovery_points("files").await.remove(0).cycle;
    let asked = json!({"include": ["large"], "recoveryPoint": point, "conflict": "overwrite"});
    cancelled_midway(&stage, &handler, asked.clone()).await;
    assert_succeeded(&handler.cycle("files").await);
    handler.restored(asked).await;
    assert_eq!((intact(&source, "large").await, last_write().await), (LARGE, true_time));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_to_give_way_to_a_directory_that_did_not_come_is_put_back() {
    let (stage, source, _, handler) = with_large("flip/large").await;
    remove(&source, "flip/large").await;
    source.directory_client("flip").delete().await.expect("empty");
    put(&source, "flip", "what a person wrote since").await;
    let report = cancelled_midway(&stage, &handler, json!({"conflict": "overwrite"})).await;
    assert_eq!((report.status, report.alerts), (Some(Status::Cancelled), vec![]));
    assert_eq!(names(&source, "").await, ["flip"]);
    assert_eq!(read(&source, "flip").await, "what a person wrote since");
    handler.restored(json!({"conflict": "skip"})).await;
    assert_eq!(read(&source, "flip").await, "what a person wrote since");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_to_give_way_to_a_directory_that_came_in_part_stands_beside_it() {
    let (stage, source, _, handler) = with_large("flip/large").await;
    put(&source, "flip/small", "small").await;
    assert_succeeded(&handler.cycle("files").await);
    for path in ["flip/large", "flip/small"] {
        remove(&source, path).await;
    }
    source.directory_client("flip").delete().await.expect("empty");
    put(&source, "flip", "what a person wrote since").await;
    let report = cancelled_midway(&stage, &handler, json!({"conflict": "overwrite"})).await;
    let beside = format!("flip (kept {})", report.id);
    assert_eq!(report.alerts.iter().map(|alert| alert.code.as_str()).collect::<Vec<_>>(), ["KeptBeside"]);
    assert!(report.alerts[0].detail.contains(&beside), "{:?}", report.alerts);
    assert_eq!(names(&source, "").await, ["flip".to_owned(), beside.clone()]);
    assert_eq!(names(&source, "flip").await, ["small"]);
    assert_eq!(read(&source, &beside).await, "what a person wrote since");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_beside_others_by_then_stays() {
    let (stage, source, handler) = with_files(json!({}), &[("a", "a"), ("b", "b")]).await;
    drop(handler);
    put_large(&source, "large").await;
    let handler = stage.patient_handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for path in ["a", "b", "large"] {
        put(&source, path, "newer").await;
    }
    let report = cancelled_midway(&stage, &handler, json!({"conflict": "rename"})).await;
    let mark = mark(&report);
    assert_eq!(
        names(&source, "").await,
        ["a", &format!("a{mark}"), "b", &format!("b{mark}"), "large"].map(str::to_owned)
    );
}
