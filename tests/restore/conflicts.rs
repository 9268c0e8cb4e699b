//! What stands in the way, and whose ACL counts.

use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_there_is_overwritten_or_stays_or_gets_a_neighbour() {
    let (_stage, source, _, handler) = backed_up().await;
    put(&source, "a", "changed").await;
    let skipped = handler.restored(json!({"conflict": "skip"})).await;
    assert_eq!(read(&source, "a").await, "changed");
    let restore = skipped.restore.expect("it is one");
    assert_eq!((restore.skipped, restore.safety_snapshot), (1, None));
    let renamed = handler.restored(json!({"conflict": "rename"})).await;
    assert_eq!(read(&source, "a").await, "changed");
    let beside = format!("a (restored {})", renamed.id);
    assert_eq!(names(&source, "").await, ["a".to_owned(), beside.clone()]);
    assert_eq!(read(&source, &beside).await, "data");
    handler.restored(json!({"conflict": "overwrite"})).await;
    assert_eq!(read(&source, "a").await, "data");
}
