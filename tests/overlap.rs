//! Several processes over the same tables: one writes, the others are told so; whoever lost the pair stops.

use std::sync::{Arc, OnceLock};

use azure_core::time::OffsetDateTime;
use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_storage_file_share::ShareClient;
use azurite::Azurite;
use futures::future::join_all;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use share_tree::{LiveShare, Shape, Tree, compare, random_tree, read_back};
use tokio::sync::Notify;

use crate::support::*;

async fn random_source(source: &ShareClient, seed: u64) -> Tree {
    let shape = Shape { directories: 6, files: 40, large_files: false };
    let mut tree = random_tree(&mut StdRng::seed_from_u64(seed), shape);
    LiveShare::new(source.clone()).load(&mut tree).await.expect("the tree is loaded");
    tree
}

async fn assert_mirrored(tree: &Tree, target: &ShareClient) {
    let found = read_back(target).await.expect("the target is readable");
    let differences = compare(tree, &found).await.expect("the tree is readable");
    assert!(differences.is_empty(), "{differences:#?}");
}

/// The first process is stopped right after its write `at`, sleeps until the second one has ended the cycle, and wakes.
/// What it had made before, and its connections had not sent yet, leaves then: that is still on its way, as what is held
/// up in a network.
async fn pause_at(stage: &Stage, azurite: &Azurite, pair: &str, at: u64) {
    let (source, target) = (stage.share(SOURCE, pair), stage.share(TARGET, pair));
    let tree = random_source(&source, at).await;
    let variables = over(azurite, stage.variables());
    let (old, old_watch) = Handler::watched(&variables).await;
    let (new, new_watch) = Handler::watched(&variables).await;
    let (id, asleep, slept_at) = (old.id(), Arc::new(Notify::new()), Arc::new(OnceLock::new()));
    let (is_asleep, stopped) = (asleep.clone(), slept_at.clone());
    old_watch.after_write(move |count| {
        if count == at {
            signal(id, "STOP");
            stopped.set(OffsetDateTime::now_utc()).expect("once");
            is_asleep.notify_one();
        }
    });
    let wake = async {
        asleep.notified().await;
        let first = new.start_cycle(pair).await;
        let named = first.body["cycleId"].as_str().map(str::to_owned);
        first.problem(409, "CycleInProgress");
        let report = new.backup_after_others(pair).await.report();
        let before = old_watch.writes().len();
        signal(id, "CONT");
        (report, named, before)
    };
    let (answer, (report, named, before)) = tokio::join!(old.start_cycle(pair), wake);
    assert_succeeded(&report);
    assert_eq!(named.as_ref(), Some(&report.id), "stopped after write {at}");
    let slept_at = slept_at.get().expect("it was stopped");
    for late in &old_watch.writes()[before..] {
        assert!(
            late.made <= *slept_at,
            "stopped after write {at}, the old owner wrote: {late:#?} {answer:?}"
        );
    }
    assert_one_writer_at_a_time(&[&old_watch, &new_watch]);
    assert_taken_once(&source, &target).await;
    assert_mirrored(&tree, &target.with_snapshot(&report.target_snapshot.expect("a recovery point"))).await;
    let points = new.recovery_points(pair).await;
    assert_eq!(points.len(), 1, "stopped after write {at}");
    // and the old one does as it should again
    assert_succeeded(&old.backup_after_others(pair).await.report());
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_3_an_owner_that_wakes_after_its_lease_ran_out_writes_nothing() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let places = [1, 2, 3, 5, 8, 13, 21, 34, 42];
    let mut stages = Vec::new();
    for at in places {
        let mut stage = Stage::set().await;
        let pair = format!("pause{at}");
        stage.pair(&pair, json!({})).await;
        stages.push((stage, pair, at));
    }
    for some in stages.chunks(3) {
        join_all(some.iter().map(|(stage, pair, at)| pause_at(stage, &azurite, pair, *at))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_3_timers_and_calls_at_two_processes_never_write_at_once() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let variables = over(&azurite, stage.variables());
    let (one, one_watch) = Handler::watched(&variables).await;
    let (two, two_watch) = Handler::watched(&variables).await;
    let mut busy = (0, 0);
    for round in 0..6 {
        put(&source, &format!("f{round}"), "data").await;
        let timers = futures::future::join3(one.fire(), two.fire(), one.fire());
        let calls = futures::future::join3(
            two.start_cycle("files"),
            one.start_cycle("files"),
            two.start_cycle("files"),
        );
        let ((a, b, c), (d, e, f)) = tokio::join!(timers, calls);
        for answer in [a, b, c] {
            assert_eq!(answer.status, 200, "{answer:?}");
            let logs = answer.body["Logs"].to_string();
            busy.0 += u32::from(logs.contains("nothing done"));
            assert!(
                logs.contains("in progress")
                    || logs.contains("being worked on")
                    || logs.contains("Succeeded"),
                "{logs}"
            );
        }
        for told in [d, e, f] {
            if told.status == 200 {
                assert_succeeded(&told.report());
            } else {
                told.problem(409, "CycleInProgress");
                busy.1 += 1;
            }
        }
    }
    assert!(busy.0 > 0 && busy.1 > 0, "nobody met anybody: {busy:?}");
    assert_one_writer_at_a_time(&[&one_watch, &two_watch]);
    assert_taken_once(&source, &target).await;
    assert_eq!(
        taken_by_cycle(&source).await.keys().collect::<Vec<_>>(),
        taken_by_cycle(&target).await.keys().collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_3_the_lease_of_a_killed_process_is_taken_over_when_it_ran_out() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let tree = random_source(&source, 1).await;
    let variables = over(&azurite, stage.variables());
    let (old, old_watch) = Handler::watched(&variables).await;
    let new = Handler::start(free_port(), &variables).await;
    let (id, killed) = (old.id(), Arc::new(OnceLock::new()));
    let kill = killed.clone();
    old_watch.after_write(move |count| {
        if count == 20 {
            kill.set(()).expect("once");
            signal(id, "KILL");
        }
    });
    let url = format!("{}/api/pairs/files/cycles", old.url());
    let answer = reqwest::Client::new().post(url).send().await;
    assert!(answer.is_err() && killed.get().is_some(), "{answer:?}");
    let first = new.start_cycle("files").await;
    first.problem(409, "CycleInProgress");
    let timer = new.fire().await;
    let cycle = first.body["cycleId"].as_str().expect("it is known").to_owned();
    if timer.body["Logs"].to_string().contains("nothing done") {
        assert_eq!(timer.status, 200, "{timer:?}");
        assert!(timer.body["Logs"].to_string().contains(&cycle), "{timer:?}");
    }
    let report: CycleReport = new.backup_after_others("files").await.report();
    assert_eq!((report.status, report.id), (Some(Status::Succeeded), cycle));
    assert_taken_once(&source, &target).await;
    assert_mirrored(&tree, &target).await;
}
