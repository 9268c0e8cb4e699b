//! A restore under way whose share the settings do not allow any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_storage_file_share::ShareClient;
use azurite::shared;
use faults::{Fault, Seen};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::large::put_large;
use crate::support::*;

/// A pair of which a restore waits for approval; its state outlives the handler.
struct CutOff {
    stage: Stage,
    pair: &'static str,
    source: ShareClient,
    target: ShareClient,
    restore: CycleReport,
    handler: Handler,
}

impl CutOff {
    async fn with(pair: &'static str, destination: Value) -> Self {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair(pair, json!({})).await;
        put(&source, "a", "data").await;
        let handler = Handler::start(free_port(), &over(shared().await, stage.variables())).await;
        assert_succeeded(&handler.start_cycle(pair).await.report());
        remove(&source, "a").await;
        let told = restore(&handler, pair, destination).await;
        let report: CycleReport = told.ok();
        assert_waits(&report);
        Self { stage, pair, source, target, restore: report, handler }
    }

    /// A restore of a large file to a share, which became a target while data was on its way.
    async fn midway(pair: &'static str, rescue: &str) -> Self {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair(pair, json!({})).await;
        put_large(&source, "large").await;
        let handler = Handler::start(free_port(), &over(shared().await, stage.variables())).await;
        assert_succeeded(&handler.start_cycle(pair).await.report());
        let stalled = stage.stall(TARGET, false);
        let asked = json!({"recoveryPoint": "latest", "approve": true,
            "destination": {"at": "share", "share": rescue, "create": true}})
        .to_string();
        let route = format!("pairs/{pair}/restores");
        tokio::select! {
            told = handler.tell(Method::POST, &route, &asked) => panic!("{told:?}"),
            () = stalled.notified() => {}
        }
        let restores: Vec<CycleReport> = handler.get(&route).await;
        _ = handler.end_with("KILL").await;
        stage.emulator.set_faults(None);
        stage.pair(rescue, json!({})).await;
        let handler = Handler::start(free_port(), &over(shared().await, stage.variables())).await;
        let restore = restores.into_iter().next().expect("it was begun");
        Self { stage, pair, source, target, restore, handler }
    }

    /// The app starts anew, with the settings as they are by now.
    async fn restart(&mut self) {
        self.handler = Handler::start(free_port(), &over(shared().await, self.stage.variables())).await;
    }

    fn route(&self) -> String {
        format!("pairs/{}/restores/{}", self.pair, self.restore.id)
    }

    async fn decide(&self, decision: Value) -> Told {
        let route = format!("{}/decisions", self.route());
        self.handler.tell(Method::POST, &route, &decision.to_string()).await
    }

    /// It says why it cannot go on and what to do, goes on by no timer, and ends when it is cancelled.
    async fn assert_told_and_cancelled(&self, why: &str) {
        let told: CycleReport = self.handler.get(&self.route()).await;
        let error = told.error.expect("why it cannot go on");
        assert_eq!(error.code, "RestoreNotPossible");
        assert!(error.detail.contains(why) && error.detail.contains("cancel"), "{error}");
        let all: Vec<CycleReport> = self.handler.get(&format!("pairs/{}/restores", self.pair)).await;
        assert_eq!(all[0].error.as_ref().expect("here too").code, "RestoreNotPossible");
        let with_its_pair = self.handler.pair(self.pair).await.beside.remove(0);
        assert_eq!(with_its_pair.error.expect("and here").code, "RestoreNotPossible");
        assert!(with_its_pair.remedy.is_some_and(|remedy| remedy.contains("cancel")));
        let digest = self.restore.guard.as_ref().expect("it waits").digest.clone();
        let approve = json!({"action": "approve", "digest": digest});
        let detail = self.decide(approve).await.problem(409, "RestoreNotPossible");
        assert!(detail.contains(why), "{detail}");
        assert_eq!(self.handler.fire_timer("resume-timer").await.status, 500);
        let ended: CycleReport = self.decide(json!({"action": "cancel"})).await.ok();
        assert_eq!(ended.status, Some(Status::Cancelled), "{ended:#?}");
        assert_eq!(leased(&self.target).await, 0);
        assert_eq!(self.handler.fire_timer("resume-timer").await.status, 200);
    }
}

async fn restore(handler: &Handler, pair: &str, destination: Value) -> Told {
    let asked = json!({"recoveryPoint": "latest", "destination": destination});
    handler.tell(Method::POST, &format!("pairs/{pair}/restores"), &asked.to_string()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_to_a_share_that_became_a_target_says_so_and_can_be_cancelled() {
    let there = json!({"at": "share", "share": "cut-off-rescue", "create": true});
    let mut scene = CutOff::with("cut-off", there).await;
    scene.stage.pair("cut-off-rescue", json!({})).await;
    scene.restart().await;
    restore(&scene.handler, scene.pair, json!({"at": "source"})).await.problem(409, "RestoreInProgress");
    scene.assert_told_and_cancelled("cut-off-rescue").await;
    let again = restore(&scene.handler, scene.pair, json!({"at": "source"})).await;
    assert_waits(&again.ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_to_the_source_goes_on_into_no_other_source() {
    let mut scene = CutOff::with("moved-source", json!({"at": "source"})).await;
    let other = scene.stage.share(SOURCE, "moved-elsewhere");
    other.create(&Default::default()).await.expect("made");
    let endpoint = scene.stage.emulator.account(SOURCE).endpoint.as_str().to_owned();
    let elsewhere = json!({"account": SOURCE, "share": "moved-elsewhere", "endpoint": endpoint});
    scene.stage.change(scene.pair, json!({"source": elsewhere}));
    scene.restart().await;
    scene.assert_told_and_cancelled("moved-elsewhere").await;
    for share in [&other, &scene.source] {
        assert_eq!(names(share, "").await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_writing_is_ended_by_the_timer_where_its_owner_was_killed_and_says_what_it_left() {
    let scene = CutOff::midway("cut-off-midway", "cut-off-midway-rescue").await;
    // the dead owner's lease has not run out
    scene.decide(json!({"action": "cancel"})).await.ok::<CycleReport>();
    let ended = scene.handler.ended(&scene.restore).await;
    assert_eq!(ended.status, Some(Status::Cancelled));
    let [alert] = &ended.alerts[..] else { panic!("{:?}", ended.alerts) };
    assert_eq!(alert.code, "RestoreNotCleared");
    let name = format!(".backup-scratch-{}", scene.restore.id);
    assert!(alert.detail.contains("cut-off-midway-rescue") && alert.detail.contains(&name), "{alert:?}");
    let left = names(&scene.stage.share(TARGET, "cut-off-midway-rescue"), "").await;
    assert!(left.len() == 1 && left[0].starts_with(&name), "{left:?}");
    assert_eq!(leased(&scene.target).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_whose_cancellation_could_not_be_stored_is_ended_by_the_timer() {
    let there = json!({"at": "share", "share": "cut-off-refused-rescue", "create": true});
    let mut scene = CutOff::with("cut-off-refused", there).await;
    scene.stage.pair("cut-off-refused-rescue", json!({})).await;
    let (tables, mut variables) = (Tables::new().await, scene.stage.variables());
    tables.keep(&mut variables).await;
    scene.handler = Handler::start(free_port(), &variables).await;
    tables.proxy.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        let is_commit = seen.method != "GET" && !seen.path.contains("backuppairs");
        let refusal = Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None };
        if is_commit { refusal } else { Fault::None }
    })));
    let told = scene.decide(json!({"action": "cancel"})).await;
    assert!(told.status >= 400, "{told:?}");
    tables.proxy.set_faults(None);
    assert_eq!(scene.handler.fire_timer("resume-timer").await.status, 200);
    let ended: CycleReport = scene.handler.get(&scene.route()).await;
    assert_eq!(ended.status, Some(Status::Cancelled), "{ended:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_had_come_to_its_end_is_filed_whatever_the_settings_allow_by_now() {
    let pair = "cut-off-ended";
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair(pair, json!({})).await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &over(shared().await, stage.variables())).await;
    assert_succeeded(&handler.start_cycle(pair).await.report());
    let ending = Arc::new(Notify::new());
    let (told, count) = (ending.clone(), AtomicUsize::new(0));
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        // the first one pins the recovery point
        let is_meant = seen.operation == "Lease Share" && count.fetch_add(1, Ordering::SeqCst) == 1;
        if !is_meant {
            return Fault::None;
        }
        told.notify_one();
        Fault::Delay { by: std::time::Duration::from_secs(60) }
    })));
    let asked = json!({"recoveryPoint": "latest", "approve": true,
        "destination": {"at": "share", "share": "cut-off-ended-rescue", "create": true}})
    .to_string();
    let route = format!("pairs/{pair}/restores");
    tokio::select! {
        told = handler.tell(Method::POST, &route, &asked) => panic!("{told:?}"),
        () = ending.notified() => {}
    }
    _ = handler.end_with("KILL").await;
    stage.leave();
    stage.pair("cut-off-ended-rescue", json!({})).await;
    let handler = Handler::start(free_port(), &over(shared().await, stage.variables())).await;
    let mut answer = handler.fire_timer("resume-timer").await;
    // the dead owner's lease has to run out
    for _ in 0..100 {
        if answer.status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        answer = handler.fire_timer("resume-timer").await;
    }
    assert_eq!(answer.status, 200, "{answer:?}");
    let [ended] = &handler.get::<Vec<CycleReport>>(&route).await[..] else { panic!("there is one") };
    assert_succeeded(ended);
    assert_eq!(leased(&target).await, 0);
    handler
        .tell(Method::POST, &format!("{route}/{}/decisions", ended.id), r#"{"action":"cancel"}"#)
        .await
        .problem(409, "NothingToDecide");
}
