//! What is written for people and editors says the same as the code: the sample, the schema, the documents.
//! The tables of the README have a module of their own, `readme`.

use std::collections::BTreeSet;
use std::path::Path;

use azure_files_backup::config::{HOST_TIMEOUT, SETTINGS, Settings};
use azure_files_backup::cycle::report::Standing;
use azure_files_backup::cycle::seeding::SeedingCode;
use azure_files_backup::handlers::ErrorCode;
use azure_files_backup::state::SeedingStatus;
use azure_files_backup::sync::MatchBy;
use serde_json::{Value, json};

use crate::support::{KEY, Variables};

pub fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

pub fn sample() -> Variables {
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
fn the_budget_is_computed_from_the_time_that_host_json_gives() {
    let host: Value = serde_json::from_str(&read("host.json")).expect("it is JSON");
    let seconds = HOST_TIMEOUT.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    assert_eq!(host["functionTimeout"], json!(format!("{hours:02}:{minutes:02}:{seconds:02}")));
}

#[test]
fn operations_explain_every_error_code() {
    let operations = read("docs/operations.md");
    let rows = first_cells(&operations);
    for code in ErrorCode::ALL {
        assert!(rows.contains(format!("{code:?}").as_str()), "{code:?}");
    }
}

#[test]
fn operations_explain_every_standing() {
    let operations = read("docs/operations.md");
    let rows = first_cells(&operations);
    for standing in Standing::ALL {
        assert!(rows.contains(standing.as_str()), "{standing:?}");
    }
}

#[test]
fn the_guide_to_seeding_explains_its_states_its_codes_and_its_settings() {
    let guide = read("docs/seeding.md");
    let rows = first_cells(&guide);
    for code in SeedingCode::ALL {
        assert!(rows.contains(format!("{code:?}").as_str()), "{code:?}");
    }
    for status in SeedingStatus::ALL {
        assert!(rows.contains(format!("{status:?}").as_str()), "{status:?}");
    }
    for by in MatchBy::ALL {
        assert!(guide.contains(&format!("`{}`", by.as_str())), "{by:?}");
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
    pairs.extend([
        (with("/copy", json!({})), true),
        (with("/copy", json!({"mood": "auto"})), false),
        (with("/copy", json!("auto")), false),
        (with("/more", json!(1)), false),
        (with("/source/more", json!(1)), false),
        (with("/seed", json!(null)), false),
        (with("/adoptTarget", json!(false)), true),
        (with("/adoptTarget", json!(true)), true),
        (with("/adoptTarget", json!("true")), false),
        (with("/adoptTarget", json!(null)), false),
    ]);
    let retention = [
        (json!({}), true),
        (json!(null), false),
        (
            json!({"limit": 200, "headroomSource": 20, "headroomTarget": 10, "allowPolicyOverride": false}),
            true,
        ),
        (json!({"limit": 3, "headroomSource": 0, "headroomTarget": 0}), true),
        (json!({"limit": 2, "headroomSource": 0, "headroomTarget": 0}), false),
        (json!({"limit": 201}), false),
        (json!({"limit": "200"}), false),
        (json!({"limit": 99.5}), false),
        (json!({"headroomSource": 197, "headroomTarget": 197}), true),
        (json!({"headroomSource": 198}), false),
        (json!({"headroomTarget": 198}), false),
        (json!({"headroomTarget": -1}), false),
        (json!({"maxDeletesPerCycle": 1}), true),
        (json!({"maxDeletesPerCycle": 0}), false),
        (json!({"maxDeletesPerCycle": 201}), false),
        (json!({"maxDeletesPerCycle": null}), false),
        (json!({"allowPolicyOverride": true}), true),
        (json!({"allowPolicyOverride": 1}), false),
        (json!({"days": 7}), false),
        (json!({"keep": {}}), false),
        (json!({"keep": 7}), false),
        (json!({"keep": {"last": 1}}), true),
        (json!({"keep": {"last": 0}}), false),
        (json!({"keep": {"last": 0, "yearly": 1}}), true),
        (json!({"keep": {"last": 1, "daily": 7, "weekly": 4, "monthly": 12, "yearly": 10}}), true),
        (json!({"keep": {"last": -1, "daily": 1}}), false),
        (json!({"keep": {"hourly": 1}}), false),
        (json!({"keep": {"last": 200}, "allowPolicyOverride": true}), true),
        (json!({"keep": {"last": 201}, "allowPolicyOverride": true}), false),
    ];
    pairs.extend(retention.map(|(value, is_good)| (with("/retention", value), is_good)));
    let guard = [
        (json!({}), true),
        (json!([]), false),
        (json!({"maxDeletePercent": 0, "maxDeletes": 0, "maxOverwritePercent": 100}), true),
        (json!({"maxDeletePercent": 101}), false),
        (json!({"maxOverwritePercent": -1}), false),
        (json!({"maxDeletePercent": 0.5}), false),
        (json!({"maxDeletes": 5_000_000_000_u64}), true),
        (json!({"maxDeletes": 1e30}), false),
        (json!({"maxDeletes": null}), false),
        (json!({"maxDelete": 1}), false),
    ];
    pairs.extend(guard.map(|(value, is_good)| (with("/guard", value), is_good)));
    let limits = [
        (json!({}), true),
        (json!(500), false),
        (json!({"requestsPerSecond": 1, "bytesPerSecond": 65_536}), true),
        (json!({"requestsPerSecond": 0}), false),
        (json!({"requestsPerSecond": 1.5}), false),
        (json!({"bytesPerSecond": 65_535}), false),
        (json!({"bytesPerSecond": null}), false),
        (json!({"requestsPerSecond": 1e30}), false),
        (json!({"requests": 1}), false),
    ];
    pairs.extend(limits.map(|(value, is_good)| (with("/limits", value), is_good)));
    let hours = [1, 24, 8_760].map(|hours| (json!(hours), true));
    let no_hours = [json!(0), json!(8_761), json!(1.5), json!("24"), json!(null)].map(|value| (value, false));
    let rpo = hours.into_iter().chain(no_hours);
    pairs.extend(rpo.map(|(value, is_good)| (with("/rpoHours", value), is_good)));
    let ways = ["none", "sample", "full"].map(|way| (json!(way), true));
    let no_ways = [json!("all"), json!(""), json!(true), json!(null), json!({})].map(|value| (value, false));
    let verify = ways.into_iter().chain(no_ways);
    pairs.extend(verify.map(|(value, is_good)| (with("/verify", value), is_good)));
    let bytes = [
        (json!(4_194_304), true),
        (json!(4_194_303), false),
        (json!(9_007_199_254_740_992_u64), true),
        (json!(1e30), false),
        (json!("4194304"), false),
        (json!(null), false),
    ];
    pairs.extend(bytes.map(|(value, is_good)| (with("/verifyBytes", value), is_good)));
    let exclude = [
        (json!([]), true),
        (json!("*.tmp"), false),
        (json!(["*.tmp", "**/~$*", "a b/c", "{cache,Temp}/**", "Berichte/äöü*"]), true),
        (json!([7]), false),
        (json!([""]), false),
        (json!(["/a"]), false),
        (json!(["a/"]), false),
        (json!(["a//b"]), false),
        (json!(["a\\b"]), false),
    ];
    pairs.extend(exclude.map(|(value, is_good)| (with("/exclude", value), is_good)));
    let seeds = [
        (json!({}), true),
        (json!({"share": "staging", "account": "acctb", "match": "hash", "toleranceSeconds": 2}), true),
        (json!({"enabled": false}), true),
        (json!("staging"), false),
        (json!({"share": "No Share"}), false),
        (json!({"share": 7}), false),
        (json!({"account": "A"}), false),
        (json!({"enabled": "yes"}), false),
        (json!({"match": "size"}), false),
        (json!({"toleranceSeconds": 3}), false),
        (json!({"more": true}), false),
    ];
    pairs.extend(seeds.map(|(value, is_good)| (with("/seed", value), is_good)));
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
