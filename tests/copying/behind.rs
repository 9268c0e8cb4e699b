//! Somebody changes the target behind the engine's back. Ranges are never put into a file that differs from the base in
//! anything that the service can show.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_core::http::Method;
use azure_storage_file_share::{SetFileProperties, SmbProperties};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::*;

#[tokio::test]
async fn accept_sync_engine_a_file_that_was_tampered_with_is_not_what_the_base_says_and_is_copied_whole() {
    for mode in CopyMode::ALL {
        let mut stage = Stage::set().await;
        let (source, target, base) = with_large(&mut stage).await;
        tamper(&target, "large", async || write(&target, "large", 2 * MIB, b"somebody's").await).await;
        write(&source, "large", 0, b"second").await;
        let way = Way { mode, base: Some(base), is_plain: true };
        let asked = mirror_so(&stage, &source, &target, &way).await;
        assert_eq!(asked.written(), LARGE, "{mode:?}");
        assert_eq!(asked.count("Rename File"), 1, "{mode:?}");
    }
}

#[tokio::test]
async fn what_is_tampered_with_and_set_back_shows_in_no_listing_until_the_source_changes() {
    let mut stage = Stage::set().await;
    let (source, target, recovery_point) = with_large(&mut stage).await;
    tamper(&target, "large", async || write(&target, "large", 2 * MIB, b"somebody's").await).await;
    let way = Way { base: Some(recovery_point), is_plain: true, ..Way::default() };
    let (asked, failures) = try_to_mirror(&stage, &source, &target, &way).await;
    assert_eq!((asked.written(), failures), (0, vec![]), "it is not found");
    let found = target.file_client("large").get(Some(2 * MIB..2 * MIB + 10)).await.expect("readable").bytes;
    assert_eq!(found, "somebody's");
    // a recovery point that was made meanwhile holds it, and shows the same ETag: it counts as equal from then on, but
    // the one before does not
    write(&source, "large", 0, b"second").await;
    assert_eq!(mirror_so(&stage, &source, &target, &way).await.written(), LARGE);
}

#[tokio::test]
async fn accept_sync_engine_other_data_behind_equal_size_and_last_write_time_is_found_and_copied_again() {
    for mode in CopyMode::ALL {
        let mut stage = Stage::set().await;
        let (source, target, base) = with_large(&mut stage).await;
        let before = target.file_client("large").get_properties().await.expect("there");
        write(&target, "large", 2 * MIB, b"somebody's").await;
        let last_write_time = Some(before.written.last_write_time);
        let smb = SmbProperties { last_write_time, ..Default::default() };
        let set = SetFileProperties { smb, content: before.content, ..Default::default() };
        target.file_client("large").set_properties(&set).await.expect("set");
        let way = Way { mode, base: Some(base), is_plain: true };
        assert_eq!(mirror_so(&stage, &source, &target, &way).await.written(), LARGE, "{mode:?}");
    }
}

/// Somebody writes to the file when the first of its changed ranges is on its way.
#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_a_file_that_somebody_writes_to_meanwhile_is_not_taken_for_complete() {
    for mode in CopyMode::ALL {
        let mut stage = Stage::set().await;
        let (source, target, base) = with_large(&mut stage).await;
        write(&source, "large", MIB, b"second").await;
        let (theirs, is_first) = (target.clone(), AtomicBool::new(true));
        let http = Faulty::new(move |_, method, request| {
            let is_put =
                *method == Method::Put && request.contains("comp=range") && request.contains("/large");
            if is_put && is_first.swap(false, Ordering::SeqCst) {
                let written = write(&theirs, "large", 3 * MIB, b"somebody's");
                block_in_place(|| Handle::current().block_on(written));
            }
            Fault::None
        });
        let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
        let failures = mirror.in_mode(mode).since(Some(base), true).run().await.expect("mirrored");
        assert_eq!(reasons(&failures), [("large", "TargetChanged")], "{mode:?}");
        // the next cycle knows that it is neither what the base says nor complete
        mirror_so(&stage, &source, &target, &Way { mode, ..Way::default() }).await;
    }
}

#[tokio::test]
async fn metadata_that_somebody_gave_the_target_goes_again() {
    let mut stage = Stage::set().await;
    let (source, target, base) = with_large(&mut stage).await;
    let metadata = [("somebody".to_owned(), "else".to_owned())].into();
    target.file_client("large").set_metadata(&metadata).await.expect("set");
    // so that the change time is later than the base for certain
    stage.emulator.advance_clock(Duration::from_secs(3));
    target.file_client("large").set_metadata(&metadata).await.expect("set");
    let way = Way { base: Some(base), is_plain: true, ..Way::default() };
    mirror_so(&stage, &source, &target, &way).await;
}

#[tokio::test]
async fn a_file_that_was_left_out_of_the_base_is_compared_with_its_original_there() {
    let mut stage = Stage::set().await;
    let (source, target, _) = with_large(&mut stage).await;
    // the recovery point was made without it
    write(&source, "large", 0, b"second").await;
    let base = Base { is_exact: false, ..base(&source, &target).await };
    write(&source, "large", 3 * MIB, b"third").await;
    let way = Way { base: Some(base), ..Way::default() };
    assert_eq!(mirror_so(&stage, &source, &target, &way).await.written(), LARGE);
    let exact = Base { is_exact: false, ..super::base(&source, &target).await };
    write(&source, "large", 3 * MIB, b"fourth").await;
    let way = Way { base: Some(exact), ..Way::default() };
    assert_eq!(mirror_so(&stage, &source, &target, &way).await.written(), 512);
}
