//! Timers that fire by themselves.

use serde_json::json;
use time::macros::datetime;

use crate::support::{Repository, envelope};

#[tokio::test]
async fn the_next_tick_follows_the_expanded_schedule() {
    let mut repository = Repository::new().timer("logs").setting("EVERY_HOUR", "0 0 * * * *");
    repository.functions["logs"]["bindings"][0]["schedule"] = json!("%EVERY_HOUR%");
    let running = repository.start().await;
    let next = running.host.next_tick("logs", datetime!(2026-03-01 03:00:01 UTC)).expect("it fires");
    assert_eq!(next, datetime!(2026-03-01 04:00 UTC));
    running.host.next_tick("other", next).expect_err("no such function");
}

#[tokio::test]
async fn a_schedule_fires_at_its_ticks_and_only_once_at_a_time() {
    let mut repository = Repository::new().timer("logs");
    repository.functions["logs"]["bindings"][0]["schedule"] = json!("* * * * * *");
    let running = repository.start().await;
    let (sender, mut fired) = tokio::sync::mpsc::unbounded_channel();
    let schedule = running.host.run_schedule("logs", |invocation| {
        sender.send(invocation).expect("the test listens");
    });
    let second = async {
        let invocation = fired.recv().await.expect("it fires");
        assert!(invocation.outcome.is_success());
        running.host.run_schedule("logs", |_| {}).await.expect_err("it runs already")
    };
    tokio::select! {
        ended = schedule => panic!("{ended:?}"),
        refused = second => assert!(refused.to_string().contains("runs already")),
    }
}

#[tokio::test]
async fn run_on_startup_fires_at_once_and_leaves_a_status() {
    let mut repository = Repository::new().timer("logs");
    repository.functions["logs"]["bindings"][0]["runOnStartup"] = json!(true);
    let running = repository.start().await;
    let (sender, mut fired) = tokio::sync::mpsc::unbounded_channel();
    let schedule = running.host.run_schedule("logs", |invocation| {
        sender.send(invocation).expect("the test listens");
    });
    tokio::select! {
        ended = schedule => panic!("{ended:?}"),
        first = fired.recv() => {
            let first = envelope(&first.expect("it fires"));
            assert_eq!(first["Data"]["tick"]["ScheduleStatus"]["Last"], "0001-01-01T00:00:00+00:00");
        }
    }
    let later = running.fire("logs").await;
    assert!(
        later.logs[1].contains(r#""Next":"2"#) && later.logs[1].contains("T03:00:00+00:00"),
        "{:?}",
        later.logs
    );
}

#[tokio::test]
async fn a_schedule_ends_with_its_host() {
    let mut repository = Repository::new().timer("exit-7");
    repository.functions["exit-7"]["bindings"][0]["runOnStartup"] = json!(true);
    let running = repository.start().await;
    for _ in 0..2 {
        running.failure("exit-7").await;
    }
    let error = running.host.run_schedule("exit-7", |_| {}).await.expect_err("the host is down");
    assert!(error.to_string().contains("Host is down"));
}
