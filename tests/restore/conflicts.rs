//! What stands in the way, and whose ACL counts.

use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::{FileAttributes, Permission, PermissionFormat, ShareClient, SmbProperties};
use serde_json::json;

use super::with_files;
use crate::support::*;

pub(super) const THEIRS: &str = "O:BAG:SYD:(A;;FA;;;SY)";
pub(super) const OURS: &str = "O:BAG:SYD:(A;;FA;;;BA)(A;;FR;;;BU)";

pub(super) async fn permit(share: &ShareClient, path: &str, sddl: &str) {
    let permission = Permission { value: sddl.to_owned(), format: PermissionFormat::Sddl };
    let key = share.create_permission(&permission).await.expect("a key");
    set(share, path, SmbProperties { permission_key: Some(key), ..Default::default() }).await;
}

async fn permission(share: &ShareClient, path: &str) -> String {
    let key = share.file_client(path).get_properties().await.expect("there").written.permission_key;
    share.get_permission(&key, PermissionFormat::Sddl).await.expect("a permission").value
}

pub(super) fn beside(name: &str, restore: &CycleReport) -> String {
    let mark = format!(" (restored {})", restore.id);
    match name.rsplit_once('.') {
        Some((stem, end)) => format!("{stem}{mark}.{end}"),
        None => format!("{name}{mark}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_what_stands_there_is_overwritten_or_stays_or_gets_a_neighbour() {
    let (_stage, source, _, handler) = backed_up().await;
    put(&source, "a", "changed").await;
    let skipped = handler.restored(json!({"conflict": "skip"})).await;
    assert_eq!(read(&source, "a").await, "changed");
    let restore = skipped.restore.expect("it is one");
    assert_eq!((restore.skipped, restore.safety_snapshot), (1, None));
    let renamed = handler.restored(json!({"conflict": "rename"})).await;
    assert_eq!(read(&source, "a").await, "changed");
    assert_eq!(names(&source, "").await, ["a".to_owned(), beside("a", &renamed)]);
    assert_eq!(read(&source, &beside("a", &renamed)).await, "data");
    assert_eq!(renamed.restore.expect("it is one").safety_snapshot, None);
    handler.restored(json!({"conflict": "overwrite"})).await;
    assert_eq!(read(&source, "a").await, "data");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_a_neighbour_is_whole_whatever_its_kind_and_size() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_directories(&source, "tree/below").await;
    let large = "large ".repeat(200_000);
    for (path, body) in
        [("tree/below/x.txt", "x"), ("report.final.docx", "docx"), ("large.bin", large.as_str())]
    {
        put(&source, path, body).await;
    }
    put_read_only(&source, "locked.txt", "locked").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let before = shown(&source).await;
    for path in ["report.final.docx", "large.bin"] {
        put(&source, path, "spoilt").await;
    }
    set(
        &source,
        "locked.txt",
        SmbProperties { attributes: Some(FileAttributes::ARCHIVE), ..Default::default() },
    )
    .await;
    remove(&source, "tree/below/x.txt").await;
    source.directory_client("tree/below").delete().await.expect("empty");
    source.directory_client("tree").delete().await.expect("empty");
    put(&source, "tree", "a file now").await;
    let report = handler.restored(json!({"conflict": "rename", "deleteExtra": true})).await;
    let after = shown(&source).await;
    for path in ["report.final.docx", "large.bin", "locked.txt"] {
        assert_eq!(after[&beside(path, &report)], before[path], "{path}");
    }
    let tree = beside("tree", &report);
    assert_eq!(after[&format!("{tree}/below/x.txt")], before["tree/below/x.txt"]);
    assert_eq!(read(&source, "tree").await, "a file now");
    assert_eq!(read(&source, "large.bin").await, "spoilt");
    // once more brings nothing but other neighbours
    let again = handler.restored(json!({"conflict": "rename"})).await;
    assert_eq!(shown(&source).await[&beside("large.bin", &again)], before["large.bin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_acls_come_back_or_stay_as_they_are() {
    let (_stage, source, _, handler) = backed_up().await;
    put(&source, "b", "data").await;
    let large = "large ".repeat(200_000);
    put(&source, "c", &large).await;
    for path in ["a", "b", "c"] {
        permit(&source, path, OURS).await;
    }
    assert_succeeded(&handler.cycle("files").await);
    let ours = permission(&source, "a").await;
    let spoil = async || {
        for path in ["a", "b", "c"] {
            put(&source, path, "spoilt").await;
            permit(&source, path, THEIRS).await;
        }
        remove(&source, "b").await;
    };
    spoil().await;
    let theirs = permission(&source, "a").await;
    assert_ne!(theirs, ours);
    handler.restored(json!({"conflict": "overwrite", "acl": "skip"})).await;
    assert_eq!((read(&source, "a").await.as_str(), read(&source, "c").await == large), ("data", true));
    for path in ["a", "c"] {
        assert_eq!(permission(&source, path).await, theirs, "{path}");
    }
    // what was not there inherits
    assert_ne!(permission(&source, "b").await, ours);
    handler.restored(json!({"conflict": "overwrite"})).await;
    for path in ["a", "b", "c"] {
        assert_eq!(permission(&source, path).await, ours, "{path}");
    }
    // an ACL alone is a difference
    permit(&source, "a", THEIRS).await;
    let skipped = handler.restored(json!({"conflict": "skip"})).await;
    assert_eq!(skipped.restore.expect("it is one").skipped, 1);
    assert_eq!(permission(&source, "a").await, theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_a_file_that_an_earlier_restore_left_unfinished_is_in_nobodys_way() {
    let (_stage, source, _, handler) = backed_up().await;
    let sentinel = "1997-07-01T00:00:00.7654321Z".parse().expect("a time");
    put(&source, "a", "half").await;
    set(&source, "a", SmbProperties { last_write_time: Some(sentinel), ..Default::default() }).await;
    let report = handler.restored(json!({"conflict": "skip"})).await;
    assert_eq!(read(&source, "a").await, "data");
    assert_eq!(report.restore.expect("it is one").skipped, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_2_only_what_is_wanted_is_deleted() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"exclude": ["kept"]})).await;
    put_directory(&source, "d").await;
    put(&source, "d/old.txt", "old").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put_directory(&source, "d/new").await;
    put_directory(&source, "other").await;
    for path in ["d/new.txt", "d/new.doc", "d/new/x.txt", "d/new/x.doc", "other/x.txt", "kept"] {
        put(&source, path, "new").await;
    }
    handler.restored(json!({"include": ["d/**/*.txt"], "conflict": "overwrite", "deleteExtra": true})).await;
    let left: Vec<String> = shown(&source).await.into_keys().collect();
    assert_eq!(
        left,
        ["", "d", "d/new", "d/new.doc", "d/new/x.doc", "d/old.txt", "kept", "other", "other/x.txt"]
    );
    // all of it: what the pair excludes is not in the recovery point, and stays
    handler.restored(json!({"conflict": "overwrite", "deleteExtra": true})).await;
    let left: Vec<String> = shown(&source).await.into_keys().collect();
    assert_eq!(left, ["", "d", "d/old.txt", "kept"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_differs_and_stays_is_counted_with_the_files_that_do() {
    let (_stage, source, handler) = with_files(json!({}), &[("d/a", "a"), ("e/b", "b")]).await;
    let hidden = FileAttributes::DIRECTORY.with(FileAttributes::HIDDEN);
    let smb = SmbProperties { attributes: Some(hidden), ..Default::default() };
    source.directory_client("d").set_properties(&smb).await.expect("set");
    for conflict in ["skip", "rename"] {
        let report = handler.restored(json!({"conflict": conflict})).await;
        assert_eq!(report.restore.expect("it is one").skipped, 1, "{conflict}");
    }
    let report = handler.restored(json!({"conflict": "skip", "include": ["d/a"]})).await;
    assert_eq!(report.restore.expect("it is one").skipped, 0, "nobody asked for the directory itself");
    let report = handler.restored(json!({"conflict": "overwrite"})).await;
    assert_eq!(report.restore.expect("it is one").skipped, 0);
}
