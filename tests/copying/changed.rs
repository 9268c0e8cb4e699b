//! Changed ranges: what the service lists as changed since the last recovery point, and nothing else.

use std::sync::Arc;

use azure_files_backup::sync::CopyMode;
use azure_storage_file_share::{Metadata, SetFileProperties, SmbProperties};
use faults::{Fault as Struck, Script};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

fn sorted(mut asked: Vec<String>) -> Vec<String> {
    asked.sort();
    asked
}

async fn resize(share: &ShareClient, size: u64) {
    let options = SetFileProperties { resize: Some(size), ..Default::default() };
    share.file_client("large").set_properties(&options).await.expect("resized");
}

/// Mirrors an edited `large` in a mode, since the recovery point.
async fn edited<F: Future<Output = ()>>(mode: CopyMode, edit: impl FnOnce(ShareClient) -> F) -> Asked {
    let mut stage = Stage::set().await;
    let (source, target, base) = with_large(&mut stage).await;
    edit(source.clone()).await;
    mirror_so(&stage, &source, &target, &Way { mode, base: Some(base), ..Way::default() }).await
}

#[tokio::test]
async fn accept_sync_engine_large_churn_only_the_ranges_that_the_diff_names_are_moved() {
    for mode in CopyMode::ALL {
        let asked = edited(mode, async |source| {
            for place in [0, 3 * MIB, 5 * MIB] {
                write(&source, "large", place, &[b'2'; 4096][..if place == 5 * MIB { 512 } else { 4096 }])
                    .await;
            }
        })
        .await;
        assert_eq!(asked.written(), 4096 + 4096 + 512, "{mode:?}");
        let put = if mode == CopyMode::Streamed { ">Put Range" } else { ">Put Range From URL" };
        let expected = [
            "<Get File Properties",
            // the diff, and what is a hole
            "<List Ranges",
            "<List Ranges",
            // the target's file in the base
            ">Get File Properties",
            put,
            put,
            put,
            ">Set File Properties",
            ">Set File Properties",
        ];
        assert_eq!(sorted(asked.by_us("large")), expected, "{mode:?}");
    }
}

#[tokio::test]
async fn a_file_that_shrank_grew_or_has_holes_is_equal_again() {
    for mode in CopyMode::ALL {
        let asked = edited(mode, async |source| resize(&source, 4 * MIB + 100).await).await;
        assert_eq!(asked.written(), 0, "{mode:?}: shrunk");
        let asked = edited(mode, async |source| resize(&source, 9 * MIB).await).await;
        assert_eq!(asked.written(), 0, "{mode:?}: grown");
        let asked = edited(mode, async |source| {
            resize(&source, 2 * MIB).await;
            resize(&source, LARGE).await;
        })
        .await;
        assert_eq!(asked.written(), 0, "{mode:?}: cut off and grown again");
        let hole = |start: u64, end: u64| {
            async move |source: ShareClient| {
                let file = source.file_client("large");
                file.clear_range(start, end - start, LastWrite::Now).await.expect("cleared");
            }
        };
        for (start, end) in [(0, MIB), (2 * MIB, 3 * MIB), (4 * MIB, LARGE), (700, 2 * MIB + 300)] {
            let asked = edited(mode, hole(start, end)).await;
            assert!(asked.written() <= 1024, "{mode:?}: {} bytes for a hole", asked.written());
        }
    }
}

#[tokio::test]
async fn everything_beside_the_data_comes_with_changed_ranges() {
    for mode in CopyMode::ALL {
        edited(mode, async |source| {
            write(&source, "large", MIB, b"second").await;
            let file = source.file_client("large");
            let metadata = Metadata::from([("project".to_owned(), "one".to_owned())]);
            file.set_metadata(&metadata).await.expect("set");
            let content = azure_storage_file_share::ContentHeaders {
                content_type: Some("text/plain".to_owned()),
                ..Default::default()
            };
            let read_only = Some(azure_storage_file_share::FileAttributes::READ_ONLY);
            let smb = SmbProperties { attributes: read_only, ..Default::default() };
            let set = SetFileProperties { smb, content, ..Default::default() };
            file.set_properties(&set).await.expect("set");
        })
        .await;
    }
}

#[tokio::test]
async fn random_edits_since_the_base_arrive_in_every_mode() {
    let seed: u64 =
        std::env::var("PROPERTY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("PROPERTY_SEED={seed} repeats this run");
    let mut dice = StdRng::seed_from_u64(seed);
    for mode in CopyMode::ALL.into_iter().cycle().take(12) {
        let mut steps = Vec::new();
        let mut size = LARGE;
        for _ in 0..dice.random_range(1..8) {
            let start = dice.random_range(0..size - 1);
            let end = (start + dice.random_range(1..MIB)).min(size);
            let step = dice.random_range(0..4);
            if step == 0 {
                size = dice.random_range(MIB + 1..2 * LARGE);
            }
            steps.push((step, start, end, size));
        }
        edited(mode, async |source| {
            for (step, start, end, size) in &steps {
                let length = end - start;
                let file = source.file_client("large");
                match step {
                    0 => resize(&source, *size).await,
                    1 => drop(file.clear_range(*start, length, LastWrite::Now).await.expect("cleared")),
                    _ => write(&source, "large", *start, &vec![b'0' + *step as u8; length as usize]).await,
                }
            }
        })
        .await;
    }
}

#[tokio::test]
async fn where_nobody_can_tell_the_ranges_the_whole_file_is_copied() {
    for (status, code) in [
        (409, "PreviousSnapshotNotFound"),
        (409, "FileGenerationMismatch"),
        (409, "Conflict"),
        (404, "ResourceNotFound"),
        (404, "ShareSnapshotNotFound"),
    ] {
        let mut stage = Stage::set().await;
        let (source, target, base) = with_large(&mut stage).await;
        write(&source, "large", MIB, b"second").await;
        let refuse = move || Struck::Refuse { status, code, retry_after_seconds: None };
        stage.emulator.set_faults(Some(Arc::new(Script::new().on("List Ranges", SOURCE, 1, refuse))));
        let way = Way { base: Some(base), ..Way::default() };
        let asked = mirror_so(&stage, &source, &target, &way).await;
        assert_eq!(asked.count("Rename File"), 1, "{code}");
        assert_eq!(asked.written(), LARGE, "{code}");
    }
}

#[tokio::test]
async fn a_file_created_anew_or_a_base_that_is_gone_makes_it_a_whole_copy() {
    let mut stage = Stage::set().await;
    let (source, target, recovery_point) = with_large(&mut stage).await;
    put_large(&source, "large", b'2').await;
    let way = Way { base: Some(recovery_point), ..Way::default() };
    assert_eq!(mirror_so(&stage, &source, &target, &way).await.written(), LARGE, "created anew");
    for side in [SOURCE, TARGET] {
        let recovery_point = base(&source, &target).await;
        write(&source, "large", MIB, side.as_bytes()).await;
        let gone = if side == SOURCE {
            (&source, &recovery_point.source)
        } else {
            (&target, &recovery_point.target)
        };
        gone.0.delete_snapshot(gone.1.snapshot().expect("an id")).await.expect("deleted");
        let way = Way { base: Some(recovery_point), ..Way::default() };
        assert_eq!(mirror_so(&stage, &source, &target, &way).await.written(), LARGE, "{side}");
    }
}

#[tokio::test]
async fn accept_sync_engine_a_moved_change_time_alone_lets_the_diff_say_whether_the_data_moved() {
    for path in ["a", "large"] {
        let mut stage = Stage::set().await;
        let (source, target) = mirrored(&mut stage).await;
        put_large(&source, "large", b'1').await;
        mirror(&stage, &source, &target, CopyMode::Auto).await;
        let way = Way { base: Some(base(&source, &target).await), is_plain: true, ..Way::default() };
        let times = source.file_client(path).get_properties().await.expect("there").written;
        let set_back = SmbProperties { last_write_time: Some(times.last_write_time), ..Default::default() };
        // nothing but the change time
        set_with_content(&source, path, set_back.clone()).await;
        let asked = mirror_so(&stage, &source, &target, &way).await;
        let requests =
            ["<Get File Properties", "<List Ranges", ">Get File Properties", ">Set File Properties"];
        assert_eq!(
            sorted(asked.of(path)),
            requests,
            "of them one proves that the target is what the base says"
        );
        assert_eq!(asked.written(), 0);
        // data behind equal times
        let way = Way { base: Some(base(&source, &target).await), ..way };
        write(&source, path, 0, b"2").await;
        set_with_content(&source, path, set_back).await;
        let asked = mirror_so(&stage, &source, &target, &way).await;
        assert!(asked.written() <= 512, "{path}: {} bytes", asked.written());
        assert_eq!(asked.count("Rename File"), 0, "{path}");
    }
}

/// Properties of a file with the content headers that it has.
async fn set_with_content(share: &ShareClient, path: &str, smb: SmbProperties) {
    let file = share.file_client(path);
    let content = file.get_properties().await.expect("there").content;
    file.set_properties(&SetFileProperties { smb, content, ..Default::default() }).await.expect("set");
}
