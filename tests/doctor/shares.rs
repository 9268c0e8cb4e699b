//! What the shares themselves are.

use std::sync::Arc;

use azure_files_backup::cycle::doctor::{CheckName, CheckStatus, Examination};
use azure_files_backup::state::Side;
use azure_storage_file_share::CreateShareOptions;
use faults::{Fault as Reply, Seen};
use file_share_emulator::{Billing, Config, GeneratedShare, GeneratedTree};
use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_failed, check, examine, healthy, remedy};
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_missing_source_share_is_named() {
    let stage = healthy().await;
    remove_keyless(&stage).await;
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::Share, Some(Side::Source))]);
    let detail = &check(&found, CheckName::Share, Some(Side::Source)).detail;
    assert!(detail.contains("ShareNotFound"), "{detail}");
    // nothing is said of files that are not there
    assert_eq!(check(&found, CheckName::ReadFiles, Some(Side::Source)).status, CheckStatus::NotTried);
    assert_eq!(check(&found, CheckName::ReadShares, Some(Side::Source)).status, CheckStatus::Ok);
}

async fn remove_keyless(stage: &Keyless) {
    let source = stage.share(SOURCE, "files");
    source.delete(azure_storage_file_share::DeleteSnapshots::Include).await.expect("deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_an_nfs_share_is_named_on_either_side() {
    let stage = healthy().await;
    remove_keyless(&stage).await;
    let nfs = CreateShareOptions { enabled_protocols: Some("NFS".to_owned()), ..Default::default() };
    for account in [SOURCE, TARGET] {
        stage.share(account, "files").create(&nfs).await.expect("made");
    }
    let found = examine(&stage.variables()).await;
    for side in [Side::Source, Side::Target] {
        let protocol = check(&found, CheckName::Protocol, Some(side));
        assert_eq!(protocol.status, CheckStatus::Failed);
        assert!(protocol.detail.contains("NFS"), "{}", protocol.detail);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_one_account_for_both_is_named() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let mut variables = stage.variables();
    let mut pairs: Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
    pairs[0]["target"] = pairs[0]["source"].clone();
    pairs[0]["target"]["share"] = "copy".into();
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    let found = examine(&variables).await;
    assert_failed(&found, &[(CheckName::Accounts, None)]);
    let detail = &check(&found, CheckName::Accounts, None).detail;
    assert!(detail.contains("one region"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_share_snapshots_of_others_that_leave_no_room_are_named() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    for _ in 0..195 {
        source.create_snapshot(&Default::default()).await.expect("taken");
    }
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::SnapshotCount, Some(Side::Source))]);
    let detail = &check(&found, CheckName::SnapshotCount, Some(Side::Source)).detail;
    assert!(
        detail.starts_with("195 share snapshots of 200, 0 of them this pair's, and none of them may go"),
        "{detail}"
    );
    assert!(remedy(&found, CheckName::SnapshotCount, Some(Side::Source)).text.contains("PruneBlocked"));
    assert_eq!(snapshots(&source).await.len(), 195);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_target_that_is_too_small_is_named() {
    let size = 3 << 30;
    let tree =
        GeneratedTree { depth: 0, directories: 0, files: 1, size: size..=size, descriptors: 1, seed: 1 };
    let large = GeneratedShare { account: SOURCE.to_owned(), share: "large".to_owned(), tree };
    let mut stage = Stage::with(Config { generated: vec![large], ..Config::default() }).await;
    stage.pair("files", json!({})).await;
    let source = json!({"account": SOURCE, "share": "large", "endpoint": stage.emulator.account(SOURCE).endpoint.as_str()});
    stage.change("files", json!({"source": source}));
    let small = CreateShareOptions { quota_gib: Some(1), ..Default::default() };
    stage.share(TARGET, "files").create(&small).await.expect("made");
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::Space, None)]);
    let command = remedy(&found, CheckName::Space, None).command.as_deref().expect("a command");
    assert_eq!(command, "az storage share-rm update --storage-account targetaccount -n files --quota 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_what_stands_against_seeding_is_named() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"seed": {"share": STAGING}})).await;
    put(&source, "a", "data").await;
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::Seeding, None)]);
    let detail = &check(&found, CheckName::Seeding, None).detail;
    assert!(detail.starts_with("StagingShareNotFound"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_of_many_pairs_the_broken_one_is_named() {
    let mut stage = Stage::set().await;
    for name in ["one", "two", "three"] {
        let (source, _) = stage.pair(name, json!({})).await;
        put(&source, "a", "data").await;
    }
    remove_share(&stage.share(SOURCE, "two")).await;
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::Share, Some(Side::Source))]);
    let broken = found.checks.iter().find(|check| check.check == CheckName::Share && check.remedy.is_some());
    assert_eq!(broken.and_then(|check| check.pair.as_deref()), Some("two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_recovery_points_that_people_hold_leave_no_room_either() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", small()).await;
    put(&source, "a", "data").await;
    let handler = stage.handler().await;
    for _ in 0..10 {
        let report = handler.cycle("files").await;
        handler
            .tell(
                Method::POST,
                "pairs/files/decisions",
                &json!({"action": "hold", "cycle": report.id}).to_string(),
            )
            .await;
    }
    let answer = handler.tell(Method::POST, "doctor", "").await;
    let found: Examination = serde_json::from_value(answer.body).expect("an examination");
    let count = check(&found, CheckName::SnapshotCount, Some(Side::Source));
    assert_eq!(count.status, CheckStatus::Failed, "{}", count.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_target_that_every_cycle_would_refuse_is_named() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    target.create(&Default::default()).await.expect("made");
    put(&target, "theirs", "data").await;
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::Target, Some(Side::Target))]);
    assert!(check(&found, CheckName::Target, Some(Side::Target)).detail.starts_with("TargetNotEmpty"));
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_accounts_are_well_however_they_pay() {
    for billing in [Billing::ProvisionedV1, Billing::ProvisionedV2] {
        let mut stage = Stage::with(Config { billing, ..Config::default() }).await;
        let (source, _) = stage.pair("files", json!({})).await;
        put(&source, "a", "data").await;
        let found = examine(&stage.variables()).await;
        assert_failed(&found, &[]);
        assert_eq!(check(&found, CheckName::ServerSideCopy, None).status, CheckStatus::Ok, "{billing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_an_account_full_of_shares_is_no_missing_right() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    target.create(&Default::default()).await.expect("made");
    let full = |seen: &Seen<'_>| match seen.operation {
        "Create Share" => Reply::Refuse {
            status: 400,
            code: "TotalSharesCountExceedsAccountLimit",
            retry_after_seconds: None,
        },
        _ => Reply::None,
    };
    stage.emulator.set_faults(Some(Arc::new(full)));
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[]);
    let copied = check(&found, CheckName::ServerSideCopy, None);
    assert_eq!(copied.status, CheckStatus::NotTried);
    assert!(copied.detail.contains("TotalSharesCountExceedsAccountLimit"), "{}", copied.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_file_is_found_behind_many_directories() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"copy": {"mode": "server-side"}})).await;
    for number in 0..20 {
        source.directory_client(&format!("z{number:02}")).create(&Default::default()).await.expect("made");
    }
    put_directories(&source, "a/b").await;
    put(&source, "a/b/data", "data").await;
    let closed = |seen: &Seen<'_>| match seen.operation {
        "Put Range From URL" => Reply::RefuseSource { status: 403, code: "AuthorizationFailure" },
        _ => Reply::None,
    };
    stage.emulator.set_faults(Some(Arc::new(closed)));
    assert_failed(&examine(&stage.variables()).await, &[(CheckName::ServerSideCopy, None)]);
}
