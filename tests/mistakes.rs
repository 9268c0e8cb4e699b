//! Every kind of mistake in the settings, as `handler check` and the running handler report it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Handler, KEY, Variables, free_port, run};

/// What one kind of mistake changes in good settings, and the places that must be named.
struct Case {
    kind: &'static str,
    variables: Variables,
    fields: Vec<&'static str>,
}

fn pair(name: &str, source: &str, target: &str) -> Value {
    json!({"name": name,
           "source": {"account": "accta", "share": source},
           "target": {"account": "acctb", "share": target}})
}

fn good() -> Variables {
    let variables = [
        ("BACKUP_PAIRS", json!([pair("documents", "docs", "docs-copy")]).to_string()),
        ("BACKUP_SCHEDULE", "0 0 3 * * *".to_owned()),
        ("RESUME_SCHEDULE", "0 */5 * * * *".to_owned()),
        ("DRILL_SCHEDULE", "0 0 12 * * 0".to_owned()),
        ("BACKUP_STATE", "memory".to_owned()),
        ("BACKUP_CREDENTIAL", "sharedKey".to_owned()),
        ("BACKUP_KEY__accta", KEY.to_owned()),
        ("BACKUP_KEY__acctb", KEY.to_owned()),
    ];
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}

fn changed(kind: &'static str, name: &str, value: &str, fields: &[&'static str]) -> Case {
    let mut variables = good();
    variables.insert(name.to_owned(), value.to_owned());
    Case { kind, variables, fields: fields.to_vec() }
}

fn removed(kind: &'static str, name: &str, fields: &[&'static str]) -> Case {
    let mut variables = good();
    variables.remove(name);
    Case { kind, variables, fields: fields.to_vec() }
}

fn pairs(kind: &'static str, pairs: &Value, fields: &[&'static str]) -> Case {
    changed(kind, "BACKUP_PAIRS", &pairs.to_string(), fields)
}

/// A good pair in which `pointer` holds `value`.
fn in_pair(kind: &'static str, pointer: &str, value: Value, fields: &[&'static str]) -> Case {
    let mut pair = pair("documents", "docs", "docs-copy");
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    pair.pointer_mut(parent).expect("a parent")[name] = value;
    pairs(kind, &json!([pair]), fields)
}

fn cases() -> Vec<Case> {
    let turned_round = json!({"name": "back", "source": {"account": "acctb", "share": "docs"},
                              "target": {"account": "accta", "share": "third"}});
    let everything = Variables::from([
        ("BACKUP_PAIRS".to_owned(), json!([{"name": "", "source": {}, "more": 1}]).to_string()),
        ("BACKUP_SCHEDULE".to_owned(), "daily".to_owned()),
        ("BACKUP_CREDENTIALS".to_owned(), "sharedKey".to_owned()),
        ("AZURE_CLIENT_ID".to_owned(), "me".to_owned()),
    ]);
    vec![
        removed("no settings of pairs", "BACKUP_PAIRS", &["BACKUP_PAIRS"]),
        changed("no pair", "BACKUP_PAIRS", "[]", &["BACKUP_PAIRS"]),
        changed("unreadable JSON", "BACKUP_PAIRS", "[{]", &["BACKUP_PAIRS"]),
        in_pair("unknown field", "/sources", json!({}), &["BACKUP_PAIRS[0].sources"]),
        in_pair("bad pair name", "/name", json!("a b"), &["BACKUP_PAIRS[0].name"]),
        in_pair("bad account name", "/source/account", json!("A"), &["BACKUP_PAIRS[0].source.account"]),
        in_pair("bad share name", "/target/share", json!("a--b"), &["BACKUP_PAIRS[0].target.share"]),
        in_pair("bad endpoint", "/source/endpoint", json!("x"), &["BACKUP_PAIRS[0].source.endpoint"]),
        in_pair("bad copy mode", "/copy", json!({"mode": "fast"}), &["BACKUP_PAIRS[0].copy.mode"]),
        in_pair("bad staging share", "/seed", json!({"share": "a--b"}), &["BACKUP_PAIRS[0].seed.share"]),
        in_pair("no truth value", "/adoptTarget", json!("yes"), &["BACKUP_PAIRS[0].adoptTarget"]),
        in_pair("bad number", "/retention", json!({"limit": 500}), &["BACKUP_PAIRS[0].retention.limit"]),
        in_pair("no room", "/retention", json!({"limit": 20}), &["BACKUP_PAIRS[0].retention.headroomSource"]),
        in_pair("keeps nothing", "/retention", json!({"keep": {}}), &["BACKUP_PAIRS[0].retention.keep"]),
        in_pair(
            "bad percent",
            "/guard",
            json!({"maxDeletePercent": 101, "maxOverwritePercent": -1}),
            &["BACKUP_PAIRS[0].guard.maxDeletePercent", "BACKUP_PAIRS[0].guard.maxOverwritePercent"],
        ),
        in_pair(
            "bad globs",
            "/exclude",
            json!(["/a", "b", "[", 7]),
            &["BACKUP_PAIRS[0].exclude[0]", "BACKUP_PAIRS[0].exclude[2]", "BACKUP_PAIRS[0].exclude[3]"],
        ),
        in_pair(
            "source equals target",
            "/target",
            json!({"account": "accta", "share": "docs"}),
            &["BACKUP_PAIRS[0].target"],
        ),
        pairs(
            "equal names",
            &json!([pair("one", "docs", "docs"), pair("one", "photos", "photos")]),
            &["BACKUP_PAIRS[1].name"],
        ),
        pairs(
            "target twice",
            &json!([pair("one", "docs", "copy"), pair("two", "photos", "copy")]),
            &["BACKUP_PAIRS[1].target"],
        ),
        pairs("chain", &json!([pair("one", "docs", "docs"), turned_round]), &["BACKUP_PAIRS[1].source"]),
        removed("no schedule", "BACKUP_SCHEDULE", &["BACKUP_SCHEDULE"]),
        changed("bad cron", "BACKUP_SCHEDULE", "0 3 * * *", &["BACKUP_SCHEDULE"]),
        removed("no schedule to resume", "RESUME_SCHEDULE", &["RESUME_SCHEDULE"]),
        removed("no schedule to drill", "DRILL_SCHEDULE", &["DRILL_SCHEDULE"]),
        removed("no state", "BACKUP_STATE", &["BACKUP_STATE"]),
        changed(
            "no table endpoint",
            "BACKUP_STATE",
            "https://accta.file.core.windows.net/",
            &["BACKUP_STATE"],
        ),
        changed("no key of the tables", "BACKUP_STATE", "http://127.0.0.1:1/acctc", &["BACKUP_KEY__acctc"]),
        changed("endless lease", "BACKUP_LEASE_SECONDS", "86400", &["BACKUP_LEASE_SECONDS"]),
        changed("budget too long", "BACKUP_BUDGET_SECONDS", "7200", &["BACKUP_BUDGET_SECONDS"]),
        changed("memory on Azure", "WEBSITE_SITE_NAME", "my-app", &["BACKUP_STATE"]),
        removed("keys for an identity", "BACKUP_CREDENTIAL", &["BACKUP_KEY__accta", "BACKUP_KEY__acctb"]),
        changed(
            "keys for a developer",
            "BACKUP_CREDENTIAL",
            "developer",
            &["BACKUP_KEY__accta", "BACKUP_KEY__acctb"],
        ),
        changed("unknown credential", "BACKUP_CREDENTIAL", "password", &["BACKUP_CREDENTIAL"]),
        removed("missing key", "BACKUP_KEY__acctb", &["BACKUP_KEY__acctb"]),
        changed("unreadable key", "BACKUP_KEY__acctb", "?", &["BACKUP_KEY__acctb"]),
        changed("unknown setting", "BACKUP_SCHEDUEL", "0 0 3 * * *", &["BACKUP_SCHEDUEL"]),
        changed("an identity beside keys", "AZURE_CLIENT_ID", "me", &["AZURE_CLIENT_ID"]),
        Case {
            kind: "everything at once",
            variables: everything,
            fields: vec![
                "BACKUP_PAIRS[0].name",
                "BACKUP_PAIRS[0].source.account",
                "BACKUP_PAIRS[0].source.share",
                "BACKUP_PAIRS[0].target",
                "BACKUP_PAIRS[0].more",
                "BACKUP_SCHEDULE",
                "RESUME_SCHEDULE",
                "DRILL_SCHEDULE",
                "BACKUP_STATE",
                "AZURE_CLIENT_ID",
                "BACKUP_CREDENTIALS",
            ],
        },
    ]
}

/// The mistakes are these, complete, and show no key.
fn assert_mistakes(case: &Case, mistakes: &Value) {
    let list = mistakes.as_array().expect(case.kind);
    let fields: Vec<&str> = list.iter().filter_map(|mistake| mistake["field"].as_str()).collect();
    assert_eq!(fields, case.fields, "{}", case.kind);
    for mistake in list {
        for member in ["setting", "problem", "remedy"] {
            assert!(
                mistake[member].as_str().is_some_and(|text| !text.is_empty()),
                "{}: {mistake}",
                case.kind
            );
        }
    }
    assert!(!mistakes.to_string().contains(KEY), "{}", case.kind);
}

#[tokio::test]
async fn accept_first_light_5_check_reports_every_mistake_at_once() {
    for case in cases() {
        let json = run(&["check", "--json"], &case.variables).await;
        assert_eq!(json.status.code(), Some(2), "{}", case.kind);
        let mistakes: Value = serde_json::from_slice(&json.stdout).expect(case.kind);
        assert_mistakes(&case, &mistakes);

        let text = run(&["check"], &case.variables).await;
        assert_eq!(text.status.code(), Some(2), "{}", case.kind);
        let text = String::from_utf8(text.stdout).expect(case.kind);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), case.fields.len(), "{}: {text}", case.kind);
        for (line, field) in lines.iter().zip(&case.fields) {
            assert!(line.starts_with(&format!("{field}: ")), "{}: {line}", case.kind);
        }
    }
}

#[tokio::test]
async fn accept_first_light_5_the_running_handler_reports_every_mistake_at_once() {
    for case in cases() {
        let handler = Handler::start(free_port(), &case.variables).await;
        // It goes on answering: an end would count against the app.
        for _ in 0..2 {
            let answer = handler.fire().await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", case.kind);
            assert_eq!(answer.content_type, "application/problem+json", "{}", case.kind);
            assert_eq!(answer.body["code"], "ConfigurationMistaken", "{}", case.kind);
            assert_mistakes(&case, &answer.body["mistakes"]);
            let detail = answer.body["detail"].as_str().expect(case.kind);
            assert_eq!(detail.lines().count(), case.fields.len(), "{}", case.kind);
        }
        // The host shows nothing of a failed answer but that it failed.
        let console = handler.console().await.stderr;
        for field in &case.fields {
            assert!(console.contains(&format!("{field}: ")), "{}: {console}", case.kind);
        }
    }
}

#[tokio::test]
async fn check_says_what_good_settings_do() {
    let output = run(&["check"], &good()).await;
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("it is UTF-8");
    for part in ["0 0 3 * * *", "documents", "docs-copy", "https://acctb.file.core.windows.net/", "auto"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains(KEY));
    let output = run(&["check", "--json"], &good()).await;
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"[]\n".as_slice()));
}
