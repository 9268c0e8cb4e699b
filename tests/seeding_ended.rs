//! Seeding that ended, or lost what it stands on, in a moment that nobody chose: it never begins again, and nothing stands in for
//! staging in silence.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, SeedingReport, Status};
use azure_storage_file_share::ShareClient;
use azurite::Azurite;
use faults::Planned;
use file_share_emulator::RequestRecord;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::*;

const ABORT: &str = r#"{"offlineDataTransfer":"off","confirmAbort":true}"#;
const OFF: &str = r#"{"offlineDataTransfer":"off"}"#;
const ON: &str = r#"{"offlineDataTransfer":"on"}"#;

/// A pair whose file `f` lies in staging too, over tables that can be lost.
struct World {
    azurite: Azurite,
    stage: Stage,
    staging: ShareClient,
    handler: Handler,
}

impl World {
    async fn new() -> Self {
        let azurite = Azurite::start().await.expect("Azurite starts");
        let mut stage = Stage::set().await;
        let (source, _) = stage.pair("files", seed()).await;
        let staging = stage.staging().await;
        put(&source, "f", "data").await;
        put_staged(&source, &staging, "f", "data").await;
        put(&source, "b", "more").await;
        let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
        Self { azurite, stage, staging, handler }
    }

    fn refuse(&self, rules: &[Value]) {
        let refusal = json!({"Refuse": {"status": 403, "code": "AuthorizationPermissionMismatch"}});
        let rules = rules.iter().cloned().map(|mut rule| {
            rule["then"] = refusal.clone();
            rule
        });
        let plan = json!({"rules": rules.collect::<Vec<_>>()}).to_string();
        self.stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan).expect("a plan"))));
    }

    /// A cycle that makes no recovery point, so that seeding goes on.
    async fn fail(&self, rules: &[Value]) -> CycleReport {
        let f = json!({"account": SOURCE, "path": "/files/f"});
        self.refuse(&[rules, &[f]].concat());
        let report = self.handler.start_cycle("files").await.report();
        assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
        self.stage.emulator.set_faults(None);
        report
    }

    async fn lose_tables(&self) {
        drop_tables(&self.azurite.table_endpoint(), &TABLES).await;
    }

    async fn shown(&self) -> SeedingReport {
        self.handler.ask("pairs/files/seeding").await.ok()
    }

    async fn ask(&self, body: &'static str) -> Told {
        self.handler.tell(Method::POST, "pairs/files/seeding", body).await
    }
}

#[tokio::test]
async fn accept_seeding_1_state_without_the_tables_nothing_stands_in_for_staging_that_cannot_be_read() {
    let world = World::new().await;
    world.fail(&[]).await;
    world.lose_tables().await;
    world.refuse(&[json!({"account": TARGET, "path": "/staging"})]);
    let refused = world.handler.start_cycle("files").await;
    assert!(refused.body.to_string().contains("StagingUnavailable"), "{:#}", refused.body);
    world.stage.emulator.set_faults(None);
    assert_eq!(world.shown().await.status, "In Progress");
    let report = world.handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    assert_eq!(report.done.seeded.from_staging.files, 1, "{report:#?}");
}

#[tokio::test]
async fn accept_seeding_1_state_once_ended_by_a_person_it_stays_ended_without_the_tables() {
    let world = World::new().await;
    world.fail(&[]).await;
    // our share snapshot cannot be deleted, so it is no proof that seeding goes on
    let undeletable = json!({"account": TARGET, "path": "/staging", "operation": "Delete Share"});
    world.refuse(std::slice::from_ref(&undeletable));
    let told: SeedingReport = world.ask(ABORT).await.ok();
    assert_eq!(told.status, "Not Running");
    assert!(told.hint.is_some_and(|hint| hint.contains("not deleted yet")), "it is said");
    let report = world.fail(&[undeletable]).await;
    assert!(report.alerts.iter().any(|alert| alert.code == "PruneFailed"), "{:#?}", report.alerts);
    world.lose_tables().await;
    assert_eq!(world.shown().await.status, "Not Running");
    let report = world.handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    assert_eq!(report.done.seeded.from_staging.files, 0, "{report:#?}");
    assert_eq!(snapshots(&world.staging).await, [], "it is deleted at last");
}

#[tokio::test]
async fn accept_seeding_6_a_person_can_end_it_after_the_tables_are_lost() {
    let world = World::new().await;
    world.fail(&[]).await;
    world.lose_tables().await;
    assert_eq!(world.shown().await.status, "In Progress");
    let told: SeedingReport = world.ask(ABORT).await.ok();
    assert_eq!(told.status, "Not Running");
    world.ask(ON).await.problem(409, "OfflineCannotBeReenabled");
    let report = world.handler.start_cycle("files").await.report();
    assert_succeeded(&report);
    assert_eq!(report.done.seeded.from_staging.files, 0, "{report:#?}");
}

#[tokio::test]
async fn accept_seeding_6_a_pair_that_nobody_has_met_cannot_be_turned_off() {
    let world = World::new().await;
    world.ask(OFF).await.problem(409, "NothingToDecide");
    assert_succeeded(&world.handler.start_cycle("files").await.report());
}

#[tokio::test]
async fn accept_seeding_1_state_is_found_again_where_the_settings_name_no_staging_any_more() {
    let mut world = World::new().await;
    assert_succeeded(&world.handler.start_cycle("files").await.report());
    let mut variables = over(&world.azurite, world.stage.variables());
    let mut pairs: Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
    pairs[0].as_object_mut().expect("a pair").remove("seed");
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    let successor = Handler::start(free_port(), &variables).await;
    std::mem::replace(&mut world.handler, successor).end_with("TERM").await;
    world.lose_tables().await;
    assert_succeeded(&world.handler.backup_after_others("files").await.report());
    assert_eq!(world.shown().await.status, "Completed");
    let told: SeedingReport = world.ask(OFF).await.ok();
    assert_eq!(told.status, "Not Running");
    assert_eq!(snapshots(&world.staging).await, []);
    world.ask(ON).await.problem(409, "OfflineCannotBeReenabled");
}

#[tokio::test]
async fn accept_seeding_4_staging_that_goes_between_the_look_and_the_copy_fails_the_cycle() {
    for mode in ["auto", "server-side", "streamed"] {
        let mut stage = Stage::set().await;
        let settings = json!({"seed": {"share": STAGING}, "copy": {"mode": mode}});
        let (source, _) = stage.pair("files", settings).await;
        let staging = stage.staging().await;
        put(&source, "f", "data").await;
        put_staged(&source, &staging, "f", "data").await;
        let slow =
            json!({"rules": [{"account": SOURCE, "path": "/files/f", "then": {"Delay": {"byMs": 2000}}}]});
        stage.emulator.set_faults(Some(Arc::new(Planned::parse(&slow.to_string()).expect("a plan"))));
        let handler = stage.handler().await;
        let goes = async {
            let is_look = |seen: &RequestRecord| {
                seen.operation == "Get File Properties" && seen.path_and_query.contains("/staging/f")
            };
            while !stage.emulator.log().snapshot().recent.iter().any(is_look) {
                sleep(Duration::from_millis(20)).await;
            }
            remove_share(&staging).await;
        };
        let (report, ()) = tokio::join!(handler.cycle("files"), goes);
        let code = report.error.as_ref().map(|error| error.code.as_str());
        assert_eq!(code, Some("StagingUnavailable"), "{mode}: {report:#?}");
    }
}
