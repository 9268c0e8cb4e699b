//! Files whose data and the case of whose name change at once: the good copy stays until the new one is complete.

use std::sync::Arc;

use azure_files_backup::sync::CopyMode;
use azure_storage_file_share::RenameOptions;
use faults::{Fault as Struck, Seen};

use super::*;

async fn recase(share: &ShareClient, from: &str, to: &str) {
    share.file_client(from).rename(to, &RenameOptions::default()).await.expect("renamed");
}

#[tokio::test]
async fn accept_sync_engine_a_file_with_other_data_and_another_case_is_built_elsewhere() {
    for mode in CopyMode::ALL {
        let mut stage = Stage::set().await;
        let (source, target) = mirrored(&mut stage).await;
        recase(&source, "a", "A").await;
        put(&source, "A", "second!").await;
        let asked = mirror(&stage, &source, &target, mode).await;
        assert_eq!((asked.count("Rename File"), asked.count("Create File")), (2, 1), "{mode:?}");
        assert_eq!(names(&target, "").await, ["A", "d"], "{mode:?}");
    }
}

#[tokio::test]
async fn accept_sync_engine_a_file_with_another_case_keeps_the_good_copy_where_the_new_one_fails() {
    for mode in CopyMode::ALL {
        // while it is built, and when it is to come in
        for operation in ["Create File", "Rename File"] {
            let mut stage = Stage::set().await;
            let (source, target) = mirrored(&mut stage).await;
            let before = shown(&target).await["a"].clone();
            recase(&source, "a", "A").await;
            put(&source, "A", "second!").await;
            stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
                let is_meant = operation == "Create File" || seen.path.ends_with("/files/A");
                if seen.operation == operation && is_meant {
                    Struck::Refuse { status: 409, code: "SharingViolation", retry_after_seconds: None }
                } else {
                    Struck::None
                }
            })));
            let (_, failures) =
                try_to_mirror(&stage, &source, &target, &Way { mode, ..Way::default() }).await;
            stage.emulator.set_faults(None);
            assert_eq!(reasons(&failures), [("A", "SharingViolation")], "{mode:?} {operation}");
            assert_eq!(
                shown(&target).await.get("a").map(|now| now.data.clone()),
                Some(before.data),
                "{mode:?}"
            );
            assert_eq!(names(&target, "").await, ["a", "d"], "{mode:?} {operation}");
            mirror(&stage, &source, &target, mode).await;
        }
    }
}

#[tokio::test]
async fn accept_sync_engine_data_that_changed_behind_equal_times_is_found_where_the_case_changed_too() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    let base = base(&source, &target).await;
    recase(&source, "a", "A").await;
    recase(&source, "d/b", "d/B").await;
    let put = source.file_client("A").put_range(0, Bytes::from_static(b"~"), LastWrite::Preserve).await;
    put.expect("written");
    let way = Way { base: Some(base), ..Way::default() };
    let asked = mirror_so(&stage, &source, &target, &way).await;
    assert_eq!((asked.count("List Ranges"), asked.count("Create File")), (2, 1));
    assert_eq!(read(&target, "A").await, "~irst");
}
