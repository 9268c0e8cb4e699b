//! A state that refuses: each pair of which something cannot be read stands so, in every heartbeat and at `health`, and no
//! other pair does.

use std::sync::Arc;

use azure_files_backup::cycle::report::Standing;
use azure_files_backup::telemetry::names::{ERROR_CODE, PAIR_STANDING};
use faults::{Fault, Seen};
use ingestion::Envelope;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::*;

/// A handler that tells of itself, with its state behind a proxy.
struct Scene {
    watched: Watched,
    tables: Tables,
    handler: Handler,
}

impl Scene {
    async fn of(stage: Stage) -> Self {
        let (watched, tables) = (Watched::of(stage).await, Tables::new().await);
        let mut variables = watched.variables();
        tables.keep(&mut variables).await;
        let handler = Handler::start(free_port(), &variables).await;
        Self { watched, tables, handler }
    }

    /// The tables refuse such requests, and take all others.
    fn refuse(&self, is_refused: impl Fn(&Seen<'_>) -> bool + Send + Sync + 'static) {
        let plan = move |seen: &Seen<'_>| match is_refused(seen) {
            true => Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None },
            false => Fault::None,
        };
        self.tables.proxy.set_faults(Some(Arc::new(plan)));
    }

    async fn resume(&self) -> Answer {
        self.handler.fire_timer("resume-timer").await
    }

    /// The last heartbeat of a pair.
    fn beat(&self, pair: &str) -> Envelope {
        let mut beats = self.watched.events("pair.heartbeat").into_iter();
        beats.rfind(|beat| beat.property("pair.name") == Some(pair)).expect("one came")
    }

    #[track_caller]
    fn stands(&self, pair: &str, standing: &str, code: Option<&str>) {
        let beat = self.beat(pair);
        let told = (beat.property("pair.standing"), beat.property("error.code"));
        assert_eq!(told, (Some(standing), code), "{beat:?}");
        assert_eq!(beat.property("error.detail").is_some(), code.is_some(), "{beat:?}");
        assert!(beat.property("rpo.seconds").is_some());
    }

    async fn health(&self) -> (u16, Value) {
        let told = self.handler.ask("health").await;
        (told.status, told.body)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_says_that_the_state_cannot_be_read_and_nobody_is_well_meanwhile() {
    let mut stage = Stage::set().await;
    for pair in ["refused-a", "refused-b"] {
        let (source, _) = stage.pair(pair, json!({})).await;
        put(&source, "a", "data").await;
    }
    let scene = Scene::of(stage).await;
    assert_eq!(scene.handler.timer().await, StatusCode::OK);
    scene.stands("refused-a", "Protected", None);

    scene.refuse(|_| true);
    for timer in ["resume-timer", "backup-timer"] {
        let answer = scene.handler.fire_timer(timer).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{timer}");
        for pair in ["refused-a", "refused-b"] {
            scene.stands(pair, "Failing", Some("StateUnavailable"));
        }
    }
    assert_eq!(scene.health().await, (503, json!({"healthy": false, "code": "StateUnavailable"})));
    scene.handler.ask("pairs").await.problem(502, "StateUnavailable");

    scene.refuse(|_| false);
    assert_eq!(scene.resume().await.status, StatusCode::OK);
    scene.stands("refused-a", "Protected", None);
    assert_eq!(scene.health().await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_of_one_pair_is_no_matter_of_the_others() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("refused-one", json!({"guard": {"maxDeletes": 0}})).await;
    let (other, _) = stage.pair("refused-none", json!({})).await;
    for share in [&source, &other] {
        put(share, "a", "data").await;
        put(share, "b", "data").await;
    }
    let scene = Scene::of(stage).await;
    assert_eq!(scene.handler.timer().await, StatusCode::OK);
    remove(&source, "a").await;
    assert_waits(&scene.handler.cycle("refused-one").await);
    scene.stands("refused-one", "Held", None);

    scene.refuse(|seen| seen.path.contains("/backupcycles(") && seen.path.contains("refused-one"));
    assert_eq!(scene.resume().await.status, StatusCode::INTERNAL_SERVER_ERROR);
    scene.stands("refused-one", "Failing", Some("StateUnavailable"));
    assert!(scene.beat("refused-one").property("recovery_point.age_seconds").is_some(), "its row tells");
    scene.stands("refused-none", "Protected", None);
    let named = |name: &str, standing: &str| json!({"name": name, "standing": standing});
    let pairs = [named("refused-one", "Failing"), named("refused-none", "Protected")];
    assert_eq!(scene.health().await, (503, json!({"healthy": false, "pairs": pairs})));

    scene.refuse(|_| false);
    assert_eq!(scene.resume().await.status, StatusCode::OK);
    scene.stands("refused-one", "Held", None);
}

/// No Kusto runs here: these are the conditions that the heartbeats above meet, or must not.
#[test]
fn the_alerts_take_an_unread_state_for_a_failure_and_for_no_news_of_what_stood() {
    let alerts = include_str!("../infra/modules/alerts.bicep");
    let failing = format!("tostring(Properties['{PAIR_STANDING}']) == '{}'", Standing::Failing.as_str());
    assert!(alerts.contains(&failing), "{failing}");
    let is_read = format!(
        "is_read = isnotempty(tostring(Properties['{PAIR_STANDING}'])) and isempty(tostring(Properties['{ERROR_CODE}']))"
    );
    assert!(alerts.contains(&is_read), "{is_read}");
    let of_heartbeats: Vec<_> = alerts.lines().filter(|line| line.contains("${heartbeats}")).collect();
    assert_eq!(of_heartbeats.len(), 3);
    assert!(of_heartbeats.iter().all(|line| line.ends_with("or is_unknown'")), "{of_heartbeats:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_whose_row_cannot_be_made_is_failing_though_no_cycle_of_it_ever_began() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("refused-row", json!({})).await;
    put(&source, "a", "data").await;
    let scene = Scene::of(stage).await;
    scene.refuse(|seen| seen.method != "GET");
    for timer in ["resume-timer", "backup-timer"] {
        let answer = scene.handler.fire_timer(timer).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{timer}");
        let detail = answer.body["detail"].as_str().expect("a sentence");
        assert!(detail.starts_with("Pair refused-row: StateUnavailable"), "{timer}: {detail}");
        scene.stands("refused-row", "Failing", Some("StateUnavailable"));
    }
    assert_eq!(scene.health().await.0, 503);
    let told = scene.handler.pair("refused-row").await;
    assert_eq!(told.judgement.standing, Standing::Failing);
    assert_eq!(told.error.map(|error| error.code).as_deref(), Some("StateUnavailable"));

    scene.refuse(|_| false);
    assert_eq!(scene.resume().await.status, StatusCode::OK);
    scene.stands("refused-row", "New", None);
    assert_eq!(scene.health().await.0, 200);
    assert_succeeded(&scene.handler.cycle("refused-row").await);
}
