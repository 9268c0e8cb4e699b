//! A recovery point is pinned while it is restored from; what a person holds besides stays held.

use std::sync::{Arc, Mutex};

use azure_files_backup::cycle::report::CycleReport;
use faults::Seen;
use reqwest::Method;
use serde_json::json;

use super::decide;
use crate::support::*;

async fn hold(handler: &Handler, action: &str) -> Told {
    let point = handler.recovery_points("files").await.remove(0);
    handler.decide("files", &json!({"action": action, "cycle": point.cycle})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_holds_stays_held_after_a_restore() {
    let (_stage, source, target, handler) = backed_up().await;
    hold(&handler, "hold").await.ok::<serde_json::Value>();
    remove(&source, "a").await;
    handler.restored(json!({})).await;
    assert_eq!(leased(&target).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_holds_while_it_is_restored_from_stays_held_and_is_released_by_them() {
    let (_stage, source, target, handler) = backed_up().await;
    remove(&source, "a").await;
    let waiting: CycleReport = handler.restore(json!({"approve": false})).await.ok();
    assert_waits(&waiting);
    hold(&handler, "hold").await.ok::<serde_json::Value>();
    assert_eq!(leased(&source).await, 1);
    decide(&handler, &waiting, json!({"action": "cancel"})).await.ok::<CycleReport>();
    assert_eq!(leased(&target).await, 1, "a person holds it");
    hold(&handler, "release").await.ok::<serde_json::Value>();
    assert_eq!((leased(&source).await, leased(&target).await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_keeps_its_recovery_point_when_a_person_lets_it_go() {
    let (_stage, source, target, handler) = backed_up().await;
    remove(&source, "a").await;
    hold(&handler, "hold").await.ok::<serde_json::Value>();
    let waiting: CycleReport = handler.restore(json!({"approve": false})).await.ok();
    assert_waits(&waiting);
    hold(&handler, "release").await.ok::<serde_json::Value>();
    assert_eq!((leased(&source).await, leased(&target).await), (0, 1));
    decide(&handler, &waiting, json!({"action": "cancel"})).await.ok::<CycleReport>();
    assert_eq!(leased(&target).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pin_of_a_forgotten_restore_goes_with_the_next_restore_of_its_recovery_point() {
    let (stage, source, target, handler) = backed_up().await;
    remove(&source, "a").await;
    let waiting: CycleReport = handler.restore(json!({"approve": false})).await.ok();
    assert_waits(&waiting);
    assert_eq!(leased(&target).await, 1);
    // with the tables all is forgotten
    drop(handler);
    let handler = stage.handler().await;
    let there = json!({"at": "share", "share": "rescue", "create": true});
    handler.restored(json!({"destination": there})).await;
    assert_eq!(leased(&target).await, 0, "after a restore to another place");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pin_of_a_forgotten_restore_goes_when_a_person_releases_its_recovery_point() {
    let (stage, source, target, handler) = backed_up().await;
    remove(&source, "a").await;
    let waiting: CycleReport = handler.restore(json!({"approve": false})).await.ok();
    assert_waits(&waiting);
    // with the tables all is forgotten
    drop(handler);
    let handler = stage.handler().await;
    assert_eq!(leased(&target).await, 1);
    hold(&handler, "release").await.ok::<serde_json::Value>();
    assert_eq!(leased(&target).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_keeps_its_recovery_point_when_a_drill_of_it_ends() {
    let (stage, source, target, handler) = backed_up().await;
    remove(&source, "a").await;
    let (handler, begun) = (Arc::new(handler), Arc::new(Mutex::new(None)));
    let (asking, told) = (handler.clone(), begun.clone());
    let brings_back =
        |seen: &Seen<'_>| seen.operation == "Create File" && seen.path.contains("/backup-drill-");
    stage.before(brings_back, move |_| {
        let (handler, told) = (asking.clone(), told.clone());
        async move {
            let waiting: CycleReport = handler.restore(json!({"approve": false})).await.ok();
            *told.lock().expect("no panic") = Some(waiting);
        }
    });
    let drill: CycleReport = handler.tell(Method::POST, "pairs/files/drills", "").await.ok();
    assert_succeeded(&drill);
    stage.leave();
    let waiting = begun.lock().expect("no panic").take().expect("it was begun");
    assert_waits(&waiting);
    assert_eq!(leased(&target).await, 1, "the restore still reads it");
    decide(&handler, &waiting, json!({"action": "cancel"})).await.ok::<CycleReport>();
    assert_eq!(leased(&target).await, 0);
}
