//! A share of some size, of which one file in a hundred was changed on the other side.

use std::collections::BTreeMap;

use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::{EntryKind, ListOptions, ShareClient};
use futures::{StreamExt, stream};
use serde_json::json;
use share_tree::read_back;

use super::assert_goes_on;
use crate::support::*;
use crate::sweep::runs::is_full;

const IN_A_DIRECTORY: u64 = 500;
/// Of a file that is written anew.
const BYTES: u64 = 700;
/// Files put at once.
const AT_ONCE: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_5_there_and_back_moves_what_was_changed_and_nothing_else() {
    let files: u64 = if is_full() { 100_000 } else { 5_000 };
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let directories = fill(&source, files).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    handler.fail_over().await;
    let changed = files / 100;
    change(&target, changed).await;
    stage.emulator.log().reset();
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    handler.approve_failback(&waiting).await;
    // as the service counts them, into either share
    let bytes = stage.emulator.log().snapshot().bytes;
    let moved: u64 =
        bytes.iter().filter(|((_, operation), _)| *operation != "Get File").map(|(_, n)| n).sum();
    assert!(moved >= changed * BYTES && moved * 100 <= changed * BYTES * 105, "{bytes:?}");
    let report = handler.failback().await;
    assert_succeeded(&report);
    assert_eq!((report.done.copied.files, report.done.copied.bytes), (changed, changed * BYTES));
    let (here, there) = tokio::join!(whole(&source), whole(&target));
    assert_eq!(here.len() as u64, 1 + directories + files);
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

/// Writes so many files anew, over the whole share.
async fn change(share: &ShareClient, files: u64) {
    let mut waiting = vec![String::new()];
    let mut all = Vec::new();
    while let Some(directory) = waiting.pop() {
        let options = ListOptions::default();
        let page = share.directory_client(&directory).list_directories_and_files(&options).await;
        for entry in page.expect("a listing").entries {
            let path = if directory.is_empty() { entry.name } else { format!("{directory}/{}", entry.name) };
            if matches!(entry.kind, EntryKind::Directory) { waiting.push(path) } else { all.push(path) }
        }
    }
    let every = all.len() / files as usize;
    let body = "b".repeat(BYTES as usize);
    let written = all.iter().step_by(every).map(|path| put(share, path, &body));
    let written: Vec<()> = stream::iter(written).buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(written.len() as u64, files);
}

/// What a share holds, as text by path.
async fn whole(share: &ShareClient) -> BTreeMap<String, String> {
    let found = read_back(share).await.expect("readable");
    found.iter().map(|(path, entry)| (path.to_owned(), format!("{entry:?}"))).collect()
}
