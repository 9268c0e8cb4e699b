//! What people decide besides approving a plan: cancel, hold, release, acknowledge; and what they cannot.

use std::sync::Arc;

use azure_files_backup::cycle::report::{CycleReport, PairStatus, Phase, Status};
use azure_storage_file_share::{LeaseDuration, LeaseId, RenameOptions, ShareClient};
use faults::{Fault, Script};
use serde_json::{Value, json};

use crate::support::*;

const RESERVED: &str = ".backup-scratch-of-somebody";

fn refuse() -> Fault {
    Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None }
}

async fn one_file(stage: &mut Stage) -> (ShareClient, ShareClient) {
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    (source, target)
}

#[tokio::test]
async fn accept_cannot_be_broken_7_bad_decisions_get_one_clear_error_each() {
    let mut stage = Stage::set().await;
    one_file(&mut stage).await;
    let handler = stage.handler().await;
    let cases = [
        ("", "no body"),
        ("approve", "not a decision"),
        ("[]", "not a decision"),
        ("{}", "missing field `action`"),
        (r#"{"action":"delete"}"#, "unknown variant `delete`"),
        (r#"{"action":"Approve"}"#, "unknown variant `Approve`"),
        (r#"{"action":"cancel","force":true}"#, "unknown field `force`"),
        (r#"{"action":"cancel","action":"hold"}"#, "duplicate field `action`"),
        (r#"{"action":"approve"}"#, "names the digest"),
        (r#"{"action":"approve","digest":7}"#, "expected a string"),
        (r#"{"action":"reject","digest":"x"}"#, "\"digest\" means nothing"),
        (r#"{"action":"cancel","entries":["a"]}"#, "\"entries\" means nothing"),
        (r#"{"action":"acknowledge"}"#, "in entries"),
        (r#"{"action":"acknowledge","entries":[]}"#, "in entries"),
        (r#"{"action":"acknowledge","entries":"a"}"#, "expected a sequence"),
        (r#"{"action":"hold"} more"#, "trailing"),
        ("\u{fffd}", "not a decision"),
    ];
    for (body, said) in cases {
        let told = handler.tell(reqwest::Method::POST, "pairs/files/decisions", body).await;
        let detail = told.problem(400, "DecisionMistaken");
        assert!(detail.contains(said), "{body}: {detail}");
    }
    for (decision, code) in [
        (json!({"action": "approve", "digest": "x"}), "NothingToDecide"),
        (json!({"action": "reject"}), "NothingToDecide"),
        (json!({"action": "cancel"}), "NothingToDecide"),
        (json!({"action": "acknowledge", "entries": ["a"]}), "NothingToDecide"),
    ] {
        handler.decide("files", &decision).await.problem(409, code);
        handler.decide("other", &decision).await.problem(404, "PairNotFound");
    }
    assert_eq!(handler.pair("files").await.cycle, None, "nothing of all that was a decision");
    assert_succeeded(&handler.cycle("files").await);
    let unknown = json!({"action": "hold", "cycle": "none"});
    handler.decide("files", &unknown).await.problem(404, "RecoveryPointNotFound");
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_held_pair_rests_and_a_released_one_goes_on() {
    let mut stage = Stage::set().await;
    let (source, _) = one_file(&mut stage).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "b", "data").await;
    let hold = json!({"action": "hold"});
    let since = handler.decide("files", &hold).await.ok::<PairStatus>().held.expect("it is held");
    let again: PairStatus = handler.decide("files", &hold).await.ok();
    assert_eq!(again.held, Some(since));
    stage.emulator.log().reset();
    let answer = handler.fire().await;
    assert_eq!(answer.status, 200, "what a person wants is no failure");
    assert!(answer.body["Logs"].to_string().contains("held"), "{}", answer.body);
    handler.start_cycle("files").await.problem(409, "PairHeld");
    assert_eq!(stage.emulator.log().total(SOURCE) + stage.emulator.log().total(TARGET), 0);
    let status: PairStatus = handler.decide("files", &json!({"action": "release"})).await.ok();
    assert_eq!(status.held, None);
    let report: CycleReport = handler.start_cycle("files").await.ok();
    assert_succeeded(&report);
    assert_eq!(report.done.copied.files, 1);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_held_recovery_point_outlives_every_rule_until_it_is_released() {
    let retention = json!({"limit": 5, "headroomSource": 1, "headroomTarget": 1});
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"retention": retention})).await;
    put(&source, "a", "data").await;
    let handler = stage.handler().await;
    let kept = handler.cycle("files").await.id;
    let hold = json!({"action": "hold", "cycle": kept});
    for _ in 0..2 {
        handler.decide("files", &hold).await.ok::<PairStatus>();
    }
    let holds = async || {
        let points = handler.recovery_points("files").await;
        points.iter().any(|point| point.cycle == kept && point.source.is_some())
    };
    for _ in 0..8 {
        assert_succeeded(&handler.cycle("files").await);
    }
    assert!(holds().await, "{:#?}", handler.recovery_points("files").await);
    // whoever remembers nothing lets it go all the same, and what was never held, too
    let handler = stage.handler().await;
    let release = json!({"action": "release", "cycle": kept});
    for _ in 0..2 {
        handler.decide("files", &release).await.ok::<PairStatus>();
    }
    for _ in 0..8 {
        assert_succeeded(&handler.cycle("files").await);
    }
    let points = handler.recovery_points("files").await;
    assert!(points.iter().all(|point| point.cycle != kept), "{points:#?}");
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_recovery_point_that_somebody_else_leases_is_not_held_by_us() {
    let mut stage = Stage::set().await;
    let (_, target) = one_file(&mut stage).await;
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    let snapshot = target.with_snapshot(&report.target_snapshot.expect("it succeeded"));
    let theirs = LeaseId::from("7a3f1c2e-0000-4000-8000-000000000001".to_owned());
    snapshot.acquire_lease(&theirs, LeaseDuration::Infinite).await.expect("it is free");
    let hold = json!({"action": "hold", "cycle": report.id});
    handler.decide("files", &hold).await.problem(409, "RecoveryPointLeased");
    handler.decide("files", &json!({"action": "release", "cycle": report.id})).await.ok::<PairStatus>();
    snapshot.release_lease(&theirs).await.expect("it was theirs all the time");
}

#[tokio::test]
async fn accept_cannot_be_broken_7_past_the_point_of_no_return_a_cycle_cannot_be_cancelled() {
    let mut stage = Stage::set().await;
    one_file(&mut stage).await;
    let handler = stage.handler().await;
    let script = Script::new().on("Snapshot Share", TARGET, u64::MAX, refuse);
    stage.emulator.set_faults(Some(Arc::new(script)));
    assert_eq!(handler.timer().await, 500);
    let report = handler.newest("files").await;
    assert_eq!((report.state, report.status), (Phase::TargetSnapshot, None));
    assert_eq!(report.error.expect("why it stopped").code, "AuthorizationFailure");
    for cycle in [Value::Null, json!(report.id)] {
        let told = handler.decide("files", &json!({"action": "cancel", "cycle": cycle})).await;
        assert!(told.problem(409, "NothingToDecide").contains(&report.id));
    }
    stage.emulator.set_faults(None);
    let done = handler.resume("files").await;
    assert_succeeded(&done);
    assert_eq!(done.id, report.id);
    assert_eq!(handler.recovery_points("files").await.len(), 1);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_paused_cycle_is_cancelled_at_once() {
    let mut stage = Stage::set().await;
    let (_, target) = one_file(&mut stage).await;
    let handler = stage.handler().await;
    let script = Script::new().on("Get Share Stats", TARGET, u64::MAX, refuse);
    stage.emulator.set_faults(Some(Arc::new(script)));
    assert_eq!(handler.timer().await, 500);
    let report = handler.newest("files").await;
    assert_eq!((report.state, report.status), (Phase::Guarding, None));
    let other = json!({"action": "cancel", "cycle": "other"});
    handler.decide("files", &other).await.problem(404, "CycleNotFound");
    let status: PairStatus =
        handler.decide("files", &json!({"action": "cancel", "cycle": report.id})).await.ok();
    assert_eq!(status.cycle.expect("it ended").status, Some(Status::Cancelled));
    stage.emulator.set_faults(None);
    assert_eq!(names(&target, "").await, [""; 0]);
    assert_eq!(handler.resume("files").await.id, report.id, "nothing is left to resume");
    // the wish ends with its cycle
    let next = handler.cycle("files").await;
    assert_succeeded(&next);
    assert_ne!(next.id, report.id);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_an_acknowledged_failure_stands_in_report_and_recovery_point_until_it_is_gone()
 {
    let mut stage = Stage::set().await;
    let (source, target) = one_file(&mut stage).await;
    put(&source, RESERVED, "data").await;
    put_directory(&source, "d").await;
    put(&source, &format!("d/{RESERVED}"), "data").await;
    let in_d = format!("d/{RESERVED}");
    let handler = stage.handler().await;
    handler.timer().await;
    let report = handler.newest("files").await;
    assert_eq!(
        (report.status, report.failed, report.acknowledged),
        (Some(Status::CompletedWithErrors), 2, 0)
    );

    let unknown = json!({"action": "acknowledge", "entries": [RESERVED, "a", "nowhere"]});
    let detail = handler.decide("files", &unknown).await.problem(400, "DecisionMistaken");
    assert!(detail.contains("a, nowhere") && !detail.contains(RESERVED), "{detail}");
    assert_eq!(handler.pair("files").await.acknowledged, [], "all or nothing");

    let one = json!({"action": "acknowledge", "entries": [RESERVED]});
    let status: PairStatus = handler.decide("files", &one).await.ok();
    assert_eq!(status.acknowledged.iter().map(|known| known.path.as_str()).collect::<Vec<_>>(), [RESERVED]);
    assert_eq!(status.acknowledged[0].reason, "ReservedName");
    handler.timer().await;
    let report = handler.newest("files").await;
    assert_eq!(
        (report.status, report.failed, report.acknowledged),
        (Some(Status::CompletedWithErrors), 2, 1)
    );
    assert_eq!(handler.recovery_points("files").await, []);

    let other = json!({"action": "acknowledge", "cycle": report.id, "entries": [in_d]});
    handler.decide("files", &other).await.ok::<PairStatus>();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!((report.failed, report.acknowledged), (2, 2));
    assert!(report.failures.iter().all(|failure| failure.acknowledged));
    let points = handler.recovery_points("files").await;
    assert_eq!((points.len(), points[0].acknowledged), (1, 2));
    let snapshot = report.target_snapshot.expect("it succeeded");
    let metadata = target.with_snapshot(&snapshot).get_properties().await.expect("there").metadata;
    assert_eq!(metadata["backup_acknowledged"], "2");
    assert_eq!(handler.pair("files").await.acknowledged.len(), 2, "they fail still");

    // backed up again under a name that may be
    source.file_client(&in_d).rename("d/b", &RenameOptions::default()).await.expect("renamed");
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!((report.failed, report.acknowledged), (1, 1));
    let known = handler.pair("files").await.acknowledged;
    assert_eq!(known.iter().map(|known| known.path.as_str()).collect::<Vec<_>>(), [RESERVED]);
    remove(&source, RESERVED).await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(
        (report.failed, report.acknowledged, handler.pair("files").await.acknowledged),
        (0, 0, vec![])
    );
    let newest = handler.recovery_points("files").await.remove(0);
    assert_eq!(newest.acknowledged, 0);
    let metadata = target.with_snapshot(&newest.target).get_properties().await.expect("there").metadata;
    assert!(!metadata.contains_key("backup_acknowledged"));
    // and when it fails again, nobody has accepted that
    put(&source, RESERVED, "data").await;
    handler.timer().await;
    assert_eq!(handler.newest("files").await.status, Some(Status::CompletedWithErrors));
}

#[tokio::test]
async fn accept_cannot_be_broken_7_what_was_acknowledged_and_then_mended_is_acknowledged_no_more() {
    let mut stage = Stage::set().await;
    let (source, target) = one_file(&mut stage).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "a", "more data").await;
    let script = Script::new().on("Create File", &format!("{TARGET}/files/a"), u64::MAX, refuse);
    let script = script.on("", &format!("{TARGET}/files/a"), u64::MAX, refuse);
    stage.emulator.set_faults(Some(Arc::new(script)));
    handler.timer().await;
    let report = handler.newest("files").await;
    assert_eq!(reasons(&report.failures), [("a", "AuthorizationFailure")]);
    handler.decide("files", &json!({"action": "acknowledge", "entries": ["a"]})).await.ok::<PairStatus>();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!((report.failed, report.acknowledged), (1, 1));
    stage.emulator.set_faults(None);
    assert_eq!(read(&target, "a").await, "data");
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!((report.failed, handler.pair("files").await.acknowledged), (0, vec![]));
    assert_eq!(read(&target, "a").await, "more data");
}
