//! What goes wrong is told as it is: in the report, in the history, by the invocation; and it ends with the cause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use azure_files_backup::cycle::report::{CycleReport, PairStatus, Phase, Status};
use azure_storage_file_share::{CreateFile, CreateShareOptions, DeleteSnapshots, ShareClient};
use faults::{Fault, Plan, Script, Seen};
use futures::{StreamExt, stream};
use serde_json::json;

use crate::support::*;

const GIB: u64 = 1 << 30;

/// A file of that size without data.
async fn put_sparse(share: &ShareClient, path: &str, size: u64) {
    let options = CreateFile { size, ..Default::default() };
    share.file_client(path).create(&options).await.expect("created");
}

async fn create_with_quota(share: &ShareClient, quota_gib: u32) {
    let options = CreateShareOptions { quota_gib: Some(quota_gib), ..Default::default() };
    share.create(&options).await.expect("the share is new");
}

#[tokio::test]
async fn accept_cannot_be_broken_7_room_on_the_target_is_checked_before_anything_is_copied() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    create_with_quota(&target, 2).await;
    put_sparse(&source, "half", GIB).await;
    put_sparse(&source, "other half", GIB).await;
    put(&source, "one byte more", "1").await;
    let handler = stage.handler().await;
    stage.emulator.log().reset();
    let report: CycleReport = handler.start_cycle("files").await.ok();
    assert_failed(&report, "TargetTooSmall");
    let detail = report.error.expect("why").detail;
    assert!(
        detail.contains(&(2 * GIB).to_string()) && detail.contains(&(2 * GIB + 1).to_string()),
        "{detail}"
    );
    // a permission is no entry
    let to_target =
        |write: &String| write.contains(&format!("/{TARGET}/")) && !write.contains("comp=filepermission");
    assert!(!writes(&stage).iter().any(to_target), "{:?}", writes(&stage));
    assert_eq!(handler.timer().await, 500);
    remove(&source, "one byte more").await;
    assert_succeeded(&handler.cycle("files").await);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_file_that_grows_beyond_the_targets_room_is_known_before_too() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    create_with_quota(&target, 1).await;
    put(&source, "grows", "small").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put_sparse(&source, "grows", 2 * GIB).await;
    let report: CycleReport = handler.start_cycle("files").await.ok();
    assert_failed(&report, "TargetTooSmall");
    assert_eq!(read(&target, "grows").await, "small");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_cannot_be_broken_7_failures_are_counted_beyond_those_that_are_kept() {
    const FILES: usize = 10_020;
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let files = (0..FILES).map(|number| format!(".backup-scratch-{number}"));
    let files = files.map(|path| {
        let source = &source;
        async move { put_sparse(source, &path, 0).await }
    });
    stream::iter(files).buffer_unordered(32).collect::<()>().await;
    put(&source, "a", "data").await;
    let handler = stage.handler().await;
    handler.timer().await;
    let report = handler.newest("files").await;
    assert_eq!(report.status, Some(Status::CompletedWithErrors));
    assert_eq!((report.failed, report.failures.len()), (FILES as u64, 10_000));
    assert_eq!(report.done.copied.files, 1, "what failed elsewhere costs no other entry its copy");
    assert_eq!(handler.recovery_points("files").await, []);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_reports_are_kept_and_outlive_the_handler() {
    let tables = Tables::new().await;
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("reports-are-kept", json!({})).await;
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let handler = Handler::start(free_port(), &variables).await;
    let pair = "reports-are-kept";
    let mut ids = Vec::new();
    for number in 0..3 {
        put(&source, &format!("f{number}"), "data").await;
        ids.insert(0, handler.cycle(pair).await.id);
    }
    put(&source, ".backup-scratch-x", "data").await;
    handler.timer().await;
    let bad = handler.newest(pair).await;
    ids.insert(0, bad.id.clone());
    drop(handler);
    let handler = Handler::start(free_port(), &variables).await;
    let kept: Vec<CycleReport> = handler.ask(&format!("pairs/{pair}/cycles")).await.ok();
    assert_eq!(kept.iter().map(|report| report.id.clone()).collect::<Vec<_>>(), ids);
    assert_eq!(kept[0], bad);
    assert_eq!(reasons(&kept[0].failures), [(".backup-scratch-x", "ReservedName")]);
    assert!(
        kept[1..]
            .iter()
            .all(|report| report.status == Some(Status::Succeeded) && report.done.copied.files == 1)
    );
    let newest: PairStatus = handler.pair(pair).await;
    assert_eq!(newest.cycle.as_ref(), Some(&bad));
    assert_eq!(newest.recovery_point.expect("the last good one").cycle, ids[1]);
    let one: CycleReport = handler.ask(&format!("pairs/{pair}/cycles/{}", ids[2])).await.ok();
    assert_eq!(one, kept[2]);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_excluded_entries_stand_in_report_and_recovery_point() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"exclude": ["*.tmp", "cache"]})).await;
    put_directory(&source, "cache").await;
    for path in ["a", "b.tmp", "cache/x"] {
        put(&source, path, "data").await;
    }
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    let excluded = report.excluded;
    assert!(excluded > 0, "{report:#?}");
    assert!(!names(&target, "").await.contains(&"b.tmp".to_owned()));
    let point = handler.recovery_points("files").await.remove(0);
    assert_eq!(point.excluded, excluded);
    let metadata = target.with_snapshot(&point.target).get_properties().await.expect("there").metadata;
    assert_eq!(metadata["backup_excluded"], excluded.to_string());
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_copy_source_whose_signature_ran_out_is_signed_again() {
    for mode in ["auto", "server-side"] {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", json!({"copy": {"mode": mode}})).await;
        let body = "x".repeat(5 << 20);
        put_large(&source, "large", &body).await;
        let handler = stage.handler().await;
        let script = Script::new().on("Put Range From URL", "/large", 1, || Fault::RefuseSource {
            status: 403,
            code: "AuthenticationFailed",
        });
        stage.emulator.set_faults(Some(Arc::new(script)));
        stage.emulator.log().reset();
        assert_succeeded(&handler.cycle("files").await);
        assert_eq!(
            stage.emulator.log().count(TARGET, "Put Range From URL"),
            3,
            "{mode}: one of two was repeated"
        );
        assert_eq!(stage.emulator.log().count(TARGET, "Put Range"), 0, "{mode}");
        assert_eq!(read(&target, "large").await.len(), body.len());
    }
}

/// A file whose data does not fit into the request that creates it.
async fn put_large(share: &ShareClient, path: &str, body: &str) {
    put_sparse(share, path, body.len() as u64).await;
    let file = share.file_client(path);
    for (piece, number) in body.as_bytes().chunks(4 << 20).zip(0..) {
        let bytes = piece.to_vec().into();
        file.put_range(number * (4 << 20), bytes, azure_storage_file_share::LastWrite::Now)
            .await
            .expect("put");
    }
}

/// From request `first` on nobody is let in any more.
fn locked_out(first: u64, status: u16, code: &'static str) -> impl Plan {
    move |seen: &Seen<'_>| {
        if seen.number >= first {
            Fault::Refuse { status, code, retry_after_seconds: None }
        } else {
            Fault::None
        }
    }
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_credential_that_is_lost_midway_pauses_the_cycle_and_the_next_invocation_goes_on()
 {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directories(&source, "d/e").await;
    for number in 0..10 {
        put(&source, &format!("d/e/{number}"), "data").await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let mut phases = Vec::new();
    for (round, first) in (1..).step_by(4).enumerate() {
        let (status, code) = [(403, "AuthenticationFailed"), (401, "InvalidAuthenticationInfo")][round % 2];
        for number in 0..5 {
            put(&source, &format!("d/e/{number}"), &format!("data of round {round}")).await;
        }
        put(&source, "d/new", "data").await;
        stage.emulator.set_faults(Some(Arc::new(locked_out(first, status, code))));
        let answer = handler.fire().await;
        stage.emulator.set_faults(None);
        let report = handler.newest("files").await;
        if answer.status == 200 {
            assert_succeeded(&report);
            break;
        }
        assert_eq!(answer.status, 500);
        assert_eq!((report.status, report.failures.len()), (None, 0), "from request {first}: {report:#?}");
        let error = report.error.expect("it says why");
        assert_eq!(error.code, code, "from request {first}");
        phases.push(report.state);
        let done = handler.resume("files").await;
        assert_succeeded(&done);
        assert_eq!((done.id, done.error), (report.id, None));
        assert_eq!(read(&target, "d/e/4").await, format!("data of round {round}"));
        remove(&source, "d/new").await;
        assert_succeeded(&handler.cycle("files").await);
    }
    for phase in [Phase::MakingRoom, Phase::Planning, Phase::Applying, Phase::Verifying] {
        assert!(phases.contains(&phase), "{phase:?} is not among {phases:?}");
    }
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_source_share_snapshot_that_is_deleted_midway_fails_the_cycle() {
    for whole_share in [false, true] {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", json!({"guard": {"maxDeletes": 0}})).await;
        put(&source, "a", "data").await;
        put(&source, "gone", "data").await;
        let handler = stage.handler().await;
        assert_succeeded(&handler.cycle("files").await);
        remove(&source, "gone").await;
        put(&source, "b", "data").await;
        let report = handler.cycle("files").await;
        let digest = assert_waits(&report).digest.clone();
        let code = if whole_share {
            source.delete(DeleteSnapshots::Include).await.expect("deleted");
            "ShareNotFound"
        } else {
            source.delete_snapshot(report.source_snapshot.as_ref().expect("taken")).await.expect("deleted");
            "ShareSnapshotNotFound"
        };
        handler.approve("files", &digest).await;
        assert_eq!(handler.timer().await, 500);
        let failed = handler.newest("files").await;
        assert_eq!(failed.id, report.id);
        assert_failed(&failed, code);
        assert_eq!(names(&target, "").await, ["a", "gone"]);
        if whole_share {
            assert_eq!(handler.timer().await, 500);
            assert_failed(&handler.newest("files").await, "ShareNotFound");
            assert_eq!(names(&target, "").await, ["a", "gone"]);
        } else {
            let next = handler.cycle("files").await;
            handler.approve("files", &assert_waits(&next).digest).await;
            assert_succeeded(&handler.resume("files").await);
            assert_eq!(names(&target, "").await, ["a", "b"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_cannot_be_broken_7_a_cycle_is_cancelled_through_another_process() {
    const FILES: usize = 800;
    let pair = "cancelled-elsewhere";
    let tables = Tables::new().await;
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair(pair, json!({})).await;
    put_many(&source, FILES).await;
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let worker = Handler::start(free_port(), &variables).await;
    let other = Handler::start(free_port(), &variables).await;
    let (begun, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let (count, over) = (begun.clone(), is_over.clone());
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        if seen.operation == "Create File" {
            count.fetch_add(1, Ordering::SeqCst);
            if !over.load(Ordering::SeqCst) {
                std::thread::sleep(std::time::Duration::from_millis(40));
            }
        }
        Fault::None
    })));
    let cancelled = async {
        while begun.load(Ordering::SeqCst) < 8 {
            tokio::task::yield_now().await;
        }
        let status = other.pair(pair).await;
        assert!(status.running);
        let cycle = status.cycle.expect("it runs").id;
        other.start_cycle(pair).await.problem(409, "CycleInProgress");
        other.decide(pair, &json!({"action": "cancel", "cycle": cycle})).await.ok::<PairStatus>();
        cycle
    };
    let (answer, cycle) = tokio::join!(worker.fire(), cancelled);
    is_over.store(true, Ordering::SeqCst);
    assert_eq!(answer.status, 200, "what a person wants is no failure: {}", answer.body);
    for handler in [&worker, &other] {
        let report = handler.newest(pair).await;
        assert_eq!((report.id.as_str(), report.status), (cycle.as_str(), Some(Status::Cancelled)));
        assert_eq!(report.target_snapshot, None);
    }
    let copied = names(&target, "").await.len();
    assert!(copied < FILES, "{copied}");
    stage.emulator.set_faults(None);
    let next = other.cycle(pair).await;
    assert_succeeded(&next);
    assert_ne!(next.id, cycle);
    assert_eq!(names(&target, "").await.len(), FILES);
    assert_eq!(other.recovery_points(pair).await.len(), 1);
}
