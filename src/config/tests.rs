//! Every mistake that settings can have, what is said about it, and that the others are said with it.

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
        (Duration::from_secs(7_050), Duration::from_secs(200))
    );
    assert!(!pair.adopt_target && pair.exclude.is_empty());
    assert_eq!((&pair.retention, pair.guard), (&Retention::default(), Guard::default()));
    let CredentialSetting::SharedKey { keys } = &settings.credential;
    assert_eq!(keys.keys().collect::<Vec<_>>(), ["accta", "acctb"]);
}

#[test]
fn every_field_of_a_pair_is_read() {
    let mut pair = good_pair();
    pair["adoptTarget"] = json!(true);
    pair["copy"] = json!({"mode": "streamed"});
    pair["retention"] = json!({"limit": 100, "headroomSource": 5, "headroomTarget": 0, "maxDeletesPerCycle": 1,
                               "allowPolicyOverride": true, "keep": {"last": 3, "daily": 7, "yearly": 1}});
    pair["guard"] = json!({"maxDeletePercent": 0, "maxDeletes": 5, "maxOverwritePercent": 100});
    pair["exclude"] = json!(["cache", "**/*.tmp"]);
    let read = read_pair(&pair).expect("no mistake");
    assert_eq!((read.copy_mode, read.adopt_target), (CopyMode::Streamed, true));
    let keep = Keep { last: 3, daily: 7, yearly: 1, ..Keep::default() };
    let retention = Retention {
        limit: 100,
        headroom_source: 5,
        headroom_target: 0,
        max_deletes_per_cycle: Some(1),
        allow_policy_override: true,
        keep: Some(keep),
    };
    assert_eq!(read.retention, retention);
    assert_eq!(read.guard, Guard { max_delete_percent: 0, max_deletes: Some(5), max_overwrite_percent: 100 });
    assert_eq!(read.exclude.globs(), ["cache", "**/*.tmp"]);
    assert!(read.exclude.matches("Cache/a") && read.exclude.matches("a/b.TMP"));
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
    check_pair("/seed", json!({"share": "staging"}), "BACKUP_PAIRS[0].seed", "Not in this version");
    check(
        "AZURE_CLIENT_ID",
        Some("00000000-0000-0000-0000-000000000000"),
        "AZURE_CLIENT_ID",
        "Not in this version: the accounts are opened with their keys",
    );
}

#[test]
fn a_value_of_another_kind_is_a_mistake() {
    let text = "Expected a truth value, found a text";
    check_pair("/adoptTarget", json!("true"), "BACKUP_PAIRS[0].adoptTarget", text);
    let number = "Expected a truth value, found a number";
    let over = json!({"allowPolicyOverride": 1});
    check_pair("/retention", over, "BACKUP_PAIRS[0].retention.allowPolicyOverride", number);
    let text = "Expected a number, found a text";
    check_pair("/retention", json!({"limit": "200"}), "BACKUP_PAIRS[0].retention.limit", text);
    check_pair("/guard", json!(50), "BACKUP_PAIRS[0].guard", "Expected an object, found a number");
    check_pair("/exclude", json!("a"), "BACKUP_PAIRS[0].exclude", "Expected a list, found a text");
    let number = "Expected a text, found a number";
    check_pair("/exclude", json!(["a", 7]), "BACKUP_PAIRS[0].exclude[1]", number);
    let null = "Expected an object, found null";
    check_pair("/retention", json!({"keep": null}), "BACKUP_PAIRS[0].retention.keep", null);
}

#[test]
fn numbers_have_limits() {
    for (field, bad) in [
        ("limit", vec![json!(2), json!(201), json!(-1), json!(99.5)]),
        ("headroomSource", vec![json!(198), json!(-1)]),
        ("headroomTarget", vec![json!(198), json!(0.1)]),
        ("maxDeletesPerCycle", vec![json!(0), json!(201)]),
    ] {
        for value in bad {
            let problem = format!("{value} is not allowed here");
            let retention = json!({(field): value});
            check_pair("/retention", retention, &format!("BACKUP_PAIRS[0].retention.{field}"), &problem);
        }
    }
    for (field, bad) in [
        ("maxDeletePercent", vec![json!(101), json!(-1), json!(256), json!(0.5)]),
        ("maxDeletes", vec![json!(-1), json!(1e30)]),
        ("maxOverwritePercent", vec![json!(101)]),
    ] {
        for value in bad {
            let problem = format!("{value} is not allowed here");
            check_pair(
                "/guard",
                json!({(field): value}),
                &format!("BACKUP_PAIRS[0].guard.{field}"),
                &problem,
            );
        }
    }
    let problem = "201 is not allowed here";
    let keep = json!({"keep": {"last": 1, "daily": 201}});
    check_pair("/retention", keep, "BACKUP_PAIRS[0].retention.keep.daily", problem);
}

#[test]
fn rules_that_leave_no_room_are_a_mistake() {
    let small = json!({"limit": 22});
    let problem = "20 free places of 22 leave fewer than 3";
    check_pair("/retention", small, "BACKUP_PAIRS[0].retention.headroomSource", problem);
    let target = json!({"limit": 50, "headroomTarget": 48});
    let problem = "48 free places of 50 leave fewer than 3";
    check_pair("/retention", target, "BACKUP_PAIRS[0].retention.headroomTarget", problem);
    assert!(read_pair(&with("/retention", json!({"limit": 23}))).is_ok());
}

#[test]
fn keep_rules_want_something_and_no_more_than_there_is_room_for() {
    for keep in [json!({}), json!({"last": 0, "yearly": 0})] {
        check_pair("/retention", json!({"keep": keep}), "BACKUP_PAIRS[0].retention.keep", "Keeps nothing");
    }
    let many = |last: u64| json!({"last": last, "daily": 100, "weekly": 20});
    assert!(read_pair(&with("/retention", json!({"keep": many(59)}))).is_ok());
    let problem =
        "Wants up to 180 recovery points, and limit and headroom leave room for 179 beside a new one";
    check_pair("/retention", json!({"keep": many(60)}), "BACKUP_PAIRS[0].retention.keep", problem);
    let over = json!({"keep": many(60), "allowPolicyOverride": true});
    assert!(read_pair(&with("/retention", over)).is_ok());
}

#[test]
fn a_bad_glob_is_a_mistake_with_its_place() {
    let globs = json!(["a", "/b", "[c", "d"]);
    let mistakes = read_pair(&with("/exclude", globs)).expect_err("mistakes");
    assert_eq!(fields_of(&mistakes), ["BACKUP_PAIRS[0].exclude[1]", "BACKUP_PAIRS[0].exclude[2]"]);
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
    for name in ["BACKUP_SCHEDULE", "RESUME_SCHEDULE"] {
        check(name, None, name, "Missing");
        let problem = "\"0 3 * * *\" is no schedule: it has 5 fields";
        check(name, Some("0 3 * * *"), name, problem);
    }
}

#[test]
fn the_state_is_memory_or_a_table_endpoint() {
    check("BACKUP_STATE", None, "BACKUP_STATE", "Missing");
    check("BACKUP_STATE", Some("disk"), "BACKUP_STATE", "\"disk\" is no store");
    let file = "https://accta.file.core.windows.net/";
    check("BACKUP_STATE", Some(file), "BACKUP_STATE", "Names no storage account");
    check(
        "WEBSITE_SITE_NAME",
        Some("my-app"),
        "BACKUP_STATE",
        "The memory store does not run on Azure: a new instance would have forgotten everything",
    );
    let mut variables = good();
    variables.insert("BACKUP_STATE".to_owned(), "https://accta.table.core.windows.net/".to_owned());
    variables.insert("WEBSITE_SITE_NAME".to_owned(), "my-app".to_owned());
    let state = Settings::from_env(&variables).expect("no mistake").state;
    assert!(matches!(state, StateSetting::Table { account, .. } if account == "accta"));
}

#[test]
fn the_account_of_the_tables_needs_its_key_too() {
    let tables = "https://acctc.table.core.windows.net/";
    let missing = "Missing, and BACKUP_STATE names the account";
    check("BACKUP_STATE", Some(tables), "BACKUP_KEY__acctc", missing);
    let mut variables = good();
    variables.insert("BACKUP_STATE".to_owned(), tables.to_owned());
    variables.insert("BACKUP_KEY__acctc".to_owned(), KEY.to_owned());
    let CredentialSetting::SharedKey { keys } =
        Settings::from_env(&variables).expect("no mistake").credential;
    assert!(keys.contains_key("acctc"));
}

/// Good settings with these variables on top.
fn with_variables(more: &[(&str, &str)]) -> Result<Settings, Vec<Mistake>> {
    let mut variables = good();
    variables.extend(more.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
    Settings::from_env(&variables)
}

#[test]
fn a_lease_is_short_but_on_azure_not_too_short() {
    for bad in ["0", "3601", "-1", "1.5", "60s", "+60"] {
        let problem = format!("{bad:?} is not allowed here");
        check("BACKUP_LEASE_SECONDS", Some(bad), "BACKUP_LEASE_SECONDS", &problem);
    }
    let lease = |more: &[(&str, &str)]| with_variables(more).map(|settings| settings.lease.as_secs());
    assert_eq!(lease(&[("BACKUP_LEASE_SECONDS", "1")]), Ok(1));
    assert_eq!(lease(&[("BACKUP_LEASE_SECONDS", "3600")]), Ok(3_600));
    let on_azure = |seconds| {
        let tables = ("BACKUP_STATE", "https://accta.table.core.windows.net/");
        lease(&[tables, ("WEBSITE_SITE_NAME", "my-app"), ("BACKUP_LEASE_SECONDS", seconds)])
    };
    assert_eq!(on_azure("15"), Ok(15));
    assert_eq!(fields_of(&on_azure("14").expect_err("a mistake")), ["BACKUP_LEASE_SECONDS"]);
}

#[test]
fn the_budget_stays_below_what_the_host_allows() {
    const TIMEOUT: &str = "AzureFunctionsJobHost__functionTimeout";
    let budgets = |more: &[(&str, &str)]| {
        let settings = with_variables(more)?;
        Ok::<_, Vec<Mistake>>((settings.budget.as_secs(), settings.http_budget.as_secs()))
    };
    assert_eq!(budgets(&[(TIMEOUT, "00:10:00")]), Ok((450, 200)));
    assert_eq!(budgets(&[(TIMEOUT, "00:05:00")]), Ok((150, 150)));
    assert_eq!(budgets(&[(TIMEOUT, "00:01:00")]), Ok((30, 30)));
    assert_eq!(budgets(&[(TIMEOUT, "-1")]), Ok((7_050, 200)));
    assert_eq!(budgets(&[("AZUREFUNCTIONSJOBHOST__FUNCTIONTIMEOUT", "00:10:00")]), Ok((450, 200)));
    assert_eq!(budgets(&[("BACKUP_BUDGET_SECONDS", "1")]), Ok((1, 1)));
    assert_eq!(budgets(&[("BACKUP_BUDGET_SECONDS", "7199")]), Ok((7_199, 200)));
    for bad in ["0", "7200", "many", "-5"] {
        let problem = format!("{bad:?} is not allowed here");
        check("BACKUP_BUDGET_SECONDS", Some(bad), "BACKUP_BUDGET_SECONDS", &problem);
    }
    let mistakes =
        budgets(&[(TIMEOUT, "00:05:00"), ("BACKUP_BUDGET_SECONDS", "300")]).expect_err("a mistake");
    assert_eq!(fields_of(&mistakes), ["BACKUP_BUDGET_SECONDS"]);
    check(TIMEOUT, Some("5 minutes"), TIMEOUT, "\"5 minutes\" is no time span");
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
            "BACKUP_STATE",
            "BACKUP_LEASE_SECONDS",
            "BACKUP_BUDGET_SECONDS",
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
