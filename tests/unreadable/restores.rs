//! Rows of restores that cannot be read are given up by a person, and stand in the way of no later restore.

use azure_files_backup::cycle::report::{CycleReport, PairStatus, Status};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Scene;
use crate::support::*;

impl Scene {
    fn restores(&self) -> String {
        format!("pairs/{}/restores", self.pair)
    }

    async fn restore(&self, approve: bool) -> Told {
        let asked = json!({"recoveryPoint": "latest", "destination": {"at": "source"}, "approve": approve})
            .to_string();
        self.handler.tell(Method::POST, &self.restores(), &asked).await
    }

    /// A restore that waits for approval, by its id.
    async fn waiting_restore(&self) -> String {
        remove(&self.source, "a").await;
        let report: CycleReport = self.restore(false).await.ok();
        assert_waits(&report);
        report.id
    }

    async fn assert_restores(&self) {
        let mut told = self.restore(true).await;
        while told.status == 409 && told.body["code"] == "RestoreInProgress" {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            told = self.restore(true).await;
        }
        assert_succeeded(&told.ok());
        assert_eq!(read(&self.source, "a").await, "data");
        assert_eq!(leased(&self.target).await, 0, "nothing stays pinned");
    }
}

#[tokio::test]
async fn a_restore_that_a_newer_program_wrote_is_given_up_by_cancel() {
    let scene = Scene::of("newer-restore").await;
    let restore = scene.waiting_restore().await;
    let row = scene.cycle_row_of("restore", &restore);
    row.is_of_a_newer_program().await;
    scene.restore(true).await.problem(409, "StateUnreadable");
    let approve = json!({"action": "approve", "digest": "x"}).to_string();
    let decisions = format!("{}/{restore}/decisions", scene.restores());
    scene.handler.tell(Method::POST, &decisions, &approve).await.problem(409, "StateUnreadable");

    let cancel = json!({"action": "cancel"}).to_string();
    let other = format!("{}/another/decisions", scene.restores());
    scene.handler.tell(Method::POST, &other, &cancel).await.problem(404, "CycleNotFound");
    let report: CycleReport = scene.handler.tell(Method::POST, &decisions, &cancel).await.ok();
    assert_eq!((&report.id, report.status), (&restore, Some(Status::Cancelled)));
    assert_eq!(report.error.expect("why").code, "StateUnreadable");
    assert_eq!(leased(&scene.target).await, 0, "before the next restore");
    scene.assert_restores().await;
}

#[tokio::test]
async fn a_pair_that_is_held_for_a_restore_that_cannot_be_read_is_released_when_that_is_given_up() {
    let scene = Scene::of("held-restore").await;
    let _: PairStatus = scene.decide("hold").await.ok();
    remove(&scene.target, "a").await;
    let asked = json!({"recoveryPoint": "latest", "destination": {"at": "target"}}).to_string();
    let waiting: CycleReport = scene.handler.tell(Method::POST, &scene.restores(), &asked).await.ok();
    assert_waits(&waiting);
    scene.cycle_row_of("restore", &waiting.id).is_damaged().await;
    scene.decide("release").await.problem(409, "NothingToDecide");
    let decisions = format!("{}/{}/decisions", scene.restores(), waiting.id);
    let _: Json = scene.handler.tell(Method::POST, &decisions, r#"{"action":"cancel"}"#).await.ok();
    let status: PairStatus = scene.decide("release").await.ok();
    assert_eq!(status.held, None);
}

#[tokio::test]
async fn the_row_of_a_pairs_restores_is_started_over_with_the_pair() {
    let scene = Scene::of("newer-restores").await;
    scene.waiting_restore().await;
    scene.row("backuppairs", "newer-restores:restore", "pair").is_of_a_newer_program().await;
    let detail = scene.restore(true).await.problem(409, "StateUnreadable");
    assert!(detail.contains("`startOver`"), "{detail}");
    let _: PairStatus = scene.decide("startOver").await.ok();
    assert_eq!(leased(&scene.target).await, 0, "before the next restore");
    scene.assert_restores().await;
    scene.decide("startOver").await.problem(409, "NothingToDecide");
}
