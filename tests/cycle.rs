//! What one cycle does, and what it refuses to do.

use azure_files_backup::cycle::report::{Exceeded, Phase, Status};
use azure_storage_file_share::{
    CreateFile, CreateShareOptions, DeleteSnapshots, FileAttributes, FileTime, SetFileProperties,
    ShareClient, SmbProperties,
};
use bytes::Bytes;
use file_share_emulator::{Config, ListingOrder};
use serde_json::json;

use crate::support::*;

async fn is_there(share: &ShareClient, path: &str) -> bool {
    share.file_client(path).get_properties().await.is_ok()
}

#[tokio::test]
async fn a_cycle_makes_a_recovery_point_that_both_shares_know() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "one").await;
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    let points = handler.recovery_points("files").await;
    assert_eq!(points.len(), 1);
    assert_eq!(points[0].cycle, report.id);
    assert_eq!(points[0].source, report.source_snapshot);
    assert_eq!(Some(&points[0].target), report.target_snapshot.as_ref());
    put(&source, "a", "two").await;
    assert_eq!(read(&target.with_snapshot(&points[0].target), "a").await, "one");
}

#[tokio::test]
async fn an_unchanged_share_costs_its_list_pages_and_a_handful() {
    let mut stage = Stage::with(Config { page_size: 2, ..Config::default() }).await;
    let (source, _) = stage.pair("files", json!({})).await;
    for directory in ["d", "d/e", "f"] {
        put_directory(&source, directory).await;
    }
    for file in ["a", "b", "d/c", "d/e/g"] {
        put(&source, file, "data").await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    stage.emulator.log().reset();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    // root: 4 entries in 2 pages; d: 2 in 1; d/e: 1 in 1; f: none in 1; on both sides
    assert_eq!(report.requests.list, 2 * 5);
    let log = stage.emulator.log();
    let counts = [
        ("Get Share Properties", 1, 3),
        ("List Shares", 1, 2),
        ("Get Directory Properties", 1, 1),
        ("Snapshot Share", 1, 1),
    ];
    for (operation, source, target) in counts {
        assert_eq!(
            (log.count(SOURCE, operation), log.count(TARGET, operation)),
            (source, target),
            "{operation}"
        );
    }
    let other: u64 = counts.iter().map(|(_, source, target)| source + target).sum();
    assert_eq!(report.requests.other, other);
    assert_eq!(report.requests.list + report.requests.other, log.total(SOURCE) + log.total(TARGET));
    assert_eq!(report.done, Default::default());
}

/// Lists of the source and of the target since the last reset.
fn lists(stage: &Stage) -> (u64, u64) {
    let count = |account| stage.emulator.log().count(account, "List Directories and Files");
    (count(SOURCE), count(TARGET))
}

#[tokio::test]
async fn accept_sync_engine_small_new_a_new_directory_costs_six_requests_and_its_parent_one_list_more() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for directory in ["n", "n/a", "n/b"] {
        put_directory(&source, directory).await;
        put(&source, &format!("{directory}/f"), "data").await;
    }
    stage.emulator.log().reset();
    assert_succeeded(&handler.cycle("files").await);
    // planned, and listed again for the files; the root is planned on both sides, and verified
    assert_eq!(lists(&stage), (1 + 2 * 3, 1 + 1 + 3));
    let log = stage.emulator.log();
    let (made, looked) =
        (log.count(TARGET, "Create Directory"), log.count(SOURCE, "Get Directory Properties"));
    // each is set once, and so is the root; the root is looked at when planned, and when verified
    assert_eq!((made, log.count(TARGET, "Set Directory Properties"), looked), (3, 3 + 1, 3 + 2));
}

#[tokio::test]
async fn accept_sync_engine_mixed_a_touched_directory_costs_two_lists_besides_planning() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    for directory in ["a", "b", "c"] {
        put_directory(&source, directory).await;
        put(&source, &format!("{directory}/f"), "data").await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "a/f", "other").await;
    put(&source, "b/new", "data").await;
    stage.emulator.log().reset();
    assert_succeeded(&handler.cycle("files").await);
    // b's own times show in the root, which is verified with it
    assert_eq!(lists(&stage), (4, 4 + 2 + 2 + 1));
}

#[tokio::test]
async fn listings_in_any_order_and_of_any_page_size_are_compared_alike() {
    for listing_order in [ListingOrder::CaseFolded, ListingOrder::Ordinal, ListingOrder::Shuffled(7)] {
        let mut stage = Stage::with(Config { page_size: 3, listing_order, ..Config::default() }).await;
        let (source, target) = stage.pair("files", json!({})).await;
        for name in ["b", "A", "c", "_x", "Z", "é", "a b", "0"] {
            put(&source, name, name).await;
        }
        let handler = stage.handler().await;
        assert_succeeded(&handler.cycle("files").await);
        source.file_client("c").delete().await.expect("deleted");
        let report = handler.cycle("files").await;
        assert_succeeded(&report);
        assert_eq!((report.done.deleted, report.done.copied.files), (1, 0));
        assert!(!is_there(&target, "c").await);
        assert_eq!(read(&target, "Z").await, "Z");
    }
}

#[tokio::test]
async fn a_target_with_content_and_no_recovery_point_is_left_alone() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "new", "data").await;
    target.create(&Default::default()).await.expect("the target share is new");
    put(&target, "theirs", "precious").await;
    let handler = stage.handler().await;
    for _ in 0..2 {
        let report = handler.cycle("files").await;
        assert_failed(&report, "TargetNotEmpty");
        assert_eq!(report.source_snapshot, None);
    }
    assert_eq!(read(&target, "theirs").await, "precious");
    assert!(!is_there(&target, "new").await);
    assert_eq!(handler.timer().await, 500);
}

#[tokio::test]
async fn a_target_share_that_was_made_anew_is_not_ours_because_the_old_one_was() {
    let (_stage, _source, target, handler) = backed_up().await;
    target.delete(DeleteSnapshots::Include).await.expect("deleted");
    target.create(&Default::default()).await.expect("created");
    put(&target, "theirs", "precious").await;
    assert_failed(&handler.cycle("files").await, "TargetNotEmpty");
    assert_eq!(read(&target, "theirs").await, "precious");
}

#[tokio::test]
async fn a_target_that_a_cycle_left_without_a_recovery_point_is_still_ours() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    put(&source, ".backup-scratch-of-somebody", "data").await;
    let handler = stage.handler().await;
    assert_eq!(handler.cycle("files").await.status, Some(Status::CompletedWithErrors));
    assert!(handler.recovery_points("files").await.is_empty());
    source.file_client(".backup-scratch-of-somebody").delete().await.expect("deleted");
    // also for a process that remembers nothing
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(read(&target, "a").await, "data");
}

#[tokio::test]
async fn before_the_first_cycle_there_are_no_recovery_points() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({})).await;
    let handler = stage.handler().await;
    assert!(handler.recovery_points("files").await.is_empty());
}

#[tokio::test]
async fn an_empty_source_over_a_target_with_content_deletes_nothing() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directory(&source, "d").await;
    put(&source, "d/a", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    source.file_client("d/a").delete().await.expect("deleted");
    source.directory_client("d").delete().await.expect("deleted");
    let report = handler.cycle("files").await;
    assert_eq!((report.status, report.state), (None, Phase::AwaitingApproval), "{report:?}");
    assert_eq!(report.guard.expect("stopped").exceeded, [Exceeded::SourceEmpty]);
    assert_eq!(read(&target, "d/a").await, "data");
    assert_eq!(handler.recovery_points("files").await.len(), 1);
}

#[tokio::test]
async fn an_empty_pair_has_recovery_points_too() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({})).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(handler.recovery_points("files").await.len(), 2);
}

#[tokio::test]
async fn without_room_for_a_share_snapshot_nothing_is_copied() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    for _ in 0..200 {
        source.create_snapshot(&Default::default()).await.expect("room for a share snapshot");
    }
    let handler = stage.handler().await;
    assert_failed(&handler.cycle("files").await, "SnapshotLimit");
    assert!(!is_there(&target, "a").await);
}

#[tokio::test]
async fn a_missing_source_share_fails_the_cycle_and_no_other_pair() {
    let mut stage = Stage::set().await;
    let (missing, _) = stage.pair("missing", json!({})).await;
    let (source, target) = stage.pair("present", json!({})).await;
    missing.delete(Default::default()).await.expect("deleted");
    put(&source, "a", "data").await;
    let handler = stage.handler().await;
    assert_eq!(handler.timer().await, 500);
    assert_failed(&handler.newest("missing").await, "ShareNotFound");
    assert_succeeded(&handler.newest("present").await);
    assert_eq!(read(&target, "a").await, "data");
}

#[tokio::test]
async fn an_nfs_share_on_either_side_is_refused_before_anything_is_written() {
    let mut stage = Stage::set().await;
    let nfs = CreateShareOptions { enabled_protocols: Some("NFS".to_owned()), ..Default::default() };
    let (nfs_source, untouched) = stage.pair("source", json!({})).await;
    nfs_source.delete(Default::default()).await.expect("deleted");
    nfs_source.create(&nfs).await.expect("created");
    let (source, nfs_target) = stage.pair("target", json!({})).await;
    put(&source, "a", "data").await;
    nfs_target.create(&nfs).await.expect("created");
    let handler = stage.handler().await;
    handler.timer().await;
    for pair in ["source", "target"] {
        let report = handler.newest(pair).await;
        assert_failed(&report, "ProtocolNotSupported");
        assert_eq!(report.source_snapshot, None);
    }
    assert!(untouched.get_properties().await.is_err(), "the target share was not made");
}

#[tokio::test]
async fn an_entry_that_fails_costs_the_recovery_point_and_nothing_else() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "good", "one").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, ".backup-scratch-of-somebody", "data").await;
    put(&source, "good", "three").await;
    let report = handler.cycle("files").await;
    assert_eq!(report.status, Some(Status::CompletedWithErrors));
    assert_eq!((report.failed, report.failures[0].reason.as_str()), (1, "ReservedName"));
    assert_eq!(report.target_snapshot, None);
    assert_eq!(read(&target, "good").await, "three");
    let points = handler.recovery_points("files").await;
    assert_eq!(points.len(), 1);
    assert_eq!(read(&target.with_snapshot(&points[0].target), "good").await, "one");
}

#[tokio::test]
async fn bytes_pass_through_the_app_where_the_source_refuses_server_side_copies() {
    let mut stage = Stage::with(Config { copy_source_refused: true, ..Config::default() }).await;
    let (source, target) = stage.pair("auto", json!({})).await;
    let (strict, _) = stage.pair("strict", json!({"copy": {"mode": "server-side"}})).await;
    let large = "x".repeat(5 << 20);
    source
        .file_client("large")
        .create(&CreateFile { size: 5 << 20, ..Default::default() })
        .await
        .expect("created");
    for (offset, length) in [(0, 4 << 20), (4 << 20, 1 << 20)] {
        let bytes = Bytes::from(large[offset..offset + length].to_owned());
        let last_write = azure_storage_file_share::LastWrite::Now;
        source.file_client("large").put_range(offset as u64, bytes, last_write).await.expect("written");
    }
    put(&strict, "a", "data").await;
    let handler = stage.handler().await;
    handler.timer().await;
    assert_succeeded(&handler.newest("auto").await);
    let tail = target.file_client("large").get(Some((5 << 20) - 4..5 << 20)).await.expect("readable");
    assert_eq!(&tail.bytes[..], b"xxxx");
    let report = handler.newest("strict").await;
    assert_eq!(report.status, Some(Status::CompletedWithErrors));
    assert_eq!(report.failures[0].path, "a");
}

#[tokio::test]
async fn a_source_too_deep_for_a_copy_url_passes_through_the_app_unless_that_is_forbidden() {
    let mut stage = Stage::set().await;
    let mut pairs = Vec::new();
    for (name, mode) in [("auto", "auto"), ("strict", "server-side")] {
        let (source, target) = stage.pair(name, json!({"copy": {"mode": mode}})).await;
        let mut path = "日本語".repeat(20);
        for level in ["a", "b", "c"] {
            put_directory(&source, &path).await;
            path = format!("{path}/{}{level}", "日本語".repeat(20));
        }
        put(&source, "short", "data").await;
        put(&source, &path, "deep").await;
        pairs.push((name, target, path));
    }
    let handler = stage.handler().await;
    handler.timer().await;
    let (auto, target, path) = &pairs[0];
    assert_succeeded(&handler.newest(auto).await);
    assert_eq!(read(target, path).await, "deep");
    let (strict, target, _) = &pairs[1];
    let report = handler.newest(strict).await;
    assert_eq!((report.failed, report.failures[0].reason.as_str()), (1, "CopySourceTooLong"));
    assert_eq!(read(target, "short").await, "data");
}

#[tokio::test]
async fn the_target_is_put_right_where_somebody_changed_it() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    for name in ["touched", "hidden", "removed", "flipped"] {
        put(&source, name, name).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&target, "touched", "other!!").await;
    put(&target, "foreign", "data").await;
    let smb = SmbProperties { attributes: Some(FileAttributes::HIDDEN), ..Default::default() };
    let hidden = SetFileProperties { smb, ..Default::default() };
    target.file_client("hidden").set_properties(&hidden).await.expect("set");
    for name in ["removed", "flipped"] {
        target.file_client(name).delete().await.expect("deleted");
    }
    put_directory(&target, "flipped").await;
    put(&target, "flipped/inside", "data").await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    for name in ["touched", "hidden", "removed", "flipped"] {
        assert_eq!(read(&target, name).await, name);
    }
    assert!(!is_there(&target, "foreign").await);
    assert_eq!((report.done.copied.files, report.done.metadata, report.done.deleted), (3, 1, 3));
}

#[tokio::test]
async fn a_source_file_that_bears_the_sentinel_gets_the_next_tick_and_stays_equal() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let sentinel: FileTime = "1997-07-01T00:00:00.7654321Z".parse().expect("a time");
    put(&source, "a", "data").await;
    let smb = SmbProperties { last_write_time: Some(sentinel), ..Default::default() };
    source
        .file_client("a")
        .set_properties(&SetFileProperties { smb, ..Default::default() })
        .await
        .expect("set");
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let written = target.file_client("a").get_properties().await.expect("readable").written;
    assert_eq!(written.last_write_time.to_string(), "1997-07-01T00:00:00.7654322Z");
    assert_eq!(handler.cycle("files").await.done, Default::default());
}

#[tokio::test]
async fn a_file_that_was_left_unfinished_is_copied_again() {
    let (_stage, _source, target, handler) = backed_up().await;
    // what a cycle that was cut off leaves behind: the right size, no data, the sentinel time
    let smb = SmbProperties {
        last_write_time: Some("1997-07-01T00:00:00.7654321Z".parse().expect("a time")),
        ..Default::default()
    };
    target
        .file_client("a")
        .create(&CreateFile { size: 4, smb, ..Default::default() })
        .await
        .expect("created");
    put(&target, ".backup-scratch-20260101T000000000000Z-00000000-0", "half").await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(read(&target, "a").await, "data");
    assert!(!is_there(&target, ".backup-scratch-20260101T000000000000Z-00000000-0").await);
}
