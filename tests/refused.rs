//! What the service refuses, or may not be sent any more, while a plan is applied: it costs what it has to, and no
//! content.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure_files_backup::sync::Cost;
use azure_storage::{Deadline, Gate, GateClosed};
use azure_storage_file_share::ClientOptions;
use faults::{Fault, Seen};

use crate::support::*;

/// Refuses listings of a target directory from now on.
fn refuse_listings(stage: &Stage, directory: &'static str, status: u16, code: &'static str) {
    stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        let is_meant = seen.account == TARGET
            && seen.operation == "List Directories and Files"
            && seen.path.ends_with(directory);
        let refuse = Fault::Refuse { status, code, retry_after_seconds: None };
        if is_meant { refuse } else { Fault::None }
    })));
}

#[tokio::test]
async fn a_directory_that_cannot_be_listed_after_the_last_write_is_not_taken_for_equal() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "d/b", "second!").await;
    put(&source, "a", "second!").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    let mut failures = mirror.write(&chunks).await.expect("written");
    refuse_listings(&stage, "/files/d", 403, "AuthorizationPermissionMismatch");
    mirror.verify(&chunks, &mut failures).await.expect("verified");
    assert_eq!(reasons(&failures), [("d", "AuthorizationPermissionMismatch")]);
}

#[tokio::test]
async fn what_cannot_be_looked_at_again_is_neither_replaced_nor_deleted() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_directory(&target, "gone").await;
    put(&target, "gone/x", "first").await;
    put(&target, "d/gone", "first").await;
    put(&source, "d/b", "second!").await;
    put(&source, "a", "second!").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    for (directory, busy) in [("/files/d", "d"), ("/files/gone", "gone")] {
        refuse_listings(&stage, directory, 503, "ServerBusy");
        let failures = mirror.write(&chunks).await.expect("written");
        assert!(failures.iter().all(|failure| failure.path.starts_with(busy)), "{failures:?}");
        assert!(!failures.is_empty());
        stage.emulator.set_faults(None);
        match busy {
            "d" => {
                assert_eq!(read(&target, "d/b").await, "first");
                assert_eq!(read(&target, "d/gone").await, "first");
                put_directory(&target, "gone").await;
                put(&target, "gone/x", "first").await;
            }
            _ => assert_eq!(read(&target, "gone/x").await, "first"),
        }
        assert_eq!(read(&target, "a").await, "second!");
    }
}

#[tokio::test]
async fn a_credential_that_is_not_taken_any_more_ends_the_pass_and_fails_no_entry() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "a", "second!").await;
    put(&source, "d/b", "second!").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    stage.emulator.set_faults(Some(Arc::new(|_: &Seen<'_>| Fault::Refuse {
        status: 403,
        code: "AuthenticationFailed",
        retry_after_seconds: None,
    })));
    let row = Mutex::default();
    let error = own(&mirror, &chunks, &row, &Signals::default()).await.expect_err("the credential is lost");
    assert_eq!(error.cost(), Cost::Cycle);
    assert_eq!(row.into_inner().expect("no panic").failures, []);
}

/// Lets so many writes through.
#[derive(Debug)]
struct ClosesAfter(AtomicU64);

#[async_trait]
impl Gate for ClosesAfter {
    async fn enter(&self) -> Result<Deadline, GateClosed> {
        let left = |left: u64| left.checked_sub(1);
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).map_err(|_| GateClosed)?;
        Ok(Deadline::after(Duration::from_secs(600)))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_may_not_write_any_more_has_failed_in_nothing_and_the_next_one_goes_on() {
    let stage = Stage::set().await;
    for writes in (0..).step_by(9) {
        let (source, target, _) = changed_pair(&stage, &format!("closed-{writes}")).await;
        let snapshot = source.create_snapshot(&Default::default()).await.expect("a share snapshot");
        let gate = ClientOptions { gate: Some(Arc::new(ClosesAfter(writes.into()))), ..Default::default() };
        let first = Mirror::with(
            &stage,
            (source.name(), target.name()),
            &snapshot,
            Faulty::healthy(),
            gate,
            ("1", 1),
        );
        let second = Mirror::with(
            &stage,
            (source.name(), target.name()),
            &snapshot,
            Faulty::healthy(),
            ClientOptions::default(),
            ("1", 2),
        );
        let (chunks, _) = second.plan().await.expect("a plan");
        let row = Mutex::default();
        let closed = own(&first, &chunks, &row, &Signals::default()).await;
        let failures = row.lock().expect("no panic").failures.clone();
        assert_eq!(failures, [], "closed after {writes} writes");
        let Err(error) = closed else { break };
        assert_eq!(error.cost(), Cost::Invocation, "{error}");
        own(&second, &chunks, &row, &Signals::default()).await.expect("finished");
        assert_eq!(row.lock().expect("no panic").failures, [], "closed after {writes} writes");
        assert_eq!(
            shown(&target).await,
            shown(&source.with_snapshot(&snapshot)).await,
            "closed after {writes} writes"
        );
    }
}
