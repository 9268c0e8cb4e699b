//! A directory that cannot be listed to its end keeps everything under it; all else is mirrored.

use std::sync::Arc;

use azure_files_backup::cycle::report::{Phase, Status};
use azure_storage_file_share::ShareClient;
use faults::{Fault, Seen};
use file_share_emulator::Config;
use serde_json::json;

use crate::support::*;

/// Refuses a listing of `directory` on `account`: its first page, or every later one.
fn refuse_listing(
    stage: &Stage,
    account: &'static str,
    directory: &'static str,
    later: bool,
    status: u16,
    code: &'static str,
) {
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let is_meant = seen.operation == "List Directories and Files"
            && seen.account == account
            && seen.path.trim_end_matches('/').ends_with(format!("/files/{directory}").trim_end_matches('/'))
            && seen.query.contains("marker=") == later;
        if is_meant { Fault::Refuse { status, code, retry_after_seconds: None } } else { Fault::None }
    })));
}

/// `d` with five files and `d/sub`, beside it a file and a directory: mirrored, and then edited everywhere.
async fn edited() -> (Stage, ShareClient, ShareClient, Handler) {
    let mut stage = Stage::with(Config { page_size: 2, ..Config::default() }).await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directories(&source, "d/sub/deep").await;
    put_directory(&source, "z").await;
    for path in ["a", "gone", "d/1", "d/2", "d/3", "d/4", "d/5", "d/sub/x", "d/sub/deep/y", "z/a", "z/gone"] {
        put(&source, path, "first").await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for path in ["gone", "z/gone", "d/1", "d/5", "d/sub/x", "d/sub/deep/y"] {
        remove(&source, path).await;
    }
    source.directory_client("d/sub/deep").delete().await.expect("deleted");
    for path in ["a", "d/2", "z/a"] {
        put(&source, path, "second!").await;
    }
    put(&source, "d/new", "second!").await;
    (stage, source, target, handler)
}

#[tokio::test]
async fn accept_cannot_be_broken_4_a_directory_that_refuses_its_listing_keeps_everything_under_it() {
    for (status, code) in [(403, "AuthorizationFailure"), (503, "ServerBusy"), (500, "InternalError")] {
        for (account, later) in [(SOURCE, false), (SOURCE, true), (TARGET, false), (TARGET, true)] {
            let case = format!("{status} at {account}, later page: {later}");
            let (stage, _, target, handler) = edited().await;
            let point = handler.recovery_points("files").await;
            refuse_listing(&stage, account, "d", later, status, code);
            assert_eq!(handler.timer().await, 500, "{case}");
            stage.emulator.set_faults(None);
            let report = handler.newest("files").await;
            assert_eq!(
                (report.state, report.status),
                (Phase::Finished, Some(Status::CompletedWithErrors)),
                "{case}"
            );
            assert_eq!(reasons(&report.failures), [("d", code)], "{case}");
            assert_eq!((report.failed, report.target_snapshot), (1, None), "{case}");
            assert_eq!(handler.recovery_points("files").await, point, "{case}");
            assert_eq!(names(&target, "").await, ["a", "d", "z"], "{case}");
            assert_eq!(names(&target, "z").await, ["a"], "{case}");
            assert_eq!(names(&target, "d").await, ["1", "2", "3", "4", "5", "sub"], "{case}");
            assert_eq!(names(&target, "d/sub").await, ["deep", "x"], "{case}");
            assert_eq!(names(&target, "d/sub/deep").await, ["y"], "{case}");
            assert_eq!(read(&target, "d/2").await, "first", "{case}");
            for path in ["a", "z/a"] {
                assert_eq!(read(&target, path).await, "second!", "{case}");
            }
        }
    }
}

#[tokio::test]
async fn accept_cannot_be_broken_4_the_next_cycle_tries_it_first_and_succeeds() {
    let (stage, source, target, handler) = edited().await;
    refuse_listing(&stage, SOURCE, "d", true, 403, "AuthorizationFailure");
    assert_eq!(handler.timer().await, 500);
    stage.emulator.set_faults(None);
    put(&source, "a", "third, which comes before it").await;
    stage.emulator.log().reset();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    let first: Vec<_> = handler.plan_page(&report, 0).await.items.into_iter().map(|item| item.path).collect();
    assert_eq!(first, ["d/2", "d/new"]);
    let written = |path: &str| {
        let log = stage.emulator.log().snapshot().recent;
        let is_write = |method: &str| method == "PUT";
        log.iter().position(|request| {
            is_write(&request.method)
                && request.path_and_query.starts_with(&format!("/{TARGET}/files/{path}?"))
        })
    };
    assert!(written("d/2") < written("a") && written("d/new") < written("a"));
    assert_eq!(names(&target, "d").await, ["2", "3", "4", "new", "sub"]);
    assert_eq!(names(&target, "d/sub").await, [""; 0]);
    assert_eq!(read(&target, "d/2").await, "second!");
    assert_eq!(handler.recovery_points("files").await.len(), 2);
    // nothing is tried first any more
    put(&source, "a", "fourth").await;
    put(&source, "d/2", "fourth").await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    let first: Vec<_> = handler.plan_page(&report, 0).await.items.into_iter().map(|item| item.path).collect();
    assert!(first.contains(&"a".to_owned()), "{first:?}");
}

#[tokio::test]
async fn accept_cannot_be_broken_4_a_root_that_refuses_its_listing_costs_no_entry() {
    let (stage, _, target, handler) = edited().await;
    for (account, later) in [(SOURCE, false), (SOURCE, true), (TARGET, true)] {
        refuse_listing(&stage, account, "", later, 403, "AuthorizationFailure");
        assert_eq!(handler.timer().await, 500);
        stage.emulator.set_faults(None);
        let report = handler.newest("files").await;
        assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
        assert_eq!(reasons(&report.failures), [("", "AuthorizationFailure")]);
        assert_eq!(names(&target, "").await, ["a", "d", "gone", "z"]);
        assert_eq!(read(&target, "a").await, "first");
    }
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(names(&target, "").await, ["a", "d", "z"]);
}

#[tokio::test]
async fn accept_cannot_be_broken_4_a_listing_that_is_refused_only_before_the_delete_deletes_nothing() {
    let (stage, _, target, handler) = edited().await;
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        // planning has listed everything by the time the target's room is asked for
        static PLANNED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
        use std::sync::atomic::Ordering;
        if seen.operation == "Get Share Stats" {
            PLANNED.store(true, Ordering::SeqCst);
        }
        let is_meant = PLANNED.load(Ordering::SeqCst)
            && seen.operation == "List Directories and Files"
            && seen.path == format!("/{TARGET}/files/d");
        if is_meant {
            Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None }
        } else {
            Fault::None
        }
    })));
    assert_eq!(handler.timer().await, 500);
    stage.emulator.set_faults(None);
    let report = handler.newest("files").await;
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    let kept = names(&target, "d").await;
    assert!(kept.contains(&"1".to_owned()) && kept.contains(&"5".to_owned()), "{kept:?}");
    assert_eq!(read(&target, "d/2").await, "first");
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(names(&target, "d").await, ["2", "3", "4", "new", "sub"]);
}
