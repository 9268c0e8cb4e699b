//! What a failover says.

use azure_files_backup::cycle::failover::Failover;
use azure_files_backup::cycle::report::{CycleReport, PairStatus, Standing};
use faults::{Fault, Seen};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_lost_is_counted_where_the_source_answers() {
    let (stage, source, target, handler) = backed_up().await;
    let point = handler.recovery_points("files").await.remove(0);
    put(&source, "new", "lost").await;
    stage.emulator.log().reset();
    let told = handler.fail_over().await;
    // the share snapshot that keeps cycles from the target
    let written = writes(&stage);
    assert!(written.len() == 1 && written[0].contains("comp=snapshot"), "{written:?}");
    assert_eq!((&told.recovery_point.cycle, &told.recovery_point.target), (&point.cycle, &point.target));
    assert!(told.lost.source_answers && told.recovery_point_age_seconds < 600);
    let plan = told.lost.plan.clone().expect("it answers");
    assert!(plan.complete);
    assert!(plan.planned.copied.files == 1 && plan.items.iter().any(|item| item.path == "new"));
    assert_eq!(told.between, None);
    assert!(told.next.iter().any(|step| step.contains("may now be written to")), "{:?}", told.next);
    // twice is as good as once
    let again = handler.fail_over().await;
    assert_eq!((again.since, again.recovery_point), (told.since.clone(), told.recovery_point));
    assert_eq!(roles(&target).await, ["failover", "target"]);
    let status = handler.pair("files").await;
    assert_eq!(status.judgement.standing, Standing::FailedOver);
    assert_eq!(status.failed_over.expect("it is").since, told.since);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_does_not_answer_says_that_everything_since_is_lost() {
    let (stage, _, _, handler) = backed_up().await;
    stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        if seen.account == SOURCE { Fault::DropBefore } else { Fault::None }
    })));
    let told = handler.fail_over().await;
    assert!(!told.lost.source_answers);
    assert_eq!(told.lost.plan, None);
    assert!(told.lost.detail.contains(&told.recovery_point.data_from), "{}", told.lost.detail);
    // nothing comes back to a source that is not there
    let refused = handler.ask_to_fail_back("?plan=only").await;
    assert_eq!(refused.status, 502, "{:#}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pair_is_released_only_when_what_was_written_is_given_up() {
    let (_stage, source, target, handler) = backed_up().await;
    handler.ask_to_fail_back("").await.problem(409, "PairNotFailedOver");
    handler.ask("pairs/files/failback").await.problem(404, "FailbackNotFound");
    handler.fail_over().await;
    handler.release().await.problem(409, "PairFailedOver");
    handler.start_cycle("files").await.problem(409, "PairHeld");
    put(&target, "there", "given up").await;
    handler.ask_to_fail_over(r#"{"action": "release"}"#).await.problem(400, "RequestMistaken");
    let undone: PairStatus = handler.ask_to_fail_over(r#"{"action": "undo"}"#).await.ok();
    assert!(undone.failed_over.is_none() && undone.held.is_some());
    assert_eq!(roles(&target).await, ["target"]);
    handler.ask_to_fail_over(r#"{"action": "undo"}"#).await.ok::<PairStatus>();
    handler.release().await.ok::<Value>();
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(names(&target, "").await, names(&source, "").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_without_a_recovery_point_is_not_failed_over() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({})).await;
    let handler = stage.handler().await;
    handler.ask_to_fail_over("").await.problem(404, "RecoveryPointNotFound");
    assert_eq!(handler.pair("files").await.held, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_and_a_failback_do_not_write_to_one_share() {
    let (_stage, source, target, handler) = backed_up().await;
    put(&source, "a", "spoilt").await;
    let asked = json!({"conflict": "overwrite", "approve": false});
    let restore: CycleReport = handler.restore(asked.clone()).await.ok();
    handler.ask_to_fail_over("").await.problem(409, "RestoreInProgress");
    let cancel = json!({"action": "cancel"}).to_string();
    let route = format!("pairs/files/restores/{}/decisions", restore.id);
    handler.tell(reqwest::Method::POST, &route, &cancel).await.ok::<CycleReport>();
    handler.fail_over().await;
    let restore: CycleReport = handler.restore(asked.clone()).await.ok();
    handler.ask_to_fail_back("").await.problem(409, "RestoreInProgress");
    let route = format!("pairs/files/restores/{}/decisions", restore.id);
    handler.tell(reqwest::Method::POST, &route, &cancel).await.ok::<CycleReport>();
    put(&target, "b", "new").await;
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    handler.restore(asked).await.problem(409, "FailbackInProgress");
    handler.ask_to_fail_back("").await.problem(409, "FailbackInProgress");
    handler.ask_to_fail_over(r#"{"action": "undo"}"#).await.problem(409, "FailbackInProgress");
    assert_waits(&waiting);
    let rejected: CycleReport = handler.decide_failback(json!({"action": "reject"})).await.ok();
    assert_eq!(rejected.id, waiting.id);
    assert_eq!(names(&source, "").await, ["a"]);
    assert_eq!(roles(&target).await, ["failover", "target"]);
    assert!(handler.pair("files").await.failed_over.is_some());
}

/// A cycle is cut off in the middle of its writes, then the pair fails over.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_a_cycle_was_writing_to_is_said_to_lie_between_two_recovery_points() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("failover-between", json!({})).await;
    put(&source, "a", "data").await;
    let tables = Tables::new().await;
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("failover-between").await);
    put(&source, "a", "other").await;
    put_many(&source, 20).await;
    let refuse = |seen: &Seen<'_>| {
        let is_file = seen.account == TARGET && seen.operation == "Create File";
        if is_file && !seen.path.ends_with("0003") { Fault::DropBefore } else { Fault::None }
    };
    stage.emulator.set_faults(Some(Arc::new(refuse)));
    let working = handler.send("backup-timer");
    let kill = async {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            if names(&target, "").await.iter().any(|name| name == "0003") {
                break;
            }
        }
        kill(&handler);
    };
    tokio::join!(working, kill);
    handler.dead().await;
    stage.emulator.set_faults(None);
    let handler = Handler::start(free_port(), &variables).await;
    let told: Failover =
        handler.tell(reqwest::Method::POST, "pairs/failover-between/failover", "").await.ok();
    let between = told.between.expect("it lies between two");
    assert!(told.next[0].contains("/restores"), "{:?}", told.next);
    let newest = handler.newest("failover-between").await;
    assert_eq!(
        (newest.id.as_str(), newest.status.map(|s| format!("{s:?}"))),
        (between.cycle.as_str(), Some("Cancelled".to_owned()))
    );
    let asked = json!({"recoveryPoint": told.recovery_point.cycle, "destination": {"at": "target"}, "conflict": "overwrite", "deleteExtra": true, "approve": true});
    let restored: CycleReport =
        handler.tell(reqwest::Method::POST, "pairs/failover-between/restores", &asked.to_string()).await.ok();
    assert_succeeded(&restored);
    assert_eq!((names(&target, "").await, read(&target, "a").await.as_str()), (vec!["a".to_owned()], "data"));
    let told: Failover =
        handler.tell(reqwest::Method::POST, "pairs/failover-between/failover", "").await.ok();
    assert_eq!(told.between, None);
}

fn kill(handler: &Handler) {
    let killed = std::process::Command::new("kill").args(["-9", &handler.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
}
