//! The tables are a convenience (P8): dropped between cycles or under a living owner, they cost no recovery point, no
//! second writer works beside the first, and nothing of lost cycles stays for ever.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use azure_files_backup::cycle::Start;
use azure_files_backup::cycle::report::{PairStatus, Status};
use azure_storage_file_share::ShareClient;
use azurite::Azurite;
use faults::{Fault, Seen};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::support::*;

/// Every source share snapshot has its recovery point.
async fn assert_nothing_orphaned(source: &ShareClient, target: &ShareClient) {
    assert_taken_once(source, target).await;
    let (sources, targets) = (taken_by_cycle(source).await, taken_by_cycle(target).await);
    assert!(sources.keys().all(|cycle| targets.contains_key(cycle)), "{sources:#?} and {targets:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_6_tables_dropped_between_cycles_cost_no_recovery_point() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    put(&source, "a", "data").await;
    let before: PairStatus = handler.ask("pairs/files").await.ok();
    assert_eq!((before.recovery_point, before.cycle), (None, None));
    assert_succeeded(&handler.start_cycle("files").await.report());
    let mut count = 1;
    for dropped in [&TABLES[..], &TABLES[..1], &TABLES[1..2], &TABLES[2..], &TABLES[1..]] {
        drop_tables(&azurite.table_endpoint(), dropped).await;
        let points = handler.recovery_points("files").await;
        assert_eq!(points.len(), count, "{dropped:?}");
        let status: PairStatus = handler.ask("pairs/files").await.ok();
        let shown = status.recovery_point.expect("it is found again");
        assert_eq!((&shown.cycle, &shown.target), (&points[0].cycle, &points[0].target), "{dropped:?}");
        let _: Vec<Value> = handler.ask("pairs/files/cycles").await.ok();
        let _: Vec<PairStatus> = handler.ask("pairs").await.ok();
        // resuming what nobody knows of is nothing
        assert_eq!(handler.fire_timer("resume-timer").await.status, 200, "{dropped:?}");

        put(&source, &format!("f{count}"), "data").await;
        assert_succeeded(&handler.start_cycle("files").await.report());
        count += 1;
        assert_eq!(handler.recovery_points("files").await.len(), count, "{dropped:?}");
        assert_nothing_orphaned(&source, &target).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_6_what_a_lost_cycle_left_goes_with_the_next_success() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    put(&source, "a", "data").await;
    assert_succeeded(&handler.start_cycle("files").await.report());
    // its name is reserved, so the cycle has an end without a recovery point, and it comes again and again
    put(&source, ".backup-scratch-of-somebody", "data").await;
    for _ in 0..3 {
        let report = handler.start_cycle("files").await.report();
        assert_eq!(report.status, Some(Status::CompletedWithErrors));
        drop_tables(&azurite.table_endpoint(), &TABLES).await;
    }
    assert_eq!(taken_by_cycle(&source).await.len(), 4);
    remove(&source, ".backup-scratch-of-somebody").await;
    assert_succeeded(&handler.start_cycle("files").await.report());
    assert_eq!(taken_by_cycle(&source).await.len(), 2);
    assert_nothing_orphaned(&source, &target).await;
}

/// At request `at` of the first process's cycle some tables go, and the second process is asked for a cycle at once.
async fn drop_under(stage: &Stage, azurite: &Azurite, pair: &str, at: u64, tables: Vec<&'static str>) {
    let told = format!("{tables:?} dropped at request {at}");
    let (source, target) = (stage.share(SOURCE, pair), stage.share(TARGET, pair));
    let variables = over(azurite, stage.variables());
    let (old, old_watch) = Handler::watched(&variables).await;
    let (new, new_watch) = Handler::watched(&variables).await;
    put(&source, "first", "data").await;
    assert_succeeded(&old.start_cycle(pair).await.report());
    for number in 0..30 {
        put(&source, &format!("f{number}"), "data").await;
    }
    let (dropped, endpoint) = (Arc::new(Notify::new()), azurite.table_endpoint());
    let (is_dropped, happened) = (dropped.clone(), Arc::new(OnceLock::new()));
    let handle = tokio::runtime::Handle::current();
    let is_there = happened.clone();
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        if seen.number == at && is_there.set(()).is_ok() {
            tokio::task::block_in_place(|| handle.block_on(drop_tables(&endpoint, &tables)));
            is_dropped.notify_one();
        }
        Fault::None
    })));
    let beside = async {
        dropped.notified().await;
        new.backup_after_others(pair).await
    };
    let (first, second) = tokio::join!(old.start_cycle(pair), beside);
    stage.emulator.set_faults(None);
    assert_one_writer_at_a_time(&[&old_watch, &new_watch]);
    let known = new.recovery_points(pair).await;
    assert!(!known.is_empty(), "{told}: {first:?} {second:?}");
    let status: PairStatus = old.ask(&format!("pairs/{pair}")).await.ok();
    assert!(status.recovery_point.is_some(), "{told}");

    // the next cycle of either
    put(&source, "last", "data").await;
    assert_succeeded(&old.backup_after_others(pair).await.report());
    assert_succeeded(&new.backup_after_others(pair).await.report());
    assert_nothing_orphaned(&source, &target).await;
    assert_eq!(names(&source, "").await, names(&target, "").await, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_6_tables_dropped_under_an_owner_make_no_second_writer() {
    let seed = rand::random();
    println!("seed {seed}");
    let random = &mut StdRng::seed_from_u64(seed);
    let azurite = Azurite::start().await.expect("Azurite starts");
    for round in 0..8 {
        let mut stage = Stage::set().await;
        let pair = format!("files{round}");
        stage.pair(&pair, json!({})).await;
        // from its source share snapshot on, to somewhere near its end
        let at = random.random_range(8..75);
        let tables = if round % 2 == 0 { TABLES.to_vec() } else { vec![TABLES[round / 2 % 3]] };
        drop_under(&stage, &azurite, &pair, at, tables).await;
    }
}

/// Who lost the row of the pair may not have noticed yet. Of its lease nothing is known but its length.
#[tokio::test(flavor = "multi_thread")]
async fn accept_cannot_be_broken_6_a_lost_owner_is_waited_for_in_invocations_of_any_length() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    for (pair, dropped) in [("all", &TABLES[..]), ("owners", &TABLES[..1])] {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair(pair, json!({})).await;
        let variables = over(&azurite, stage.variables());
        let lease: u64 = variables["BACKUP_LEASE_SECONDS"].parse().expect("seconds");
        put(&source, "a", "data").await;
        let backup = app(&variables);
        let invoke = async |budget: Duration| {
            let report = backup.run(pair, Start::New, Instant::now() + budget).await;
            report.expect("a cycle ran")
        };
        assert_succeeded(&invoke(Duration::from_secs(60)).await);
        drop_tables(&azurite.table_endpoint(), dropped).await;

        put(&source, "b", "data").await;
        stage.emulator.log().reset();
        let lost = Instant::now();
        let report = loop {
            let report = invoke(Duration::from_millis(700)).await;
            if writes(&stage).is_empty() {
                assert_eq!(report.status, None, "{report:#?}");
                let error = report.error.as_ref().expect("it says why");
                assert_eq!(error.code, "WaitingForLease", "{report:#?}");
                continue;
            }
            let waited = lost.elapsed();
            assert!(waited >= Duration::from_secs(lease), "{dropped:?}: {waited:?}");
            break report;
        };
        assert!(report.invocations > 2, "{dropped:?}: {report:#?}");
        let report = if report.status.is_none() { invoke(Duration::from_secs(60)).await } else { report };
        assert_succeeded(&report);
        assert_nothing_orphaned(&source, &target).await;
        assert_eq!(names(&target, "").await, ["a", "b"], "{dropped:?}");
    }
}
