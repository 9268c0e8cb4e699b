//! A little out of very much: what it costs in requests, counted at the service.

use std::collections::HashMap;

use azure_storage_file_share::ShareClient;
use file_share_emulator::{Config, GeneratedShare, GeneratedTree};
use serde_json::{Value, json};

use super::files;
use crate::support::*;

/// A pair whose two shares hold the same generated tree, at its first recovery point.
async fn generated(tree: GeneratedTree) -> (Stage, Handler) {
    let share = |account: &str| GeneratedShare {
        account: account.to_owned(),
        share: "large".to_owned(),
        tree: tree.clone(),
    };
    let config = Config { generated: vec![share(SOURCE), share(TARGET)], ..Config::default() };
    let mut stage = Stage::with(config).await;
    stage.pair("files", json!({"adoptTarget": true})).await;
    for (side, account) in [("source", SOURCE), ("target", TARGET)] {
        let endpoint = stage.emulator.account(account).endpoint.as_str().to_owned();
        stage.change("files", json!({side: {"account": account, "share": "large", "endpoint": endpoint}}));
    }
    let handler = stage.handler().await;
    let waiting = handler.cycle("files").await;
    let digest = assert_waits(&waiting).digest.clone();
    assert_eq!(waiting.planned.copied.files, 0, "both are equal: {:?}", waiting.planned);
    handler.approve("files", &digest).await;
    let report = handler.resume("files").await;
    assert_succeeded(&report);
    (stage, handler)
}

/// Requests that both accounts were sent.
fn sent(stage: &Stage) -> u64 {
    stage.emulator.log().snapshot().counts.values().sum()
}

/// Entries of a share are as the recovery point has them, by their path there; returns how many files.
async fn assert_as_in_target(stage: &Stage, share: &ShareClient) -> usize {
    let target = stage.share(TARGET, "large");
    let (mut permissions, mut restored) = (HashMap::new(), shown(share).await);
    restored.remove("").expect("a root");
    for (path, shown) in &restored {
        if shown.data.is_some() {
            assert_eq!(*shown, file(&target, path, &mut permissions).await, "{path}");
            continue;
        }
        // a directory on the way was written to last when something came into it
        let original = directory(&target, path, &mut permissions).await;
        let found = (&shown.permission, &shown.properties);
        assert_eq!(found, (&original.permission, &original.properties), "{path}");
    }
    restored.values().filter(|shown| shown.data.is_some()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_1_five_hundred_of_a_hundred_thousand_files_by_globs() {
    let tree =
        GeneratedTree { depth: 1, directories: 100, files: 1_000, size: 1..=8_192, descriptors: 5, seed: 3 };
    let (stage, handler) = generated(tree).await;
    stage.emulator.log().reset();
    let there = json!({"at": "share", "share": "rescue", "create": true});
    let include = [
        "directory-0000[0-4]/file-000[0-4]?.bin",
        "directory-0005?/file-000[01]?.bin",
        "directory-0009[0-4]/file-0099?.bin",
    ];
    let report = handler.restored(json!({"include": include, "destination": there})).await;
    let requests = sent(&stage);
    assert_eq!((report.done.copied.files, report.failed), (500, 0));
    // the root and twenty directories, on either side
    let (lists, directories) = (2 * 21, 20.0);
    let most = f64::from(lists) + 2.05 * 500.0 + 6.0 * directories + 40.0;
    assert!(
        requests as f64 <= most,
        "{requests} requests, and {most} are enough: {:?}",
        stage.emulator.log().snapshot().counts
    );
    assert_eq!(assert_as_in_target(&stage, &stage.share(TARGET, "rescue")).await, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_1_one_file_of_a_million() {
    let tree = GeneratedTree {
        depth: 0,
        directories: 0,
        files: 1_000_000,
        size: 1..=8_192,
        descriptors: 1,
        seed: 3,
    };
    let (stage, handler) = generated(tree).await;
    let rescue = stage.share(TARGET, "rescue");
    rescue.create(&Default::default()).await.expect("made");
    for conflict in ["skip", "overwrite", "rename"] {
        let there = json!({"at": "share", "share": "rescue"});
        few_bring_back(&stage, &handler, "file-654321.bin", there, conflict).await;
        let restored = files(&rescue).await;
        assert_eq!(restored.len(), 1 + usize::from(conflict == "rename"), "{:?}", restored.keys());
        if conflict != "rename" {
            assert_eq!(assert_as_in_target(&stage, &rescue).await, 1);
        }
        put(&rescue, "file-654321.bin", "spoilt").await;
    }
}

/// One file comes back in at most 15 requests.
async fn few_bring_back(stage: &Stage, handler: &Handler, path: &str, there: Value, conflict: &str) {
    stage.emulator.log().reset();
    handler.restored(json!({"include": [path], "destination": there, "conflict": conflict})).await;
    let counts = stage.emulator.log().snapshot().counts;
    let requests: u64 = counts.values().sum();
    assert!(requests <= 15, "{there} {conflict}: {requests} requests: {counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_1_one_file_of_a_million_in_a_directory_that_stands() {
    let tree =
        GeneratedTree { depth: 3, directories: 10, files: 1_000, size: 1..=8_192, descriptors: 5, seed: 3 };
    let (stage, handler) = generated(tree).await;
    let rescue = stage.share(TARGET, "rescue");
    rescue.create(&Default::default()).await.expect("made");
    let there = json!({"at": "share", "share": "rescue"});
    let path = |file: u64| format!("directory-00003/directory-00004/directory-00005/file-{file:05}.bin");
    // so that the directories stand
    handler.restored(json!({"include": [path(1)], "destination": there})).await;
    few_bring_back(&stage, &handler, &path(678), there, "skip").await;
    assert_eq!(shown(&rescue).await.len(), 1 + 3 + 2);
    assert_eq!(assert_as_in_target(&stage, &rescue).await, 2);
}
