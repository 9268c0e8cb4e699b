//! What stands beside the data, what is not answered for a while, and what is known to be bad or lacking.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use azure_files_backup::cycle::report::{Standing, Status};
use azure_storage_file_share::{ContentHeaders, Metadata, SetFileProperties};
use faults::Seen;
use serde_json::json;

use super::*;

/// The same file with another content type and other user metadata, behind the same times.
async fn meddle_beside(share: &ShareClient, path: &str, content: ContentHeaders, metadata: &Metadata) {
    let file = share.file_client(path);
    let before = file.get_properties().await.expect("there").written;
    file.set_metadata(metadata).await.expect("set");
    let smb = SmbProperties {
        creation_time: Some(before.creation_time),
        last_write_time: Some(before.last_write_time),
        change_time: Some(before.change_time),
        ..Default::default()
    };
    let set = SetFileProperties { smb, content, ..Default::default() };
    file.set_properties(&set).await.expect("set");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_headers_and_user_metadata_are_compared_where_a_read_tells_them() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"verify": "full"})).await;
    let metadata: Metadata = [("author".to_owned(), "somebody".to_owned())].into();
    let html = ContentHeaders { content_type: Some("text/html".to_owned()), ..Default::default() };
    for path in ["a", "b", "c"] {
        put(&source, path, "data").await;
        meddle_beside(&source, path, html.clone(), &metadata).await;
    }
    put_large(&source, "large", 9 * MIB).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    meddle_beside(&target, "a", html.clone(), &BTreeMap::new()).await;
    meddle_beside(&target, "large", html, &BTreeMap::new()).await;
    let bad = handler.cycle("files").await;
    assert_eq!(reasons(&bad.failures), [("a", "NotEqual"), ("large", "NotEqual")]);
    let told = |path: &str| &bad.failures.iter().find(|failure| failure.path == path).expect("found").detail;
    assert!(told("a").ends_with("different user metadata"), "{}", told("a"));
    assert!(told("large").ends_with("different Content-Type"), "{}", told("large"));
    let good = handler.cycle("files").await;
    assert_succeeded(&good);
    assert_eq!((good.done.copied.files, verified(&good).found), (2, 0));
    let properties = target.file_client("a").get_properties().await.expect("there");
    assert_eq!(properties.metadata, metadata);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_whose_newest_recovery_point_is_bad_is_not_protected_by_a_cancelled_cycle() {
    let mut stage = Stage::set().await;
    let guard = json!({"maxDeletePercent": 1});
    let (source, target) = stage.pair("files", json!({"verify": "full", "guard": guard})).await;
    put_many(&source, 10).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    flip(&target, "0001", 1).await;
    assert_eq!(handler.cycle("files").await.status, Some(Status::CompletedWithErrors));
    remove(&source, "0002").await;
    remove(&source, "0003").await;
    let waiting = handler.cycle("files").await;
    assert_waits(&waiting);
    let cancel = json!({"action": "cancel", "cycle": waiting.id});
    assert_eq!(handler.decide("files", &cancel).await.status, 200);
    let status = handler.pair("files").await;
    assert_eq!(status.judgement.standing, Standing::Failing, "{:?}", status.judgement);
    assert!(status.judgement.cause.contains("does not prove right"), "{}", status.judgement.cause);
    assert_eq!(status.verification.damaged, ["0001"]);
}

/// What verifying costs where nothing changed, as docs/operations.md tells it.
#[tokio::test(flavor = "multi_thread")]
async fn verifying_costs_two_requests_for_a_small_file_and_two_for_each_piece_of_a_large_one() {
    for (files, large, reads) in
        [(0, 0, 0), (40, 0, 80), (0, 9 * MIB, 2 + 6), (0, 4 * MIB, 2), (20, 8 * MIB, 46)]
    {
        let mut costs = Vec::new();
        for verify in ["none", "full"] {
            let mut stage = Stage::set().await;
            let (source, _) = stage.pair("files", json!({"verify": verify})).await;
            put(&source, "empty", "").await;
            put_many(&source, files).await;
            if large > 0 {
                put_large(&source, "large", large).await;
            }
            let handler = stage.handler().await;
            assert_succeeded(&handler.cycle("files").await);
            stage.emulator.log().reset();
            assert_succeeded(&handler.cycle("files").await);
            costs.push(stage.emulator.log().snapshot().recent.len());
        }
        // both roots are looked at, and listed once more
        assert_eq!(costs[1] - costs[0], reads + ROOTS, "{files} files and one of {large} bytes");
    }
}

/// Requests for a share of one directory.
const ROOTS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_time_for_a_file_is_asked_again_and_the_recovery_point_is_not_blamed() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"verify": "full"})).await;
    put_many(&source, 5).await;
    let handler = stage.handler().await;
    let left = AtomicU32::new(8);
    let reads = of_point("Get File", "/0003");
    let is_refused = move |seen: &Seen<'_>| {
        reads(seen) && left.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    };
    stage.refuse(is_refused, 500, "InternalError");
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!((verified(&report).files, verified(&report).found), (5, 0));
    assert_eq!(marks(&handler.recovery_points("files").await), [false]);
}
