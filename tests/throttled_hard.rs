//! Shares that take nothing for a while: nothing fails for that. An entry that alone is refused has itself to blame.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use azure_files_backup::cycle::report::Status;
use azure_files_backup::sync::{CopyMode, Cost};
use faults::{Fault, Seen};
use serde_json::json;

use crate::support::*;

/// How a service says that it has no time.
const BUSY: [(u16, &str); 4] =
    [(503, "ServerBusy"), (429, "TooManyRequests"), (500, "OperationTimedOut"), (503, "OperationTimedOut")];

fn refuse(
    stage: &Stage,
    (status, code): (u16, &'static str),
    is_meant: impl Fn(&Seen<'_>) -> bool + Send + Sync + 'static,
) {
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        if is_meant(seen) { Fault::Refuse { status, code, retry_after_seconds: None } } else { Fault::None }
    })));
}

/// Whether a request is to one account, from the first one of an operation on.
fn from_the_first(operation: &'static str, account: &'static str) -> impl Fn(&Seen<'_>) -> bool {
    let began = AtomicU64::new(0);
    move |seen| {
        began.fetch_add(u64::from(seen.operation == operation), Ordering::SeqCst);
        seen.account == account && began.load(Ordering::SeqCst) > 0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_throttled_a_share_that_is_busy_for_a_while_fails_no_entry() {
    // whether a write that timed out had its effect is waited for: that takes longer than this shows
    let works = [BUSY[0], BUSY[1]].map(|busy| async move {
        let (stage, source, target, handler) = backed_up().await;
        put(&source, "b", "data").await;
        let (from, refused) = (from_the_first("Create File", TARGET), AtomicU64::new(0));
        // more than all attempts of two requests
        refuse(&stage, busy, move |seen| from(seen) && refused.fetch_add(1, Ordering::SeqCst) < 12);
        let report = handler.cycle("files").await;
        assert_eq!((report.status, report.failed), (Some(Status::Succeeded), 0), "{busy:?}: {report:#?}");
        assert_eq!((report.error, read(&target, "b").await.as_str()), (None, "data"), "{busy:?}");
    });
    futures::future::join_all(works).await;
}

#[tokio::test]
async fn accept_sync_engine_throttled_whatever_is_refused_ends_the_pass_and_the_next_owner_goes_on() {
    for mode in CopyMode::ALL {
        for account in [SOURCE, TARGET] {
            for operation in ["Get File", "Get File Properties", "Create File", "List Directories and Files"]
            {
                let place = format!("{mode:?}, {operation}, {account}");
                let mut stage = Stage::set().await;
                let (source, target) = mirrored(&mut stage).await;
                put(&source, "a", "second!").await;
                put(&source, "d/new", "data").await;
                let mirror = Mirror::healthy(&stage, &source, &target, "1").await.in_mode(mode);
                let (chunks, _) = mirror.plan().await.expect("a plan");
                let row = Mutex::default();
                refuse(&stage, BUSY[0], from_the_first(operation, account));
                let ended = own(&mirror, &chunks, &row, &Signals::default()).await;
                stage.emulator.set_faults(None);
                if let Err(error) = ended {
                    assert_eq!(error.cost(), Cost::Cycle, "{place}: {error}");
                    own(&mirror, &chunks, &row, &Signals::default()).await.expect("the rest");
                }
                assert_eq!(row.into_inner().expect("no panic").failures, [], "{place}");
                assert_eq!(shown(&target).await, shown(&mirror.shares.source).await, "{place}");
            }
        }
    }
}

#[tokio::test]
async fn an_entry_that_alone_is_refused_for_load_costs_itself() {
    for busy in BUSY {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", json!({})).await;
        target.create(&Default::default()).await.expect("the target share is new");
        put(&source, "bad", "data").await;
        put(&source, "good", "data").await;
        let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
        let (chunks, _) = mirror.plan().await.expect("a plan");
        refuse(&stage, busy, |seen| seen.path.ends_with("/files/bad"));
        let failures = mirror.write(&chunks).await.expect("written");
        assert_eq!(reasons(&failures), [("bad", busy.1)]);
        assert_eq!(read(&target, "good").await, "data");
    }
}
