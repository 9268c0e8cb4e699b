//! A handler that is stopped from outside, at any time, and two handlers of one package.

use std::time::Duration;

use functions_host::{Host, Invocation, Outcome};
use time::macros::datetime;

use crate::support::{Repository, Site, holding, release};

fn site() -> Site {
    let repository = Repository::new().timer("hold").timer("logs").http("release", "release", &[]);
    Site::at(datetime!(2026-03-01 02:58 UTC), &repository)
}

/// Who answers now; it may take a moment until the host has noticed a death.
async fn worker(host: &Host, other_than: Option<&str>) -> String {
    loop {
        match fire(host, "logs").await.logs.pop() {
            Some(worker) if Some(worker.as_str()) != other_than => return worker,
            _ => tokio::task::yield_now().await,
        }
    }
}

async fn fire(host: &Host, function: &str) -> Invocation {
    host.fire_timer(function, Default::default()).await
}

#[tokio::test]
async fn a_killed_handler_fails_what_it_was_doing_and_another_takes_its_place() {
    let site = site();
    let host = site.host().await;
    let kill = async {
        holding(&host, 1).await;
        host.handler_process().kill().expect("it is killed");
        host.handler_process().kill().expect("a dead one is left in peace");
    };
    let (held, ()) = tokio::join!(fire(&host, "hold"), kill);
    assert!(matches!(held.outcome, Outcome::Failed(_)), "{held:?}");
    assert!(fire(&host, "logs").await.outcome.is_success());
}

#[tokio::test]
async fn a_process_that_is_killed_is_dead_when_the_call_returns() {
    let site = site();
    let host = site.host().await;
    let process = host.handler_process();
    let before = worker(&host, None).await;
    // On a thread without a runtime, and before the host can take notice.
    std::thread::spawn(move || process.kill().expect("it is killed")).join().expect("no panic");
    std::net::TcpStream::connect(("127.0.0.1", host.port())).expect_err("nobody listens");
    worker(&host, Some(&before)).await;
}

#[tokio::test]
async fn kills_count_as_crashes_by_the_hosts_clock() {
    let site = site();
    let host = site.host().await;
    for _ in 0..5 {
        let before = worker(&host, None).await;
        host.handler_process().kill().expect("it is killed");
        site.clock.advance(Duration::from_secs(31 * 60));
        worker(&host, Some(&before)).await;
    }
}

#[tokio::test]
async fn a_paused_handler_knows_nothing_of_the_time_that_passes() {
    let site = site();
    let host = site.host().await;
    let before = worker(&host, None).await;
    host.handler_process().pause().expect("it stands still");
    let advance = async { site.clock.advance_to(site.clock.awaited().await) };
    let (answer, ()) = tokio::join!(host.http("POST", "/api/release", &[], ""), advance);
    assert_eq!(answer.status, 504);
    host.handler_process().resume().expect("it goes on");
    assert_eq!(worker(&host, None).await, before);
    // The request was waiting for it all the time.
    assert!(fire(&host, "hold").await.outcome.is_success());
}

#[tokio::test]
async fn a_paused_handler_dies_with_its_host() {
    let site = site();
    let host = site.host().await;
    let port = host.port();
    host.handler_process().pause().expect("it stands still");
    host.stop().await.expect("the host stops");
    std::net::TcpStream::connect(("127.0.0.1", port)).expect_err("nobody listens");
}

#[tokio::test]
async fn a_stopped_host_has_no_process_left_to_signal() {
    let site = site();
    let host = site.host().await;
    let process = host.handler_process();
    host.stop().await.expect("the host stops");
    process.pause().expect("nobody to pause");
    process.resume().expect("nobody to resume");
    process.kill().expect("nobody to kill");
}

#[tokio::test]
async fn two_handlers_of_one_package_live_side_by_side() {
    let site = site();
    let (old, new) = (site.host().await, site.host().await);
    assert_ne!(old.port(), new.port());
    let test = async {
        holding(&old, 1).await;
        holding(&new, 1).await;
        old.handler_process().kill().expect("it is killed");
        release(&new).await;
    };
    let (killed, released, ()) = tokio::join!(fire(&old, "hold"), fire(&new, "hold"), test);
    assert!(!killed.outcome.is_success() && released.outcome.is_success());
}

#[tokio::test]
async fn two_hosts_of_one_package_may_run_the_same_tick() {
    let site = site();
    let (old, new) = (site.host().await, site.host().await);
    let (one, other) = (old.run_schedule("hold", |_| {}), new.run_schedule("hold", |_| {}));
    let test = async {
        site.clock.advance_to(site.clock.awaited().await);
        tokio::join!(holding(&old, 1), holding(&new, 1));
    };
    tokio::select! {
        biased;
        ended = one => panic!("{ended:?}"),
        ended = other => panic!("{ended:?}"),
        () = test => {}
    }
}
