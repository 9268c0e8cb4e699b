//! The directory that everything comes into, and the share that has to be made.

use azure_files_backup::cycle::report::CycleReport;
use serde_json::json;

use super::with_files;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_where_the_folder_was_to_be_is_told_of() {
    let (_stage, _, handler) = with_files(json!({}), &[("a/b/x", "x"), ("a/b/y", "y")]).await;
    let there = json!({"at": "source", "folder": "a/b/x"});
    let asked = json!({"include": ["a/b/x", "a/b/y"], "destination": there});
    assert_failed(&handler.restore(asked).await.ok(), "FileInTheWay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_no_share_can_have_ends_the_restore_and_the_next_one_begins() {
    let (_stage, source, _, handler) = backed_up().await;
    for folder in ["a:b", &"n".repeat(300)] {
        let asked = json!({"destination": {"at": "source", "folder": folder}});
        assert_failed(&handler.restore(asked).await.ok(), "FolderRefused");
    }
    for folder in ["x/..", "a//b"] {
        let asked = json!({"destination": {"at": "source", "folder": folder}});
        let detail = handler.restore(asked).await.problem(400, "RequestMistaken");
        assert!(detail.contains("destination.folder"), "{detail}");
    }
    handler.restored(json!({"destination": {"at": "source", "folder": "/a b/"}})).await;
    assert_eq!(read(&source, "a b/a").await, "data");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_share_that_is_gone_can_be_made_and_filled() {
    let (_stage, source, _, handler) = backed_up().await;
    remove_share(&source).await;
    let report: CycleReport = handler.restore(json!({})).await.ok();
    assert_failed(&report, "ShareNotFound");
    let detail = &report.error.expect("it says why").detail;
    assert!(detail.contains("destination.create"), "{detail}");
    handler.restored(json!({"destination": {"at": "source", "create": true}})).await;
    assert_eq!(read(&source, "a").await, "data");
}
