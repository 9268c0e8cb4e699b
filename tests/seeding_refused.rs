//! What stands against seeding a new pair: each row of the table in `docs/seeding.md`, and all at once. Nothing is
//! written before.

use std::sync::Arc;

use azure_files_backup::cycle::report::SeedingReport;
use azure_storage_file_share::{CreateShareOptions, ShareClient};
use faults::Planned;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

/// The pair cannot be created, with these codes; nothing was written, and `validate` says the same.
async fn refused(stage: &Stage, status: u16, codes: &[&str]) {
    let handler = stage.handler().await;
    stage.emulator.log().reset();
    let told = handler.start_cycle("files").await;
    told.problem(status, codes[0]);
    let validated = handler.tell(Method::POST, "pairs/files/validate", "").await;
    validated.problem(status, codes[0]);
    for told in [told, validated] {
        let failures = told.body["failures"].as_array().expect("all failures");
        let found: Vec<_> =
            failures.iter().map(|failure| failure["code"].as_str().expect("a code")).collect();
        assert_eq!(found, codes);
        assert!(
            failures.iter().all(|failure| failure["remedy"].as_str().is_some_and(|text| !text.is_empty()))
        );
    }
    assert_eq!(handler.fire().await.status, 500, "somebody is told");
    assert_eq!(writes(stage), [""; 0]);
    let shown: SeedingReport = handler.ask("pairs/files/seeding").await.ok();
    assert!(!shown.ever_enabled);
}

/// A pair with a file in its source, and a staging share.
async fn stage_with(seed: Value) -> (Stage, ShareClient, ShareClient) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"seed": seed})).await;
    put(&source, "a", "data").await;
    let staging = stage.staging().await;
    (stage, source, staging)
}

fn named() -> Value {
    json!({"share": STAGING})
}

#[tokio::test]
async fn accept_seeding_1_refused_without_a_staging_share() {
    let (stage, ..) = stage_with(json!({})).await;
    refused(&stage, 400, &["StagingShareRequired"]).await;
}

#[tokio::test]
async fn accept_seeding_1_refused_with_a_staging_share_that_nobody_uses() {
    let (stage, ..) = stage_with(json!({"enabled": false, "share": STAGING})).await;
    refused(&stage, 400, &["StagingShareNotExpected"]).await;
}

#[tokio::test]
async fn accept_seeding_4_refused_with_staging_in_another_account() {
    let (stage, ..) = stage_with(json!({"share": STAGING, "account": SOURCE})).await;
    refused(&stage, 400, &["StagingNotInTargetAccount"]).await;
}

#[tokio::test]
async fn accept_seeding_1_refused_with_staging_that_is_not_there() {
    let (stage, _, staging) = stage_with(named()).await;
    remove_share(&staging).await;
    refused(&stage, 400, &["StagingShareNotFound"]).await;
}

#[tokio::test]
async fn accept_seeding_1_refused_with_staging_that_is_one_of_the_two() {
    let (stage, ..) = stage_with(json!({"share": "files"})).await;
    refused(&stage, 400, &["StagingEqualsTarget"]).await;
    let (stage, ..) = stage_with(json!({"share": "files", "account": SOURCE})).await;
    refused(&stage, 400, &["StagingNotInTargetAccount", "StagingEqualsSource"]).await;
}

#[tokio::test]
async fn accept_seeding_4_refused_with_staging_that_another_pair_uses() {
    let (mut stage, ..) = stage_with(named()).await;
    stage.pair("others", json!({"seed": named()})).await;
    refused_for_one(&stage, "staging share of pair others").await;

    let (mut stage, ..) = stage_with(json!({"share": "others"})).await;
    let (_, target) = stage.pair("others", json!({})).await;
    target.create(&Default::default()).await.expect("made");
    refused_for_one(&stage, "target of pair others").await;
}

async fn refused_for_one(stage: &Stage, detail: &str) {
    let handler = stage.handler().await;
    let told = handler.start_cycle("files").await.problem(409, "StagingInUse");
    assert!(told.contains(detail), "{told}");
}

#[tokio::test]
async fn accept_seeding_1_refused_with_staging_that_is_a_cloud_endpoint() {
    let (stage, _, staging) = stage_with(named()).await;
    put_directory(&staging, ".SystemShareInformation").await;
    refused(&stage, 409, &["StagingInUse"]).await;
}

#[tokio::test]
async fn accept_seeding_4_refused_with_a_filled_target() {
    let (stage, ..) = stage_with(named()).await;
    let target = stage.share(TARGET, "files");
    target.create(&Default::default()).await.expect("made");
    put_directory(&target, "System Volume Information").await;
    let handler = stage.handler().await;
    let told = handler.tell(Method::POST, "pairs/files/validate", "").await;
    assert_eq!((told.status, &told.body["valid"]), (200, &json!(true)), "the system's own is nobody's");
    put(&target, "theirs", "data").await;
    refused(&stage, 409, &["TargetNotEmpty"]).await;
}

#[tokio::test]
async fn accept_seeding_4_refused_with_an_empty_source() {
    let (stage, source, _) = stage_with(named()).await;
    remove(&source, "a").await;
    refused(&stage, 409, &["SourceEmpty"]).await;
}

#[tokio::test]
async fn accept_seeding_4_refused_with_staging_of_another_protocol() {
    let (stage, _, staging) = stage_with(named()).await;
    remove_share(&staging).await;
    let nfs = stage.share(TARGET, "nfs");
    let options = CreateShareOptions { enabled_protocols: Some("NFS".to_owned()), ..Default::default() };
    nfs.create(&options).await.expect("made");
    let mut stage = stage;
    stage.change("files", json!({"seed": {"share": "nfs"}}));
    refused(&stage, 400, &["ProtocolMismatch"]).await;
}

#[tokio::test]
async fn accept_seeding_1_refused_where_staging_has_no_room_for_a_share_snapshot() {
    let (mut stage, _, staging) = stage_with(named()).await;
    stage.change(
        "files",
        json!({"seed": named(), "retention": {"limit": 10, "headroomSource": 2, "headroomTarget": 1}}),
    );
    for _ in 0..10 {
        staging.create_snapshot(&Default::default()).await.expect("a share snapshot");
    }
    refused(&stage, 409, &["SnapshotBudget"]).await;
}

#[tokio::test]
async fn accept_seeding_1_refused_where_staging_may_not_be_read() {
    let (stage, ..) = stage_with(named()).await;
    let plan = json!({"rules": [{"account": TARGET, "operation": "List Directories and Files", "path": "/staging",
        "then": {"Refuse": {"status": 403, "code": "AuthorizationPermissionMismatch"}}}]});
    stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan.to_string()).expect("a plan"))));
    refused(&stage, 403, &["StagingAccessDenied"]).await;
}

#[tokio::test]
async fn accept_seeding_1_refused_with_everything_at_once() {
    let (mut stage, source, staging) = stage_with(named()).await;
    remove(&source, "a").await;
    remove_share(&staging).await;
    let target = stage.share(TARGET, "files");
    target.create(&Default::default()).await.expect("made");
    put(&target, "theirs", "data").await;
    stage.change("files", json!({"seed": {"share": "gone"}}));
    refused(&stage, 400, &["StagingShareNotFound", "TargetNotEmpty", "SourceEmpty"]).await;
}
