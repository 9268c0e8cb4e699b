//! Every mistake that settings can have, what is said about it, and that the others are said with it.

mod pairs;
mod rules;
mod variables;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::retention::{Keep, Retention};
use crate::sync::CopyMode;

/// Azurite's published development key.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

fn good() -> BTreeMap<String, String> {
    let variables = [
        ("BACKUP_PAIRS", json!([good_pair()]).to_string()),
        ("BACKUP_SCHEDULE", "0 0 3 * * *".to_owned()),
        ("RESUME_SCHEDULE", "0 */5 * * * *".to_owned()),
        ("DRILL_SCHEDULE", "0 0 12 * * 0".to_owned()),
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

fn read_pair(pair: &Value) -> Result<PairSettings, Vec<Mistake>> {
    let mut variables = good();
    variables.insert("BACKUP_PAIRS".to_owned(), json!([pair]).to_string());
    Settings::from_env(&variables).map(|mut settings| settings.pairs.remove(0))
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
    assert_eq!(settings.resume_schedule, "0 */5 * * * *");
    assert_eq!(settings.state, StateSetting::Memory);
    assert_eq!(settings.lease, Duration::from_secs(60));
    assert_eq!(
        (settings.budget, settings.http_budget),
        (Duration::from_secs(7_050), Duration::from_secs(180))
    );
    assert!(!pair.adopt_target && pair.exclude.is_empty());
    assert_eq!((&pair.retention, pair.guard), (&Retention::default(), Guard::default()));
    let CredentialSetting::SharedKey { keys } = &settings.credential else { panic!("keys") };
    assert_eq!(keys.keys().collect::<Vec<_>>(), ["accta", "acctb"]);
}

#[test]
fn empty_fields_are_as_good_as_missing_ones() {
    let mut pair = good_pair();
    for (name, empty) in [("copy", json!({})), ("retention", json!({})), ("guard", json!({}))] {
        pair[name] = empty;
    }
    pair["exclude"] = json!([]);
    assert_eq!(read_pair(&pair), read_pair(&good_pair()));
    let mut variables = good();
    for name in ["BACKUP_LEASE_SECONDS", "BACKUP_BUDGET_SECONDS", "AZURE_CLIENT_ID"] {
        variables.insert(name.to_owned(), " ".to_owned());
    }
    assert!(Settings::from_env(&variables).is_ok());
}

#[test]
fn a_setting_of_another_credential_is_refused() {
    check(
        "AZURE_CLIENT_ID",
        Some("00000000-0000-0000-0000-000000000000"),
        "AZURE_CLIENT_ID",
        "The credential is sharedKey, which uses no managed identity",
    );
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
        ("BACKUP_LEASE_SECONDS".to_owned(), "short".to_owned()),
        ("BACKUP_BUDGET_SECONDS".to_owned(), "0".to_owned()),
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
            "RESUME_SCHEDULE",
            "DRILL_SCHEDULE",
            "BACKUP_STATE",
            "BACKUP_LEASE_SECONDS",
            "BACKUP_BUDGET_SECONDS",
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
        ("BACKUP_STATE".to_owned(), format!("https://acct.table.core.windows.net/?sig={KEY}")),
        ("BACKUP_LEASE_SECONDS".to_owned(), KEY.to_owned()),
        ("BACKUP_BUDGET_SECONDS".to_owned(), KEY.to_owned()),
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
