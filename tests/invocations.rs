//! Invocations: several at once, abandoned ones, and what the console shows.

use azure_storage_file_share::DeleteSnapshots;
use file_share_emulator::Config;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn timers_that_fire_at_once_run_one_cycle() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    for number in 0..50 {
        put(&source, &format!("f{number}"), "data").await;
    }
    let handler = stage.handler().await;
    let (a, b, c) = futures::join!(handler.timer(), handler.timer(), handler.timer());
    assert_eq!([a, b, c].map(|status| status.as_u16()), [200; 3]);
    let points = handler.recovery_points("files").await;
    assert_eq!(points.len(), source.list_snapshots().await.expect("a list").len());
    assert_eq!(points.len(), 1);
}

#[tokio::test]
async fn no_key_and_no_signature_reaches_the_console() {
    let mut stage = Stage::with(Config { copy_source_refused: true, ..Config::default() }).await;
    for (name, mode) in [("auto", "auto"), ("strict", "server-side")] {
        let (source, _) = stage.pair(name, json!({"copy": {"mode": mode}})).await;
        put(&source, "a", "data").await;
        put(&source, ".backup-scratch-x", "data").await;
    }
    let (missing, _) = stage.pair("missing", json!({})).await;
    missing.delete(DeleteSnapshots::Refuse).await.expect("deleted");
    let mut variables = stage.variables();
    variables.insert("RUST_LOG".to_owned(), "trace".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    let url = handler.url();
    let http = reqwest::Client::new();
    let answer =
        http.post(format!("{url}/backup-timer")).body("no envelope").send().await.expect("an answer");
    let mut said = answer.text().await.expect("a text");
    for route in ["pairs", "pairs/strict/cycles", "pairs/missing/recovery-points"] {
        let answer = http.get(format!("{url}/api/{route}")).send().await.expect("an answer");
        said.push_str(&answer.text().await.expect("a text"));
    }
    let console = handler.console().await;
    said.push_str(&console.stdout);
    said.push_str(&console.stderr);
    assert!(said.contains("CannotVerifyCopySource"), "{said}");
    for (name, value) in variables.iter().filter(|(name, _)| name.starts_with("BACKUP_KEY__")) {
        assert!(!said.contains(value.as_str()), "{name} in {said}");
    }
    for secret in ["sig=", "SharedKey ", "Signature"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[tokio::test]
async fn an_abandoned_invocation_frees_its_pair_for_the_next_one() {
    // accepts connections and never answers
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}/{TARGET}", silent.local_addr().expect("bound"));
    let mut stage = Stage::set().await;
    let side = json!({"account": TARGET, "share": "files", "endpoint": endpoint});
    stage.pair("files", json!({"target": side})).await;
    let handler = stage.handler().await;
    let url = handler.url();
    let pair = async || -> serde_json::Value {
        let answer = reqwest::get(format!("{url}/api/pairs/files")).await.expect("an answer");
        serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
    };
    let until = async |running: bool| {
        loop {
            let status = pair().await;
            if status["running"] == running {
                return status;
            }
            tokio::task::yield_now().await;
        }
    };
    let invocation =
        tokio::spawn(reqwest::Client::new().post(format!("{url}/backup-timer")).body("{}").send());
    until(true).await;
    invocation.abort();
    let status = until(false).await;
    assert!(status["cycle"]["status"].is_null(), "the next invocation goes on: {status:#}");
}
