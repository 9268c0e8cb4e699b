//! Drills among what goes wrong around them: what they find is what there is, and what they make goes again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_files_backup::cycle::report::Status;
use azure_storage_file_share::CreateShareOptions;
use faults::{Fault, Seen};
use tokio::sync::Notify;

use super::*;

fn makes_scratch(seen: &Seen<'_>) -> bool {
    seen.operation == "Create Share" && seen.path.contains("/backup-drill-")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_hides_nothing_else_and_somebody_is_told() {
    let (stage, handler) = spoilt(async |target| {
        remove(&target, "top.txt").await;
        flip(&target, "docs/2024/b.txt", 1).await;
    })
    .await;
    let report: CycleReport = drill(&handler).await.ok();
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    let found = reasons(&report.failures);
    assert!(found.contains(&("docs/2024/b.txt", "ContentDiffers")), "{found:?}");
    assert!(found.iter().any(|(path, _)| *path == "top.txt"), "{found:?}");
    assert_eq!(report.alerts.first().expect("somebody is told").code, "VerifyFailed");
    assert_cleared(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_point_that_lost_everything_is_told_so() {
    let (stage, handler) = spoilt(async |target| {
        for path in ["docs/2024/a.txt", "docs/2024/b.txt", "docs/2024/c.txt", "top.txt"] {
            remove(&target, path).await;
        }
        for path in ["docs/2024", "docs"] {
            target.directory_client(path).delete().await.expect("empty");
        }
    })
    .await;
    let report: CycleReport = drill(&handler).await.ok();
    assert_eq!((report.status, &report.error), (Some(Status::CompletedWithErrors), &None), "{report:#?}");
    let found = reasons(&report.failures);
    for path in ["docs/2024", "top.txt"] {
        assert!(found.iter().any(|(found, _)| *found == path), "{found:?}");
    }
    assert_eq!(report.alerts.first().expect("somebody is told").code, "VerifyFailed");
    assert_cleared(&stage).await;
}

/// A pair whose recovery point lacks a file, and a directory with what is in it, as a person accepted.
async fn acknowledged() -> (Stage, Handler) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"verify": "full"})).await;
    put_directories(&source, "docs/2024").await;
    put_directory(&source, "closed").await;
    for path in ["docs/2024/a.txt", "docs/2024/b.txt", "closed/c.txt", "top.txt"] {
        put(&source, path, path).await;
    }
    let is_closed = |seen: &Seen<'_>| {
        let is_file = seen.path.ends_with("/files/docs/2024/b.txt") && seen.operation.starts_with("Get File");
        let is_list = seen.operation == "List Directories and Files"
            && seen.path.trim_end_matches('/').ends_with("/files/closed");
        seen.account == SOURCE && (is_file || is_list)
    };
    stage.refuse(is_closed, 403, "AuthorizationFailure");
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    let entries: Vec<_> = report.failures.iter().map(|failure| failure.path.clone()).collect();
    assert!(entries.contains(&"docs/2024/b.txt".to_owned()), "{entries:?}");
    let decided = handler.decide("files", &json!({"action": "acknowledge", "entries": entries})).await;
    assert_eq!(decided.status, 200, "{:#}", decided.body);
    assert_succeeded(&handler.cycle("files").await);
    (stage, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_recovery_point_lacks_as_acknowledged_is_told_and_no_finding() {
    let (stage, handler) = acknowledged().await;
    let mut told = Vec::new();
    for _ in 0..6 {
        let report: CycleReport = drill(&handler).await.ok();
        assert_succeeded(&report);
        assert_eq!(report.alerts, []);
        told.extend(report.restore.expect("it is one").asked.drill.expect("it is a drill").acknowledged);
        assert_cleared(&stage).await;
    }
    // whatever it cannot be read for at the source
    stage.leave();
    let report: CycleReport = drill(&handler).await.ok();
    assert_succeeded(&report);
    told.extend(report.restore.expect("it is one").asked.drill.expect("it is a drill").acknowledged);
    assert!(told.contains(&"docs/2024/b.txt".to_owned()), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_share_of_the_same_name_is_neither_written_to_nor_deleted() {
    let (stage, handler) = spoilt(async |_| {}).await;
    let service = stage.service(TARGET);
    stage.before(makes_scratch, move |path| {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        let foreign = service.share_client(&name);
        async move {
            foreign.create(&Default::default()).await.expect("it is new");
            put(&foreign, "theirs", "data").await;
        }
    });
    let report: CycleReport = drill(&handler).await.ok();
    assert_eq!(report.status, Some(Status::Failed), "{report:#?}");
    assert_eq!(report.error.as_ref().map(|error| error.code.as_str()), Some("NotOurs"));
    let shares = scratch_shares(&stage).await;
    assert_eq!(shares.len(), 1);
    assert_eq!(names(&stage.share(TARGET, &shares[0]), "").await, ["theirs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_share_snapshot_that_goes_in_its_middle_is_no_finding() {
    let (stage, handler) = spoilt(async |_| {}).await;
    let source = stage.share(SOURCE, "files");
    stage.before(makes_scratch, move |_| {
        let source = source.clone();
        async move {
            for id in snapshots(&source).await {
                source.delete_snapshot(&id).await.expect("deleted");
            }
        }
    });
    let report: CycleReport = drill(&handler).await.ok();
    assert_succeeded(&report);
    assert_eq!(report.alerts, []);
    let drill = report.restore.expect("it is one").asked.drill.expect("it is a drill");
    assert_eq!(drill.source, None, "it was held against the recovery point");
    assert_cleared(&stage).await;
}

/// While this holds, a drill does not come past what it asks of its scratch share. Told when it has come there.
fn stuck(stage: &Stage, operation: &'static str) -> Arc<Notify> {
    let stuck = Arc::new(Notify::new());
    let told = stuck.clone();
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        if !seen.path.contains("/backup-drill-") || seen.operation != operation {
            return Fault::None;
        }
        told.notify_one();
        Fault::Delay { by: Duration::from_secs(60) }
    })));
    stuck
}

/// A drill was under way, and its state was lost with the memory that it was in; a newer recovery point is there.
async fn forgotten() -> (Stage, Handler) {
    let (stage, handler) = spoilt(async |_| {}).await;
    let stuck = stuck(&stage, "Create File");
    tokio::select! {
        _ = drill(&handler) => panic!("it does not end"),
        () = stuck.notified() => {}
    }
    drop(handler);
    stage.leave();
    let handler = stage.handler().await;
    put(&stage.share(SOURCE, "files"), "new", "data").await;
    assert_succeeded(&handler.cycle("files").await);
    (stage, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_drill_left_behind_whose_tables_were_lost_goes_with_the_next() {
    let (stage, handler) = forgotten().await;
    let foreign = stage.share(TARGET, "backup-drill-of-somebody");
    foreign.create(&Default::default()).await.expect("made");
    let marks = [("backup_role", "drill"), ("backup_cycle", "0"), ("backup_pair_id", "another")];
    let metadata: BTreeMap<_, _> = marks.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let other = stage.share(TARGET, "backup-drill-of-another-pair");
    other.create(&CreateShareOptions { metadata, ..Default::default() }).await.expect("made");
    assert_eq!(scratch_shares(&stage).await.len(), 3);
    let report: CycleReport = drill(&handler).await.ok();
    assert_succeeded(&report);
    let mut left = scratch_shares(&stage).await;
    left.sort();
    assert_eq!(left, ["backup-drill-of-another-pair", "backup-drill-of-somebody"]);
    assert_eq!(leased(&stage.share(TARGET, "files")).await, 0, "no recovery point stays pinned");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scratch_share_that_cannot_be_deleted_keeps_no_recovery_point_pinned() {
    let (stage, handler) = forgotten().await;
    let left = scratch_shares(&stage).await;
    let [kept] = &left[..] else { panic!("{left:?}") };
    let path = format!("/{kept}");
    let deletes = move |seen: &Seen<'_>| seen.operation == "Delete Share" && seen.path.contains(&path);
    stage.refuse(deletes, 403, "AuthorizationFailure");
    assert_succeeded(&drill(&handler).await.ok());
    assert_eq!(scratch_shares(&stage).await, left);
    assert_eq!(leased(&stage.share(TARGET, "files")).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_mean_something_elsewhere_are_names() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let long = "n".repeat(255);
    for name in ["[a]{b}", "a+b #%41.txt", "!no", "ß.TXT", "ﬀ", "-", "a,b;c='d'&e=f", " lead", long.as_str()]
    {
        put(&source, name, name).await;
    }
    put_directory(&source, "{x,y} [z]").await;
    put(&source, "{x,y} [z]/{1}", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let report: CycleReport = drill(&handler).await.ok();
    assert_succeeded(&report);
    assert!(report.done.copied.files >= 8, "{:?}", report.done);
    assert_cleared(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_drills_at_once_are_one() {
    let (stage, mut variables) = {
        let mut stage = Stage::set().await;
        let (source, _) = stage.pair("drilled-twice", json!({})).await;
        put_many(&source, 30).await;
        let variables = stage.variables();
        (stage, variables)
    };
    let tables = Tables::new().await;
    tables.keep(&mut variables).await;
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("drilled-twice").await);
    variables.insert("BACKUP_BUDGET_SECONDS".to_owned(), "1".to_owned());
    let first = Handler::start(free_port(), &variables).await;
    // the second one has looked for a drill under way and found none, and still chooses
    let is_choosing = Arc::new(AtomicBool::new(true));
    let seen_choosing = Arc::new(AtomicBool::new(false));
    let (choosing, seen_it) = (is_choosing.clone(), seen_choosing.clone());
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let chooses = seen.operation == "List Directories and Files" && seen.account == SOURCE;
        if chooses && choosing.swap(false, Ordering::SeqCst) {
            seen_it.store(true, Ordering::SeqCst);
            return Fault::Delay { by: Duration::from_secs(8) };
        }
        let is_copied = seen.path.contains("/backup-drill-") && seen.operation == "Create File";
        if is_copied { Fault::Delay { by: Duration::from_secs(2) } } else { Fault::None }
    })));
    let route = "pairs/drilled-twice/drills";
    let late = handler.tell(Method::POST, route, "");
    let early = async {
        while !seen_choosing.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let report = first.tell(Method::POST, route, "").await.report();
        assert_eq!(report.status, None, "{report:#?}");
        report.id
    };
    let (late, id) = futures::join!(late, early);
    let late = late.report();
    assert_eq!((&late.id, late.status), (&id, Some(Status::Succeeded)), "{late:#?}");
    let drills: Vec<CycleReport> = handler.get("pairs/drilled-twice/drills").await;
    assert_eq!(drills.len(), 1);
    assert_cleared(&stage).await;
}

/// The drill of a pair was killed at what it asked of its scratch share, and the pair's target was in another account from then on:
/// how the timer ends it.
async fn moved(pair: &str, operation: &'static str) -> (Stage, Tables, Handler, CycleReport) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair(pair, json!({})).await;
    put(&source, "a", "data").await;
    let mut variables = stage.variables();
    let tables = Tables::new().await;
    tables.keep(&mut variables).await;
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle(pair).await);
    let stuck = stuck(&stage, operation);
    let route = format!("pairs/{pair}/drills");
    tokio::select! {
        _ = handler.tell(Method::POST, &route, "") => panic!("it does not end"),
        () = stuck.notified() => {}
    }
    _ = handler.end_with("KILL").await;
    stage.leave();
    let endpoint = stage.emulator.account(SOURCE).endpoint.to_string();
    stage.change(pair, json!({"target": {"account": SOURCE, "share": "copy", "endpoint": endpoint}}));
    let mut changed = stage.variables();
    tables.keep(&mut changed).await;
    let handler = Handler::start(free_port(), &changed).await;
    // the dead owner's lease has to run out
    for _ in 0..100 {
        handler.send("resume-timer").await;
        let told = handler.tell(Method::POST, &route, "").await;
        if told.body["code"] != "RestoreInProgress" {
            told.problem(409, "NothingToDrill");
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut last: Vec<CycleReport> = handler.get(&route).await;
    assert_eq!(last.len(), 1);
    (stage, tables, handler, last.remove(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_that_the_settings_do_not_allow_any_more_is_given_up() {
    let (_stage, _tables, handler, drill) = moved("drill-moved", "Create File").await;
    assert_eq!(drill.status, Some(Status::Failed), "{drill:#?}");
    // nobody can cancel a drill, and this one has ended
    let error = drill.error.expect("it says why");
    assert_eq!(error.code, "DrillNotPossible");
    assert!(!error.detail.contains("cancel"), "{}", error.detail);
    assert_eq!(handler.fire_timer("resume-timer").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_that_had_come_to_its_end_is_filed_as_it_ended_whatever_the_settings_allow_by_now() {
    let (_stage, _tables, handler, drill) = moved("drill-ended", "Delete Share").await;
    assert_succeeded(&drill);
    assert_eq!(handler.fire_timer("resume-timer").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_that_finds_something_is_told_of_until_one_finds_nothing() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let watched = Watched::of(stage).await;
    let handler = watched.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    flip(&target, "a", 0).await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(handler.fire_timer("drill-timer").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(handler.fire_timer("resume-timer").await.status, StatusCode::OK);
    put(&source, "a", "other data").await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(handler.fire_timer("drill-timer").await.status, StatusCode::OK);
    let told = |event: &str, field: &str| -> Vec<Option<String>> {
        let events = watched.events(event);
        events.iter().map(|event| event.property(field).map(str::to_owned)).collect()
    };
    let some = |texts: &[&str]| texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>();
    assert_eq!(told("drill.finished", "drill.status"), some(&["CompletedWithErrors", "Succeeded"]));
    assert_eq!(told("drill.finished", "pair.name"), some(&["files"; 2]));
    let beats = told("pair.heartbeat", "drill.status");
    let last = [&[None, None], some(&["CompletedWithErrors"; 3]).as_slice(), &some(&["Succeeded"])].concat();
    assert_eq!(beats, last);
    // no cycle of the pair failed, and none was verified
    assert_eq!(told("cycle.finished", "cycle.status"), some(&["Succeeded"; 3]));
    assert_eq!(told("recovery_point.verified", "pair.name"), []);
    assert_eq!(watched.ingestion.refusals(), [""; 0]);
}
