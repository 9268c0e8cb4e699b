//! The handler as a process: how it starts, answers and ends under the host.

use azure_storage_file_share::DeleteSnapshots;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Handler, SOURCE, Stage, TARGET, Variables, free_port, run};

#[tokio::test]
async fn without_a_port_or_a_known_command_it_says_so_and_ends() {
    for (arguments, part) in [
        (&[][..], "FUNCTIONS_CUSTOMHANDLER_PORT is missing"),
        (&["chekc"], "Unknown command"),
        (&["check", "--jsn"], "Unknown command"),
        (&["doctor", "files"], "Unknown command"),
    ] {
        let output = run(arguments, &Variables::new()).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let message = String::from_utf8(output.stderr).expect("it is UTF-8");
        assert!(message.contains(part), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[tokio::test]
async fn a_killed_handler_starts_again_on_its_port_at_once() {
    let port = free_port();
    let killed = Handler::start(port, &Variables::new()).await;
    assert_eq!(killed.timer().await, 500);
    killed.end_with("KILL").await;
    assert_eq!(Handler::start(port, &Variables::new()).await.timer().await, 500);
}

#[tokio::test]
async fn a_signal_ends_it_with_the_code_that_asks_for_a_new_start() {
    for signal in ["TERM", "INT"] {
        let handler = Handler::start(free_port(), &Variables::new()).await;
        assert_eq!(handler.end_with(signal).await.code(), Some(200), "{signal}");
    }
}

#[tokio::test]
async fn a_good_cycle_is_answered_as_the_host_demands_with_a_line_for_every_pair() {
    let mut stage = Stage::set().await;
    stage.pair("one", json!({})).await;
    stage.pair("two", json!({})).await;
    let handler = stage.handler().await;
    let answer = handler.fire().await;
    assert_eq!((answer.status, answer.content_type.as_str()), (StatusCode::OK, "application/json"));
    assert_eq!(answer.body["Outputs"], json!({}));
    assert_eq!(answer.body["ReturnValue"], json!(null));
    let logs = answer.body["Logs"].as_array().expect("a list");
    assert_eq!(logs.len(), 3);
    for (line, pair) in logs[1..].iter().zip(["one", "two"]) {
        let line = line.as_str().expect("a text");
        assert!(
            line.starts_with(&format!("Pair {pair}, cycle ")) && line.contains(": Succeeded; "),
            "{line}"
        );
    }
    let console = handler.console().await;
    assert!(console.stdout.contains("Pair two, cycle "), "{console:?}");
    assert_eq!(console.stderr, "");
}

#[tokio::test]
async fn a_failed_cycle_fails_the_invocation_and_is_told_on_the_console() {
    let mut stage = Stage::set().await;
    stage.pair("good", json!({})).await;
    let missing = stage.pair("missing", json!({})).await.0;
    missing.delete(DeleteSnapshots::Refuse).await.expect("the source share goes");
    let handler = stage.handler().await;
    let answer = handler.fire().await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "application/problem+json")
    );
    assert_eq!(answer.body["code"], "CycleFailed");
    assert_eq!(answer.body["cycles"][0]["status"], "Succeeded");
    assert_eq!(answer.body["cycles"][1]["error"]["code"], "ShareNotFound");
    let console = handler.console().await.stderr;
    assert_eq!(console.lines().count(), 1, "{console}");
    assert!(console.contains("Pair missing, cycle ") && console.contains("ShareNotFound"), "{console}");
    for account in [SOURCE, TARGET] {
        let key = stage.variables()[&format!("BACKUP_KEY__{account}")].clone();
        assert!(!answer.body.to_string().contains(&key) && !console.contains(&key));
    }
}
