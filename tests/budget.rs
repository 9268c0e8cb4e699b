//! The time of an invocation: no new work after it, everything saved, and every pair has its turn.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::report::Status;
use faults::{Fault, Seen};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::*;

/// Invocations after which a cycle that has not ended never will.
const INVOCATIONS: usize = 200;

/// A service that asks for a second of patience at every eighth request: no cycle ends in an invocation of one second.
fn be_slow(stage: &Stage) {
    let busy = |seen: &Seen<'_>| match seen.number % 8 {
        0 => Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: Some(1) },
        _ => Fault::None,
    };
    stage.emulator.set_faults(Some(Arc::new(busy)));
}

/// One second for an invocation.
async fn hurried(stage: &Stage) -> Handler {
    let mut variables = stage.variables();
    variables.insert("BACKUP_BUDGET_SECONDS".to_owned(), "1".to_owned());
    Handler::start(free_port(), &variables).await
}

fn requests(stage: &Stage) -> u64 {
    stage.emulator.log().total(SOURCE) + stage.emulator.log().total(TARGET)
}

#[tokio::test]
async fn a_cycle_goes_on_over_many_invocations_and_nothing_works_on_after_an_answer() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_many(&source, 60).await;
    let handler = hurried(&stage).await;
    be_slow(&stage);
    let mut timers = ["backup-timer", "resume-timer"].into_iter().cycle();
    for _ in 0..INVOCATIONS {
        let answer = handler.fire_timer(timers.next().expect("endless")).await;
        let then = requests(&stage);
        assert_eq!(answer.status, StatusCode::OK, "{:#}", answer.body);
        // what does not happen cannot be waited for
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(requests(&stage), then, "it works on after it has answered");
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
async fn of_more_pairs_than_fit_in_an_invocation_every_one_has_its_turn() {
    const PAIRS: usize = 7;
    let mut stage = Stage::set().await;
    let names: Vec<String> = (0..PAIRS).map(|number| format!("share{number}")).collect();
    for name in &names {
        let (source, _) = stage.pair(name, json!({})).await;
        put_many(&source, 10).await;
    }
    let handler = hurried(&stage).await;
    be_slow(&stage);
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
