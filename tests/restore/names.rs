//! What comes back is spelt as the recovery point has it, and what comes beside another has a name that the service takes.

use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::ShareClient;
use serde_json::json;

use super::{decide, mark, with_files};
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

/// Two of the longest names and a directory of one, and files of these names now.
async fn with_the_longest() -> (Stage, ShareClient, Handler, [String; 3]) {
    let long = format!("{}.docx", "x".repeat(250));
    let wide = format!("{}.docx", "\u{1f600}".repeat(125));
    let tree = "y".repeat(255);
    let inside = format!("{tree}/below/inside");
    let files = [(long.as_str(), "data"), (wide.as_str(), "data"), (inside.as_str(), "data")];
    let (stage, source, handler) = with_files(json!({}), &files).await;
    remove(&source, &inside).await;
    for path in [&format!("{tree}/below"), &tree] {
        source.directory_client(path).delete().await.expect("empty");
    }
    for path in [&long, &wide, &tree] {
        put(&source, path, "newer").await;
    }
    (stage, source, handler, [long, wide, tree])
}

async fn assert_beside(source: &ShareClient, restore: &CycleReport, [long, wide, tree]: &[String; 3]) {
    let mark = mark(restore);
    let beside: Vec<String> =
        names(source, "").await.into_iter().filter(|name| name.contains(&mark)).collect();
    assert_eq!(beside.len(), 3, "{beside:?}");
    for name in &beside {
        assert!(name.encode_utf16().count() <= 255, "{name}");
        if name.starts_with('y') {
            assert_eq!(read(source, &format!("{name}/below/inside")).await, "data");
        } else {
            assert!(name.ends_with(&format!("{mark}.docx")), "{name}");
            assert_eq!(read(source, name).await, "data");
        }
    }
    for path in [long, wide, tree] {
        assert_eq!(read(source, path).await, "newer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_names_come_beside_too() {
    let (_stage, source, handler, names) = with_the_longest().await;
    let report = handler.restored(json!({"conflict": "rename"})).await;
    assert_beside(&source, &report, &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_names_come_beside_where_another_invocation_planned_it() {
    let (_stage, source, handler, names) = with_the_longest().await;
    let waiting: CycleReport = handler.restore(json!({"conflict": "rename", "approve": false})).await.ok();
    let digest = assert_waits(&waiting).digest.clone();
    decide(&handler, &waiting, json!({"action": "approve", "digest": digest})).await.ok::<CycleReport>();
    let report = handler.ended(&waiting).await;
    assert_succeeded(&report);
    assert_beside(&source, &report, &names).await;
}
