//! The time of an invocation: no new work after it, everything saved, every invocation further on than the one before,
//! and every pair has its turn.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_storage_file_share::ShareClient;
use faults::{Fault, Seen};
use futures::{StreamExt, stream};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::*;

/// Invocations after which a cycle that has not ended never will.
const INVOCATIONS: usize = 200;
/// Invocations of a small cycle where each gets further.
const FEW: usize = 40;

/// The service asks for a second of patience: as long as an invocation takes new work here.
fn busy() -> Fault {
    Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: Some(1) }
}

/// Busy where `is_busy` says so.
fn be_busy(stage: &Stage, is_busy: impl Fn(&Seen<'_>) -> bool + Send + Sync + 'static) {
    let plan = move |seen: &Seen<'_>| if is_busy(seen) { busy() } else { Fault::None };
    stage.emulator.set_faults(Some(Arc::new(plan)));
}

/// One second for an invocation.
async fn hurried(stage: &Stage) -> Handler {
    let mut variables = stage.variables();
    variables.insert("BACKUP_BUDGET_SECONDS".to_owned(), "1".to_owned());
    Handler::start(free_port(), &variables).await
}

/// A pair with a few directories in each other, and its handler.
async fn small() -> (Stage, ShareClient, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    for directory in ["a", "a/b", "c"] {
        put_directory(&source, directory).await;
        put(&source, &format!("{directory}/f"), "data").await;
    }
    put(&source, "f", "data").await;
    let handler = hurried(&stage).await;
    (stage, source, target, handler)
}

/// Invocations by HTTP and by the timer in turn, each after `prepare`, until the cycle has ended.
async fn ends(handler: &Handler, most: usize, prepare: impl Fn()) -> Result<CycleReport, CycleReport> {
    let mut last = None;
    for number in 0..most {
        prepare();
        match number % 2 {
            0 => assert!([200, 202].contains(&handler.start_cycle("files").await.status)),
            _ => assert_eq!(handler.fire_timer("resume-timer").await.status, StatusCode::OK),
        }
        let report = handler.newest("files").await;
        assert_eq!(report.error, None, "{report:#?}");
        if report.status.is_some() {
            return Ok(report);
        }
        last = Some(report);
    }
    Err(last.expect("there are invocations"))
}

#[tokio::test]
async fn a_cycle_goes_on_over_many_invocations_and_nothing_works_on_after_an_answer() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    stage.pair("other", json!({})).await;
    put_many(&source, 60).await;
    let handler = hurried(&stage).await;
    let asked = Arc::new(AtomicU64::new(0));
    let counted = asked.clone();
    be_busy(&stage, move |seen| {
        seen.path.contains("/files") && (counted.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(8)
    });
    let mut timers = ["backup-timer", "resume-timer"].into_iter().cycle();
    for _ in 0..INVOCATIONS {
        let answer = handler.fire_timer(timers.next().expect("endless")).await;
        let then = asked.load(Ordering::SeqCst);
        assert_eq!(answer.status, StatusCode::OK, "{:#}", answer.body);
        // a whole cycle of another pair is time enough for anything that worked on
        assert!([200, 202].contains(&handler.start_cycle("other").await.status));
        assert_eq!(asked.load(Ordering::SeqCst), then, "it works on after it has answered");
        let report = handler.newest("files").await;
        if report.status.is_some() {
            assert_succeeded(&report);
            assert!(report.invocations > 2, "{report:#?}");
            assert_eq!(report.done, report.planned, "everything is counted once");
            assert_taken_once(&source, &target).await;
            return;
        }
        assert_eq!(report.error, None, "{report:#?}");
    }
    panic!("the cycle does not end");
}

#[tokio::test]
async fn whichever_request_of_every_invocation_is_refused_the_cycle_gets_on() {
    let worlds = stream::iter(1..=12).map(|refused| async move {
        let (stage, source, target, handler) = small().await;
        let ended = ends(&handler, FEW, || be_busy(&stage, move |seen| seen.number == refused)).await;
        let report = ended.unwrap_or_else(|last| panic!("request {refused}: it gets nowhere: {last:#?}"));
        assert_succeeded(&report);
        assert_taken_once(&source, &target).await;
    });
    worlds.buffer_unordered(6).collect::<()>().await;
}

#[tokio::test]
async fn an_invocation_shorter_than_any_listing_and_any_copy_gets_on_all_the_same() {
    let (stage, source, target, handler) = small().await;
    let refuse_each_once = || {
        let known = Mutex::new(HashSet::new());
        be_busy(&stage, move |seen| {
            let is_meant = ["List Directories and Files", "Create File", "Create Directory"];
            is_meant.contains(&seen.operation)
                && known.lock().expect("no panic").insert(format!("{} {}", seen.account, seen.path))
        });
    };
    let ended = ends(&handler, FEW, refuse_each_once).await;
    let report = ended.unwrap_or_else(|last| panic!("it gets nowhere: {last:#?}"));
    assert_succeeded(&report);
    assert!(report.invocations > 4, "{report:#?}");
    assert_eq!(report.done, report.planned, "everything is counted once");
    assert_taken_once(&source, &target).await;
}

#[tokio::test]
async fn a_service_that_is_busy_at_random_delays_a_cycle_and_stops_it_never() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let (stage, source, target, handler) = small().await;
    let dice = Mutex::new(StdRng::seed_from_u64(seed));
    be_busy(&stage, move |_| dice.lock().expect("no panic").random_ratio(1, 8));
    let ended = ends(&handler, INVOCATIONS, || {}).await;
    let report = ended.unwrap_or_else(|last| panic!("seed {seed}: it gets nowhere: {last:#?}"));
    assert_succeeded(&report);
    stage.emulator.set_faults(None);
    assert_taken_once(&source, &target).await;
}

#[tokio::test]
async fn of_more_pairs_than_fit_in_an_invocation_every_one_has_its_turn() {
    const PAIRS: usize = 7;
    let mut stage = Stage::set().await;
    let names: Vec<String> = (0..PAIRS).map(|number| format!("share{number}")).collect();
    for name in &names {
        let (source, _) = stage.pair(name, json!({})).await;
        put_many(&source, 10).await;
    }
    let handler = hurried(&stage).await;
    be_busy(&stage, |seen| seen.number.is_multiple_of(8));
    for _ in 0..3 {
        assert_eq!(handler.fire().await.status, StatusCode::OK);
    }
    for name in &names {
        assert!(handler.pair(name).await.cycle.is_some(), "nobody began with {name}");
    }
    let mut waiting = names;
    for _ in 0..INVOCATIONS {
        assert_eq!(handler.fire_timer("resume-timer").await.status, StatusCode::OK);
        let mut still = Vec::new();
        for name in waiting {
            if handler.newest(&name).await.status != Some(Status::Succeeded) {
                still.push(name);
            }
        }
        waiting = still;
        if waiting.is_empty() {
            return;
        }
    }
    panic!("{waiting:?} do not end");
}
