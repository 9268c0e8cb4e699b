//! Timeouts, exit codes and kills.

use functions_host::Outcome;
use tokio::net::TcpStream;

use crate::support::{Repository, Running};

fn timers(names: &[&str]) -> Repository {
    names.iter().fold(Repository::new().timer("logs"), |repository, name| repository.timer(name))
}

#[tokio::test]
async fn a_timeout_kills_the_handler_and_everything_in_flight() {
    let running = timers(&["hang"]).http("stuck", "hang", &[]).function_timeout(900).start().await;
    let (port, first) = (running.host.port(), running.worker().await);
    let (timed_out, stuck) =
        tokio::join!(running.fire("hang"), running.host.http("GET", "/api/hang", &[], ""));
    assert_eq!(timed_out.outcome, Outcome::TimedOut);
    assert_eq!(stuck.status, 500);
    assert_ne!(running.worker().await, first, "another process answers");
    assert_eq!(running.host.port(), port);
}

#[tokio::test]
async fn an_empty_reply_hangs_until_the_timeout() {
    let running = timers(&["empty"]).function_timeout(150).start().await;
    assert_eq!(running.fire("empty").await.outcome, Outcome::TimedOut);
}

#[tokio::test]
async fn timeouts_are_never_counted() {
    let running = timers(&["empty"]).function_timeout(60).start().await;
    for _ in 0..4 {
        assert_eq!(running.fire("empty").await.outcome, Outcome::TimedOut);
    }
    assert_eq!(running.host.http("GET", "/api/nothing", &[], "").await.status, 404, "the host is up");
}

#[tokio::test]
async fn exit_0_is_not_noticed_and_connections_are_refused_afterwards() {
    let running = timers(&["exit-0"]).start().await;
    running.failure("exit-0").await;
    for _ in 0..2 {
        assert!(running.failure("logs").await.contains("refused"));
    }
    running.host.kill_handler().await;
    running.host.recycle_handler().await;
    assert!(running.fire("logs").await.outcome.is_success());
}

#[tokio::test]
async fn exit_200_asks_for_a_restart_as_often_as_it_likes() {
    let running = timers(&["exit-200"]).start().await;
    for _ in 0..4 {
        running.failure("exit-200").await;
    }
    assert!(running.fire("logs").await.outcome.is_success());
}

#[tokio::test]
async fn the_third_crash_brings_the_host_down() {
    let running = timers(&["exit-7"]).http("web", "echo/{*path}", &[]).start().await;
    for _ in 0..2 {
        running.failure("exit-7").await;
        assert!(running.fire("logs").await.outcome.is_success());
    }
    running.failure("exit-7").await;
    let reason = running.failure("logs").await;
    assert!(reason.contains("Host is down") && reason.contains("code 7: last words of 7"), "{reason}");
    assert_eq!(running.host.http("GET", "/api/echo/x", &[], "").await.status, 503);
}

#[tokio::test]
async fn a_crash_fails_what_was_in_flight() {
    let running = timers(&["hang", "empty"]).http("crash", "crash", &[]).start().await;
    let crash = running.host.http("POST", "/api/crash", &[], "");
    let (hanging, pending, crash) = tokio::join!(running.fire("hang"), running.fire("empty"), crash);
    assert!(matches!(hanging.outcome, Outcome::Failed(_)));
    assert!(matches!(pending.outcome, Outcome::Failed(_)));
    assert_eq!(crash.status, 500);
}

#[tokio::test]
async fn a_kill_from_outside_is_a_crash_and_a_recycling_is_not() {
    let running = timers(&[]).start().await;
    for _ in 0..4 {
        let before = running.worker().await;
        running.host.recycle_handler().await;
        assert_ne!(running.worker().await, before);
    }
    for _ in 0..3 {
        assert!(running.fire("logs").await.outcome.is_success());
        running.host.kill_handler().await;
    }
    assert!(running.failure("logs").await.contains("exited with code 137"));
}

#[tokio::test]
async fn stopping_kills_the_handler() {
    let Running { host, _folder } = timers(&[]).start().await;
    let port = host.port();
    host.stop().await.expect("the host stops");
    TcpStream::connect(("127.0.0.1", port)).await.expect_err("nobody listens");
}

#[tokio::test]
async fn dropping_the_host_kills_the_handler() {
    let Running { host, _folder } = timers(&[]).start().await;
    let port = host.port();
    drop(host);
    // At once: the next host must not meet it.
    std::net::TcpStream::connect(("127.0.0.1", port)).expect_err("nobody listens");
}
