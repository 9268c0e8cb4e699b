//! Rows that a newer version of the app wrote, or that are damaged: told plainly wherever they are met, never written
//! over by a timer but for those of a drill, and given up by a person without the loss of a recovery point.

mod drills;
mod failed_over;
mod history;
mod restores;

use azure_data_tables::{Change, ClientOptions, ETag, Entity, Match, TableClient, TableServiceClient, Value};
use azure_files_backup::cycle::report::{CycleReport, PairStatus, Phase, Status};
use azure_storage::{Credential, SharedKey};
use azure_storage_file_share::ShareClient;
use azurite::shared;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::support::*;

/// A pair with its state in tables, and those tables.
struct Scene {
    stage: Stage,
    handler: Handler,
    source: ShareClient,
    target: ShareClient,
    service: TableServiceClient,
    pair: &'static str,
}

impl Scene {
    /// The pair has one recovery point, of a share with one file.
    async fn of(pair: &'static str) -> Self {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair(pair, json!({})).await;
        put(&source, "a", "data").await;
        let azurite = shared().await;
        let mut variables = over(azurite, stage.variables());
        variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "1".to_owned());
        let handler = Handler::start(free_port(), &variables).await;
        assert_succeeded(&handler.start_cycle(pair).await.report());
        let key = SharedKey::new(azurite.account(), azurite.key()).expect("a well-formed key");
        let (key, options) = (Credential::SharedKey(key), ClientOptions::default());
        let service = TableServiceClient::new(&azurite.table_endpoint(), azurite.account(), key, options);
        let service = service.expect("a well-formed endpoint");
        Self { stage, handler, source, target, service, pair }
    }

    /// An emptied source: the next cycle waits for approval. Its id.
    async fn waiting(&self) -> String {
        remove(&self.source, "a").await;
        let report = self.handler.start_cycle(self.pair).await.report();
        assert_waits(&report);
        report.id
    }

    fn row(&self, table: &str, partition: &str, row: &str) -> Row {
        let (partition, row) = (partition.to_owned(), row.to_owned());
        Row { table: self.service.table_client(table), partition, row }
    }

    fn pair_row(&self) -> Row {
        self.row("backuppairs", self.pair, "pair")
    }

    fn cycle_row(&self, cycle: &str, row: &str) -> Row {
        self.row("backupcycles", &format!("{}:{cycle}", self.pair), row)
    }

    /// Of what is stored beside the pair's cycles.
    fn cycle_row_of(&self, book: &str, cycle: &str) -> Row {
        self.row("backupcycles", &format!("{}:{book}:{cycle}", self.pair), "cycle")
    }

    async fn decide(&self, action: &str) -> Told {
        self.handler.decide(self.pair, &json!({"action": action})).await
    }

    /// The pair works as if nothing had been, and its first recovery point is still there.
    async fn assert_works(&self) {
        put(&self.source, "a", "data again").await;
        let told = self.handler.backup_after_others(self.pair).await;
        assert_succeeded(&told.report());
        assert_eq!(read(&self.target, "a").await, "data again");
        assert_eq!(self.handler.recovery_points(self.pair).await.len(), 2);
        assert_eq!(self.handler.pair(self.pair).await.error, None);
    }
}

struct Row {
    table: TableClient,
    partition: String,
    row: String,
}

impl Row {
    async fn get(&self) -> (Entity, ETag) {
        let found = self.table.get(&self.partition, &self.row).await.expect("an answer");
        let stored = found.stored.expect("it is there");
        (stored.entity, stored.etag)
    }

    async fn put(&self, name: &str, value: Value) {
        let (entity, _) = self.get().await;
        let change = Change::Replace(entity.with(name, value), Match::Any);
        self.table.apply(change).await.expect("it is there");
    }

    async fn is_of_a_newer_program(&self) {
        self.put("Format", Value::I32(7)).await;
    }

    async fn is_damaged(&self) {
        self.put("Data0", Value::Binary("not deflated".into())).await;
    }
}

#[tokio::test]
async fn the_row_of_a_pair_that_a_newer_program_wrote_is_told_everywhere_and_stays_as_it_is() {
    let mut scene = Scene::of("newer-pair").await;
    let (other, _) = scene.stage.pair("newer-neighbour", json!({})).await;
    put(&other, "a", "data").await;
    let mut variables = over(shared().await, scene.stage.variables());
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "1".to_owned());
    scene.handler = Handler::start(free_port(), &variables).await;
    let row = scene.pair_row();
    row.is_of_a_newer_program().await;
    let (_, version) = row.get().await;
    let said = "backuppairs newer-pair/pair has format 7";

    let statuses: Vec<PairStatus> = scene.handler.ask("pairs").await.ok();
    assert_eq!(statuses.len(), 2);
    let error = statuses[0].error.as_ref().expect("what is the matter");
    assert_eq!(error.code, "StateUnreadable");
    assert!(error.detail.contains(said) && error.detail.contains("`startOver`"), "{error}");
    assert!(statuses[0].recovery_point.is_some(), "the shares tell it");
    assert_eq!(statuses[1].error, None);

    for timer in ["resume-timer", "backup-timer"] {
        let answer = scene.handler.fire_timer(timer).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{timer}");
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains(said)), "{answer:?}");
    }
    assert_succeeded(&scene.handler.newest("newer-neighbour").await);
    let told = [
        scene.handler.start_cycle("newer-pair").await,
        scene.handler.ask("pairs/newer-pair/cycles").await,
        scene.decide("cancel").await,
        scene.decide("hold").await,
        scene.decide("reject").await,
    ];
    for told in told {
        let detail = told.problem(409, "StateUnreadable");
        assert!(detail.contains(said), "{detail}");
    }
    let detail = scene.handler.plan_only("newer-pair").await.problem(502, "PlanUnavailable");
    assert!(detail.contains(said), "{detail}");
    assert_eq!(row.get().await.1, version, "nobody wrote it");

    assert_eq!(scene.decide("startOver").await.ok::<PairStatus>().error, None);
    scene.assert_works().await;
    let detail = scene.decide("startOver").await.problem(409, "NothingToDecide");
    assert!(detail.contains("can be read"), "{detail}");
}

#[tokio::test]
async fn a_damaged_row_of_a_pair_is_given_up_by_a_person_and_costs_no_recovery_point() {
    let scene = Scene::of("damaged-pair").await;
    scene.pair_row().is_damaged().await;
    assert_eq!(scene.handler.timer().await, StatusCode::INTERNAL_SERVER_ERROR);
    let status = scene.handler.pair(scene.pair).await;
    assert!(status.error.is_some() && status.recovery_point.is_some(), "{status:#?}");
    let _: PairStatus = scene.decide("startOver").await.ok();
    scene.assert_works().await;
}

#[tokio::test]
async fn for_the_time_of_a_lease_nobody_works_on_a_pair_that_was_started_over() {
    let mut scene = Scene::of("waited-for").await;
    let variables = over(shared().await, scene.stage.variables());
    scene.handler = Handler::start(free_port(), &variables).await;
    scene.pair_row().is_of_a_newer_program().await;
    let status: PairStatus = scene.decide("startOver").await.ok();
    assert!(status.running, "the owner that may still be there loses it first");
    scene.handler.start_cycle(scene.pair).await.problem(409, "CycleInProgress");
    scene.assert_works().await;
}

#[tokio::test]
async fn a_cycle_that_a_newer_program_wrote_is_ended_by_cancel_and_by_nothing_else() {
    let scene = Scene::of("newer-cycle").await;
    let cycle = scene.waiting().await;
    let row = scene.cycle_row(&cycle, "cycle");
    row.is_of_a_newer_program().await;
    let (_, version) = row.get().await;
    let said = format!("backupcycles newer-cycle:{cycle}/cycle has format 7");

    let status = scene.handler.pair(scene.pair).await;
    let error = status.error.expect("what is the matter");
    assert!(error.detail.contains(&said) && error.detail.contains("`cancel`"), "{error}");
    assert!(status.recovery_point.is_some() && status.cycle.is_none());
    for timer in ["resume-timer", "backup-timer"] {
        let answer = scene.handler.fire_timer(timer).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{timer}");
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains(&said)), "{answer:?}");
    }
    let told = [
        scene.handler.start_cycle(scene.pair).await,
        scene.handler.ask(&format!("pairs/newer-cycle/cycles/{cycle}")).await,
        scene.handler.ask(&format!("pairs/newer-cycle/cycles/{cycle}/plan")).await,
        scene.handler.decide(scene.pair, &json!({"action": "approve", "digest": "x"})).await,
    ];
    for told in told {
        assert!(told.problem(409, "StateUnreadable").contains(&said), "{told:?}");
    }
    let cycles: Vec<CycleReport> = scene.handler.ask("pairs/newer-cycle/cycles").await.ok();
    assert_eq!((cycles.len(), &cycles[0].id, cycles[0].state), (2, &cycle, Phase::Unreadable));
    scene.decide("startOver").await.problem(409, "NothingToDecide");
    let other = json!({"action": "cancel", "cycle": "another"});
    scene.handler.decide(scene.pair, &other).await.problem(404, "CycleNotFound");
    assert_eq!(row.get().await.1, version, "nobody wrote it");

    let report = scene.decide("cancel").await.ok::<PairStatus>().cycle.expect("the cycle");
    assert_eq!((report.id, report.status), (cycle.clone(), Some(Status::Cancelled)));
    assert_eq!(report.error.expect("why").code, "StateUnreadable");
    scene.assert_works().await;
    let cycles: Vec<CycleReport> = scene.handler.ask("pairs/newer-cycle/cycles").await.ok();
    assert_eq!((cycles.len(), &cycles[1].id), (3, &cycle), "it is told of");
}

#[tokio::test]
async fn a_damaged_chunk_stops_its_cycle_until_that_is_cancelled() {
    let scene = Scene::of("damaged-chunk").await;
    let cycle = scene.waiting().await;
    // the first row holds what may have moved
    scene.cycle_row(&cycle, "plan-00000002").is_damaged().await;
    let digest = scene.handler.newest(scene.pair).await.guard.expect("it waits").digest;
    scene.handler.approve(scene.pair, &digest).await;
    for _ in 0..2 {
        assert_eq!(scene.handler.timer().await, StatusCode::INTERNAL_SERVER_ERROR);
        let report = scene.handler.newest(scene.pair).await;
        assert_eq!((report.state, report.status), (Phase::Applying, None));
        let error = report.error.expect("why it does not go on");
        assert_eq!(error.code, "StateUnreadable");
        assert!(error.detail.contains("plan-00000002 cannot be read"), "{error}");
    }
    assert_eq!(read(&scene.target, "a").await, "data", "nothing was deleted");
    let _: PairStatus = scene.decide("cancel").await.ok();
    scene.assert_works().await;
}

#[tokio::test]
async fn damaged_failures_of_an_earlier_cycle_stand_in_nobodys_way() {
    let scene = Scene::of("damaged-failures").await;
    put(&scene.source, ".backup-scratch-of-somebody", "data").await;
    let report = scene.handler.start_cycle(scene.pair).await.report();
    assert_eq!(report.status, Some(Status::CompletedWithErrors));
    scene.cycle_row(&report.id, "failed-00000001").is_damaged().await;
    let status = scene.handler.pair(scene.pair).await;
    let error = status.error.expect("what is the matter");
    assert!(error.detail.contains("failed-00000001 cannot be read"), "{error}");
    let acknowledge = json!({"action": "acknowledge", "entries": [".backup-scratch-of-somebody"]});
    let told: Json = scene.handler.decide(scene.pair, &acknowledge).await.body;
    assert_eq!(told["code"], "StateUnreadable", "{told}");
    remove(&scene.source, ".backup-scratch-of-somebody").await;
    scene.assert_works().await;
}
