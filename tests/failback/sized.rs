//! A share of some size, of which one file in a hundred was changed on the other side.

use std::collections::BTreeMap;

use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::{EntryKind, ListOptions, RenameOptions, ShareClient};
use futures::{StreamExt, stream};
use serde_json::json;
use share_tree::read_back;

use super::assert_goes_on;
use crate::support::*;
use crate::sweep::runs::is_full;

const IN_A_DIRECTORY: u64 = 500;
/// Of a file that is written anew.
const BYTES: u64 = 700;
/// What becomes of files: written anew, deleted, renamed, given another ACL, put beside.
const KINDS: u64 = 5;
/// Bytes of a large file, and of what changes in it.
const LARGE: usize = 3 << 20;
const RANGE: usize = 64 << 10;
/// Files put at once.
const AT_ONCE: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_5_there_and_back_moves_what_was_changed_and_nothing_else() {
    let files: u64 = if is_full() { 100_000 } else { 5_000 };
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let directories = fill(&source, files).await;
    put(&source, "large", &"large ".repeat(LARGE / 6)).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    handler.fail_over().await;
    let of_each_kind = files / 100 / KINDS;
    change(&target, of_each_kind).await;
    write(&target, "large", 1 << 20, &[b'c'; RANGE]).await;
    let changed = 2 * of_each_kind * BYTES + RANGE as u64;
    stage.emulator.log().reset();
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    handler.approve_failback(&waiting).await;
    // as the service counts them, into either share
    let bytes = stage.emulator.log().snapshot().bytes;
    let moved: u64 =
        bytes.iter().filter(|((_, operation), _)| *operation != "Get File").map(|(_, n)| n).sum();
    assert!(moved >= changed && moved * 100 <= changed * 105, "{changed} bytes changed: {bytes:?}");
    let report = handler.failback().await;
    assert_succeeded(&report);
    let done = &report.done;
    // of a file that changed in part its size is told
    let copied = 2 * of_each_kind * BYTES + LARGE as u64;
    assert_eq!((done.copied.files, done.copied.bytes), (2 * of_each_kind + 1, copied));
    assert_eq!((done.renamed, done.deleted, done.metadata), (of_each_kind, of_each_kind, of_each_kind));
    let (here, there) = tokio::join!(whole(&source), whole(&target));
    assert_eq!(here.len() as u64, 2 + directories + files);
    let unequal: Vec<&String> = here.keys().filter(|path| here.get(*path) != there.get(*path)).collect();
    assert!(unequal.is_empty() && here.len() == there.len(), "{unequal:?}");
    assert_eq!(roles(&target).await, ["target"; 2]);
    assert_goes_on(&handler, &stage).await;
}

/// Files in directories, of which it returns the number.
async fn fill(share: &ShareClient, files: u64) -> u64 {
    let directories = files / IN_A_DIRECTORY;
    for directory in 0..directories {
        put_directory(share, &format!("d{directory:03}")).await;
    }
    let paths = (0..files).map(|number| format!("d{:03}/{number:06}", number / IN_A_DIRECTORY));
    let put = async |path: String| put(share, &path, &path.repeat(40)).await;
    stream::iter(paths).map(put).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    directories
}

/// Over the whole share so many files are written anew, as many deleted, renamed, given another ACL, and as many come to it.
async fn change(share: &ShareClient, of_each_kind: u64) {
    let all = paths(share).await;
    let every = all.len() / (of_each_kind * KINDS) as usize;
    let body = &"b".repeat(BYTES as usize);
    let changed =
        all.iter().step_by(every).enumerate().map(async |(number, path)| match number as u64 % KINDS {
            0 => put(share, path, body).await,
            1 => remove(share, path).await,
            2 => {
                let to = format!("{path}-renamed");
                drop(share.file_client(path).rename(&to, &RenameOptions::default()).await.expect("renamed"));
            }
            3 => set_acl(share, path).await,
            _ => put(share, &format!("{path}-new"), body).await,
        });
    let changed: Vec<()> = stream::iter(changed).buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(changed.len() as u64, of_each_kind * KINDS);
}

/// Of all files in directories.
async fn paths(share: &ShareClient) -> Vec<String> {
    let mut all = Vec::new();
    let list = async |path: &str| {
        let (directory, options) = (share.directory_client(path), ListOptions::default());
        directory.list_directories_and_files(&options).await.expect("a listing").entries
    };
    for directory in list("").await.into_iter().filter(|entry| matches!(entry.kind, EntryKind::Directory)) {
        let entries = list(&directory.name).await;
        all.extend(entries.into_iter().map(|entry| format!("{}/{}", directory.name, entry.name)));
    }
    all
}

/// What a share holds, as text by path.
async fn whole(share: &ShareClient) -> BTreeMap<String, String> {
    let found = read_back(share).await.expect("readable");
    found.iter().map(|(path, entry)| (path.to_owned(), format!("{entry:?}"))).collect()
}
