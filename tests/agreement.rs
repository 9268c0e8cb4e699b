//! What is written for people and editors says the same as the code: the sample, the schema, the documents.

use std::collections::BTreeSet;
use std::path::Path;

use azure_files_backup::config::{LATER_SETTINGS, SETTINGS, Settings};
use azure_files_backup::handlers::ErrorCode;
use azure_files_backup::sync::CopyMode;
use serde_json::{Value, json};

use crate::support::{KEY, Variables};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

fn sample() -> Variables {
    let sample: Value = serde_json::from_str(&read("local.settings.sample.json")).expect("it is JSON");
    serde_json::from_value(sample["Values"].clone()).expect("values are texts")
}

/// What stands in backquotes at the beginning of table rows.
fn first_cells(document: &str) -> BTreeSet<&str> {
    document.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

#[test]
fn the_sample_holds_every_setting_and_no_mistake() {
    let sample = sample();
    let settings = Settings::from_env(&sample).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    for name in SETTINGS {
        assert!(sample.contains_key(name), "{name}");
    }
    assert_eq!(settings.pairs.len(), 1);
}

#[test]
fn the_readme_names_every_setting_and_no_other() {
    let readme = read("README.md");
    let expected = SETTINGS.into_iter().chain(["BACKUP_KEY__<account>"]).collect();
    let rows = first_cells(&readme).into_iter().filter(|cell| cell.starts_with("BACKUP_"));
    assert_eq!(rows.collect::<BTreeSet<_>>(), expected);
    for (name, _) in LATER_SETTINGS {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
    for mode in CopyMode::ALL {
        assert!(readme.contains(&format!("`{}`", mode.as_str())), "{mode:?}");
    }
}

#[test]
fn operations_explain_every_error_code() {
    let operations = read("docs/operations.md");
    let rows = first_cells(&operations);
    for code in ErrorCode::ALL {
        assert!(rows.contains(format!("{code:?}").as_str()), "{code:?}");
    }
}

/// Pairs, and whether they are acceptable.
fn pairs() -> Vec<(Value, bool)> {
    let good = || {
        json!({"name": "documents",
               "source": {"account": "accta", "share": "docs"},
               "target": {"account": "acctb", "share": "docs"}})
    };
    let with = |pointer: &str, value: Value| {
        let mut pair = good();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        pair.pointer_mut(parent).expect("a parent")[name] = value;
        json!([pair])
    };
    let without = |name: &str| {
        let mut pair = good();
        pair.as_object_mut().expect("an object").remove(name);
        json!([pair])
    };
    let mut pairs = vec![
        (json!([good()]), true),
        (json!([]), false),
        (json!({}), false),
        (json!([7]), false),
        (without("name"), false),
        (without("source"), false),
        (without("target"), false),
    ];
    let names = [("a", true), ("Docs-1", true), ("a-", true), ("", false), ("-a", false), ("a b", false)];
    pairs.extend(names.map(|(name, is_good)| (with("/name", json!(name)), is_good)));
    let accounts = [("abc", true), ("1a2", true), ("ab", false), ("Abc", false), ("a-b", false)];
    pairs.extend(accounts.map(|(account, is_good)| (with("/source/account", json!(account)), is_good)));
    let shares =
        [("abc", true), ("1-2", true), ("ab", false), ("a--b", false), ("-ab", false), ("aB3", false)];
    pairs.extend(shares.map(|(share, is_good)| (with("/source/share", json!(share)), is_good)));
    for length in [1, 2, 3, 24, 25, 63, 64] {
        let name = json!("a".repeat(length));
        pairs.push((with("/name", name.clone()), length <= 63));
        pairs.push((with("/source/account", name.clone()), (3..=24).contains(&length)));
        pairs.push((with("/source/share", name), (3..=63).contains(&length)));
    }
    let endpoints = [
        ("https://accta.file.core.windows.net", true),
        ("https://accta.file.core.windows.net/", true),
        ("http://127.0.0.1:10004/accta", true),
        ("http://127.0.0.1:10004/accta/docs", false),
        ("accta.file.core.windows.net", false),
        ("ftp://accta/", false),
        ("https://me:secret@accta/", false),
        ("https://accta/?sig=x", false),
        ("https://accta/#x", false),
    ];
    pairs.extend(endpoints.map(|(endpoint, is_good)| (with("/source/endpoint", json!(endpoint)), is_good)));
    let modes = [("auto", true), ("server-side", true), ("streamed", true), ("fast", false)];
    pairs.extend(modes.map(|(mode, is_good)| (with("/copy", json!({"mode": mode})), is_good)));
    let retention =
        json!({"limit": 200, "headroomSource": 20, "headroomTarget": 10, "allowPolicyOverride": false});
    pairs.extend([
        (with("/copy", json!({})), true),
        (with("/copy", json!({"mood": "auto"})), false),
        (with("/copy", json!("auto")), false),
        (with("/more", json!(1)), false),
        (with("/source/more", json!(1)), false),
        (with("/seed", json!({"share": "staging"})), false),
        (with("/seed", json!(null)), false),
        (with("/adoptTarget", json!(false)), true),
        (with("/adoptTarget", json!(true)), false),
        (with("/retention", retention), true),
        (with("/retention", json!({"limit": 100})), false),
        (with("/retention", json!({"headroomSource": 0})), false),
        (with("/retention", json!({"headroomTarget": 0})), false),
        (with("/retention", json!({"maxDeletesPerCycle": 1})), false),
        (with("/retention", json!({"allowPolicyOverride": true})), false),
        (with("/retention", json!({"days": 7})), false),
        (with("/guard", json!({})), true),
        (with("/guard", json!({"maxDeletes": 5})), false),
        (with("/exclude", json!([])), true),
        (with("/exclude", json!(["*.tmp"])), false),
    ]);
    pairs
}

#[test]
fn the_schema_and_the_app_accept_the_same_pairs() {
    let schema: Value = serde_json::from_str(&read("docs/pairs.schema.json")).expect("it is JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("it is a schema");
    let mut variables = sample();
    // Any account that a good pair names.
    let accounts = ["accta", "acctb", "abc", "1a2", "aaa", &"a".repeat(24)].map(str::to_owned);
    variables.extend(accounts.map(|account| (format!("BACKUP_KEY__{account}"), KEY.to_owned())));
    for (pairs, is_good) in pairs() {
        variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
        let mistakes = Settings::from_env(&variables).err();
        assert_eq!(mistakes.is_none(), is_good, "the app: {pairs} {mistakes:?}");
        assert_eq!(schema.is_valid(&pairs), is_good, "the schema: {pairs}");
    }
    let sample: Value = serde_json::from_str(&sample()["BACKUP_PAIRS"]).expect("it is JSON");
    assert!(schema.is_valid(&sample));
}
