//! Two deployments that name one target: whoever comes second is refused, also before the first one has a recovery
//! point to show for it.

use std::sync::Arc;

use azure_files_backup::cycle::report::Phase;
use azurite::Azurite;
use faults::{Fault, Script};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::*;

/// Writes nothing to the target, takes no share snapshot, and says why.
async fn assert_refused(handler: &Handler, pair: &str) {
    let report = handler.backup_after_others(pair).await.report();
    assert_failed(&report, "TargetInUse");
    assert_eq!((report.source_snapshot, report.done), (None, Default::default()));
}

/// The variables of a stage, with every pair changed.
fn changed(variables: &Variables, change: impl Fn(&mut Value)) -> Variables {
    let mut variables = variables.clone();
    let mut pairs: Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
    pairs.as_array_mut().expect("a list").iter_mut().for_each(change);
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    variables
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_3_a_second_deployment_is_refused_until_it_adopts_the_target() {
    let (here, there) = tokio::try_join!(Azurite::start(), Azurite::start()).expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "one").await;
    let first = Handler::start(free_port(), &over(&here, stage.variables())).await;
    assert_succeeded(&first.start_cycle("files").await.report());

    put(&source, "a", "two").await;
    let second = over(&there, stage.variables());
    assert_refused(&Handler::start(free_port(), &second).await, "files").await;
    assert_eq!(read(&target, "a").await, "one");
    let renamed = changed(&second, |pair| pair["name"] = json!("other"));
    assert_refused(&Handler::start(free_port(), &renamed).await, "other").await;

    let adopting = changed(&second, |pair| pair["adoptTarget"] = json!(true));
    let second = Handler::start(free_port(), &adopting).await;
    let waiting = second.start_cycle("files").await.report();
    assert_eq!((waiting.state, waiting.status), (Phase::AwaitingApproval, None));
    assert_eq!(read(&target, "a").await, "one");
    let digest = waiting.guard.expect("the guard stopped it").digest;
    let told = second.decide("files", &json!({"action": "approve", "digest": digest})).await;
    assert_eq!(told.status, 200, "{told:?}");
    assert_succeeded(&second.start_cycle("files").await.report());
    assert_eq!(read(&target, "a").await, "two");
    assert_refused(&first, "files").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_target_that_equals_its_source_already_is_approved_by_a_digest_too() {
    let (here, there) = tokio::try_join!(Azurite::start(), Azurite::start()).expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"adoptTarget": true})).await;
    put(&source, "a", "one").await;
    let first = Handler::start(free_port(), &over(&here, stage.variables())).await;
    assert_succeeded(&first.start_cycle("files").await.report());
    let second = Handler::start(free_port(), &over(&there, stage.variables())).await;
    let waiting = second.start_cycle("files").await.report();
    assert_eq!((waiting.state, waiting.planned), (Phase::AwaitingApproval, Default::default()));
    let digest = waiting.guard.expect("the guard stopped it").digest;
    assert!(!digest.is_empty());
    second.decide("files", &json!({"action": "approve", "digest": ""})).await.problem(409, "StaleDigest");
    second.approve("files", &digest).await;
    assert_succeeded(&second.start_cycle("files").await.report());
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_3_a_second_deployment_is_refused_while_the_first_cycle_is_under_way() {
    let (here, there) = tokio::try_join!(Azurite::start(), Azurite::start()).expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "one").await;
    put(&source, "b", "one").await;
    let first = Handler::start(free_port(), &over(&here, stage.variables())).await;
    let refusal = || Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None };
    stage.emulator.set_faults(Some(Arc::new(Script::new().on("Create File", "/b", u64::MAX, refusal))));
    let report = first.start_cycle("files").await.report();
    assert_eq!(report.target_snapshot, None, "{report:#?}");
    assert_eq!(read(&target, "a").await, "one");

    let second = over(&there, stage.variables());
    assert_refused(&Handler::start(free_port(), &second).await, "files").await;
    let renamed = changed(&second, |pair| pair["name"] = json!("other"));
    assert_refused(&Handler::start(free_port(), &renamed).await, "other").await;
    assert_eq!(taken_by_cycle(&source).await.len(), 1);

    stage.emulator.set_faults(None);
    assert_succeeded(&first.start_cycle("files").await.report());
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_3_of_two_deployments_that_start_at_once_one_target_has_no_two_writers() {
    let (here, there) = tokio::try_join!(Azurite::start(), Azurite::start()).expect("Azurite starts");
    let mut stage = Stage::set().await;
    for round in 0..4 {
        let (source, target) = stage.pair(&format!("files{round}"), json!({})).await;
        for number in 0..20 {
            put(&source, &format!("f{number}"), "data").await;
        }
        target.create(&Default::default()).await.expect("the target share is new");
    }
    let variables = stage.variables();
    let (one, one_watch) = Handler::watched(&over(&here, variables.clone())).await;
    let (two, two_watch) = Handler::watched(&over(&there, variables)).await;
    for round in 0..4 {
        let pair = format!("files{round}");
        let (a, b) = tokio::join!(one.start_cycle(&pair), two.start_cycle(&pair));
        let (a, b) = (a.report(), b.report());
        let succeeded = [&a, &b].iter().filter(|report| report.target_snapshot.is_some()).count();
        assert!(succeeded <= 1, "{a:#?}\n{b:#?}");
        for report in [&a, &b].into_iter().filter(|report| report.target_snapshot.is_none()) {
            assert_failed(report, "TargetInUse");
        }
        let of_target = |watch: &Watch| {
            let is_of_target = |sent: &&Sent| sent.url.contains(&format!("/{TARGET}/{pair}/"));
            watch.writes().iter().filter(is_of_target).count()
        };
        let writes = [of_target(&one_watch), of_target(&two_watch)];
        assert!(writes.contains(&0), "both wrote to the target: {writes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_3_a_recovery_point_of_somebody_else_in_the_middle_of_a_cycle_ends_it() {
    let (here, there) = tokio::try_join!(Azurite::start(), Azurite::start()).expect("Azurite starts");
    let mut stage = Stage::set().await;
    // two sources, so that neither sees the other's share snapshots there
    let (one, target) = stage.pair("one", json!({})).await;
    let (two, _) = stage.pair("two", json!({})).await;
    put(&one, "a", "one").await;
    put(&two, "b", "two").await;
    target.create(&Default::default()).await.expect("the target share is new");
    let first = over(&here, only(&stage.variables(), "one"));
    let first = Handler::start(free_port(), &first).await;
    let to_one = changed(&only(&stage.variables(), "two"), |pair| pair["target"]["share"] = json!("one"));
    let mut second = over(&there, to_one);
    // it sleeps, and keeps its pair all the same
    second.insert("BACKUP_LEASE_SECONDS".to_owned(), "60".to_owned());
    let (second, watch) = Handler::watched(&second).await;
    // the second one has looked and waits at its first write, the share snapshot of its source
    let (id, is_stopped) = (second.id(), Arc::new(Notify::new()));
    let stopped = is_stopped.clone();
    watch.after_write(move |count| {
        if count == 1 {
            signal(id, "STOP");
            stopped.notify_one();
        }
    });
    let cycle = async {
        is_stopped.notified().await;
        let report = first.start_cycle("one").await.report();
        signal(id, "CONT");
        report
    };
    let (late, early) = tokio::join!(second.start_cycle("two"), cycle);
    assert_succeeded(&early);
    let late = late.report();
    assert_eq!(late.target_snapshot, None, "{late:#?}");
    assert_failed(&late, "TargetInUse");
    assert_eq!(taken_by_cycle(&target).await.len(), 1);
}

fn only(variables: &Variables, name: &str) -> Variables {
    let mut variables = variables.clone();
    let mut pairs: Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
    pairs.as_array_mut().expect("a list").retain(|pair| pair["name"] == name);
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    variables
}
