//! What a failover and a failback make of rows that cannot be read.

use azure_files_backup::cycle::failover::Failover;
use azure_files_backup::cycle::report::{CycleReport, Exceeded, PairStatus, Status};
use azurite::shared;
use faults::{Fault, Seen};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;

use super::Scene;
use crate::support::*;

impl Scene {
    async fn ask_for(&self, what: &str, body: &str) -> Told {
        self.handler.tell(Method::POST, &format!("pairs/{}/{what}", self.pair), body).await
    }

    async fn fail_over(&self) -> Failover {
        self.ask_for("failover", "").await.ok()
    }

    /// A failback that waits for approval.
    async fn waiting_failback(&self) -> CycleReport {
        self.fail_over().await;
        put(&self.target, "b", "new").await;
        let waiting: CycleReport = self.ask_for("failback", "").await.ok();
        assert_waits(&waiting);
        waiting
    }

    async fn decide_failback(&self, decision: serde_json::Value) -> Told {
        self.ask_for("failback/decisions", &decision.to_string()).await
    }

    /// What its cycle did is all that cannot be read, and a person gives it up.
    async fn give_up_failback(&self, id: &str) {
        self.cycle_row_of("failback", id).is_damaged().await;
        self.decide_failback(json!({"action": "approve", "digest": "x"}))
            .await
            .problem(409, "StateUnreadable");
        let report: CycleReport = self.decide_failback(json!({"action": "cancel"})).await.ok();
        assert_eq!((report.id.as_str(), report.status), (id, Some(Status::Cancelled)));
        assert_eq!(report.error.expect("why").code, "StateUnreadable");
        assert_eq!(roles(&self.target).await, ["failover", "target"]);
    }

    /// Nothing of it stands in the way of the next one.
    async fn assert_fails_back(&self) {
        let waiting: CycleReport = self.ask_for("failback", "").await.ok();
        if waiting.status.is_none() {
            let digest = &assert_waits(&waiting).digest;
            let approve = json!({"action": "approve", "digest": digest});
            self.decide_failback(approve).await.ok::<CycleReport>();
            self.handler.timer().await;
        }
        let report: CycleReport = self.handler.get(&format!("pairs/{}/failback", self.pair)).await;
        assert_succeeded(&report);
        assert_eq!(read(&self.source, "b").await, "new");
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

#[tokio::test]
async fn a_failback_that_cannot_be_read_is_given_up_by_cancel_and_the_next_one_brings_everything_back() {
    let scene = Scene::of("newer-failback").await;
    let waiting = scene.waiting_failback().await;
    scene.give_up_failback(&waiting.id).await;
    scene.assert_fails_back().await;
}

#[tokio::test]
async fn the_failover_of_a_failback_that_was_given_up_can_be_undone() {
    let scene = Scene::of("undone-failback").await;
    let waiting = scene.waiting_failback().await;
    scene.give_up_failback(&waiting.id).await;
    let _: PairStatus = scene.ask_for("failover", r#"{"action": "undo"}"#).await.ok();
    let _: PairStatus = scene.decide("release").await.ok();
    scene.assert_works().await;
}

/// The two sides of what it took in the end were not compared.
#[tokio::test]
async fn what_a_failback_took_for_the_swap_is_no_recovery_point_when_it_is_given_up() {
    let mut scene = Scene::of("swapping-failback").await;
    let waiting = scene.waiting_failback().await;
    let mut variables = over(shared().await, scene.stage.variables());
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "1".to_owned());
    variables.insert("BACKUP_BUDGET_SECONDS".to_owned(), "1".to_owned());
    scene.handler = Handler::start(free_port(), &variables).await;
    scene.stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        let is_last = seen.account == SOURCE && seen.operation == "Snapshot Share";
        let busy = Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: None };
        if is_last { busy } else { Fault::None }
    })));
    let approve = json!({"action": "approve", "digest": assert_waits(&waiting).digest});
    scene.decide_failback(approve).await.ok::<CycleReport>();
    for _ in 0..20 {
        scene.handler.timer().await;
        if roles(&scene.target).await == ["failback", "failover", "target", "target"] {
            break;
        }
    }
    assert_eq!(roles(&scene.target).await, ["failback", "failover", "target", "target"]);
    scene.stage.emulator.set_faults(None);
    scene.give_up_failback(&waiting.id).await;
    assert_eq!(scene.handler.recovery_points(scene.pair).await.len(), 1);
    scene.assert_fails_back().await;
}

/// A cycle that wrote and did not come to its recovery point is given up.
#[tokio::test]
async fn a_cycle_that_was_given_up_after_the_roles_swapped_is_not_taken_for_somebody_who_wrote() {
    let scene = Scene::of("given-up-writer").await;
    let waiting = scene.waiting_failback().await;
    let approve = json!({"action": "approve", "digest": assert_waits(&waiting).digest});
    scene.decide_failback(approve).await.ok::<CycleReport>();
    scene.handler.timer().await;
    put(&scene.source, "a", "later").await;
    scene.stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        let is_end = seen.account == TARGET && seen.operation == "Snapshot Share";
        let refuse = Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None };
        if is_end { refuse } else { Fault::None }
    })));
    let report = scene.handler.start_cycle(scene.pair).await.report();
    assert_eq!((report.status, read(&scene.target, "a").await.as_str()), (None, "later"), "{report:#?}");
    scene.stage.emulator.set_faults(None);
    scene.cycle_row(&report.id, "cycle").is_damaged().await;
    let _: PairStatus = scene.decide("cancel").await.ok();
    put(&scene.source, "a", "latest").await;
    let next = scene.handler.start_cycle(scene.pair).await.report();
    let stopped = assert_waits(&next);
    let [Exceeded::TargetWasWritten { cycle, .. }] = &stopped.exceeded[..] else { panic!("{stopped:?}") };
    assert_eq!(cycle.as_deref(), Some(report.id.as_str()));
    let cause = scene.handler.pair(scene.pair).await.judgement.cause;
    assert!(cause.contains(&report.id) && cause.contains("1997-07-01"), "{cause}");
}
