//! Timer invocations as they arrive, and the judgement over replies.

use functions_host::{HOST_VERSION, OutputValue, TimerVariant, TraceParent};
use serde_json::{Value, json};

use crate::support::Repository;

#[tokio::test]
async fn a_timer_arrives_as_a_chunked_envelope_with_the_headers_of_the_host() {
    let running = Repository::new().timer("logs").start().await;
    let variant = TimerVariant { trace_parent: TraceParent::Sampled, ..TimerVariant::default() };
    let invocation = running.host.fire_timer("logs", variant).await;
    let headers: Value = serde_json::from_str(&invocation.logs[0]).expect("headers");
    let mut names: Vec<_> = headers.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "content-type",
        "host",
        "traceparent",
        "transfer-encoding",
        "user-agent",
        "x-azure-functions-hostversion",
        "x-azure-functions-invocationid",
    ];
    assert_eq!(names, expected);
    assert_eq!(headers["host"], format!("127.0.0.1:{}", running.host.port()));
    assert_eq!(headers["transfer-encoding"], "chunked");
    assert_eq!(headers["user-agent"], format!("Azure-Functions-Host/{HOST_VERSION}"));
    assert_eq!(headers["x-azure-functions-invocationid"], invocation.id);
    let trace = headers["traceparent"].as_str().expect("a string");
    assert!(trace.starts_with("00-") && trace.ends_with("-01") && trace.len() == 55, "{trace}");
    let body: Value = serde_json::from_str(&invocation.logs[1]).expect("body");
    assert_eq!(body["Data"]["tick"]["IsPastDue"], false);
    assert_eq!(body["Metadata"]["sys"]["MethodName"], "logs");
}

#[tokio::test]
async fn every_variant_reaches_the_handler() {
    let running = Repository::new().timer("logs").start().await;
    for variant in TimerVariant::every() {
        let is_traced = variant.trace_parent != TraceParent::Absent;
        let invocation = running.host.fire_timer("logs", variant).await;
        assert!(invocation.outcome.is_success());
        assert_eq!(invocation.logs[0].contains("traceparent"), is_traced);
    }
}

#[tokio::test]
async fn a_failure_loses_its_logs() {
    let running = Repository::new().timer("error").start().await;
    let invocation = running.fire("error").await;
    assert!(!invocation.outcome.is_success() && invocation.logs.is_empty());
}

#[tokio::test]
async fn text_is_not_a_reply() {
    let running = Repository::new().timer("text").start().await;
    assert!(running.failure("text").await.contains("content type text/plain"));
}

#[tokio::test]
async fn outputs_are_decoded_and_unknown_ones_dropped() {
    let mut repository = Repository::new().timer("outputs");
    let output = json!({"type": "queue", "direction": "out", "name": "audit"});
    repository.functions["outputs"]["bindings"].as_array_mut().expect("an array").push(output);
    let outputs = repository.start().await.fire("outputs").await.outputs;
    assert_eq!(outputs.len(), 1);
    assert_eq!(outputs["audit"], OutputValue::Bytes(vec![0x76, 0x89, 0xde]));
}

#[tokio::test]
async fn a_bad_schedule_disables_its_function_only() {
    let mut repository = Repository::new().timer("logs").timer("text");
    repository.functions["text"]["bindings"][0]["schedule"] = json!("%NO_SUCH_SETTING%");
    let running = repository.start().await;
    assert!(running.failure("text").await.contains("Schedule is empty"));
    assert_eq!(running.host.indexing_errors().len(), 1);
    assert!(running.fire("logs").await.outcome.is_success());
}

#[tokio::test]
async fn a_function_that_does_not_exist_fails() {
    let running = Repository::new().timer("logs").http("web", "echo/{*path}", &["get"]).start().await;
    assert!(running.failure("web").await.contains("no timer function web"));
    assert!(running.failure("Logs").await.contains("no timer function Logs"));
}
