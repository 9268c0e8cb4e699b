//! What a pair may be called, where its shares may be, and what pairs may not do to each other.

use super::*;

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
