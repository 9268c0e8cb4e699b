//! People who go on writing to the target when the roles have swapped back.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::report::{Exceeded, PairStatus};
use azure_storage_file_share::ShareClient;
use faults::{Fault, Seen};
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_to_the_target_after_the_roles_swapped_is_not_overwritten_unseen() {
    let (_stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    put(&target, "b", "new").await;
    assert_succeeded(&handler.fail_back().await);
    put(&target, "straggler", "not brought").await;
    put(&target, "b", "straggled").await;
    let mut next = handler.cycle("files").await;
    // a cycle that was rejected wrote nothing, so the next one asks again
    for round in 0..2 {
        let stopped = assert_waits(&next);
        assert!(matches!(&stopped.exceeded[..], [Exceeded::TargetWasWritten { .. }]), "{stopped:?}");
        assert_eq!(names(&target, "").await, ["a", "b", "straggler"]);
        let judgement = handler.pair("files").await.judgement;
        assert!(judgement.cause.contains("TargetWasWritten (b)"), "{judgement:?}");
        if round == 0 {
            handler.decide("files", &json!({"action": "reject"})).await.ok::<PairStatus>();
            next = handler.cycle("files").await;
        }
    }
    handler.approve("files", &assert_waits(&next).digest).await;
    assert_succeeded(&handler.resume("files").await);
    assert_eq!(names(&target, "").await, ["a", "b"]);
    put(&source, "b", "later").await;
    assert_succeeded(&handler.cycle("files").await);
}

/// The pair has swapped back, its target has some directories, and its next plan overwrites something. A handler with one second for
/// an invocation goes on with it.
async fn swapped_back() -> (Stage, ShareClient, Handler) {
    let (stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    for directory in ["d", "d/e", "f"] {
        put_directory(&target, directory).await;
        put(&target, &format!("{directory}/new"), "new").await;
    }
    assert_succeeded(&handler.fail_back().await);
    put(&source, "a", "later").await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_BUDGET_SECONDS".to_owned(), "1".to_owned());
    (stage, target, Handler::start(free_port(), &variables).await)
}

/// A listing of a share snapshot of the target lasts longer than an invocation, and nothing but the comparison makes any.
fn compare_slowly(stage: &Stage) {
    stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        let is_compared = seen.account == TARGET
            && seen.operation == "List Directories and Files"
            && seen.query.contains("sharesnapshot");
        if is_compared { Fault::Delay { by: Duration::from_millis(1_500) } } else { Fault::None }
    })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_was_not_compared_in_time_is_compared_by_the_next_invocation() {
    let (stage, target, handler) = swapped_back().await;
    compare_slowly(&stage);
    let paused = handler.cycle("files").await;
    assert_eq!((paused.guard, paused.status, paused.error), (None, None, None));
    stage.emulator.set_faults(None);
    let mut report = handler.resume("files").await;
    for _ in 0..FEW {
        if report.status.is_some() {
            break;
        }
        report = handler.resume("files").await;
    }
    assert_succeeded(&report);
    assert_eq!(read(&target, "a").await, "later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_no_invocation_can_compare_as_a_whole_is_compared_by_several() {
    for is_written in [false, true] {
        let (stage, target, handler) = swapped_back().await;
        if is_written {
            put(&target, "f/new", "straggled").await;
        }
        compare_slowly(&stage);
        let mut report = handler.cycle("files").await;
        for _ in 0..FEW {
            if report.guard.is_some() || report.status.is_some() {
                break;
            }
            report = handler.resume("files").await;
        }
        // one for each directory
        assert!(report.invocations > 3, "{report:#?}");
        if is_written {
            let stopped = assert_waits(&report);
            assert!(matches!(&stopped.exceeded[..], [Exceeded::TargetWasWritten { .. }]), "{stopped:?}");
            assert_eq!(read(&target, "a").await, "data");
        } else {
            assert_succeeded(&report);
            assert_eq!(read(&target, "a").await, "later");
        }
    }
}

/// Invocations of a small cycle.
const FEW: usize = 20;
