//! A file stands where a directory comes back.

use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::ShareClient;
use serde_json::json;

use super::{mark, with_files};
use crate::support::*;

/// A directory `tree` at the recovery point, where a file is now.
async fn a_file_now() -> (Stage, ShareClient, Handler) {
    let (stage, source, handler) = with_files(json!({}), &[("tree/below/b", "b"), ("tree/a", "a")]).await;
    for path in ["tree/below/b", "tree/a"] {
        remove(&source, path).await;
    }
    for path in ["tree/below", "tree"] {
        source.directory_client(path).delete().await.expect("empty");
    }
    put(&source, "tree", "a file now").await;
    (stage, source, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_named_comes_beside_a_file_with_what_is_in_it() {
    let (_stage, source, handler) = a_file_now().await;
    let report = handler.restored(json!({"include": ["tree"], "conflict": "rename"})).await;
    let beside = format!("tree{}", mark(&report));
    let found: Vec<String> = shown(&source).await.into_keys().collect();
    let expected = ["", "tree", &beside, &format!("{beside}/a"), &format!("{beside}/below")];
    assert_eq!(found[..5], expected.map(str::to_owned));
    assert_eq!(found[5..], [format!("{beside}/below/b")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_below_a_file_costs_nobody_that_one() {
    let (_stage, source, handler) = a_file_now().await;
    for conflict in ["skip", "overwrite", "rename"] {
        let asked = json!({"include": ["tree/a"], "conflict": conflict});
        handler.restore(asked).await.ok::<CycleReport>();
        assert_eq!(read(&source, "tree").await, "a file now", "{conflict}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_directory_takes_the_place_of_is_in_the_safety_snapshot() {
    let (_stage, source, handler) = a_file_now().await;
    let report = handler.restored(json!({"include": ["tree"], "conflict": "overwrite"})).await;
    let safety = report.restore.expect("it is one").safety_snapshot.expect("a file went");
    assert_eq!(read(&source.with_snapshot(&safety), "tree").await, "a file now");
    assert_eq!(names(&source, "tree").await, ["a", "below"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn acls_stay_where_a_directory_takes_the_place_of_a_file() {
    let (_stage, _source, handler) = a_file_now().await;
    handler.restored(json!({"acl": "skip", "conflict": "overwrite"})).await;
    handler.restored(json!({"acl": "skip", "conflict": "rename"})).await;
}
