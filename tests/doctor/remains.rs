//! What a preflight leaves behind: nothing, whatever is refused or killed.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::doctor::CheckName;
use azure_storage_file_share::{CreateShareOptions, Metadata};
use faults::{Fault, Seen};

use super::{SIDES, assert_failed, examine, healthy, scratch_shares};
use crate::support::*;

/// More than a preflight sends.
const REQUESTS: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_whatever_is_refused_nothing_stays_but_what_is_told() {
    let stage = healthy().await;
    let source = stage.share(SOURCE, "files");
    for number in 1..=REQUESTS {
        let refused = move |seen: &Seen<'_>| match seen.number == number {
            true => Fault::Refuse {
                status: 403,
                code: "AuthorizationPermissionMismatch",
                retry_after_seconds: None,
            },
            false => Fault::None,
        };
        stage.emulator.set_faults(Some(Arc::new(refused)));
        let found = examine(&stage.variables()).await;
        stage.emulator.set_faults(None);
        let left = (snapshots(&source).await, scratch_shares(&stage).await);
        let is_told =
            found.checks.iter().any(|check| check.check == CheckName::DeleteShares && check.remedy.is_some());
        assert!(is_told || left == (vec![], vec![]), "request {number}: {left:?}, {:#?}", found.checks);
        for id in left.0 {
            source.delete_snapshot(&id).await.expect("deleted");
        }
        for name in left.1 {
            stage.share(TARGET, &name).delete(Default::default()).await.expect("deleted");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_whatever_answer_is_lost_nothing_stays_and_nothing_is_blamed() {
    let stage = healthy().await;
    let source = stage.share(SOURCE, "files");
    for number in 1..=REQUESTS {
        let lost = move |seen: &Seen<'_>| match seen.number == number {
            true => Fault::DropAfter,
            false => Fault::None,
        };
        stage.emulator.set_faults(Some(Arc::new(lost)));
        let found = examine(&stage.variables()).await;
        stage.emulator.set_faults(None);
        assert_eq!(
            (snapshots(&source).await, scratch_shares(&stage).await),
            (vec![], vec![]),
            "request {number}"
        );
        assert_failed(&found, &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_what_a_killed_one_left_behind_goes_with_the_next() {
    let stage = healthy().await;
    let source = stage.share(SOURCE, "files");
    // somebody else's that look alike
    let foreign = stage.share(TARGET, "backup-doctor-of-another");
    foreign.create(&CreateShareOptions { quota_gib: Some(1), ..Default::default() }).await.expect("made");
    let role = [("backup_role", "doctor"), ("backup_cycle", "x"), ("backup_pair_id", "another")];
    let role: Metadata = role.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let other = source.create_snapshot(&role).await.expect("taken");
    // it dies when both are there
    let stuck = |seen: &Seen<'_>| match seen.operation {
        "Put Range From URL" => Fault::Delay { by: Duration::from_secs(60) },
        _ => Fault::None,
    };
    stage.emulator.set_faults(Some(Arc::new(stuck)));
    let killed = tokio::time::timeout(Duration::from_secs(3), run(&["doctor"], &stage.variables())).await;
    assert!(killed.is_err(), "it waits for the copy");
    stage.emulator.set_faults(None);
    assert_eq!((snapshots(&source).await.len(), scratch_shares(&stage).await.len()), (2, 2));
    // not yet: it may still run
    assert!(examine(&stage.variables()).await.passed);
    assert_eq!((snapshots(&source).await.len(), scratch_shares(&stage).await.len()), (2, 2));
    stage.emulator.advance_clock(Duration::from_secs(2 * 3600));
    assert_failed(&examine(&stage.variables()).await, &SIDES.map(|side| (CheckName::Clock, side)));
    assert_eq!(snapshots(&source).await, [other]);
    assert_eq!(scratch_shares(&stage).await, ["backup-doctor-of-another"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_ship_it_4_a_share_is_only_deleted_under_a_scratch_name() {
    let stage = healthy().await;
    stage.emulator.log().reset();
    examine(&stage.variables()).await;
    let deleted: Vec<_> = stage
        .emulator
        .log()
        .snapshot()
        .recent
        .into_iter()
        .filter(|sent| sent.operation == "Delete Share")
        .collect();
    for sent in &deleted {
        let of_a_share_snapshot = sent.path_and_query.contains("sharesnapshot=");
        assert!(
            of_a_share_snapshot || sent.path_and_query.contains("/backup-doctor-"),
            "{}",
            sent.path_and_query
        );
    }
    assert!(!deleted.is_empty());
}
