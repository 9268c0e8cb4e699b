//! What people ask of the handler and tell it, over HTTP.

use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, PairStatus, Phase, PlanPage, Stopped};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Handler, Stage};

/// Between two ticks of `RESUME_SCHEDULE`.
const TICK: Duration = Duration::from_millis(20);

/// An answer to a person.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub body: Value,
}

impl Told {
    #[track_caller]
    pub fn ok<T: DeserializeOwned>(self) -> T {
        assert_eq!(self.status, 200, "{:#}", self.body);
        serde_json::from_value(self.body).expect("what the interface says")
    }

    /// It is a problem with this code; what it says.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> String {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{:#}", self.body);
        self.body["detail"].as_str().expect("a sentence").to_owned()
    }
}

impl Handler {
    pub async fn tell(&self, method: Method, route: &str, body: &str) -> Told {
        let request = reqwest::Client::new().request(method, format!("{}/api/{route}", self.url()));
        let answer = request.body(body.to_owned()).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let body = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        Told { status, body }
    }

    /// Until `work` has its answer, the app's own timer goes on with the restore of the pair `files` that nobody has to decide
    /// about.
    pub async fn while_ticking<T>(&self, work: impl Future<Output = T>) -> T {
        let ticks = async {
            loop {
                let restores: Vec<CycleReport> = self.get("pairs/files/restores").await;
                let goes_on =
                    |newest: &CycleReport| newest.status.is_none() && newest.state != Phase::AwaitingApproval;
                if restores.first().is_some_and(goes_on) {
                    self.fire_timer("resume-timer").await;
                }
                sleep(TICK).await;
            }
        };
        tokio::select! {
            done = work => done,
            () = ticks => unreachable!("it ticks for ever"),
        }
    }

    pub async fn ask(&self, route: &str) -> Told {
        self.tell(Method::GET, route, "").await
    }

    pub async fn pair(&self, pair: &str) -> PairStatus {
        self.ask(&format!("pairs/{pair}")).await.ok()
    }

    pub async fn plan_page(&self, report: &CycleReport, chunk: u32) -> PlanPage {
        self.ask(&format!("pairs/{}/cycles/{}/plan?chunk={chunk}", report.pair, report.id)).await.ok()
    }

    /// `backup-now`.
    pub async fn start_cycle(&self, pair: &str) -> Told {
        self.tell(Method::POST, &format!("pairs/{pair}/cycles"), "").await
    }

    pub async fn plan_only(&self, pair: &str) -> Told {
        self.tell(Method::POST, &format!("pairs/{pair}/cycles?plan=only"), "").await
    }

    pub async fn decide(&self, pair: &str, decision: &Value) -> Told {
        self.tell(Method::POST, &format!("pairs/{pair}/decisions"), &decision.to_string()).await
    }

    pub async fn approve(&self, pair: &str, digest: &str) -> PairStatus {
        self.decide(pair, &json!({"action": "approve", "digest": digest})).await.ok()
    }

    /// Fires `resume-timer`; the newest cycle of `pair` afterwards.
    pub async fn resume(&self, pair: &str) -> CycleReport {
        assert_eq!(self.fire_timer("resume-timer").await.status, StatusCode::OK);
        self.newest(pair).await
    }
}

/// The cycle waits for a person; why.
#[track_caller]
pub fn assert_waits(report: &CycleReport) -> &Stopped {
    assert_eq!((report.state, report.status), (Phase::AwaitingApproval, None), "{report:#?}");
    report.guard.as_ref().expect("it says why")
}

/// What was asked of either account, since its log was reset, that is no read.
pub fn writes(stage: &Stage) -> Vec<String> {
    let requests = stage.emulator.log().snapshot().recent.into_iter();
    let writes = requests.filter(|request| !["GET", "HEAD"].contains(&request.method.as_str()));
    writes.map(|request| format!("{} {}", request.method, request.path_and_query)).collect()
}
