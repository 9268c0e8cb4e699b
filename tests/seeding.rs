//! The states of seeding, by the rows of the table in `docs/seeding.md`, through the real handler.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, SeedingReport, Status};
use azure_files_backup::state::EndedBy;
use azure_storage_file_share::ShareClient;
use azurite::Azurite;
use faults::Planned;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::*;

async fn seeding(handler: &Handler) -> SeedingReport {
    handler.ask("pairs/files/seeding").await.ok()
}

async fn status(handler: &Handler) -> Value {
    let told = handler.ask("pairs/files/seeding").await;
    assert_eq!(told.status, 200);
    told.body["offlineDataTransferStatus"].clone()
}

async fn ask(handler: &Handler, body: &str) -> Told {
    handler.tell(Method::POST, "pairs/files/seeding", body).await
}

const OFF: &str = r#"{"offlineDataTransfer":"off"}"#;
const ABORT: &str = r#"{"offlineDataTransfer":"off","confirmAbort":true}"#;
const ON: &str = r#"{"offlineDataTransfer":"on"}"#;

fn touches_staging(stage: &Stage) -> usize {
    let log = stage.emulator.log().snapshot().recent;
    log.iter().filter(|request| request.path_and_query.contains("staging")).count()
}

/// A pair with a file `a` that lies in staging too, and one that only the source has.
async fn staged() -> (Stage, ShareClient, ShareClient, ShareClient) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    put(&source, "a", "data").await;
    put_staged(&source, &staging, "a", "data").await;
    put(&source, "b", "more").await;
    (stage, source, target, staging)
}

/// A cycle in which one file fails.
async fn fail(stage: &Stage, handler: &Handler, path: &str) -> CycleReport {
    let plan = json!({"rules": [{"account": SOURCE, "path": format!("/files/{path}"),
        "then": {"Refuse": {"status": 403, "code": "AuthorizationFailure"}}}]});
    stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan.to_string()).expect("a plan"))));
    let report = handler.cycle("files").await;
    stage.emulator.set_faults(None);
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    report
}

#[tokio::test]
async fn accept_seeding_1_state_created_without_it_staging_is_never_consulted() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let staging = stage.staging().await;
    put(&source, "a", "data").await;
    put_staged(&source, &staging, "a", "data").await;
    stage.emulator.log().reset();
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(touches_staging(&stage), 0);
    let shown = seeding(&handler).await;
    assert_eq!((status(&handler).await, shown.ever_enabled), (json!("NotRunning"), false));
    ask(&handler, ON).await.problem(409, "OfflineOnlyAtCreation");
    assert_eq!(seeding(&handler).await, shown);
}

#[tokio::test]
async fn accept_seeding_1_state_one_that_is_asked_for_too_late_is_refused_by_its_settings() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    stage.staging().await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.cycle("files").await);
    stage.change("files", seed());
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    handler.start_cycle("files").await.problem(409, "OfflineOnlyAtCreation");
    handler.tell(Method::POST, "pairs/files/validate", "").await.problem(409, "OfflineOnlyAtCreation");
    assert_eq!(handler.fire().await.status, 500, "somebody is told");
}

#[tokio::test]
async fn accept_seeding_1_state_complete_after_a_cycle_without_failures_and_staging_is_read_no_more() {
    let (stage, source, _, staging) = staged().await;
    let handler = stage.handler().await;
    assert_eq!(snapshots(&staging).await, []);
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(status(&handler).await, "Complete");
    let shown = seeding(&handler).await;
    assert_eq!((shown.status.as_str(), shown.staging_share.as_deref()), ("Completed", Some(STAGING)));
    assert!(shown.completed_at.is_some() && shown.hint.expect("a hint").contains("can be"));
    assert_eq!((shown.seeded.from_staging.bytes, shown.seeded.from_source.bytes), (4, 4));
    let taken = staging.list_snapshots().await.expect("a list").remove(0).metadata;
    assert_eq!(taken.get("backup_role").map(String::as_str), Some("staging"));

    put(&source, "c", "data").await;
    put_staged(&source, &staging, "c", "data").await;
    stage.emulator.log().reset();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert!(report.done.seeded.is_empty());
    assert_eq!(touches_staging(&stage), 0);
}

#[tokio::test]
async fn accept_seeding_1_state_in_progress_while_files_fail_and_the_next_cycle_may_use_staging() {
    let (stage, source, _, staging) = staged().await;
    let handler = stage.handler().await;
    fail(&stage, &handler, "b").await;
    assert_eq!(status(&handler).await, "InProgress");
    let frozen = snapshots(&staging).await;
    assert_eq!(frozen.len(), 1);
    // what comes to staging now is not in our share snapshot of it
    put(&source, "c", "data").await;
    put_staged(&source, &staging, "c", "data").await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(report.done.seeded.from_staging.files, 0);
    assert_eq!(report.done.seeded.absent.files, 2);
    assert_eq!((status(&handler).await, snapshots(&staging).await), (json!("Complete"), frozen));
    let whole = seeding(&handler).await.seeded;
    assert_eq!((whole.from_staging.files, whole.from_source.files), (1, 2));
}

#[tokio::test]
async fn accept_seeding_1_state_ended_in_progress_needs_a_confirmation_and_is_for_good() {
    let (stage, source, target, staging) = staged().await;
    let handler = stage.handler().await;
    fail(&stage, &handler, "a").await;
    ask(&handler, OFF).await.problem(409, "ConfirmAbortRequired");
    assert_eq!(status(&handler).await, "InProgress");
    let ended: SeedingReport = ask(&handler, ABORT).await.ok();
    assert!(ended.hint.expect("it is said").contains("for good"));
    let shown = ask(&handler, OFF).await;
    assert_eq!(
        (&shown.body["offlineDataTransferStatus"], &shown.body["endedBy"]),
        (&json!("NotRunning"), &json!("aborted"))
    );
    assert_eq!(snapshots(&staging).await, []);
    ask(&handler, ON).await.problem(409, "OfflineCannotBeReenabled");
    stage.emulator.log().reset();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(touches_staging(&stage), 0);
    assert_eq!((read(&target, "a").await, status(&handler).await), ("data".to_owned(), json!("NotRunning")));
    drop(source);
}

#[tokio::test]
async fn accept_seeding_1_state_stopping_while_a_cycle_runs_what_is_left_comes_from_the_source() {
    const FILES: usize = 200;
    let mut stage = Stage::set().await;
    let more = json!({"seed": {"share": STAGING}, "limits": {"requestsPerSecond": 50}});
    let (source, target) = stage.pair("files", more).await;
    let staging = stage.staging().await;
    put_many(&source, FILES).await;
    for path in names(&source, "").await {
        put_staged(&source, &staging, &path, "data").await;
    }
    let mut variables = stage.variables();
    // the wish is heard when the lease is renewed
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "5".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    stage.emulator.log().reset();
    let copied = || stage.emulator.log().count(TARGET, "Copy File");
    let stop = async {
        while copied() < 5 {
            sleep(Duration::from_millis(20)).await;
        }
        ask(&handler, ABORT).await
    };
    let (report, stopping) = tokio::join!(handler.cycle("files"), stop);
    assert_eq!(stopping.body["offlineDataTransferStatus"], "Stopping");
    assert_succeeded(&report);
    assert_eq!(names(&target, "").await.len(), FILES);
    assert!((5..FILES as u64).contains(&copied()), "{}", copied());
    assert_eq!(report.done.seeded.from_staging.files, copied());
    let shown = seeding(&handler).await;
    assert_eq!((status(&handler).await, shown.ended_by), (json!("NotRunning"), Some(EndedBy::Aborted)));
    assert_eq!(snapshots(&staging).await, []);
    assert_eq!(shown.seeded.from_staging.files, copied());
}

#[tokio::test]
async fn accept_seeding_1_state_ended_when_complete_our_share_snapshot_goes_and_the_share_stays() {
    let (stage, _, _, staging) = staged().await;
    let foreign = staging.create_snapshot(&Default::default()).await.expect("a share snapshot of theirs");
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(snapshots(&staging).await.len(), 2);
    let ended = ask(&handler, OFF).await;
    assert_eq!(
        (&ended.body["offlineDataTransferStatus"], &ended.body["endedBy"]),
        (&json!("NotRunning"), &json!("completed"))
    );
    assert_eq!(snapshots(&staging).await, [foreign]);
    assert_eq!(read(&staging, "a").await, "data");
    ask(&handler, ON).await.problem(409, "OfflineCannotBeReenabled");
}

#[tokio::test]
async fn accept_seeding_1_state_its_share_stays_the_same() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let (mut stage, _, _, _) = staged().await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    fail(&stage, &handler, "b").await;
    ask(&handler, r#"{"offlineDataTransfer":"on","stagingShare":"another"}"#)
        .await
        .problem(409, "StagingShareImmutable");
    assert_eq!(ask(&handler, ON).await.status, 200);
    for changed in [json!({"seed": {"share": "another"}}), json!({"seed": {"enabled": false}})] {
        stage.change("files", changed);
        let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
        handler.start_cycle("files").await.problem(409, "StagingShareImmutable");
    }
    stage.change("files", seed());
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.start_cycle("files").await.report());
    // once it is over, the settings need not tell of it any more
    stage.change("files", json!({"seed": {"enabled": false}}));
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.start_cycle("files").await.report());
}

#[tokio::test]
async fn accept_seeding_1_state_staging_that_is_gone_fails_the_cycle_until_a_person_ends_it() {
    let (stage, _, target, staging) = staged().await;
    let handler = stage.handler().await;
    fail(&stage, &handler, "a").await;
    remove_share(&staging).await;
    assert_failed(&handler.cycle("files").await, "StagingUnavailable");
    assert_eq!(status(&handler).await, "InProgress");
    assert_eq!(names(&target, "").await, ["b"], "nothing stands in for it");
    ask(&handler, ABORT).await.ok::<SeedingReport>();
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(status(&handler).await, "NotRunning");
}

#[tokio::test]
async fn accept_seeding_1_state_staging_that_goes_in_the_middle_fails_the_cycle() {
    let (stage, ..) = staged().await;
    let plan = json!({"rules": [{"account": TARGET, "path": "/staging/a",
        "then": {"Refuse": {"status": 404, "code": "ShareSnapshotNotFound"}}}]});
    stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan.to_string()).expect("a plan"))));
    let handler = stage.handler().await;
    assert_failed(&handler.cycle("files").await, "StagingUnavailable");
    stage.emulator.set_faults(None);
    assert_eq!(status(&handler).await, "InProgress");
    assert_succeeded(&handler.cycle("files").await);
}

#[tokio::test]
async fn accept_seeding_1_state_staging_that_is_gone_after_completion_is_ignored() {
    let (stage, source, _, staging) = staged().await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    remove_share(&staging).await;
    put(&source, "c", "data").await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(status(&handler).await, "Complete");
    ask(&handler, OFF).await.ok::<SeedingReport>();
    assert_eq!(status(&handler).await, "NotRunning");
}

#[tokio::test]
async fn accept_seeding_1_state_is_found_again_without_the_tables() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let (stage, _, _, staging) = staged().await;
    let start = async || Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    let handler = start().await;
    fail(&stage, &handler, "b").await;
    let frozen = snapshots(&staging).await;
    drop_tables(&azurite.table_endpoint(), &TABLES).await;
    assert_succeeded(&handler.start_cycle("files").await.report());
    assert_eq!((status(&handler).await, snapshots(&staging).await), (json!("Complete"), frozen));
    drop_tables(&azurite.table_endpoint(), &TABLES).await;
    stage.emulator.log().reset();
    assert_succeeded(&handler.start_cycle("files").await.report());
    assert_eq!(status(&handler).await, "Complete");
    ask(&handler, ON).await.problem(409, "OfflineCannotBeReenabled");
}
