//! Names at their limits: the longest, the dotted, scratch names, names that differ by case, and read-only entries.

use azure_storage_file_share::{FileAttributes, Metadata, SmbProperties};
use file_share_emulator::{Config, ListingOrder};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn an_entry_at_the_path_limit_changes_its_case_and_its_kind() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let directory = vec!["x".repeat(250); 8].join("/");
    put_directories(&source, &directory).await;
    let at = |name: &str| format!("{directory}/{name}");
    put(&source, &at("case"), "data").await;
    put(&source, &at("flip"), "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    source.file_client(&at("case")).rename(&at("CASE"), &Default::default()).await.expect("renamed");
    remove(&source, &at("flip")).await;
    put_directory(&source, &at("flip")).await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(names(&target, &directory).await, ["CASE", "flip"]);
}

#[tokio::test]
async fn a_directory_with_the_longest_paths_gives_way_to_a_file() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let below = format!("d/{}", vec!["x".repeat(250); 8].join("/"));
    put_directories(&source, &below).await;
    put(&source, &format!("{below}/f"), "data").await;
    put(&source, "other", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    rename_directory(&source, "d", "e").await;
    put(&source, "d", "a file now").await;
    handler.cycle("files").await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(names(&target, "").await, ["d", "e", "other"]);
}

#[tokio::test]
async fn trailing_dots_keep_names_apart_in_every_kind_of_change() {
    for mode in ["auto", "streamed"] {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", json!({"copy": {"mode": mode}})).await;
        for name in ["n", "n.", "n..", "flip.", "case."] {
            put(&source, name, name).await;
        }
        put_directory(&source, "d.").await;
        put(&source, "d./in.", "in").await;
        let handler = stage.handler().await;
        assert_succeeded(&handler.cycle("files").await);
        remove(&source, "n.").await;
        put(&source, "n..", "changed").await;
        remove(&source, "flip.").await;
        put_directory(&source, "flip.").await;
        put(&source, "flip./in..", "in").await;
        source.file_client("case.").rename("CASE.", &Default::default()).await.expect("renamed");
        rename_directory(&source, "d.", "D.").await;
        assert_succeeded(&handler.cycle("files").await);
        assert_eq!(names(&target, "").await, ["CASE.", "D.", "flip.", "n", "n.."]);
        assert_eq!((read(&target, "n").await, read(&target, "n..").await), ("n".into(), "changed".into()));
        assert_eq!(read(&target, "flip./in..").await, "in");
        assert_eq!(read(&target, "D./in.").await, "in");
    }
}

#[tokio::test]
async fn scratch_names_of_crashed_cycles_go_wherever_they_lie() {
    const LEFT: &str = ".backup-scratch-20260101T000000000000Z-00000000-0";
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    for directory in ["kept", "gone", "flipped", "Case"] {
        put_directory(&source, directory).await;
        put(&source, &format!("{directory}/f"), "data").await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for directory in ["", "kept/", "gone/", "flipped/", "Case/"] {
        let left = format!("{directory}{LEFT}");
        put_read_only(&target, &left, "half").await;
        for below in ["", &format!("/{LEFT}"), &format!("/{LEFT}/deep")] {
            put_directory(&target, &format!("{left}1{below}")).await;
        }
        put_read_only(&target, &format!("{left}1/{LEFT}/deep/f"), "whole").await;
    }
    for directory in ["gone", "flipped"] {
        remove(&source, &format!("{directory}/f")).await;
        source.directory_client(directory).delete().await.expect("deleted");
    }
    put(&source, "flipped", "a file now").await;
    rename_directory(&source, "Case", "cASE").await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(names(&target, "").await, ["cASE", "flipped", "kept"]);
    assert_eq!(names(&target, "kept").await, ["f"]);
    assert_eq!(names(&target, "cASE").await, ["f"]);
    assert_eq!(read(&target, "flipped").await, "a file now");
}

#[tokio::test]
async fn names_of_one_fold_change_places_and_kinds() {
    let mut stage =
        Stage::with(Config { page_size: 1, listing_order: ListingOrder::Shuffled(3), ..Config::default() })
            .await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directory(&source, "a").await;
    put_read_only(&source, "a/b", "1").await;
    put_read_only(&source, "B", "2").await;
    put_directory(&source, "c").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    // `a` and `B` swap their names and change their case on the way; `c` becomes a read-only file `C`
    rename_directory(&source, "a", "tmp").await;
    source.file_client("B").rename("A", &Default::default()).await.expect("renamed");
    rename_directory(&source, "tmp", "b").await;
    source.file_client("b/b").rename("b/B", &Default::default()).await.expect("renamed");
    source.directory_client("c").delete().await.expect("deleted");
    put_read_only(&source, "C", "3").await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(names(&target, "").await, ["A", "C", "b"]);
    assert_eq!(names(&target, "b").await, ["B"]);
    assert_eq!(
        [read(&target, "A").await, read(&target, "b/B").await, read(&target, "C").await],
        ["2", "1", "3"]
    );
    assert_eq!(handler.cycle("files").await.done, Default::default());
}

#[tokio::test]
async fn read_only_entries_give_way_in_every_role() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directory(&source, "gone").await;
    put_directory(&source, "gone/below").await;
    for path in ["changed", "deleted", "flipped", "case", "both", "metadata", "gone/f", "gone/below/f"] {
        put_read_only(&source, path, "first").await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let writable = || SmbProperties { attributes: Some(FileAttributes::NONE), ..Default::default() };
    for path in ["changed", "deleted", "flipped", "both", "metadata", "gone/f", "gone/below/f"] {
        set(&source, path, writable()).await;
    }
    for path in ["deleted", "flipped", "both", "gone/f", "gone/below/f"] {
        remove(&source, path).await;
    }
    put_read_only(&source, "changed", "second!").await;
    put_directory(&source, "flipped").await;
    put_read_only(&source, "flipped/f", "new").await;
    source.file_client("case").rename("CASE", &Default::default()).await.expect("renamed");
    put_read_only(&source, "BOTH", "second!").await;
    let metadata = Metadata::from([("project".to_owned(), "one".to_owned())]);
    source.file_client("metadata").set_metadata(&metadata).await.expect("set");
    set(
        &source,
        "metadata",
        SmbProperties { attributes: Some(FileAttributes::READ_ONLY), ..Default::default() },
    )
    .await;
    source.directory_client("gone/below").delete().await.expect("deleted");
    source.directory_client("gone").delete().await.expect("deleted");
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(names(&target, "").await, ["BOTH", "CASE", "changed", "flipped", "metadata"]);
    assert_eq!(read(&target, "changed").await, "second!");
    assert_eq!(read(&target, "BOTH").await, "second!");
    let found = target.file_client("metadata").get_properties().await.expect("there");
    assert_eq!(found.metadata, metadata);
    assert!(found.written.attributes.contains(FileAttributes::READ_ONLY));
}
