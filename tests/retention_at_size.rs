//! The vectors of retention with their own numbers: the limit of Azure, and the headroom that the settings begin with.

use std::sync::Arc;

use azure_files_backup::cycle::report::{CycleReport, Side};
use azure_storage_file_share::{Metadata, ShareClient, ShareSnapshotId};
use faults::{Fault, Seen};
use serde_json::{Value, json};
use tokio::runtime;
use tokio::task::block_in_place;

use crate::support::*;

async fn snapshots(share: &ShareClient) -> Vec<ShareSnapshotId> {
    let items = share.list_snapshots().await.expect("a list").into_iter();
    let mut ids: Vec<_> = items.filter_map(|item| item.snapshot).collect();
    ids.sort();
    ids
}

async fn take_foreign(share: &ShareClient, count: usize) -> Vec<ShareSnapshotId> {
    let metadata = Metadata::from([("AzureBackupProtected".to_owned(), "True".to_owned())]);
    for _ in 0..count {
        share.create_snapshot(&metadata).await.expect("a share snapshot");
    }
    snapshots(share).await
}

/// So many cycles in a row with these settings; the last one's report.
async fn cycles(stage: &Stage, retention: Value, count: usize) -> CycleReport {
    let mut variables = stage.variables();
    let mut pairs: Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
    pairs[0]["retention"] = retention;
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    let handler = Handler::start(free_port(), &variables).await;
    let mut last = None;
    for _ in 0..count {
        let report = handler.start_cycle("files").await.report();
        assert_succeeded(&report);
        last = Some(report);
    }
    last.expect("at least one")
}

fn of_source(report: &CycleReport) -> Vec<ShareSnapshotId> {
    let of_source = report.pruned.iter().filter(|pruned| pruned.share == Side::Source);
    of_source.map(|pruned| pruned.snapshot.clone()).collect()
}

#[tokio::test]
async fn accept_cannot_be_broken_5_v1_v2_v6_at_azures_limit() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    cycles(&stage, json!({}), 179).await;

    // V1
    let before = snapshots(&source).await;
    assert_eq!(before.len(), 179);
    let report = cycles(&stage, json!({}), 1).await;
    assert_eq!((report.pruned.len(), snapshots(&source).await.len()), (0, 180));

    // V2
    let report = cycles(&stage, json!({}), 1).await;
    assert_eq!((of_source(&report), snapshots(&source).await.len()), (before[..1].to_vec(), 180));

    // V6
    cycles(&stage, json!({"headroomSource": 0, "headroomTarget": 0}), 15).await;
    let before = snapshots(&source).await;
    assert_eq!(before.len(), 195);
    let report = cycles(&stage, json!({"maxDeletesPerCycle": 1}), 1).await;
    assert_eq!((of_source(&report), snapshots(&source).await.len()), (before[..1].to_vec(), 195));
    let report = cycles(&stage, json!({}), 1).await;
    assert_eq!((of_source(&report), snapshots(&source).await.len()), (before[1..17].to_vec(), 180));
    assert_eq!(snapshots(&target).await.len(), 190);
}

#[tokio::test]
async fn accept_cannot_be_broken_5_v3_v4_at_azures_limit() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let foreign = take_foreign(&source, 30).await;
    cycles(&stage, json!({}), 150).await;
    let before = snapshots(&source).await;
    assert_eq!(before.len(), 180);
    let report = cycles(&stage, json!({}), 1).await;
    assert_eq!(of_source(&report), before[30..31], "the oldest of ours");
    let after = snapshots(&source).await;
    assert_eq!((after.len(), &after[..30]), (180, &foreign[..]));

    // V4
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let foreign = take_foreign(&source, 180).await;
    let report = cycles(&stage, json!({}), 1).await;
    let alerts: Vec<_> = report.alerts.iter().map(|alert| alert.code.as_str()).collect();
    assert_eq!((alerts, of_source(&report)), (vec!["PruneBlocked"], vec![]));
    let after = snapshots(&source).await;
    assert_eq!((after.len(), &after[..180]), (181, &foreign[..]));
}

/// At its first Snapshot Share in an account, somebody takes every place that is left; then it happens, or is refused.
fn fill_before(stage: &Stage, account: &'static str, is_refused: bool) {
    let (share, handle) = (stage.share(account, "files"), runtime::Handle::current());
    let is_taken = std::sync::OnceLock::new();
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        if seen.operation != "Snapshot Share" || seen.account != account || is_taken.set(()).is_err() {
            return Fault::None;
        }
        let fill = async { while share.create_snapshot(&Metadata::default()).await.is_ok() {} };
        block_in_place(|| handle.block_on(fill));
        match is_refused {
            true => Fault::Refuse { status: 400, code: "InvalidHeaderValue", retry_after_seconds: None },
            false => Fault::None,
        }
    })));
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_others_take_after_room_was_made_are_made_again() {
    for (account, side) in [(SOURCE, Side::Source), (TARGET, Side::Target)] {
        for is_refused in [false, true] {
            let mut stage = Stage::set().await;
            let (source, target) = stage.pair("files", json!({})).await;
            let share = if side == Side::Source { &source } else { &target };
            let handler = stage.handler().await;
            for _ in 0..4 {
                assert_succeeded(&handler.start_cycle("files").await.report());
            }
            let ours = snapshots(share).await;
            fill_before(&stage, account, is_refused);
            let mut report = handler.start_cycle("files").await.report();
            if is_refused {
                assert_eq!(report.status, None, "{report:#?}");
                report = handler.start_cycle("files").await.report();
            }
            assert_succeeded(&report);
            let gone = report.pruned.iter().filter(|pruned| pruned.share == side);
            let gone: Vec<_> = gone.map(|pruned| pruned.snapshot.clone()).collect();
            assert_eq!(gone, ours[..3], "all but the newest recovery point's");
            let alerts: Vec<_> = report.alerts.iter().map(|alert| alert.code.as_str()).collect();
            assert_eq!(alerts, ["PruneBlocked"]);
            assert_eq!(snapshots(share).await.len(), 198);
        }
    }
}
