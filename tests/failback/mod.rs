//! People work with the target for a while, and what they did there comes back to the source.

mod attempts;
mod behind;
mod between;
mod half;
mod kept;
mod lost;
mod meanwhile;
mod places;
mod settings;
mod sized;
mod stragglers;
mod told;
mod whole;
mod written;

use azure_files_backup::cycle::failover::Failover;
use azure_files_backup::cycle::report::{CycleReport, Phase};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

impl Handler {
    async fn ask_to_fail_over(&self, body: &str) -> Told {
        self.tell(Method::POST, "pairs/files/failover", body).await
    }

    async fn fail_over(&self) -> Failover {
        self.ask_to_fail_over("").await.ok()
    }

    async fn ask_to_fail_back(&self, query: &str) -> Told {
        self.tell(Method::POST, &format!("pairs/files/failback{query}"), "").await
    }

    async fn decide_failback(&self, decision: Value) -> Told {
        self.tell(Method::POST, "pairs/files/failback/decisions", &decision.to_string()).await
    }

    async fn failback(&self) -> CycleReport {
        self.get("pairs/files/failback").await
    }

    /// Fails back to the end, with the approval of what is planned.
    async fn fail_back(&self) -> CycleReport {
        let report: CycleReport = self.ask_to_fail_back("").await.ok();
        if report.state == Phase::AwaitingApproval {
            self.approve_failback(&report).await;
        }
        self.failback().await
    }

    /// Approves, and goes on as far as one invocation does.
    async fn approve_failback(&self, report: &CycleReport) {
        let digest = &assert_waits(report).digest;
        self.decide_failback(json!({"action": "approve", "digest": digest})).await.ok::<CycleReport>();
        self.fire_timer("resume-timer").await;
    }

    async fn release(&self) -> Told {
        self.decide("files", &json!({"action": "release"})).await
    }
}

/// The pair goes on: its next cycle has a base and nothing to do.
async fn assert_goes_on(handler: &Handler, stage: &Stage) {
    stage.emulator.log().reset();
    let next = handler.cycle("files").await;
    assert_succeeded(&next);
    assert_eq!(next.planned, Default::default(), "{:?}", next.planned);
    let status = handler.pair("files").await;
    assert_eq!((status.held, status.failed_over), (None, None));
}
