//! Networks, names, tenants, clocks and versions: what looks alike in a log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_files_backup::cycle::doctor::{CheckName, CheckStatus};
use azure_files_backup::state::Side;
use faults::{Fault, Seen};
use file_share_emulator::{Config, Identity};
use serde_json::Value;

use super::{SIDES, assert_clean, assert_failed, check, examine, healthy, remedy, stage};
use crate::support::{Keyless, SOURCE, TARGET, Variables, with_the_roles_of_the_app};

/// Every request to the account is refused so.
fn refuse(stage: &Keyless, account: &'static str, status: u16, code: &'static str) {
    let refused = move |seen: &Seen<'_>| match seen.account == account {
        true => Fault::Refuse { status, code, retry_after_seconds: None },
        false => Fault::None,
    };
    stage.emulator.set_faults(Some(Arc::new(refused)));
}

fn with_endpoint(stage: &Keyless, side: &str, endpoint: &str) -> Variables {
    let mut variables = stage.variables();
    let mut pairs: Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
    pairs[0][side]["endpoint"] = endpoint.into();
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    variables
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_closed_source_is_no_missing_role() {
    let stage = healthy().await;
    refuse(&stage, SOURCE, 403, "AuthorizationFailure");
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::Network, Some(Side::Source))]);
    let remedy = remedy(&found, CheckName::Network, Some(Side::Source));
    assert!(remedy.text.contains("Roles are not what is missing"), "{}", remedy.text);
    assert!(remedy.command.as_deref().is_some_and(|command| command.contains("network-rule add")));
    // what stands behind it is not guessed at
    assert_eq!(check(&found, CheckName::ReadFiles, Some(Side::Source)).status, CheckStatus::NotTried);
    assert_eq!(check(&found, CheckName::ServerSideCopy, None).status, CheckStatus::NotTried);
    stage.emulator.set_faults(None);
    assert_clean(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_source_that_is_closed_to_the_service_alone_is_explained() {
    let app = with_the_roles_of_the_app(Identity::system_assigned());
    let closed = Config { identities: vec![app], copy_source_refused: true, ..Config::default() };
    let stage = stage(closed).await;
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::ServerSideCopy, None)]);
    let copied = check(&found, CheckName::ServerSideCopy, None);
    assert!(copied.detail.contains("CannotVerifyCopySource"), "{}", copied.detail);
    assert!(
        copied.detail.contains("refuse the storage service of account targetaccount"),
        "{}",
        copied.detail
    );
    let text = &remedy(&found, CheckName::ServerSideCopy, None).text;
    assert!(text.contains("copy.mode") && text.contains("pass through the app"), "{text}");
    assert_clean(&stage).await;

    let mut streamed = stage.variables();
    let mut pairs: Value = serde_json::from_str(&streamed["BACKUP_PAIRS"]).expect("JSON");
    pairs[0]["copy"] = serde_json::json!({"mode": "streamed"});
    streamed.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    assert_failed(&examine(&streamed).await, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_token_of_another_tenant_is_named() {
    let stage = healthy().await;
    refuse(&stage, TARGET, 401, "InvalidAuthenticationInfo");
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::Credential, Some(Side::Target))]);
    let detail = &check(&found, CheckName::Credential, Some(Side::Target)).detail;
    assert!(detail.contains("another tenant"), "{detail}");
    stage.emulator.set_faults(None);
    assert_clean(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_wrong_account_name_is_told_from_a_closed_door() {
    let stage = healthy().await;
    let found = examine(&with_endpoint(&stage, "target", "https://targetaccount.file.invalid/")).await;
    assert_failed(&found, &[(CheckName::Network, Some(Side::Target))]);
    let detail = &check(&found, CheckName::Network, Some(Side::Target)).detail;
    assert!(detail.contains("DNS knows no targetaccount.file.invalid"), "{detail}");
    let found = examine(&with_endpoint(&stage, "target", "https://127.0.0.1:1/targetaccount")).await;
    assert_failed(&found, &[(CheckName::Network, Some(Side::Target))]);
    let detail = &check(&found, CheckName::Network, Some(Side::Target)).detail;
    assert!(detail.contains("nobody there takes a connection"), "{detail}");
    let mut variables = stage.variables();
    variables.remove("SSL_CERT_FILE");
    variables.insert("BACKUP_STATE".to_owned(), "memory".to_owned());
    let found = examine(&variables).await;
    assert_failed(&found, &SIDES.map(|side| (CheckName::Network, side)));
    let detail = &check(&found, CheckName::Network, Some(Side::Target)).detail;
    assert!(detail.contains("is not trusted here"), "{detail}");
    assert_clean(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_tables_that_cannot_be_reached_are_named() {
    let stage = healthy().await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_STATE".to_owned(), "https://127.0.0.1:1/devstoreaccount1".to_owned());
    let found = examine(&variables).await;
    assert_failed(&found, &[(CheckName::State, None)]);
    variables.insert("BACKUP_STATE".to_owned(), "https://stateaccount.table.invalid/".to_owned());
    let found = examine(&variables).await;
    let text = &remedy(&found, CheckName::State, None).text;
    assert!(text.contains("privatelink.table.invalid"), "{text}");
    assert_clean(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_clock_off_by_an_hour_is_named() {
    let app = with_the_roles_of_the_app(Identity::system_assigned());
    let stage = stage(Config { identities: vec![app], ..Config::default() }).await;
    stage.emulator.advance_clock(Duration::from_secs(3600));
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &SIDES.map(|side| (CheckName::Clock, side)));
    let detail = &check(&found, CheckName::Clock, Some(Side::Source)).detail;
    assert!(detail.contains("seconds behind that of the service"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_an_old_service_version_is_named() {
    let stage = healthy().await;
    let first = AtomicBool::new(true);
    let old = move |seen: &Seen<'_>| match seen.account == TARGET && first.swap(false, Ordering::Relaxed) {
        true => Fault::Refuse { status: 400, code: "InvalidHeaderValue", retry_after_seconds: None },
        false => Fault::None,
    };
    stage.emulator.set_faults(Some(Arc::new(old)));
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::ServiceVersion, Some(Side::Target))]);
    let detail = &check(&found, CheckName::ServiceVersion, Some(Side::Target)).detail;
    assert!(detail.ends_with("It refuses 2026-06-06 and serves 2024-11-04"), "{detail}");
}
