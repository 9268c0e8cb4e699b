//! Copies inside the target's account that the service does not do at once: it always did, and nobody promises it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, PairStatus, SeedingReport, Status};
use azure_storage_file_share::{CreateFile, LastWrite, ShareClient, SmbProperties};
use azurite::Azurite;
use faults::{Fault, Planned, Seen};
use file_share_emulator::{Config, PendingCopies};
use reqwest::Method;
use serde_json::json;

use crate::support::*;

const HOUR: Duration = Duration::from_secs(3_600);
const ABORT: &str = r#"{"offlineDataTransfer":"off","confirmAbort":true}"#;

/// A pair with a file `f` that lies in staging too, and one that only the source has.
async fn staged(pending: PendingCopies) -> (Stage, ShareClient, ShareClient) {
    staged_with(pending, "data".repeat(10_000)).await
}

async fn staged_with(pending: PendingCopies, data: String) -> (Stage, ShareClient, ShareClient) {
    let config = Config { pending_copies_inside: Some(pending), ..Config::default() };
    let mut stage = Stage::with(config).await;
    let (source, target) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    put(&source, "f", &data).await;
    put_staged(&source, &staging, "f", &data).await;
    put(&source, "g", "more").await;
    (stage, source, target)
}

/// Pending copies are done before somebody looks at one for the second time.
fn done_at_the_second_look(stage: &Stage) {
    let (emulator, looks) = (Arc::downgrade(&stage.emulator), AtomicU32::new(0));
    let plan = move |seen: &Seen<'_>| {
        let is_look = seen.operation == "Get File Properties" && seen.account == TARGET;
        if is_look && seen.path.ends_with("/files/f") && looks.fetch_add(1, Ordering::SeqCst) == 1 {
            emulator.upgrade().expect("it answers").advance_clock(HOUR);
        }
        Fault::None
    };
    stage.emulator.set_faults(Some(Arc::new(plan)));
}

/// How the target's service answered such requests for `f`.
fn answers(stage: &Stage, operation: &str) -> Vec<u16> {
    let log = stage.emulator.log().snapshot().recent.into_iter();
    let of_f =
        log.filter(|request| request.path_and_query.split('?').next().is_some_and(|it| it.ends_with("/f")));
    of_f.filter(|request| request.operation == operation).map(|request| request.status).collect()
}

async fn assert_equal(source: &ShareClient, target: &ShareClient, report: &CycleReport) {
    assert_succeeded(report);
    let snapshot = report.source_snapshot.clone().expect("one was taken");
    assert_eq!(shown(target).await, shown(&source.with_snapshot(&snapshot)).await);
}

fn assert_from_staging(stage: &Stage, report: &CycleReport) {
    let seeded = report.done.seeded;
    assert_eq!((seeded.from_staging.files, seeded.from_source.files), (1, 1), "{seeded:#?}");
    assert_eq!(answers(stage, "Get File"), [0; 0], "the source's data is not read");
}

#[tokio::test]
async fn accept_seeding_3_a_pending_copy_is_waited_for() {
    let (stage, source, target) = staged(PendingCopies::DoneAfter(HOUR)).await;
    done_at_the_second_look(&stage);
    let report = stage.handler().await.cycle("files").await;
    assert_from_staging(&stage, &report);
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Copy File"), [202]);
    assert_eq!(answers(&stage, "Abort Copy File"), [0; 0]);
}

#[tokio::test]
async fn accept_seeding_3_a_copy_is_waited_for_as_long_as_it_gets_on() {
    // longer than a copy may stand still
    let (stage, source, target) = staged(PendingCopies::DoneAfter(Duration::from_secs(8))).await;
    let report = Handler::start(free_port(), &impatient(&stage)).await.cycle("files").await;
    assert_from_staging(&stage, &report);
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Copy File"), [202]);
    assert_eq!(answers(&stage, "Abort Copy File"), [0; 0]);
}

/// An invocation has one second.
fn hurried(mut variables: Variables) -> Variables {
    variables.insert("BACKUP_BUDGET_SECONDS".to_owned(), "1".to_owned());
    variables
}

/// Invocation after invocation until the cycle has ended, each followed by `then`.
async fn ends(handler: &Handler, mut then: impl AsyncFnMut()) -> CycleReport {
    for _ in 0..20 {
        assert!([200, 202].contains(&handler.start_cycle("files").await.status));
        let newest = handler.newest("files").await;
        if newest.status.is_some() {
            return newest;
        }
        then().await;
    }
    panic!("the cycle does not end");
}

#[tokio::test]
async fn accept_seeding_3_a_copy_that_no_invocation_is_long_enough_for_becomes_ranges() {
    let (stage, source, target) = staged(PendingCopies::DoneAfter(HOUR)).await;
    let handler = Handler::start(free_port(), &hurried(stage.variables())).await;
    let report = ends(&handler, async || {}).await;
    assert_from_staging(&stage, &report);
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Copy File"), [202], "it is not begun again");
    assert_eq!(answers(&stage, "Abort Copy File"), [204]);
    assert_eq!(answers(&stage, "Put Range From URL"), [201]);
}

#[tokio::test]
async fn accept_seeding_3_nothing_of_staging_is_left_in_a_file_that_comes_from_the_source() {
    const SIZE: u64 = 6 << 20;
    let config = Config { pending_copies_inside: Some(PendingCopies::DoneAfter(HOUR)), ..Config::default() };
    let mut stage = Stage::with(config).await;
    let (source, target) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    let sparse = async |share: &ShareClient, start: u64, smb: SmbProperties| {
        let file = share.file_client("f");
        file.create(&CreateFile { size: SIZE, smb, ..Default::default() }).await.expect("made");
        file.put_range(start, vec![7; 4096].into(), LastWrite::Preserve).await.expect("put");
    };
    sparse(&source, 0, SmbProperties::default()).await;
    let last_write_time = Some(written_at(&source, "f").await);
    sparse(&staging, 4 << 20, SmbProperties { last_write_time, ..Default::default() }).await;
    let emulator = Arc::downgrade(&stage.emulator);
    let too_late = move |seen: &Seen<'_>| {
        if seen.operation == "Abort Copy File" {
            emulator.upgrade().expect("it answers").advance_clock(HOUR);
        }
        Fault::None
    };
    stage.emulator.set_faults(Some(Arc::new(too_late)));
    let handler = Handler::start(free_port(), &hurried(stage.variables())).await;
    let report = ends(&handler, async || {
        if answers(&stage, "Abort Copy File") == [409] {
            handler.tell(Method::POST, "pairs/files/seeding", ABORT).await.ok::<SeedingReport>();
        }
    })
    .await;
    assert_equal(&source, &target, &report).await;
    assert_eq!(report.done.seeded.from_staging.files, 0, "{:#?}", report.done.seeded);
    assert_eq!(answers(&stage, "Abort Copy File"), [409], "the copy was done");
}

/// The shorter a request may take, the sooner patience is at its end.
fn impatient(stage: &Stage) -> Variables {
    let mut variables = stage.variables();
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "4".to_owned());
    variables
}

/// The requests that say that a copy is to end go wrong as `then` says.
async fn check_endless(then: serde_json::Value, aborts: &[u16]) {
    let (stage, source, target) = staged(PendingCopies::Stay).await;
    let plan = json!({"rules": [{"operation": "Abort Copy File", "when": {"First": 1}, "then": then}]});
    stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan.to_string()).expect("a plan"))));
    let report = Handler::start(free_port(), &impatient(&stage)).await.cycle("files").await;
    assert_from_staging(&stage, &report);
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Abort Copy File"), aborts);
    assert_eq!(answers(&stage, "Put Range From URL"), [201]);
}

#[tokio::test]
async fn accept_seeding_3_a_copy_that_does_not_end_is_ended_and_its_file_filled_by_ranges() {
    check_endless(json!({"Delay": {"byMs": 1}}), &[204]).await;
}

#[tokio::test]
async fn accept_seeding_3_a_copy_is_ended_whose_end_was_not_heard_of() {
    check_endless(json!("DropAfter"), &[204, 409]).await;
    check_endless(json!("DropBefore"), &[0, 204]).await;
}

/// A handler that is killed when its copy is pending; the settings for the next one.
async fn killed(stage: &Stage, azurite: &Azurite) -> Variables {
    killed_at_look(stage, azurite, 0).await
}

/// The same after so many looks at the copy.
async fn killed_at_look(stage: &Stage, azurite: &Azurite, number: u32) -> Variables {
    let mut variables = over(azurite, stage.variables());
    if number > 0 {
        // else the copy is given up before
        variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "12".to_owned());
    }
    let handler = Handler::start(free_port(), &variables).await;
    let (id, looks) = (handler.id(), AtomicU32::new(0));
    let kill = move |seen: &Seen<'_>| {
        let is_look = seen.account == TARGET
            && seen.path.ends_with("/files/f")
            && matches!(seen.operation, "Copy File" | "Get File Properties");
        match is_look && looks.fetch_add(1, Ordering::SeqCst) == number {
            true => Fault::After(Box::new(move || signal(id, "KILL"))),
            false => Fault::None,
        }
    };
    stage.emulator.set_faults(Some(Arc::new(kill)));
    assert!(!handler.send("backup-timer").await);
    handler.dead().await;
    stage.emulator.set_faults(None);
    assert_eq!(answers(stage, "Copy File"), [202]);
    variables
}

#[tokio::test]
async fn accept_seeding_3_the_next_process_waits_for_a_copy_of_one_that_was_killed() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let (stage, source, target) = staged(PendingCopies::DoneAfter(HOUR)).await;
    let variables = killed(&stage, &azurite).await;
    done_at_the_second_look(&stage);
    let handler = Handler::start(free_port(), &variables).await;
    let report = handler.backup_after_others("files").await.report();
    assert_from_staging(&stage, &report);
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Copy File"), [202, 409], "it is not begun again");
}

#[tokio::test]
async fn accept_seeding_3_the_next_process_ends_a_copy_of_one_that_was_killed() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let (stage, source, target) = staged(PendingCopies::Stay).await;
    let variables = killed(&stage, &azurite).await;
    let handler = Handler::start(free_port(), &variables).await;
    let report = handler.backup_after_others("files").await.report();
    assert_from_staging(&stage, &report);
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Abort Copy File"), [204]);
}

#[tokio::test]
async fn accept_seeding_3_a_pending_copy_is_ended_when_seeding_was_ended_meanwhile() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let (stage, source, target) = staged(PendingCopies::Stay).await;
    let variables = killed(&stage, &azurite).await;
    let handler = Handler::start(free_port(), &variables).await;
    handler.tell(Method::POST, "pairs/files/seeding", ABORT).await.ok::<SeedingReport>();
    let report = handler.backup_after_others("files").await.report();
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Abort Copy File"), [204]);
    let shown: SeedingReport = handler.ask("pairs/files/seeding").await.ok();
    assert_eq!(shown.status, "Not Running");
}

#[tokio::test]
async fn accept_seeding_3_a_pending_copy_is_ended_by_a_pair_that_copies_another_way_by_now() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let (mut stage, source, target) = staged(PendingCopies::Stay).await;
    killed(&stage, &azurite).await;
    stage.change("files", json!({"copy": {"mode": "streamed"}}));
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    let report = handler.backup_after_others("files").await.report();
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Abort Copy File"), [204]);
}

/// A copy whose cursor is stored is pending when the handler is killed, and `change` happens before the next one.
async fn check_killed_late(change: impl AsyncFn(&mut Stage, &Variables)) -> CycleReport {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let (mut stage, source, target) = staged_with(PendingCopies::Stay, "data".repeat(150_000)).await;
    // progress is stored every two seconds, and a copy is looked at twice a second
    let variables = killed_at_look(&stage, &azurite, 8).await;
    change(&mut stage, &variables).await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    let report = handler.backup_after_others("files").await.report();
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Abort Copy File"), [204]);
    report
}

#[tokio::test]
async fn accept_seeding_3_a_pending_copy_with_a_cursor_is_ended_by_the_next_process() {
    let report = check_killed_late(async |_, _| {}).await;
    assert_eq!(report.done.seeded.from_staging.files, 1, "{:#?}", report.done.seeded);
}

#[tokio::test]
async fn accept_seeding_3_a_pending_copy_with_a_cursor_is_ended_when_seeding_was_ended() {
    let report = check_killed_late(async |_, variables| {
        let handler = Handler::start(free_port(), variables).await;
        let told = handler.tell(Method::POST, "pairs/files/seeding", ABORT).await;
        assert_eq!(told.ok::<SeedingReport>().status, "Stopping", "a copy is under way");
        handler.end_with("TERM").await;
    })
    .await;
    assert_eq!(report.done.seeded.from_staging.files, 0, "{:#?}", report.done.seeded);
}

#[tokio::test]
async fn accept_seeding_3_a_pending_copy_with_a_cursor_is_ended_by_a_pair_that_streams_by_now() {
    check_killed_late(async |stage, _| stage.change("files", json!({"copy": {"mode": "streamed"}}))).await;
}

/// The cycle is cancelled that left a copy pending, and the source changes before the next one.
async fn check_cancelled(change: impl AsyncFn(&ShareClient)) {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let (stage, source, target) = staged(PendingCopies::Stay).await;
    let variables = killed(&stage, &azurite).await;
    let handler = Handler::start(free_port(), &variables).await;
    let status: PairStatus = handler.ask("pairs/files").await.ok();
    let cancel = json!({"action": "cancel", "cycle": status.cycle.expect("one is under way").id});
    handler.decide("files", &cancel).await.ok::<PairStatus>();
    let cancelled = handler.backup_after_others("files").await.report();
    assert_eq!(cancelled.status, Some(Status::Cancelled), "{cancelled:#?}");
    change(&source).await;
    let report = handler.start_cycle("files").await.report();
    assert_equal(&source, &target, &report).await;
    assert_eq!(answers(&stage, "Abort Copy File"), [204]);
}

#[tokio::test]
async fn accept_seeding_3_a_pending_copy_of_a_cancelled_cycle_is_in_nobodys_way() {
    check_cancelled(async |_| {}).await;
    check_cancelled(async |source| put(source, "f", "changed").await).await;
    check_cancelled(async |source| remove(source, "f").await).await;
    check_cancelled(async |source| {
        remove(source, "f").await;
        put_directory(source, "f").await;
        put(source, "f/x", "data").await;
    })
    .await;
}
