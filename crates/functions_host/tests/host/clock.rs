//! Limits by the host's clock.

use std::time::Duration;

use functions_host::Outcome;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::support::{Repository, Site, printed};

const START: OffsetDateTime = datetime!(2026-03-01 03:00 UTC);

#[tokio::test]
async fn the_front_door_closes_after_230_seconds_and_the_invocation_goes_on() {
    let site = Site::at(START, &Repository::new().timer("logs").http("stuck", "hang", &[]));
    let host = site.host().await;
    let first = host.fire_timer("logs", Default::default()).await.logs;
    let advance = async {
        printed(&host, "hanging", 1).await;
        let limit = site.clock.awaited().await;
        assert_eq!(limit, START + Duration::from_secs(230));
        site.clock.advance_to(limit);
    };
    let (answer, ()) = tokio::join!(host.http("GET", "/api/hang", &[], ""), advance);
    assert_eq!((answer.status, answer.function.as_deref()), (504, Some("stuck")));
    let later = host.fire_timer("logs", Default::default()).await.logs;
    assert_eq!(first.last(), later.last(), "the same process answers");
    // Nobody hears of it any more, but functionTimeout still holds for it, and kills.
    assert_eq!(site.clock.awaited().await, START + Duration::from_secs(30 * 60));
    site.clock.advance_to(site.clock.awaited().await);
    printed(&host, "Handler was killed by the host and is restarted", 1).await;
}

#[tokio::test]
async fn the_function_timeout_goes_by_the_clock() {
    let site = Site::at(START, &Repository::new().timer("hang"));
    let host = site.host().await;
    let advance = async {
        let limit = site.clock.awaited().await;
        assert_eq!(limit, START + Duration::from_secs(30 * 60));
        site.clock.advance_to(limit);
    };
    let (invocation, ()) = tokio::join!(host.fire_timer("hang", Default::default()), advance);
    assert_eq!(invocation.outcome, Outcome::TimedOut);
}

#[tokio::test]
async fn crashes_more_than_half_an_hour_apart_do_not_add_up() {
    let site = Site::at(START, &Repository::new().timer("exit-7").timer("logs"));
    let host = site.host().await;
    for _ in 0..4 {
        assert!(!host.fire_timer("exit-7", Default::default()).await.outcome.is_success());
        assert!(host.fire_timer("logs", Default::default()).await.outcome.is_success());
        site.clock.advance(Duration::from_secs(30 * 60 + 1));
    }
    for _ in 0..3 {
        host.fire_timer("exit-7", Default::default()).await;
    }
    let Outcome::Failed(reason) = host.fire_timer("logs", Default::default()).await.outcome else {
        panic!("the host is up")
    };
    assert!(reason.contains("Host is down"), "{reason}");
}
