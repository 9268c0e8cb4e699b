//! Command line, environment and readiness of the handler.

use serde_json::json;

use crate::support::Repository;

#[tokio::test]
async fn the_handler_is_told_its_port_its_id_and_its_root() {
    let running = Repository::new().timer("environment").setting("MY_SETTING", "mine").start().await;
    let environment = running.fire("environment").await.logs;
    let value = |name: &str| {
        let prefix = format!("{name}=");
        environment.iter().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(value("FUNCTIONS_CUSTOMHANDLER_PORT"), running.host.port().to_string());
    assert_eq!(value("FUNCTIONS_HTTPWORKER_PORT"), value("FUNCTIONS_CUSTOMHANDLER_PORT"));
    assert_eq!(value("FUNCTIONS_HTTPWORKER_ID"), value("FUNCTIONS_CUSTOMHANDLER_WORKER_ID"));
    assert!(value("FUNCTIONS_APP_ROOT_PATH").ends_with("package"));
    assert_eq!(value("MY_SETTING"), "mine");
    assert!(!value("PATH").is_empty(), "the host's own environment is inherited");
}

#[tokio::test]
async fn arguments_are_expanded_joined_and_cut_again() {
    let mut repository = Repository::new().timer("logs").setting("WORDS", "two words");
    repository.host["customHandler"]["description"] = json!({
        "defaultExecutablePath": "%NAME%",
        "arguments": ["%WORDS%", "%MISSING%", "--root=%FUNCTIONS_APP_ROOT_PATH%"],
        "defaultWorkerPath": "a worker",
        "workerArguments": ["last"],
        "workingDirectory": "logs",
    });
    let running = repository.setting("NAME", "handler").start().await;
    running.fire("logs").await;
    let first = running.host.console().remove(0).text;
    assert!(first.contains(r#"["two", "words", "--root=/"#), "{first}");
    assert!(first.contains(r#"package", "a worker", "last"] in /"#), "{first}");
    assert!(first.ends_with("package/logs"), "{first}");
}

#[tokio::test]
async fn a_slow_start_is_waited_for() {
    let running = Repository::new().timer("logs").setting("FAKE_START", "sleep:120").start().await;
    assert!(running.fire("logs").await.outcome.is_success());
}

#[tokio::test]
async fn a_handler_that_never_answers_brings_the_host_down() {
    let repository = Repository::new().timer("logs").initialization_timeout(60);
    let error =
        repository.setting("FAKE_START", "sleep:60000").try_start().await.err().expect("the host is down");
    assert_unready(&error);
}

#[tokio::test]
async fn a_handler_that_dies_at_start_brings_the_host_down_with_its_last_words() {
    let repository = Repository::new().timer("logs").setting("FAKE_START", "exit:3");
    let error = repository.try_start().await.err().expect("the host is down");
    assert!(error.to_string().contains("exited with code 3: last words of 3"), "{error}");
}

#[tokio::test]
async fn an_exit_with_zero_before_the_first_answer_counts_as_not_ready() {
    let repository =
        Repository::new().timer("logs").initialization_timeout(60).setting("FAKE_START", "exit:0");
    let error = repository.try_start().await.err().expect("the host is down");
    assert_unready(&error);
}

/// Three counted errors end it, or the patience of four initialization timeouts, whichever is first.
fn assert_unready(error: &anyhow::Error) {
    let message = error.to_string();
    assert!(
        message.contains("Handler did not answer") || message.contains("Handler was not ready"),
        "{message}"
    );
}
