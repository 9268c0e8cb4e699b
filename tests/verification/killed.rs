//! Handlers that are killed, held or out of time while they read a recovery point: the next one goes on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::report::{Phase, Status};
use faults::{Fault, Seen};
use serde_json::json;

use super::*;

const FILES: usize = 200;
/// Files that are read at once, which takes a second.
const BATCH: u64 = 32;

/// A pair whose recovery points are read slowly.
async fn slow(name: &str) -> (Stage, ShareClient, ShareClient, Tables, Variables) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair(name, json!({"verify": "full"})).await;
    put_many(&source, FILES).await;
    let (tables, mut variables) = (Tables::new().await, stage.variables());
    tables.keep(&mut variables).await;
    stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        let is_read = seen.operation == "Get File" && seen.query.contains("sharesnapshot=");
        if is_read && seen.account == TARGET {
            return Fault::Delay { by: Duration::from_secs(1) };
        }
        Fault::None
    })));
    (stage, source, target, tables, variables)
}

/// Waits until more files of the recovery point than that were read; its cycle.
async fn read_beyond(stage: &Stage, handler: &Handler, pair: &str, files: u64) -> String {
    for _ in 0..600 {
        let status = handler.pair(pair).await;
        let cycle = status.cycle.filter(|cycle| cycle.state == Phase::Proving);
        let read = cycle.as_ref().and_then(|cycle| cycle.verification.clone()).map_or(0, |it| it.files);
        if read > files {
            return cycle.expect("it is read").id;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", stage.emulator.log().snapshot().recent.last());
}

/// Files of the target's share snapshots that were asked for since the log was reset.
fn asked(stage: &Stage) -> (usize, BTreeSet<String>) {
    let recent = stage.emulator.log().snapshot().recent.into_iter();
    let read = recent.filter(|one| one.account == TARGET && one.operation == "Get File");
    let paths: Vec<String> = read.map(|one| one.path_and_query).collect();
    (paths.len(), paths.into_iter().collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_verification_a_handler_that_is_killed_while_it_reads_goes_on_where_it_was() {
    let (stage, _, target, _tables, variables) = slow("verify-killed").await;
    let handler = Handler::start(free_port(), &variables).await;
    let fired = async { handler.send("backup-timer").await };
    let killed = async {
        let id = read_beyond(&stage, &handler, "verify-killed", BATCH).await;
        signal(handler.id(), "KILL");
        id
    };
    let (_, id) = futures::join!(fired, killed);
    handler.dead().await;
    stage.leave();
    let (handler, watch) = Handler::watched(&variables).await;
    let report = handler.backup_after_others("verify-killed").await.report();
    assert_succeeded(&report);
    assert_eq!((report.id.as_str(), verified(&report).files), (id.as_str(), FILES as u64));
    // of the target, by this process
    let host = stage.emulator.account(TARGET).endpoint.authority().to_owned();
    let is_read =
        |sent: &Sent| sent.method == "GET" && sent.url.contains(&host) && !sent.url.contains("comp=");
    let read: Vec<_> = watch.sent().into_iter().filter(is_read).map(|sent| sent.url).collect();
    let read: Vec<_> = read.into_iter().filter(|url| url.contains("sharesnapshot=")).collect();
    let (times, files) = (read.len(), read.into_iter().collect::<BTreeSet<_>>());
    assert_eq!(times, files.len(), "none is read twice by one process");
    assert!(times < FILES, "{times} were read again, and some had been saved");
    assert_eq!(snapshots(&target).await.len(), 1, "there is one recovery point");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_interrupts_the_reading_and_a_cancellation_comes_too_late() {
    let (stage, _, _, _tables, variables) = slow("verify-held").await;
    let handler = Handler::start(free_port(), &variables).await;
    let decided = async {
        let id = read_beyond(&stage, &handler, "verify-held", BATCH).await;
        // whoever works on it is told, and goes on
        let cancel = json!({"action": "cancel", "cycle": id});
        assert_eq!(handler.decide("verify-held", &cancel).await.status, 200);
        read_beyond(&stage, &handler, "verify-held", 3 * BATCH).await;
        let held = handler.decide("verify-held", &json!({"action": "hold"})).await;
        assert_eq!(held.status, 200, "{:#}", held.body);
    };
    futures::join!(handler.timer(), decided);
    let report = handler.newest("verify-held").await;
    assert_eq!((report.state, report.status, report.error), (Phase::Proving, None, None));
    stage.leave();
    handler.decide("verify-held", &json!({"action": "cancel"})).await.problem(409, "NothingToDecide");
    handler.decide("verify-held", &json!({"action": "release"})).await;
    let report = handler.resume("verify-held").await;
    assert_eq!((report.status, verified(&report).files), (Some(Status::Succeeded), FILES as u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn invocations_that_are_too_short_read_it_together() {
    let (stage, _, target, _tables, mut variables) = slow("verify-short").await;
    variables.insert("BACKUP_BUDGET_SECONDS".to_owned(), "1".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    let mut report = handler.cycle("verify-short").await;
    let mut invocations = 1;
    while report.status.is_none() {
        assert_eq!(report.error, None, "{report:#?}");
        invocations += 1;
        assert!(invocations < 40, "{report:#?}");
        report = handler.resume("verify-short").await;
    }
    assert_succeeded(&report);
    assert!(invocations > 2, "{invocations}");
    assert_eq!(verified(&report).files, FILES as u64);
    let (times, files) = asked(&stage);
    assert_eq!((times, files.len()), (FILES, FILES), "nothing is read again by who was not cut off");
    assert_eq!(snapshots(&target).await.len(), 1);
}
