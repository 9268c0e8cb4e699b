//! Each right that is missing, or too much.

use azure_files_backup::cycle::doctor::{CheckName, CheckStatus};
use azure_files_backup::state::Side;
use file_share_emulator::{Action, Identity, Role};

use serde_json::{Value, json};

use super::{SIDES, assert_clean, assert_failed, check, examine, named, remedy, stage, with};
use crate::support::*;

const APP: &str = "a9900000-0000-4000-8000-000000000001";

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_role_for_smb_at_the_source_does_not_read_by_rest() {
    let app = Identity::system_assigned().with(Role::share_operator());
    let app = app.with_on(SOURCE, Role::smb_share_reader()).with_on(TARGET, Role::privileged_contributor());
    let stage = with(app).await;
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[(CheckName::ReadFiles, Some(Side::Source))]);
    let remedy = remedy(&found, CheckName::ReadFiles, Some(Side::Source));
    assert_eq!(remedy.role.as_deref(), Some("Storage File Data Privileged Reader"));
    assert_eq!(remedy.scope.as_deref(), Some("storage account sourceaccount"));
    assert_clean(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_reader_at_the_target_cannot_write_there() {
    let app = Identity::user_assigned(APP).with(Role::share_operator()).with(Role::privileged_reader());
    let stage = with(app).await;
    let mut variables = stage.variables();
    variables.insert("AZURE_CLIENT_ID".to_owned(), APP.to_owned());
    let found = examine(&variables).await;
    let target = Some(Side::Target);
    assert_failed(&found, &[(CheckName::WriteFiles, target), (CheckName::SetPermissions, target)]);
    let command = remedy(&found, CheckName::WriteFiles, target).command.as_deref().expect("a command");
    assert_eq!(
        command,
        format!(
            "az role assignment create --assignee {APP} --role \"Storage File Data Privileged Contributor\" \
             --scope \"$(az storage account show -n targetaccount --query id -o tsv)\""
        )
    );
    assert_clean(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_without_the_custom_role_no_share_snapshot_can_be_taken() {
    let app = Identity::system_assigned();
    let app = app.with_on(SOURCE, Role::privileged_reader()).with_on(TARGET, Role::privileged_contributor());
    let stage = with(app).await;
    let found = examine(&stage.variables()).await;
    let shares =
        [CheckName::ReadShares, CheckName::WriteShares, CheckName::DeleteShares, CheckName::LeaseShares];
    let expected: Vec<_> = shares.into_iter().flat_map(|name| SIDES.map(|side| (name, side))).collect();
    assert_failed(&found, &expected);
    let text = &remedy(&found, CheckName::WriteShares, Some(Side::Source)).text;
    assert!(text.contains("Microsoft.Storage/storageAccounts/fileServices/shares/write"), "{text}");
    assert_clean(&stage).await;
}

/// The app with its data roles, and on shares with all actions but one.
async fn without(missing: Action, check: CheckName) {
    let all = [Action::SharesRead, Action::SharesWrite, Action::SharesDelete, Action::SharesLease];
    let left: Vec<_> = all.into_iter().filter(|action| *action != missing).collect();
    let app = Identity::system_assigned().with(Role::custom(&left));
    let app = app.with_on(SOURCE, Role::privileged_reader()).with_on(TARGET, Role::privileged_contributor());
    let stage = with(app).await;
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &SIDES.map(|side| (check, side)));
    assert_clean(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_each_right_on_shares_is_missed_by_its_name() {
    without(Action::SharesWrite, CheckName::WriteShares).await;
    without(Action::SharesDelete, CheckName::DeleteShares).await;
    without(Action::SharesLease, CheckName::LeaseShares).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_right_to_write_at_the_source_is_one_too_many() {
    let app = Identity::system_assigned().with(Role::share_operator()).with(Role::privileged_contributor());
    let stage = with(app).await;
    let found = examine(&stage.variables()).await;
    assert_failed(&found, &[]);
    let written = (CheckName::WriteFiles, Some(Side::Source));
    assert_eq!(named(&found, CheckStatus::Excessive), [written]);
    let remedy = remedy(&found, CheckName::WriteFiles, Some(Side::Source));
    assert_eq!(remedy.role.as_deref(), Some("Storage File Data Privileged Contributor"));
    let command = remedy.command.as_deref().expect("a command");
    let (given, taken) = command.split_once(" && ").expect("two");
    assert!(
        given.starts_with("az role assignment create ") && given.contains("Privileged Reader"),
        "{given}"
    );
    assert!(taken.starts_with("az role assignment delete ") && taken.contains("Contributor"), "{taken}");
    assert_clean(&stage).await;

    // in accounts that back up each other the right is needed
    let other = stage.share(TARGET, "other");
    other.create(&Default::default()).await.expect("made");
    let mut variables = stage.variables();
    let mut pairs: Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
    let mut back = json!({"name": "other", "source": pairs[0]["target"], "target": pairs[0]["source"]});
    back["source"]["share"] = "other".into();
    back["target"]["share"] = "other".into();
    pairs.as_array_mut().expect("a list").push(back);
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    let found = examine(&variables).await;
    assert_failed(&found, &[]);
    assert_eq!(named(&found, CheckStatus::Excessive), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_an_identity_that_the_platform_does_not_know_is_named_once() {
    let stage = with(with_the_roles_of_the_app(Identity::system_assigned())).await;
    let mut variables = stage.variables();
    variables.insert("AZURE_CLIENT_ID".to_owned(), APP.to_owned());
    let found = examine(&variables).await;
    let credentials = SIDES.map(|side| (CheckName::Credential, side));
    let mut expected = vec![(CheckName::Identity, None), (CheckName::State, None)];
    expected.extend(credentials);
    assert_failed(&found, &expected);
    let remedy = remedy(&found, CheckName::Identity, None);
    assert!(remedy.text.contains(APP) && remedy.text.contains("AZURE_CLIENT_ID"), "{}", remedy.text);
    assert_clean(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_keys_are_more_than_is_needed_and_another_key_is_not_enough() {
    let mut set = Stage::set().await;
    let (source, _) = set.pair("files", serde_json::json!({})).await;
    put(&source, "a", "data").await;
    let found = examine(&set.variables()).await;
    assert_failed(&found, &[]);
    assert_eq!(named(&found, CheckStatus::Excessive), [(CheckName::Identity, None)]);
    let mut variables = set.variables();
    variables.insert(format!("BACKUP_KEY__{TARGET}"), "YW5vdGhlciBrZXk=".to_owned());
    let found = examine(&variables).await;
    assert_failed(&found, &[(CheckName::Credential, Some(Side::Target))]);
    let text = &remedy(&found, CheckName::Credential, Some(Side::Target)).text;
    assert!(text.contains("BACKUP_KEY__targetaccount"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_an_account_without_keys_is_told_from_a_wrong_key() {
    let app = with_the_roles_of_the_app(Identity::system_assigned());
    let stage = stage(file_share_emulator::Config { identities: vec![app], ..Default::default() }).await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_CREDENTIAL".to_owned(), "sharedKey".to_owned());
    for account in [SOURCE, TARGET, "devstoreaccount1"] {
        variables.insert(format!("BACKUP_KEY__{account}"), KEY.to_owned());
    }
    let found = examine(&variables).await;
    assert_failed(&found, &SIDES.map(|side| (CheckName::Credential, side)));
    let detail = &check(&found, CheckName::Credential, Some(Side::Source)).detail;
    assert!(detail.contains("forbids Shared Key"), "{detail}");
}
