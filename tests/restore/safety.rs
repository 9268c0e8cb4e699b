//! What is overwritten is in a share snapshot before.

use file_share_emulator::Config;
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_share_with_no_room_for_a_safety_snapshot_is_not_written_to() {
    let config = Config { snapshot_limit: 4, ..Default::default() };
    let mut stage = Stage::with(config).await;
    let (source, target) = stage
        .pair("files", json!({"retention": {"limit": 4, "headroomSource": 1, "headroomTarget": 1}}))
        .await;
    put(&source, "a", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "a", "spoilt").await;
    while source.create_snapshot(&Default::default()).await.is_ok() {}
    let report = handler.restore(json!({"conflict": "overwrite"})).await.ok();
    assert_failed(&report, "NoRoomForSafetySnapshot");
    assert_eq!((read(&source, "a").await.as_str(), leased(&target).await), ("spoilt", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_file_is_brought_back_over_another_with_the_default_guard() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    stage.change("files", json!({"guard": {}}));
    put_many(&source, 100).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "0001", "spoilt").await;
    handler.restored(json!({"include": ["0001"], "conflict": "overwrite"})).await;
}
