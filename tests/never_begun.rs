//! Pairs that no cycle ever began of, because `backup-timer` does not fire: it is known since when, and that costs next to
//! nothing and changes nothing else.

use std::sync::{Arc, Mutex};

use azure_files_backup::cycle::report::{CycleReport, Standing};
use azurite::Azurite;
use faults::{Fault, Seen};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::*;

/// From now on: the methods of requests to the tables.
fn watch(tables: &Tables) -> Arc<Mutex<Vec<String>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = seen.clone();
    tables.proxy.set_faults(Some(Arc::new(move |request: &Seen<'_>| {
        seen.lock().expect("no panic").push(request.method.to_owned());
        Fault::None
    })));
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_tick_of_any_timer_makes_the_row_of_a_pair_and_no_later_one_writes() {
    let (tables, mut stage) = (Tables::new().await, Stage::set().await);
    for pair in ["never-begun", "never-begun-too"] {
        stage.pair(pair, json!({})).await;
    }
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let handler = Handler::start(free_port(), &variables).await;
    // the tables are there
    assert_eq!(handler.fire_timer("resume-timer").await.status, StatusCode::OK);
    stage.pair("never-begun-later", json!({})).await;
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let handler = Handler::start(free_port(), &variables).await;
    stage.emulator.log().reset();
    for expected in [&["GET", "POST"][..], &["GET"]] {
        let seen = watch(&tables);
        assert_eq!(handler.fire_timer("resume-timer").await.status, StatusCode::OK);
        assert_eq!(*seen.lock().expect("no panic"), expected);
    }
    assert_eq!(stage.emulator.log().snapshot().recent.len(), 0, "the shares are asked for nothing");
    let told = handler.pair("never-begun-later").await;
    assert_eq!((told.judgement.standing, told.cycle, told.running), (Standing::New, None, false));
    let cycles: Vec<CycleReport> = handler.get("pairs/never-begun-later/cycles").await;
    assert_eq!(cycles, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_tables_are_made_by_the_first_tick_and_the_pair_is_known_again() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.start_cycle("files").await.report());
    drop_tables(&azurite.table_endpoint(), &TABLES).await;
    assert_eq!(handler.fire_timer("resume-timer").await.status, StatusCode::OK);
    let told: Value = handler.get("health").await;
    assert_eq!(told["pairs"], json!([{"name": "files", "standing": "New"}]));
    assert!(handler.pair("files").await.recovery_point.is_some(), "the shares tell it");
    put(&source, "b", "data").await;
    assert_succeeded(&handler.backup_after_others("files").await.report());
    assert_eq!(names(&target, "").await, ["a", "b"]);
    assert_eq!(handler.recovery_points("files").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_is_known_and_was_never_begun_is_seeded_as_its_settings_say() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    put(&source, "a", "data").await;
    put_staged(&source, &staging, "a", "data").await;
    let handler = stage.handler().await;
    assert_eq!(handler.fire_timer("resume-timer").await.status, StatusCode::OK);
    assert_eq!(handler.pair("files").await.seeding, None);
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(report.done.seeded.from_staging.files, 1, "{report:#?}");
    assert!(handler.pair("files").await.seeding.expect("it was seeded").ever_enabled);
}
