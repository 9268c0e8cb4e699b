//! What the pair excludes, by now or from the beginning.

use azure_files_backup::cycle::report::CycleReport;
use serde_json::json;

use super::with_files;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_recovery_point_holds_comes_back_though_it_is_excluded_since() {
    let (mut stage, source, handler) = with_files(json!({}), &[("a", "data"), ("b", "data")]).await;
    drop(handler);
    stage.change("files", json!({"exclude": ["b"]}));
    let handler = stage.handler().await;
    remove(&source, "a").await;
    remove(&source, "b").await;
    handler.restored(json!({})).await;
    assert_eq!(names(&source, "").await, ["a", "b"]);
    remove(&source, "b").await;
    handler.restored(json!({"include": ["b"]})).await;
    assert_eq!(names(&source, "").await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_extra_is_one_that_the_pair_does_not_exclude_wherever_the_walk_begins() {
    let exclude = json!({"exclude": ["cache", "**/*.tmp"]});
    let (_stage, source, handler) = with_files(exclude, &[("cache/x/kept", "kept"), ("d/e/a", "a")]).await;
    put(&source, "d/e/b.tmp", "tmp").await;
    put(&source, "d/e/b", "b").await;
    let asked = json!({"include": ["cache/x/*", "d/e/*"], "conflict": "overwrite", "deleteExtra": true});
    handler.restored(asked).await;
    let asked = json!({"include": ["cache/x/kept"], "conflict": "overwrite", "deleteExtra": true});
    handler.restore(asked).await.ok::<CycleReport>();
    assert_eq!(names(&source, "cache/x").await, ["kept"]);
    assert_eq!(names(&source, "d/e").await, ["a", "b.tmp"]);
}
