use axum::body::to_bytes;
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::cycle::report::{Failure, PairDetails, PairStatus};

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
const EVIL: &str = "<img src=x onerror=alert(1)>\"'&";

fn status(name: &str, standing: &str, more: Value) -> PairStatus {
    let share = json!({"account": "acct", "share": "docs"});
    let mut status = json!({
        "name": name, "source": share, "target": share, "running": false,
        "standing": standing, "cause": format!("Because of {name}"), "rpoSeconds": 86_400,
    });
    for (field, value) in more.as_object().expect("an object") {
        status[field] = value.clone();
    }
    serde_json::from_value(status).expect("the status of a pair")
}

fn well(name: &str) -> PairStatus {
    status(name, "Protected", json!({"recoveryPointAgeSeconds": 3_600}))
}

fn failing(name: &str) -> PairStatus {
    status(name, "Failing", json!({"remedy": "Mend it"}))
}

fn details(status: PairStatus) -> PairDetails {
    PairDetails { status, points: Ok(Vec::new()), failures: Vec::new(), beside: Vec::new() }
}

fn links(query: &[(&str, &str)]) -> Links {
    Links::of(&query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn overview_of(pairs: &[PairStatus]) -> (String, String) {
    let (title, content) = overview::page(pairs, &links(&[]), NOW);
    (title, content.into_string())
}

#[test]
fn the_title_tells_the_state() {
    let title = |pairs: &[PairStatus]| overview_of(pairs).0;
    assert_eq!(title(&[well("a")]), "1 pair, nothing needs you");
    let late = status("c", "Late", json!({"remedy": "Look"}));
    assert_eq!(title(&[well("a"), failing("b"), late, failing("d")]), "2 failing, 1 late");
    let details = details(failing("b"));
    assert_eq!(pair::page(&details, NOW).0, "Failing: b");
}

#[test]
fn what_needs_a_person_comes_first_with_its_cause_and_its_remedy() {
    let (_, page) = overview_of(&[well("good"), failing("broken")]);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    assert!(place("1 of 2 pairs needs you") < place("Because of broken"));
    assert!(place("Because of broken") < place("Mend it") && place("Mend it") < place("Figures"));
    assert!(place("Figures") < place(">good</a>"));
    // in the table too
    assert!(page.rfind(">broken</a>") < page.find(">good</a>"));
    assert!(overview_of(&[well("good")]).1.contains("Nothing needs you"));
}

#[test]
fn what_needs_a_person_beside_the_cycles_is_not_hidden_by_a_pair_that_is_well() {
    let point = json!({"recoveryPointAgeSeconds": 3_600});
    let with = |name: &str, beside: Value| {
        let mut more = point.clone();
        more["beside"] = json!([beside]);
        status(name, "Protected", more)
    };
    let drill = json!({"kind": "drill", "id": "c1", "status": "CompletedWithErrors", "endedAt": "2026-11-21T10:15:00Z",
                       "remedy": "Read what was found"});
    let restore =
        json!({"kind": "restore", "id": "c2", "state": "AwaitingApproval", "remedy": "Look at its plan"});
    let good = json!({"kind": "drill", "id": "c3", "status": "Succeeded", "endedAt": "2026-11-20T10:15:00Z"});
    let (title, page) = overview_of(&[with("a", drill), with("b", restore), with("c", good)]);
    assert_eq!(title, "2 to look at");
    for told in [
        "Drill ended: with errors",
        "Read what was found.",
        "Restore waits for approval",
        "Look at its plan.",
        "aria-label=\"Succeeded\"",
        "<span title=\"2026-11-20 10:15 UTC\">2026-11-20</span>",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let mut pair = details(well("a"));
    pair.beside = serde_json::from_value(
        json!([["restore", {"id": "c4", "status": "Succeeded", "startedAt": "2026-11-21T10:15:00Z",
        "elapsedMs": 1, "entries": 0, "files": 7, "bytes": 1, "changed": 0, "deleted": 0, "failed": 0}]]),
    )
    .expect("a restore that has ended");
    let page = pair::page(&pair, NOW).1.into_string();
    assert!(page.contains("Last restores") && page.contains("<td>Restore</td>"), "{page}");
}

#[test]
fn a_pair_without_a_recovery_point_is_never_called_protected() {
    let new = |name| status(name, "New", json!({}));
    let check = |pairs: &[PairStatus], title: &str, sentence: &str| {
        let (told, page) = overview_of(pairs);
        assert_eq!(told, title);
        assert!(page.contains("Nothing needs you") && page.contains(&format!("<p>{sentence}</p>")), "{page}");
    };
    check(&[new("a")], "1 pair, no recovery point yet", "The pair has no recovery point yet.");
    check(
        &[new("a"), status("b", "Running", json!({}))],
        "2 pairs, no recovery point yet",
        "None of the 2 pairs has a recovery point yet.",
    );
    check(
        &[new("a"), well("b"), well("c")],
        "3 pairs, 1 without a recovery point",
        "1 of 3 pairs has no recovery point yet. All others are as well protected as the settings promise.",
    );
    check(
        &[new("a"), new("b"), well("c")],
        "3 pairs, 2 without a recovery point",
        "2 of 3 pairs have no recovery point yet. All others are as well protected as the settings promise.",
    );
    check(
        &[well("a"), well("b")],
        "2 pairs, nothing needs you",
        "All pairs are as well protected as the settings promise.",
    );
}

#[test]
fn whatever_others_named_is_text() {
    let more = json!({"remedy": EVIL, "acknowledged": [{"path": EVIL, "reason": EVIL, "at": EVIL}],
                      "history": [{"id": EVIL, "startedAt": EVIL, "elapsedMs": 1, "entries": 1, "files": 1, "bytes": 1,
                                   "changed": 1, "deleted": 1, "failed": 1, "error": EVIL}],
                      "days": [{"day": EVIL, "cycles": 1, "succeeded": 1, "files": 1, "bytes": 1}]});
    let pair = status(EVIL, "Failing", more);
    let failures = vec![Failure::new(EVIL, EVIL, EVIL)];
    let details = PairDetails { points: Err(EVIL.to_owned()), failures, ..details(pair.clone()) };
    for page in [overview_of(&[pair]).1, pair::page(&details, NOW).1.into_string()] {
        assert!(
            page.contains("&lt;img") && !page.contains("<img") && !page.contains("onerror=alert(1)>\""),
            "{page}"
        );
    }
}

#[test]
fn a_function_key_is_in_every_address() {
    let links = links(&[("code", "k=/+&"), ("more", "x")]);
    assert_eq!(links.pair("a b"), "/api/dashboard/a%20b?code=k%3D%2F%2B%26");
    assert_eq!(links.overview(), "/api/dashboard?code=k%3D%2F%2B%26");
}

#[tokio::test]
async fn a_page_may_show_itself_and_do_nothing_else() {
    let links = links(&[]);
    let (title, content) = overview::page(&[well("a"), failing("b")], &links, NOW);
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let answer = answer(StatusCode::OK, &title, &links, NOW, &content);
        let headers = answer.headers().clone();
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cache-control"], "no-store");
        let policy = headers["content-security-policy"].to_str().expect("it is ASCII").to_owned();
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{policy}");
        let page = to_bytes(answer.into_body(), usize::MAX).await.expect("a page");
        let page = String::from_utf8(page.to_vec()).expect("it is UTF-8");
        assert!(page.contains(&format!("<style nonce=\"{nonce}\">")));
        for forbidden in
            ["<script", "style=\"", " src=", "http://", "https://", "http-equiv", "@import", "url("]
        {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        nonces.push(nonce.to_owned());
    }
    assert_ne!(nonces[0], nonces[1]);
}
