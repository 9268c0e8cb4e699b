//! What comes back is spelt as the recovery point has it.

use serde_json::json;

use super::with_files;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn directories_on_the_way_are_spelt_as_the_recovery_point_has_them() {
    let (_stage, source, handler) = with_files(json!({}), &[("Docs/Sub Dir/Lost.txt", "lost")]).await;
    remove(&source, "Docs/Sub Dir/Lost.txt").await;
    for path in ["Docs/Sub Dir", "Docs"] {
        source.directory_client(path).delete().await.expect("empty");
    }
    handler.restored(json!({"include": ["dOCS/sub dir/lost.TXT"]})).await;
    let found: Vec<String> = shown(&source).await.into_keys().collect();
    assert_eq!(found, ["", "Docs", "Docs/Sub Dir", "Docs/Sub Dir/Lost.txt"]);
}
