//! The whole share: to where it came from, to a new share, into a directory.

use serde_json::json;

use super::files;
use crate::support::*;

/// A pair whose source lost, changed, renamed and gained entries since its recovery point.
async fn spoilt()
-> (Stage, azure_storage_file_share::ShareClient, Handler, std::collections::BTreeMap<String, Shown>) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_directories(&source, "docs/2024").await;
    put_directory(&source, "empty").await;
    for path in ["docs/2024/a.txt", "docs/2024/b.doc", "docs/c.txt", "same", "gone", "renamed", "flipped"] {
        put(&source, path, path).await;
    }
    put_read_only(&source, "docs/locked", "locked").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let before = shown(&source).await;
    put(&source, "docs/2024/a.txt", "encrypted").await;
    for path in ["gone", "docs/c.txt", "flipped"] {
        remove(&source, path).await;
    }
    put_directory(&source, "flipped").await;
    source.file_client("renamed").rename("anew", &Default::default()).await.expect("renamed");
    rename_directory(&source, "empty", "docs/full").await;
    put(&source, "docs/full/new", "new").await;
    (stage, source, handler, before)
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_all_that_was_lost_comes_back_and_what_came_since_stays() {
    let (_stage, source, handler, before) = spoilt().await;
    let report = handler.restore(json!({"conflict": "overwrite"})).await.ok();
    // a directory where a file was is not deleted for it
    let report: azure_files_backup::cycle::report::CycleReport = report;
    assert_eq!(reasons(&report.failures), [("flipped", "DirectoryInTheWay")]);
    let after = shown(&source).await;
    for (path, entry) in before.iter().filter(|(path, entry)| entry.data.is_some() && *path != "flipped") {
        assert_eq!(after.get(path), Some(entry), "{path}");
    }
    assert!(after.contains_key("empty") && after.contains_key("docs/full/new") && after.contains_key("anew"));
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_with_what_came_since_removed_the_share_is_what_it_was() {
    let (_stage, source, handler, before) = spoilt().await;
    let report = handler.restored(json!({"conflict": "overwrite", "deleteExtra": true})).await;
    assert_eq!(shown(&source).await, before);
    let restore = report.restore.expect("it is one");
    let safety = restore.safety_snapshot.expect("something was overwritten");
    let before_it = source.with_snapshot(&safety);
    assert_eq!(read(&before_it, "docs/2024/a.txt").await, "encrypted");
    assert!(restore.note.contains("source"), "{}", restore.note);
    // nothing of it is in the way of the next cycle, which finds nothing to do
    let next = handler.cycle("files").await;
    assert_succeeded(&next);
    assert_eq!(next.planned.copied.files, 0, "{:?}", next.planned);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_a_new_share_gets_everything() {
    let (stage, _, handler, before) = spoilt().await;
    let there = json!({"at": "share", "share": "rescue", "create": true});
    let report = handler.restored(json!({"destination": there})).await;
    let mut after = shown(&stage.share(TARGET, "rescue")).await;
    let mut before = before;
    // `skip` leaves what is there, as the root is
    after.remove("");
    before.remove("");
    assert_eq!(after, before);
    assert_eq!(report.restore.expect("it is one").safety_snapshot, None);
    let whole =
        json!({"destination": {"at": "share", "share": "rescue2", "create": true}, "conflict": "overwrite"});
    handler.restored(whole).await;
    assert_eq!(
        shown(&stage.share(TARGET, "rescue2")).await.remove(""),
        shown(&stage.share(TARGET, "files")).await.remove("")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_a_directory_in_any_share_gets_everything() {
    let (_stage, source, handler, before) = spoilt().await;
    let there = json!({"at": "source", "folder": "restored/today/"});
    let untouched = files(&source).await;
    handler.restored(json!({"destination": there, "conflict": "overwrite"})).await;
    let after = shown(&source).await;
    for (path, entry) in before.iter().filter(|(path, _)| !path.is_empty()) {
        assert_eq!(after.get(&format!("restored/today/{path}")), Some(entry), "{path}");
    }
    let mut rest = files(&source).await;
    rest.retain(|path, _| !path.starts_with("restored/"));
    assert_eq!(rest, untouched);
}
