//! What each way of moving costs, and what is not taken for a move.

use azure_storage_file_share::{
    ContentHeaders, FileAttributes, FileTime, Metadata, SetFileProperties, SmbProperties,
};

use super::{Pair, mirrored};
use crate::support::*;

/// Entries, edits, and how many renames and copies they take.
#[track_caller]
fn check(entries: &[&str], edits: &[&str], renames: usize, copies: usize) {
    let place = std::panic::Location::caller();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let stage = Stage::set().await;
        let pair = Pair::new(&stage, "files", entries).await;
        pair.edit(edits).await;
        let asked = mirrored(&stage, &pair).await;
        assert_eq!((asked.renames(), asked.copies()), (renames, copies), "{edits:?} at {place}");
    });
}

#[test]
fn accept_sync_engine_moved_a_file_is_renamed_and_nothing_is_copied() {
    check(&["a"], &["a>b"], 1, 0);
    check(&["d/", "e/", "d/a"], &["d/a>e/b"], 1, 0);
}

#[test]
fn accept_sync_engine_moved_a_directory_is_renamed_with_all_that_is_in_it() {
    check(&["d/", "d/e/", "d/e/f", "x/"], &["d/>x/y/"], 1, 0);
    // and what differs inside is made equal
    check(&["d/", "d/e/", "d/e/f", "d/g"], &["d/>x/", "-x/g", "+x/e/new", "+x/e/f"], 1, 2);
}

#[test]
fn accept_sync_engine_moved_into_new_directories_and_out_of_deleted_ones() {
    check(&["a"], &["+new/", "+new/deep/", "a>new/deep/a"], 1, 0);
    check(&["d/", "d/f"], &["+new/", "+new/own", "d/>new/d/"], 1, 1);
    check(&["old/", "old/deep/", "old/deep/a"], &["old/deep/a>a", "-old/deep/", "-old/"], 1, 0);
    check(
        &["old/", "old/d/", "old/d/a", "old/gone"],
        &["+new/", "old/d/>new/d/", "-old/gone", "-old/"],
        1,
        0,
    );
}

#[test]
fn accept_sync_engine_moved_in_swaps_chains_and_circles() {
    // one of them waits under a scratch name
    check(&["a", "b"], &["a>x", "b>a", "x>b"], 4, 0);
    check(&["a/", "a/1", "b/", "b/2"], &["a/>x/", "b/>a/", "x/>b/"], 4, 0);
    check(&["a", "b"], &["b>c", "a>b"], 3, 0);
    check(&["a", "b", "c"], &["c>x", "b>c", "a>b", "x>a"], 6, 0);
    // a directory and what was in it change places
    check(&["a/", "a/b/", "a/b/f"], &["a/b/>b/", "a/>b/a/"], 3, 0);
    check(&["a", "b/"], &["a>x", "b/>a/", "x>b"], 4, 0);
}

#[test]
fn accept_sync_engine_moved_in_place_of_what_is_gone() {
    // over a file, and with what is in the way put aside
    check(&["a", "b"], &["-b", "a>b"], 1, 0);
    check(&["a", "d/", "d/f"], &["-d/f", "-d/", "a>d"], 2, 0);
    check(&["a", "d/", "d/f"], &["-a", "d/>a/"], 2, 0);
    check(&["d/", "d/f", "e/", "e/g"], &["-e/g", "-e/", "d/>e/"], 2, 0);
    check(&["d/", "d/d"], &["d/d>x", "-d/", "x>d"], 3, 0);
    // and another one comes to the old place
    check(&["a", "d/", "d/f"], &["a>b", "+a", "d/>e/", "+d/"], 4, 1);
}

#[test]
fn a_name_of_another_case_on_the_way_makes_no_difference() {
    check(&["d/", "d/f", "e/"], &["d/>x/", "x/>D/", "D/f>e/F"], 3, 0);
    check(&["a", "B"], &["a>x", "B>A", "x>b"], 4, 0);
}

#[tokio::test]
async fn accept_sync_engine_moved_fifty_subdirectories_cost_their_listings_and_one_rename() {
    let stage = Stage::set().await;
    let inside: Vec<String> = (0..50)
        .flat_map(|at| [format!("d/{at:02}/"), format!("d/{at:02}/a"), format!("d/{at:02}/b")])
        .collect();
    let mut entries = vec!["d/", "e/"];
    entries.extend(inside.iter().map(String::as_str));
    let pair = Pair::new(&stage, "files", &entries).await;
    pair.edit(&["d/>e/d/"]).await;
    let asked = mirrored(&stage, &pair).await;
    assert_eq!((asked.renames(), asked.copies()), (1, 0));
    // the root, `e`, `d` and what is in it on both sides; the root of the base; both parents again before, and after
    assert_eq!((asked.lists(SOURCE), asked.lists(TARGET)), (53 + 1, 53 + 2 + 2));
    assert!(asked.0.len() <= 53 * 2 + 5 * 2 + 20, "{} requests", asked.0.len());
}

#[tokio::test]
async fn what_stands_beside_the_data_arrives_with_the_move() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["a", "b", "c", "d/", "d/f"]).await;
    pair.edit(&["a>A2", "b>B2", "c>C2", "d/>D2/"]).await;
    let share = &pair.source;
    let metadata = Metadata::from([("project".to_owned(), "one".to_owned())]);
    share.file_client("A2").set_metadata(&metadata).await.expect("set");
    let content = ContentHeaders { content_language: Some("de".to_owned()), ..Default::default() };
    let set = SetFileProperties { content, ..Default::default() };
    share.file_client("B2").set_properties(&set).await.expect("set");
    let hidden = FileAttributes::HIDDEN;
    set_attributes(share, "C2", hidden).await;
    share.directory_client("D2").set_metadata(&metadata).await.expect("set");
    let asked = mirrored(&stage, &pair).await;
    assert_eq!((asked.renames(), asked.copies()), (4, 0));
}

async fn set_attributes(
    share: &azure_storage_file_share::ShareClient,
    path: &str,
    attributes: FileAttributes,
) {
    set(share, path, SmbProperties { attributes: Some(attributes), ..Default::default() }).await;
}

#[tokio::test]
async fn read_only_files_move_and_are_replaced() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["a", "b", "c", "d"]).await;
    for path in ["a", "b", "c"] {
        set_attributes(&pair.source, path, FileAttributes::READ_ONLY).await;
    }
    let pair = Pair::of(&stage, pair.source, pair.target).await;
    set_attributes(&pair.source, "b", FileAttributes::ARCHIVE).await;
    pair.edit(&["-b", "a>b", "c>e", "d>a"]).await;
    let metadata = Metadata::from([("project".to_owned(), "one".to_owned())]);
    set_attributes(&pair.source, "e", FileAttributes::ARCHIVE).await;
    pair.source.file_client("e").set_metadata(&metadata).await.expect("set");
    set_attributes(&pair.source, "e", FileAttributes::READ_ONLY).await;
    let asked = mirrored(&stage, &pair).await;
    assert_eq!((asked.renames(), asked.copies()), (4, 0));
}

#[tokio::test]
async fn without_a_base_everything_is_copied() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["a", "d/", "d/f"]).await;
    pair.edit(&["a>b", "d/>e/"]).await;
    let at = super::snapshot(&pair.source).await;
    let log = stage.emulator.log();
    log.reset();
    let mirror = Pair::mirror_of(&stage, &pair.source, &at, Faulty::healthy(), ("1", 1));
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    let asked = super::Asked(log.snapshot().recent);
    assert_eq!((asked.renames(), asked.copies()), (0, 2));
    assert_eq!(shown(&pair.target).await, shown(&pair.source).await);
}

#[tokio::test]
async fn a_base_that_is_gone_costs_the_moves_and_nothing_else() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["a"]).await;
    pair.edit(&["a>b"]).await;
    pair.source.delete_snapshot(&pair.points.0).await.expect("deleted");
    let asked = mirrored(&stage, &pair).await;
    assert_eq!((asked.renames(), asked.copies()), (0, 1));
}

#[tokio::test]
async fn what_was_changed_behind_our_back_is_not_renamed() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["a", "b"]).await;
    pair.edit(&["a>A2", "b>B2"]).await;
    put(&pair.target, "a", "by somebody else").await;
    let asked = mirrored(&stage, &pair).await;
    assert_eq!((asked.renames(), asked.copies()), (1, 1));
}

#[tokio::test]
async fn an_entry_that_is_only_like_one_that_is_gone_is_copied() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["a"]).await;
    let created: FileTime = "2026-01-02T03:04:05Z".parse().expect("a time");
    let smb =
        SmbProperties { creation_time: Some(created), last_write_time: Some(created), ..Default::default() };
    put_with(&pair.source, "a", "one", smb.clone()).await;
    let pair = Pair::of(&stage, pair.source, pair.target).await;
    pair.edit(&["-a"]).await;
    put_with(&pair.source, "b", "two", smb).await;
    let asked = mirrored(&stage, &pair).await;
    assert_eq!((asked.renames(), asked.copies()), (0, 1));
}
