//! Data that changed behind equal size and last-write time, on either side, while people worked with the target.

use azure_storage_file_share::{FileAttributes, ShareClient, SmbProperties};

use crate::support::*;

/// Other data of the same length, and no time that tells of it but the change time.
async fn rewrite(share: &ShareClient, path: &str, body: &str) {
    let before = share.file_client(path).get_properties().await.expect("there").written;
    let smb = SmbProperties {
        creation_time: Some(before.creation_time),
        last_write_time: Some(before.last_write_time),
        ..Default::default()
    };
    put_with(share, path, body, smb).await;
}

async fn hide(share: &ShareClient, path: &str) {
    let before = share.file_client(path).get_properties().await.expect("there").written;
    let smb = SmbProperties {
        attributes: Some(FileAttributes::HIDDEN),
        last_write_time: Some(before.last_write_time),
        ..Default::default()
    };
    set(share, path, smb).await;
}

/// With its last recovery point as base, or without one.
async fn failed_over(has_base: bool) -> (Stage, ShareClient, ShareClient, Handler) {
    let (stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    if !has_base {
        forget_base(&source).await;
    }
    (stage, source, target, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_changed_behind_equal_times_on_the_old_side_does_not_stay() {
    for has_base in [true, false] {
        for is_visible in [false, true] {
            let (_stage, source, target, handler) = failed_over(has_base).await;
            rewrite(&source, "a", "evil").await;
            if is_visible {
                hide(&source, "a").await;
            }
            put(&target, "b", "new").await;
            assert_succeeded(&handler.fail_back().await);
            assert_eq!(read(&source, "a").await, "data", "{has_base} {is_visible}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_changed_behind_equal_times_on_the_new_side_comes_back() {
    for has_base in [true, false] {
        for is_visible in [false, true] {
            let (_stage, source, target, handler) = failed_over(has_base).await;
            rewrite(&target, "a", "good").await;
            if is_visible {
                hide(&target, "a").await;
            }
            assert_succeeded(&handler.fail_back().await);
            assert_eq!(read(&source, "a").await, "good", "{has_base} {is_visible}");
        }
    }
}
