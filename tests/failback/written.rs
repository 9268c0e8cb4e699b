//! People who do not stop: what they write during a failback is noticed before it counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use azure_files_backup::cycle::report::CycleReport;
use faults::{Fault, Seen};
use serde_json::json;

use super::assert_goes_on;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_written_to_meanwhile_is_noticed_and_the_rest_comes_with_the_next_failback() {
    let (stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    put(&target, "b", "first").await;
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    put(&target, "c", "second").await;
    handler.approve_failback(&waiting).await;
    let failed = handler.failback().await;
    assert_failed(&failed, "TargetWasWritten");
    assert_eq!(names(&source, "").await, ["a", "b"]);
    assert_eq!(
        (roles(&source).await, roles(&target).await),
        (vec!["source".to_owned()], vec!["failover".to_owned(), "target".to_owned()])
    );
    handler.release().await.problem(409, "PairFailedOver");
    let report = handler.fail_back().await;
    assert_succeeded(&report);
    assert_eq!(report.done.copied.files, 1);
    assert_eq!(read(&source, "c").await, "second");
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_written_to_behind_its_verification_is_no_base() {
    let (stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    put(&target, "b", "first").await;
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    let is_written = Arc::new(AtomicBool::new(false));
    let (share, written) = (source.clone(), is_written.clone());
    // just before the first share snapshot of the swap, in a directory that nobody looks into any more
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let is_swap = seen.account == TARGET && seen.operation == "Snapshot Share";
        if is_swap && !written.swap(true, Ordering::SeqCst) {
            let share = share.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Runtime::new().expect("a runtime");
                runtime.block_on(put(&share, "a", "straggler"));
            })
            .join()
            .expect("it is written");
        }
        Fault::None
    })));
    handler.approve_failback(&waiting).await;
    stage.emulator.set_faults(None);
    assert!(is_written.load(Ordering::SeqCst));
    assert_failed(&handler.failback().await, "SourceWasWritten");
    assert_eq!(
        (roles(&source).await, roles(&target).await),
        (vec!["source".to_owned()], vec!["failover".to_owned(), "target".to_owned()])
    );
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(read(&source, "a").await, "data");
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_a_cycle_left_unfinished_is_not_taken_for_a_whole_one() {
    let (_stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    let sentinel = "1997-07-01T00:00:00.7654321Z".parse().expect("a time");
    let unfinished =
        azure_storage_file_share::SmbProperties { last_write_time: Some(sentinel), ..Default::default() };
    put_with(&target, "half", "half of i", unfinished.clone()).await;
    put(&target, "b", "whole").await;
    set(&target, "a", unfinished).await;
    let report = handler.fail_back().await;
    assert_eq!(reasons(&report.failures), [("a", "NotFinished"), ("half", "NotFinished")]);
    assert_eq!(
        (names(&source, "").await, read(&source, "a").await.as_str()),
        (vec!["a".to_owned(), "b".to_owned()], "data")
    );
    assert!(handler.pair("files").await.failed_over.is_some());
    assert_eq!(roles(&target).await, ["failover", "target"]);
    put(&target, "a", "written anew").await;
    remove(&target, "half").await;
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(read(&source, "a").await, "written anew");
    let none = json!({"action": "reject"});
    handler.decide_failback(none).await.problem(409, "NothingToDecide");
}
