//! What cannot be meant is refused by its field; what a person has to look at waits.

use azure_files_backup::cycle::report::{CycleReport, Preview};
use file_share_emulator::{Config, Identity};
use serde_json::json;

use super::decide;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_before_it_is_applied() {
    let (_stage, source, _, handler) = backed_up().await;
    remove(&source, "a").await;
    let preview: Preview = handler.restore_as("?plan=only", json!({})).await.ok();
    assert!(preview.complete);
    assert_eq!((preview.planned.copied.files, preview.items[0].path.as_str()), (1, "a"));
    let waiting: CycleReport = handler.restore(json!({"approve": false})).await.ok();
    let digest = assert_waits(&waiting).digest.clone();
    assert_eq!(names(&source, "").await, Vec::<String>::new());
    handler.restore(json!({})).await.problem(409, "RestoreInProgress");
    decide(&handler, &waiting, json!({"action": "approve", "digest": "another"}))
        .await
        .problem(409, "StaleDigest");
    let approved: CycleReport =
        decide(&handler, &waiting, json!({"action": "approve", "digest": digest})).await.ok();
    assert_eq!(approved.id, waiting.id);
    handler.fire_timer("resume-timer").await;
    let ended: CycleReport = handler.get(&format!("pairs/files/restores/{}", waiting.id)).await;
    assert_succeeded(&ended);
    assert_eq!(read(&source, "a").await, "data");
    let all: Vec<CycleReport> = handler.get("pairs/files/restores").await;
    assert_eq!(all.iter().map(|one| &one.id).collect::<Vec<_>>(), [&waiting.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_by_its_field() {
    let (_stage, _, _, handler) = backed_up().await;
    let refused = async |more: serde_json::Value, field: &str| {
        let detail = handler.restore(more).await.problem(400, "RequestMistaken");
        assert!(detail.contains(field), "{field}: {detail}");
    };
    refused(json!({"include": ["a", "b//c"]}), "include[1]").await;
    refused(json!({"conflict": "merge"}), "merge").await;
    refused(json!({"destination": {"at": "share"}}), "destination.share").await;
    refused(json!({"destination": {"at": "share", "share": "A"}}), "destination.share").await;
    refused(json!({"destination": {"at": "share", "share": "files"}}), "destination.share").await;
    refused(
        json!({"destination": {"at": "share", "share": "x-y", "account": "nobody"}}),
        "destination.account",
    )
    .await;
    refused(json!({"destination": {"at": "source", "folder": "a/../b"}}), "destination.folder").await;
    refused(json!({"destination": {"at": "target", "create": true}}), "destination.create").await;
    refused(json!({"include": []}), "include").await;
    refused(json!({"paths": ["a"]}), "paths").await;
    handler.restore(json!({"recoveryPoint": "never"})).await.problem(404, "RecoveryPointNotFound");
    handler.restore(json!({"destination": {"at": "target"}})).await.problem(409, "PairNotHeld");
    handler.restore_as("?plan=all", json!({})).await.problem(400, "RequestMistaken");
    let missing: CycleReport = handler.restore(json!({"include": ["nowhere"]})).await.ok();
    assert_failed(&missing, "NothingToRestore");
    let missing: CycleReport =
        handler.restore(json!({"destination": {"at": "share", "share": "not-there"}})).await.ok();
    assert_failed(&missing, "ShareNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_is_restored_to_only_while_the_pair_is_held() {
    let (_stage, source, target, handler) = backed_up().await;
    put(&source, "a", "newer").await;
    assert_succeeded(&handler.cycle("files").await);
    let first = handler.recovery_points("files").await.pop().expect("there are two");
    handler.decide("files", &json!({"action": "hold"})).await.ok::<serde_json::Value>();
    let asked = json!({"recoveryPoint": first.cycle, "destination": {"at": "target"}, "conflict": "overwrite", "approve": false});
    let waiting: CycleReport = handler.restore(asked).await.ok();
    let digest = assert_waits(&waiting).digest.clone();
    handler.decide("files", &json!({"action": "release"})).await.problem(409, "NothingToDecide");
    decide(&handler, &waiting, json!({"action": "approve", "digest": digest})).await.ok::<CycleReport>();
    handler.fire_timer("resume-timer").await;
    assert_eq!(read(&target, "a").await, "data");
    handler.decide("files", &json!({"action": "release"})).await.ok::<serde_json::Value>();
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(read(&target, "a").await, "newer");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_may_only_read_its_source_says_so_before_it_touches_an_entry() {
    let app = with_the_roles_of_the_app(Identity::system_assigned());
    let keyless = Keyless::with(Config { identities: vec![app], ..Config::default() }).await;
    let (source, _) = keyless.shares().await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &keyless.variables()).await;
    assert_succeeded(&handler.cycle("files").await);
    remove(&source, "a").await;
    let report: CycleReport = handler.restore(json!({})).await.ok();
    assert_failed(&report, "MayNotWrite");
    let detail = &report.error.expect("it says why").detail;
    assert!(detail.contains("Storage File Data Privileged Contributor"), "{detail}");
    let elsewhere = json!({"destination": {"at": "share", "share": "rescue", "create": true}});
    assert_succeeded(&handler.restore(elsewhere).await.ok());
}
