//! A preflight beside a cycle: it takes no place, no recovery point and no trust from it.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::doctor::Examination;
use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::ShareClient;
use faults::{Fault as Reply, Seen};
use reqwest::Method;
use serde_json::{Value, json};

use super::scratch_shares;
use crate::support::*;

/// A cycle that begins while a preflight is in the middle of what it makes.
async fn beside(stage: &Stage, handler: &Handler) -> (Examination, CycleReport) {
    let slow = |seen: &Seen<'_>| match (seen.operation, seen.path.contains("backup-doctor-")) {
        ("Create Permission", true) => Reply::Delay { by: Duration::from_secs(6) },
        _ => Reply::None,
    };
    stage.emulator.set_faults(Some(Arc::new(slow)));
    let cycle = async {
        while stage.emulator.log().count(TARGET, "Create Share") == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        handler.cycle("files").await
    };
    stage.emulator.log().reset();
    let (told, report) = tokio::join!(handler.tell(Method::POST, "doctor", ""), cycle);
    (serde_json::from_value(told.body).expect("an examination"), report)
}

async fn with_others(others: usize, settings: Value) -> (Stage, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", settings).await;
    put(&source, "a", "data").await;
    for _ in 0..others {
        source.create_snapshot(&Default::default()).await.expect("somebody else's");
    }
    let handler = stage.handler().await;
    (stage, source, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_it_never_takes_the_last_place_from_a_cycle() {
    for (others, settings) in [(199, json!({})), (9, small())] {
        let (stage, _, handler) = with_others(others, settings).await;
        let (_, report) = beside(&stage, &handler).await;
        assert_succeeded(&report);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_no_recovery_point_goes_for_it() {
    let (stage, source, handler) = with_others(0, small()).await;
    for _ in 0..8 {
        assert_succeeded(&handler.cycle("files").await);
    }
    let before = snapshots(&source).await.len();
    let (found, report) = beside(&stage, &handler).await;
    assert_succeeded(&report);
    assert!(found.passed, "{:#?}", found.checks);
    // one came, and one went for it, as without a preflight
    assert_eq!(snapshots(&source).await.len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_pairs_of_one_source_take_turns() {
    let (mut stage, source, _) = with_others(150, json!({})).await;
    let side = json!({"account": SOURCE, "share": "files", "endpoint": stage.emulator.account(SOURCE).endpoint.as_str()});
    for number in 0..5 {
        let name = format!("pair{number}");
        stage.pair(&name, json!({})).await;
        stage.change(&name, json!({"source": side}));
    }
    let most = Arc::new(std::sync::Mutex::new((0_i64, 0_i64)));
    let seen_most = most.clone();
    let count = move |seen: &Seen<'_>| {
        let is_of_source = seen.account == SOURCE && seen.path.ends_with("/files");
        let mut most = seen_most.lock().expect("no panic");
        match seen.operation {
            "Snapshot Share" if is_of_source => most.0 += 1,
            "Delete Share" if is_of_source && !seen.query.contains("1997") => most.0 -= 1,
            _ => {}
        }
        most.1 = most.1.max(most.0);
        Reply::None
    };
    stage.emulator.set_faults(Some(Arc::new(count)));
    assert!(super::examine(&stage.variables()).await.passed);
    assert_eq!(*most.lock().expect("no panic"), (0, 1));
    assert_eq!(snapshots(&source).await.len(), 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_two_at_once_with_a_clock_that_is_off_leave_each_other_alone() {
    let stage = super::healthy().await;
    stage.emulator.advance_clock(Duration::from_secs(2 * 3600));
    let first = std::sync::atomic::AtomicBool::new(true);
    let slow = move |seen: &Seen<'_>| match seen.operation {
        "Create Permission" if first.swap(false, std::sync::atomic::Ordering::SeqCst) => {
            Reply::Delay { by: Duration::from_secs(5) }
        }
        _ => Reply::None,
    };
    stage.emulator.set_faults(Some(Arc::new(slow)));
    let variables = stage.variables();
    let later = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        super::examine(&variables).await
    };
    let (one, other) = tokio::join!(super::examine(&variables), later);
    let clocks = super::SIDES.map(|side| (azure_files_backup::cycle::doctor::CheckName::Clock, side));
    super::assert_failed(&one, &clocks);
    super::assert_failed(&other, &clocks);
    assert_eq!(scratch_shares(&stage).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_preflight_makes_and_deletes_is_told_under_the_operation_of_the_host() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let watched = Watched::of(stage).await;
    let handler = watched.handler().await;
    let request = reqwest::Client::new().post(format!("{}/api/doctor", handler.url()));
    let request = request
        .header("x-azure-functions-invocationid", INVOCATION)
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
    assert!(request.send().await.expect("an answer").status().is_success());
    for name in ["share_snapshot.taken", "share_snapshot.deleted"] {
        let event = watched.event(name).await;
        assert_eq!(event.tag("ai.operation.id"), Some("0af7651916cd43dd8448eb211c80319c"));
        assert_eq!((event.property("share.role"), event.property("cycle.id")), (Some("doctor"), None));
    }
}
