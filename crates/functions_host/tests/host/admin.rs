//! Runs by hand.

use functions_host::Host;
use time::macros::datetime;

use crate::support::{Repository, Site, envelope, holding, release};

const BODY: &str = r#"{"input":""}"#;

async fn post(host: &Host, name: &str, body: &str) -> u16 {
    host.http("POST", &format!("/admin/functions/{name}"), &[], body.to_string()).await.status
}

#[tokio::test]
async fn a_run_by_hand_is_accepted_at_once_and_runs_beside_the_scheduled_one() {
    let repository = Repository::new().timer("hold").http("release", "release", &[]);
    let site = Site::at(datetime!(2026-03-01 02:58 UTC), &repository);
    let host = site.host().await;
    let schedule = host.run_schedule("hold", |_| {});
    let test = async {
        site.clock.advance_to(site.clock.awaited().await);
        holding(&host, 1).await;
        let answer = host.http("POST", "/admin/functions/Hold", &[], BODY).await;
        assert_eq!((answer.status, answer.function.as_deref()), (202, Some("hold")));
        holding(&host, 2).await;
        for _ in 0..2 {
            release(&host).await;
        }
        host.manual_runs().await
    };
    let runs = tokio::select! {
        ended = schedule => panic!("{ended:?}"),
        runs = test => runs,
    };
    assert_eq!(runs.len(), 1);
    let timer = envelope(&runs[0])["Data"]["tick"].take();
    assert_eq!(timer["IsPastDue"], false);
    assert_eq!(timer["ScheduleStatus"]["Next"], "2026-03-01T03:00:00+00:00");
    assert!(host.manual_runs().await.is_empty(), "each is told once");
}

#[tokio::test]
async fn a_run_by_hand_leaves_the_schedule_alone() {
    let site = Site::at(datetime!(2026-03-01 02:58 UTC), &Repository::new().timer("logs"));
    let host = site.host().await;
    assert_eq!(post(&host, "logs", BODY).await, 202);
    let runs = host.manual_runs().await;
    assert_eq!(envelope(&runs[0])["Data"]["tick"]["ScheduleStatus"], serde_json::Value::Null);
    assert_eq!(envelope(&runs[0])["Data"]["tick"]["IsPastDue"], false);
    let schedule = host.run_schedule("logs", |_| {});
    tokio::select! {
        ended = schedule => panic!("{ended:?}"),
        awaited = site.clock.awaited() => assert_eq!(awaited, datetime!(2026-03-01 03:00 UTC)),
    }
    assert_eq!(site.status("logs")["Last"], "0001-01-01T00:00:00+00:00");
}

#[tokio::test]
async fn a_run_by_hand_needs_a_body_and_a_function() {
    let running = Repository::new().timer("logs").http("web", "echo/{*path}", &[]).start().await;
    for body in ["", "null", "{", "\"text\""] {
        assert_eq!(post(&running.host, "logs", body).await, 400, "{body}");
    }
    assert_eq!(post(&running.host, "other", BODY).await, 404);
    assert_eq!(post(&running.host, "web", BODY).await, 501);
    assert_eq!(running.host.http("GET", "/admin/functions/logs", &[], "").await.status, 404);
    assert!(running.host.manual_runs().await.is_empty());
}

#[tokio::test]
async fn a_host_that_is_down_runs_nothing_by_hand() {
    let running = Repository::new().timer("exit-7").start().await;
    for _ in 0..3 {
        assert_eq!(post(&running.host, "exit-7", BODY).await, 202);
        assert!(!running.host.manual_runs().await[0].outcome.is_success());
    }
    assert!(running.failure("exit-7").await.contains("Host is down"));
    assert_eq!(post(&running.host, "exit-7", BODY).await, 503);
}
