//! What a failover makes of rows that cannot be read.

use azure_files_backup::cycle::failover::Failover;
use azure_files_backup::cycle::report::PairStatus;
use reqwest::Method;

use super::Scene;
use crate::support::*;

impl Scene {
    async fn ask_for(&self, what: &str, body: &str) -> Told {
        self.handler.tell(Method::POST, &format!("pairs/{}/{what}", self.pair), body).await
    }

    async fn fail_over(&self) -> Failover {
        self.ask_for("failover", "").await.ok()
    }
}

#[tokio::test]
async fn whether_a_cycle_that_was_given_up_wrote_to_the_target_is_not_known_and_a_failover_says_so() {
    let scene = Scene::of("given-up").await;
    let cycle = scene.waiting().await;
    scene.cycle_row(&cycle, "cycle").is_damaged().await;
    scene.ask_for("failover", "").await.problem(409, "StateUnreadable");
    let _: PairStatus = scene.decide("cancel").await.ok();
    let told = scene.fail_over().await;
    assert_eq!(told.between.expect("it may lie between two").cycle, cycle);
    assert!(told.next[0].contains("/restores"), "{:?}", told.next);
}

#[tokio::test]
async fn whether_a_cycle_of_the_history_that_cannot_be_read_wrote_to_the_target_is_not_known_either() {
    let scene = Scene::of("forgotten-writer").await;
    let cycle = scene.waiting().await;
    let _: PairStatus = scene.decide("reject").await.ok();
    scene.history_row(0).await.is_damaged().await;
    let told = scene.fail_over().await;
    assert_eq!(told.between.expect("it may lie between two").cycle, cycle);
}
