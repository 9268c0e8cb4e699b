//! The timer engine on a clock that the tests set.

use functions_host::{Host, Invocation, Outcome};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::{Repository, Site, envelope, holding, release};

const START: OffsetDateTime = datetime!(2026-03-01 02:58 UTC);
const THREE: OffsetDateTime = datetime!(2026-03-01 03:00 UTC);
const FIVE_PAST: OffsetDateTime = datetime!(2026-03-01 03:05 UTC);

fn site(function: &str, retry: Option<Value>) -> Site {
    let repository = Repository::new().timer(function).http("release", "release", &[]);
    let mut repository = repository.schedule(function, "0 */5 * * * *");
    if let Some(retry) = retry {
        repository = repository.retry(function, retry);
    }
    Site::at(START, &repository)
}

/// Runs a test beside the schedule of a function, with the reports of its runs.
async fn listening<T>(host: &Host, function: &str, test: impl AsyncFnOnce(&mut Runs) -> T) -> T {
    let (sender, reports) = unbounded_channel();
    let mut runs = Runs(reports);
    let schedule =
        host.run_schedule(function, move |invocation| sender.send(invocation).expect("the test listens"));
    tokio::select! {
        ended = schedule => panic!("{ended:?}"),
        done = test(&mut runs) => done,
    }
}

struct Runs(UnboundedReceiver<Invocation>);

impl Runs {
    async fn next(&mut self) -> Invocation {
        self.0.recv().await.expect("it fires")
    }

    /// Fails if there was another run.
    fn end(&mut self) {
        assert!(self.0.try_recv().is_err());
    }
}

fn timer(invocation: &Invocation) -> Value {
    envelope(invocation)["Data"]["tick"].take()
}

#[tokio::test]
async fn runs_come_at_the_ticks_and_bring_the_status_from_before_them() {
    let site = site("logs", None);
    let host = site.host().await;
    listening(&host, "logs", async |runs| {
        assert_eq!(site.clock.awaited().await, THREE);
        site.clock.advance_to(THREE);
        let first = timer(&runs.next().await);
        assert_eq!(
            (&first["IsPastDue"], &first["ScheduleStatus"]["Next"]),
            (&json!(false), &json!("2026-03-01T03:00:00+00:00"))
        );
        assert_eq!(site.clock.awaited().await, FIVE_PAST);
        site.clock.advance_to(FIVE_PAST + time::Duration::MILLISECOND);
        let second = timer(&runs.next().await)["ScheduleStatus"].take();
        assert_eq!(
            second,
            json!({
                "Last": "2026-03-01T03:00:00+00:00",
                "Next": "2026-03-01T03:05:00+00:00",
                "LastUpdated": "2026-03-01T03:00:00+00:00",
            })
        );
        runs.end();
    })
    .await;
    assert_eq!(site.status("logs")["Last"], "2026-03-01T03:05:00.001+00:00");
    assert_eq!(site.status("logs")["Next"], "2026-03-01T03:10:00+00:00");
}

#[tokio::test]
async fn a_run_over_several_ticks_is_followed_by_one_catch_up_run() {
    let site = site("hold", None);
    let host = site.host().await;
    listening(&host, "hold", async |runs| {
        site.clock.advance_to(site.clock.awaited().await);
        holding(&host, 1).await;
        site.clock.advance_to(datetime!(2026-03-01 03:27 UTC));
        release(&host).await;
        runs.next().await;
        holding(&host, 2).await;
        release(&host).await;
        let caught_up = timer(&runs.next().await);
        assert_eq!(caught_up["IsPastDue"], false);
        assert_eq!(caught_up["ScheduleStatus"]["Next"], "2026-03-01T03:05:00+00:00");
        assert_eq!(site.clock.awaited().await, datetime!(2026-03-01 03:30 UTC));
        runs.end();
    })
    .await;
}

#[tokio::test]
async fn a_run_never_overlaps_itself() {
    let site = site("hold", None);
    let host = site.host().await;
    listening(&host, "hold", async |runs| {
        site.clock.advance_to(site.clock.awaited().await);
        holding(&host, 1).await;
        site.clock.advance_to(datetime!(2026-03-01 03:12 UTC));
        // A round trip through the handler: a second run would have begun by now.
        assert_eq!(host.http("GET", "/api/release", &[], "").await.status, 200);
        assert!(runs.next().await.outcome.is_success());
        let begun = host.console().iter().filter(|line| line.text == "holding").count();
        assert_eq!(begun, 1, "the catch-up run begins after the first has been reported");
    })
    .await;
}

#[tokio::test]
async fn a_failed_run_is_not_run_again_before_the_next_tick() {
    let site = site("error", None);
    let host = site.host().await;
    listening(&host, "error", async |runs| {
        site.clock.advance_to(site.clock.awaited().await);
        assert!(matches!(runs.next().await.outcome, Outcome::Failed(_)));
        assert_eq!(site.clock.awaited().await, FIVE_PAST);
        runs.end();
    })
    .await;
    assert_eq!(site.status("error")["Last"], "2026-03-01T03:00:00+00:00");
}

#[tokio::test]
async fn a_run_that_dies_with_its_handler_alone_is_a_failed_run() {
    let site = site("hold", None);
    let host = site.host().await;
    listening(&host, "hold", async |runs| {
        site.clock.advance_to(site.clock.awaited().await);
        holding(&host, 1).await;
        host.handler_process().kill().expect("it is killed");
        assert!(matches!(runs.next().await.outcome, Outcome::Failed(_)));
        assert_eq!(site.clock.awaited().await, FIVE_PAST, "the host lives on and waits");
        runs.end();
    })
    .await;
    assert_eq!(site.status("hold")["Next"], "2026-03-01T03:05:00+00:00");
}

#[tokio::test]
async fn a_run_that_dies_with_its_host_is_past_due_at_the_next_start() {
    let site = site("hold", None);
    let host = site.host().await;
    listening(&host, "hold", async |_| {
        site.clock.advance_to(site.clock.awaited().await);
        holding(&host, 1).await;
    })
    .await;
    drop(host);
    assert_eq!(site.status("hold")["Next"], "2026-03-01T03:00:00+00:00", "nothing was written");

    site.clock.advance_to(datetime!(2026-03-01 03:17 UTC));
    let host = site.host().await;
    listening(&host, "hold", async |runs| {
        holding(&host, 1).await;
        release(&host).await;
        let missed = timer(&runs.next().await);
        assert_eq!(missed["IsPastDue"], true);
        assert_eq!(missed["ScheduleStatus"]["Next"], "2026-03-01T03:00:00+00:00");
        assert_eq!(site.clock.awaited().await, datetime!(2026-03-01 03:20 UTC), "once for all missed ticks");
        site.clock.advance_to(datetime!(2026-03-01 03:20 UTC));
        holding(&host, 2).await;
        release(&host).await;
        assert_eq!(timer(&runs.next().await)["IsPastDue"], false);
    })
    .await;
}

#[tokio::test]
async fn a_host_that_was_away_at_no_tick_has_nothing_past_due() {
    let site = site("logs", None);
    let host = site.host().await;
    listening(&host, "logs", async |runs| {
        site.clock.advance_to(site.clock.awaited().await);
        runs.next().await;
    })
    .await;
    host.stop().await.expect("it stops");
    site.clock.advance_to(datetime!(2026-03-01 03:04 UTC));
    let host = site.host().await;
    listening(&host, "logs", async |runs| {
        assert_eq!(site.clock.awaited().await, FIVE_PAST);
        runs.end();
    })
    .await;
}

#[tokio::test]
async fn a_changed_schedule_is_not_past_due() {
    let mut site = site("logs", None);
    let host = site.host().await;
    listening(&host, "logs", async |_| site.clock.awaited().await).await;
    drop(host);
    site.clock.advance_to(datetime!(2026-03-01 05:00 UTC));
    site.reschedule("logs", "0 30 * * * *");
    let host = site.host().await;
    listening(&host, "logs", async |runs| {
        assert_eq!(site.clock.awaited().await, datetime!(2026-03-01 05:30 UTC));
        runs.end();
    })
    .await;
    assert_eq!(site.status("logs")["Last"], "0001-01-01T00:00:00+00:00");
}

#[tokio::test]
async fn a_failed_run_is_retried_and_recorded_after_its_last_attempt() {
    let policy = json!({"strategy": "fixedDelay", "maxRetryCount": 3, "delayInterval": "00:01:00"});
    let site = site("third", Some(policy));
    let host = site.host().await;
    listening(&host, "third", async |runs| {
        let mut ids = Vec::new();
        for minute in 0..2 {
            site.clock.advance_to(site.clock.awaited().await);
            let failed = runs.next().await;
            assert!(matches!(failed.outcome, Outcome::Failed(_)));
            ids.push(failed.id);
            assert_eq!(site.clock.awaited().await, THREE + time::Duration::minutes(minute + 1));
            assert_eq!(site.status("third")["Next"], "2026-03-01T03:00:00+00:00");
        }
        site.clock.advance_to(site.clock.awaited().await);
        let third = runs.next().await;
        assert!(!ids.contains(&third.id) && ids[0] != ids[1], "an id for each attempt");
        let retry = envelope(&third)["Metadata"]["RetryContext"].take();
        assert_eq!((&retry["RetryCount"], &retry["MaxRetryCount"]), (&json!(2), &json!(3)));
        assert!(retry["Exception"]["Message"].is_string());
        assert_eq!(site.clock.awaited().await, FIVE_PAST);
        runs.end();
    })
    .await;
    assert_eq!(site.status("third")["Last"], "2026-03-01T03:00:00+00:00", "when the first attempt began");
}

#[tokio::test]
async fn retries_end_with_their_number_and_are_lost_with_the_host() {
    let policy = json!({"strategy": "fixedDelay", "maxRetryCount": 1, "delayInterval": "00:01:00"});
    let site = site("third", Some(policy));
    let host = site.host().await;
    listening(&host, "third", async |runs| {
        site.clock.advance_to(site.clock.awaited().await);
        runs.next().await;
        site.clock.awaited().await
    })
    .await;
    drop(host);
    site.clock.advance_to(THREE + time::Duration::SECOND);
    // The handler of the next host counts from the beginning: two failures, and then no more retries.
    let host = site.host().await;
    listening(&host, "third", async |runs| {
        assert!(!runs.next().await.outcome.is_success());
        site.clock.advance_to(site.clock.awaited().await);
        assert!(!runs.next().await.outcome.is_success());
        assert_eq!(site.clock.awaited().await, FIVE_PAST);
        site.clock.advance_to(FIVE_PAST);
        let next = envelope(&runs.next().await);
        assert_eq!(next["Metadata"]["RetryContext"]["RetryCount"], 0, "present from the first attempt on");
        assert_eq!(next["Data"]["tick"]["IsPastDue"], false);
    })
    .await;
}
