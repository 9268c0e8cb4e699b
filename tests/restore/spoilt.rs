//! Other data behind the same size and times, as a malicious program or a careful tool leaves it.

use azure_storage_file_share::{LastWrite, ShareClient};
use bytes::Bytes;
use serde_json::json;

use super::mark;
use crate::support::*;

/// The change time alone moves, and shows it.
async fn encrypt(share: &ShareClient, path: &str, data: &str) {
    let file = share.file_client(path);
    let written = async || file.get_properties().await.expect("there").written;
    let before = written().await;
    let mut after = before.clone();
    while after.change_time == before.change_time {
        file.put_range(0, Bytes::from(data.to_owned()), LastWrite::Preserve).await.expect("put");
        after = written().await;
    }
    assert_eq!(before.last_write_time, after.last_write_time);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_was_spoilt_behind_equal_times_comes_back() {
    let (_stage, source, target, handler) = backed_up().await;
    encrypt(&source, "a", "EVIL").await;
    let report = handler.restored(json!({"conflict": "overwrite"})).await;
    assert_eq!(read(&source, "a").await, "data");
    let safety = report.restore.expect("it is one").safety_snapshot.expect("something was overwritten");
    assert_eq!(read(&source.with_snapshot(&safety), "a").await, "EVIL");
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(read(&target, "a").await, "data");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_was_spoilt_behind_equal_times_comes_back_beside() {
    let (_stage, source, _, handler) = backed_up().await;
    encrypt(&source, "a", "EVIL").await;
    let report = handler.restored(json!({"conflict": "rename"})).await;
    assert_eq!(read(&source, &format!("a{}", mark(&report))).await, "data");
}
