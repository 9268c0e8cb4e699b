//! Every mistake that settings can have, what is said about it, and that the others are said with it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::sync::CopyMode;

/// Azurite's published development key.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

fn good() -> BTreeMap<String, String> {
    let variables = [
        ("BACKUP_PAIRS", json!([good_pair()]).to_string()),
        ("BACKUP_SCHEDULE", "0 0 3 * * *".to_owned()),
        ("BACKUP_STATE", "memory".to_owned()),
        ("BACKUP_CREDENTIAL", "sharedKey".to_owned()),
        ("BACKUP_KEY__accta", KEY.to_owned()),
        ("BACKUP_KEY__acctb", KEY.to_owned()),
        ("PATH", "/usr/bin".to_owned()),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn good_pair() -> Value {
    pair("documents", ("accta", "docs"), ("acctb", "docs-copy"))
}

fn pair(name: &str, source: (&str, &str), target: (&str, &str)) -> Value {
    json!({"name": name,
           "source": {"account": source.0, "share": source.1},
           "target": {"account": target.0, "share": target.1}})
}

fn fields_of(mistakes: &[Mistake]) -> Vec<&str> {
    mistakes.iter().map(|mistake| mistake.field.as_str()).collect()
}

/// The good settings with one variable changed have exactly one mistake, and this is it.
fn check(name: &str, value: Option<&str>, field: &str, problem: &str) {
    let mut variables = good();
    match value {
        Some(value) => variables.insert(name.to_owned(), value.to_owned()),
        None => variables.remove(name),
    };
    let mistakes = Settings::from_env(&variables).expect_err("a mistake");
    assert_eq!(fields_of(&mistakes), [field], "{mistakes:?}");
    assert_eq!(mistakes[0].problem, problem);
    assert_eq!(mistakes[0].setting, field.split(['[', '.']).next().expect("split gives one"));
    assert!(!mistakes[0].remedy.is_empty());
}

/// The same for pairs.
fn check_pairs(pairs: &Value, field: &str, problem: &str) {
    check("BACKUP_PAIRS", Some(&pairs.to_string()), field, problem);
}

/// The same for the good pair with one field set.
fn check_pair(pointer: &str, value: Value, field: &str, problem: &str) {
    check_pairs(&json!([with(pointer, value)]), field, problem);
}

fn with(pointer: &str, value: Value) -> Value {
    let mut pair = good_pair();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    pair.pointer_mut(parent).expect("a parent")[name] = value;
    pair
}

fn without(name: &str) -> Value {
    let mut pair = good_pair();
    pair.as_object_mut().expect("an object").remove(name);
    pair
}

#[test]
fn good_settings_are_read() {
    let settings = Settings::from_env(&good()).expect("no mistake");
    let [pair] = &settings.pairs[..] else { panic!("one pair") };
    assert_eq!(pair.name, "documents");
    assert_eq!((pair.source.account.as_str(), pair.source.share.as_str()), ("accta", "docs"));
    assert_eq!(pair.target.endpoint.as_str(), "https://acctb.file.core.windows.net/");
    assert_eq!(pair.copy_mode, CopyMode::Auto);
    assert_eq!(settings.backup_schedule, "0 0 3 * * *");
    assert_eq!(settings.state, StateSetting::Memory);
    let CredentialSetting::SharedKey { keys } = &settings.credential;
    assert_eq!(keys.keys().collect::<Vec<_>>(), ["accta", "acctb"]);
}

#[test]
fn what_later_versions_do_may_be_set_to_nothing() {
    let mut pair = good_pair();
    pair["adoptTarget"] = json!(false);
    pair["copy"] = json!({"mode": "streamed"});
    pair["retention"] =
        json!({"limit": 200, "headroomSource": 20, "headroomTarget": 10, "allowPolicyOverride": false});
    pair["guard"] = json!({});
    pair["exclude"] = json!([]);
    let mut variables = good();
    variables.insert("BACKUP_PAIRS".to_owned(), json!([pair]).to_string());
    variables.insert("RESUME_SCHEDULE".to_owned(), String::new());
    let settings = Settings::from_env(&variables).expect("no mistake");
    assert_eq!(settings.pairs[0].copy_mode, CopyMode::Streamed);
}

#[test]
fn a_share_may_be_the_source_of_several_pairs() {
    let pairs = json!([
        pair("one", ("accta", "docs"), ("acctb", "docs")),
        pair("two", ("accta", "docs"), ("acctb", "docs-two"))
    ]);
    let mut variables = good();
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    assert_eq!(Settings::from_env(&variables).expect("no mistake").pairs.len(), 2);
}

#[test]
fn a_missing_or_unreadable_list_of_pairs_is_a_mistake() {
    check("BACKUP_PAIRS", None, "BACKUP_PAIRS", "Missing");
    check("BACKUP_PAIRS", Some("  "), "BACKUP_PAIRS", "Missing");
    check("BACKUP_PAIRS", Some("[]"), "BACKUP_PAIRS", "No pair");
    check("BACKUP_PAIRS", Some("{}"), "BACKUP_PAIRS", "Expected a list, found an object");
    check("BACKUP_PAIRS", Some("[7]"), "BACKUP_PAIRS[0]", "Expected an object, found a number");
    check(
        "BACKUP_PAIRS",
        Some("[\n  {\"name\": }\n]"),
        "BACKUP_PAIRS",
        "Unreadable JSON: expected value at line 2 column 12",
    );
}

#[test]
fn a_bad_name_is_a_mistake() {
    check_pair("/name", json!("my docs"), "BACKUP_PAIRS[0].name", "\"my docs\" is not allowed here");
    check_pair("/name", json!(7), "BACKUP_PAIRS[0].name", "Expected a text, found a number");
    check_pairs(&json!([without("name")]), "BACKUP_PAIRS[0].name", "Missing");
    check_pair(
        "/source/share",
        json!("Docs"),
        "BACKUP_PAIRS[0].source.share",
        "\"Docs\" is not allowed here",
    );
    check_pair(
        "/target/account",
        json!("ab"),
        "BACKUP_PAIRS[0].target.account",
        "\"ab\" is not allowed here",
    );
    check_pair("/target", json!(null), "BACKUP_PAIRS[0].target", "Expected an object, found null");
    check_pair("/target", json!("docs"), "BACKUP_PAIRS[0].target", "Expected an object, found a text");
}

#[test]
fn a_bad_endpoint_is_a_mistake_that_does_not_show_it() {
    let endpoint = json!("https://accta.file.core.windows.net/?sv=2026-06-06&sig=c2VjcmV0");
    check_pair("/source/endpoint", endpoint, "BACKUP_PAIRS[0].source.endpoint", "Holds a query or fragment");
}

#[test]
fn an_unknown_field_is_a_mistake_at_every_level() {
    check_pair("/nmae", json!("x"), "BACKUP_PAIRS[0].nmae", "No field has this name");
    check_pair("/source/container", json!("x"), "BACKUP_PAIRS[0].source.container", "No field has this name");
    check_pair("/copy", json!({"modes": 1}), "BACKUP_PAIRS[0].copy.modes", "No field has this name");
    check_pair("/retention", json!({"days": 7}), "BACKUP_PAIRS[0].retention.days", "No field has this name");
}

#[test]
fn an_unknown_copy_mode_is_a_mistake() {
    check_pair("/copy", json!({"mode": "fast"}), "BACKUP_PAIRS[0].copy.mode", "\"fast\" is no copy mode");
}

#[test]
fn what_later_versions_do_is_refused() {
    let later = "Not in this version";
    check_pair("/seed", json!({"share": "staging"}), "BACKUP_PAIRS[0].seed", later);
    check_pair("/adoptTarget", json!(true), "BACKUP_PAIRS[0].adoptTarget", later);
    check_pair("/guard", json!({"maxDeletes": 5}), "BACKUP_PAIRS[0].guard", later);
    check_pair("/retention", json!({"limit": 100}), "BACKUP_PAIRS[0].retention.limit", later);
    let once = json!({"maxDeletesPerCycle": 1});
    check_pair("/retention", once, "BACKUP_PAIRS[0].retention.maxDeletesPerCycle", later);
    check_pair("/exclude", json!(["*.tmp"]), "BACKUP_PAIRS[0].exclude", later);

    check(
        "RESUME_SCHEDULE",
        Some("0 */5 * * * *"),
        "RESUME_SCHEDULE",
        "Not in this version: an invocation runs a cycle to its end, so there is nothing to resume",
    );
    check(
        "BACKUP_LEASE_SECONDS",
        Some("60"),
        "BACKUP_LEASE_SECONDS",
        "Not in this version: a lease needs the state in Table Storage",
    );
    check(
        "BACKUP_BUDGET_SECONDS",
        Some("200"),
        "BACKUP_BUDGET_SECONDS",
        "Not in this version: an invocation runs a cycle to its end",
    );
    check(
        "AZURE_CLIENT_ID",
        Some("00000000-0000-0000-0000-000000000000"),
        "AZURE_CLIENT_ID",
        "Not in this version: the accounts are opened with their keys",
    );
}

#[test]
fn equal_names_are_a_mistake() {
    let pairs = json!([
        pair("docs", ("accta", "docs"), ("acctb", "docs")),
        pair("docs", ("accta", "photos"), ("acctb", "photos"))
    ]);
    check_pairs(&pairs, "BACKUP_PAIRS[1].name", "Another pair is called \"docs\"");
}

#[test]
fn a_share_that_is_its_own_target_is_a_mistake() {
    let pairs = json!([pair("docs", ("accta", "docs"), ("accta", "docs"))]);
    let mut variables = good();
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    let mistakes = Settings::from_env(&variables).expect_err("a mistake");
    assert_eq!(fields_of(&mistakes), ["BACKUP_PAIRS[0].target"]);
    assert_eq!(mistakes[0].problem, "Source and target are the same share");
}

#[test]
fn a_share_that_is_target_twice_is_a_mistake() {
    let pairs = json!([
        pair("one", ("accta", "docs"), ("acctb", "copy")),
        pair("two", ("accta", "photos"), ("acctb", "copy"))
    ]);
    check_pairs(
        &pairs,
        "BACKUP_PAIRS[1].target",
        "Share copy of account acctb is the target of BACKUP_PAIRS[0] too",
    );
}

#[test]
fn a_chain_and_a_circle_are_mistakes() {
    let first = pair("one", ("accta", "docs"), ("acctb", "docs"));
    let chain = json!([first, pair("two", ("acctb", "docs"), ("accta", "copy"))]);
    let problem = "Share docs of account acctb is the target of BACKUP_PAIRS[0]";
    check_pairs(&chain, "BACKUP_PAIRS[1].source", problem);

    let circle = json!([first, pair("two", ("acctb", "docs"), ("accta", "docs"))]);
    let mut variables = good();
    variables.insert("BACKUP_PAIRS".to_owned(), circle.to_string());
    let mistakes = Settings::from_env(&variables).expect_err("mistakes");
    assert_eq!(fields_of(&mistakes), ["BACKUP_PAIRS[0].source", "BACKUP_PAIRS[1].source"]);
}

#[test]
fn a_bad_schedule_is_a_mistake() {
    check("BACKUP_SCHEDULE", None, "BACKUP_SCHEDULE", "Missing");
    let problem = "\"0 3 * * *\" is no schedule: it has 5 fields";
    check("BACKUP_SCHEDULE", Some("0 3 * * *"), "BACKUP_SCHEDULE", problem);
}

#[test]
fn the_state_is_memory_and_not_on_azure() {
    check("BACKUP_STATE", None, "BACKUP_STATE", "Missing");
    check("BACKUP_STATE", Some("disk"), "BACKUP_STATE", "\"disk\" is no store");
    check(
        "BACKUP_STATE",
        Some("https://accta.table.core.windows.net/"),
        "BACKUP_STATE",
        "State in Table Storage is not in this version",
    );
    check(
        "WEBSITE_SITE_NAME",
        Some("my-app"),
        "BACKUP_STATE",
        "The memory store does not run on Azure: a new instance would have forgotten everything",
    );
}

#[test]
fn the_credential_is_shared_key() {
    let default = "Its default, managedIdentity, is not in this version";
    check("BACKUP_CREDENTIAL", None, "BACKUP_CREDENTIAL", default);
    let later = "developer is not in this version";
    check("BACKUP_CREDENTIAL", Some("developer"), "BACKUP_CREDENTIAL", later);
    let unknown = "\"password\" is no kind of credential";
    check("BACKUP_CREDENTIAL", Some("password"), "BACKUP_CREDENTIAL", unknown);
}

#[test]
fn a_key_that_is_missing_or_unreadable_is_a_mistake() {
    let missing = "Missing, and BACKUP_PAIRS[0].target names the account";
    check("BACKUP_KEY__acctb", None, "BACKUP_KEY__acctb", missing);
    check("BACKUP_KEY__acctb", Some(" "), "BACKUP_KEY__acctb", missing);
    check("BACKUP_KEY__acctb", Some("not base64!"), "BACKUP_KEY__acctb", "Not a key");
    check("BACKUP_KEY__", Some(KEY), "BACKUP_KEY__", "No account can have this name");
    check("BACKUP_KEY__Acct", Some(KEY), "BACKUP_KEY__Acct", "No account can have this name");
}

#[test]
fn a_key_that_no_pair_needs_is_left_alone() {
    let mut variables = good();
    variables.insert("BACKUP_KEY__acctz".to_owned(), KEY.to_owned());
    let CredentialSetting::SharedKey { keys } =
        Settings::from_env(&variables).expect("no mistake").credential;
    assert!(!keys.contains_key("acctz"));
}

#[test]
fn an_unknown_setting_of_ours_is_a_mistake() {
    check("BACKUP_PAIR", Some("[]"), "BACKUP_PAIR", "No setting has this name");
    check("BACKUP_STATES", Some(""), "BACKUP_STATES", "No setting has this name");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let pairs = json!([
        {"name": "-", "source": {"account": "ACC", "share": "docs"}, "target": {"account": "acctb"}},
        {"name": "two", "source": {"account": "acctc", "share": "docs", "endpoint": "nowhere"}, "more": 1}
    ]);
    let variables = BTreeMap::from([
        ("BACKUP_PAIRS".to_owned(), pairs.to_string()),
        ("BACKUP_SCHEDULE".to_owned(), "daily".to_owned()),
        ("BACKUP_STATUS".to_owned(), "memory".to_owned()),
    ]);
    let mistakes = Settings::from_env(&variables).expect_err("mistakes");
    assert_eq!(
        fields_of(&mistakes),
        [
            "BACKUP_PAIRS[0].name",
            "BACKUP_PAIRS[0].source.account",
            "BACKUP_PAIRS[0].target.share",
            "BACKUP_PAIRS[1].source.endpoint",
            "BACKUP_PAIRS[1].target",
            "BACKUP_PAIRS[1].more",
            "BACKUP_SCHEDULE",
            "BACKUP_STATE",
            "BACKUP_CREDENTIAL",
            "BACKUP_KEY__acctb",
            "BACKUP_KEY__acctc",
            "BACKUP_STATUS",
        ]
    );
}

#[test]
fn no_key_is_ever_shown() {
    // Wherever a key can end up by mistake.
    let places = [
        ("BACKUP_KEY__acctb".to_owned(), format!("{KEY}!")),
        ("BACKUP_SCHEDULE".to_owned(), KEY.to_owned()),
        ("BACKUP_STATE".to_owned(), KEY.to_owned()),
        ("BACKUP_CREDENTIAL".to_owned(), KEY.to_owned()),
        ("BACKUP_PAIRS".to_owned(), json!([with("/source/account", json!(KEY))]).to_string()),
        ("BACKUP_PAIRS".to_owned(), json!([with("/copy", json!({"mode": KEY}))]).to_string()),
        ("BACKUP_PAIRS".to_owned(), KEY.to_owned()),
    ];
    for (name, value) in places {
        let mut variables = good();
        variables.insert(name.clone(), value);
        let mistakes = Settings::from_env(&variables).expect_err("a mistake");
        assert!(!format!("{mistakes:?}").contains(&KEY[..20]), "{name}");
    }
    let settings = Settings::from_env(&good()).expect("no mistake");
    assert!(!format!("{settings:?}").contains(&KEY[..20]));
}
