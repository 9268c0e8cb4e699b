//! A little out of very much: what it costs in requests, counted at the service.

use std::collections::{BTreeMap, HashMap};

use file_share_emulator::{Config, GeneratedShare, GeneratedTree};
use serde_json::json;

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

/// Files of a share as the recovery point has them, by their path there.
async fn assert_as_in_target(stage: &Stage, restored: &BTreeMap<String, Shown>) {
    let target = stage.share(TARGET, "large");
    let mut permissions = HashMap::new();
    for (path, shown) in restored {
        assert_eq!(*shown, file(&target, path, &mut permissions).await, "{path}");
    }
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
    let restored = files(&stage.share(TARGET, "rescue")).await;
    assert_eq!(restored.len(), 500);
    assert_as_in_target(&stage, &restored).await;
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
    stage.share(TARGET, "rescue").create(&Default::default()).await.expect("made");
    let there = json!({"at": "share", "share": "rescue"});
    for conflict in ["skip", "overwrite"] {
        stage.emulator.log().reset();
        let asked = json!({"include": ["file-654321.bin"], "destination": there, "conflict": conflict});
        handler.restored(asked).await;
        let counts = stage.emulator.log().snapshot().counts;
        let requests: u64 = counts.values().sum();
        assert!(requests <= 15, "{conflict}: {requests} requests: {counts:?}");
        let rescue = stage.share(TARGET, "rescue");
        let restored = files(&rescue).await;
        assert_eq!(restored.keys().collect::<Vec<_>>(), ["file-654321.bin"]);
        assert_as_in_target(&stage, &restored).await;
        put(&rescue, "file-654321.bin", "spoilt").await;
    }
}
