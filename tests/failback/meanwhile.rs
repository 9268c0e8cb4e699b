//! What goes on beside a pair that fails over, and of one that is failed over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_files_backup::cycle::failover::Failover;
use azure_files_backup::cycle::report::{Standing, Status};
use azurite::Azurite;
use faults::{Fault, Seen};
use reqwest::Method;
use serde_json::{Value, json};

use super::assert_goes_on;
use crate::support::*;

/// Paths of the target that were written to since the log was reset.
fn written_there(stage: &Stage) -> Vec<String> {
    let written = writes(stage).into_iter();
    written.filter(|write| write.contains("/targetaccount/") && !write.contains("comp=snapshot")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_that_runs_writes_nothing_any_more_when_people_may() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let mut variables = stage.variables();
    // it hears of it with the next renewal
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "2".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle("files").await);
    put_many(&source, 100).await;
    let has_begun = Arc::new(AtomicBool::new(false));
    let begun = has_begun.clone();
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let is_file = seen.account == TARGET && seen.operation == "Create File";
        begun.fetch_or(is_file, Ordering::SeqCst);
        if is_file { Fault::Delay { by: Duration::from_millis(200) } } else { Fault::None }
    })));
    let fail_over = async {
        while !has_begun.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let told = handler.fail_over().await;
        stage.emulator.log().reset();
        told
    };
    let (_, told) = tokio::join!(handler.send("backup-timer"), fail_over);
    stage.emulator.set_faults(None);
    // on a busy machine it may have come to its end before it heard of it
    let cycle = handler.newest("files").await;
    let is_point = cycle.status == Some(Status::Succeeded);
    assert_eq!(
        (told.between.is_none(), told.recovery_point.cycle == cycle.id),
        (is_point, is_point),
        "{told:#?}"
    );
    put(&target, "a", "since").await;
    for timer in ["backup-timer", "resume-timer"] {
        handler.fire_timer(timer).await;
    }
    assert_eq!(written_there(&stage).len(), 1, "{:?}", written_there(&stage));
    assert_eq!(read(&target, "a").await, "since");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_asked_for_the_target_of_a_pair_that_is_failed_over_stays_as_it_is() {
    let (stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    put(&target, "a", "since").await;
    remove(&source, "a").await;
    put(&source, "b", "straggler").await;
    let before = (shown(&target).await, roles(&target).await);
    for timer in ["backup-timer", "resume-timer", "drill-timer"] {
        handler.send(timer).await;
    }
    for route in [
        "pairs/files/cycles",
        "pairs/files/cycles?plan=only",
        "pairs/files/drills",
        "doctor",
        "pairs/files/failover",
    ] {
        handler.tell(Method::POST, route, "").await;
    }
    for action in ["release", "hold", "cancel", "startOver"] {
        handler.decide("files", &json!({"action": action})).await;
    }
    for timer in ["backup-timer", "resume-timer"] {
        handler.send(timer).await;
    }
    assert_eq!((shown(&target).await, roles(&target).await), before);
    assert_eq!(names(&source, "").await, ["b"]);
    assert_eq!(handler.pair("files").await.judgement.standing, Standing::FailedOver);
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(read(&source, "a").await, "since");
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_is_named_anew_does_not_take_the_target_from_those_who_work_with_it() {
    let (mut stage, _, target, handler) = backed_up().await;
    handler.fail_over().await;
    put(&target, "b", "new").await;
    drop(handler);
    stage.change("files", json!({"name": "renamed", "adoptTarget": true}));
    let handler = stage.handler().await;
    let refused = handler.cycle("renamed").await;
    assert_failed(&refused, "TargetInUse");
    assert!(refused.error.expect("it says why").detail.contains("pair \"files\""));
    assert_eq!(names(&target, "").await, ["a", "b"]);
    drop(handler);
    stage.change("renamed", json!({"name": "files", "adoptTarget": false}));
    let handler = stage.handler().await;
    assert_succeeded(&handler.fail_back().await);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_tables_do_not_remember_of_a_cycle_is_not_taken_for_nothing() {
    for (answers, is_followed) in [(true, false), (false, false), (true, true), (false, true)] {
        let azurite = Azurite::start().await.expect("Azurite");
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", json!({})).await;
        put(&source, "a", "data").await;
        let mut variables = over(&azurite, stage.variables());
        variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "1".to_owned());
        let handler = Handler::start(free_port(), &variables).await;
        assert_succeeded(&handler.cycle("files").await);
        put(&source, "a", "changed").await;
        put(&source, "b", "locked").await;
        // it writes, and fails
        stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
            let is_meant =
                seen.account == TARGET && seen.operation == "Create File" && seen.path.ends_with("/b");
            if is_meant {
                Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None }
            } else {
                Fault::None
            }
        })));
        handler.cycle("files").await;
        assert_eq!(read(&target, "a").await, "changed");
        drop_tables(&azurite.table_endpoint(), &TABLES).await;
        if is_followed {
            // by a cycle that is remembered, and writes nothing
            stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
                if seen.account == SOURCE && seen.operation == "Snapshot Share" {
                    Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None }
                } else {
                    Fault::None
                }
            })));
            handler.cycle("files").await;
            handler.decide("files", &json!({"action": "cancel"})).await.ok::<Value>();
            assert_eq!(handler.newest("files").await.status, Some(Status::Cancelled));
        }
        stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
            if seen.account == SOURCE && !answers {
                Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None }
            } else {
                Fault::None
            }
        })));
        let told: Failover = handler.fail_over().await;
        let between = told.between.expect("it cannot be ruled out");
        assert_eq!(between.cycle == told.recovery_point.cycle, !answers, "{between:?}");
        assert!(told.next[0].contains("/restores"), "{:?}", told.next);
        let taken = told.recovery_point.target.as_str();
        let from = told.recovery_point.data_from.trim_end_matches('Z');
        assert!(from <= &taken[..from.len()], "{from} {taken}");
        drop_tables(&azurite.table_endpoint(), &TABLES[..1]).await;
        let status = handler.pair("files").await;
        assert_eq!(status.judgement.standing, Standing::FailedOver);
        let again: Value = serde_json::to_value(status.failed_over).expect("JSON");
        assert_eq!(again["between"], between.cycle.as_str());
    }
}

/// The rows of cycles are lost, and that of the pair is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_that_is_lost_is_told_and_nobody_goes_on_with_it() {
    let azurite = Azurite::start().await.expect("Azurite");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"guard": {"maxOverwritePercent": 0}})).await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "a", "changed").await;
    let waiting = handler.cycle("files").await;
    assert_waits(&waiting);
    drop_tables(&azurite.table_endpoint(), &TABLES[1..2]).await;
    let told = handler.fail_over().await;
    assert_eq!(told.between.expect("nobody knows").cycle, waiting.id);
    put(&target, "b", "new").await;
    assert_succeeded(&handler.fail_back().await);
    let next = handler.cycle("files").await;
    assert_succeeded(&next);
    assert_ne!(next.id, waiting.id);
}
