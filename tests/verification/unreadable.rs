//! What cannot be read is not proved, and what differs in the listings of the two share snapshots is found as well.

use azure_files_backup::cycle::report::{Phase, Status};
use azure_storage_file_share::FileAttributes;
use serde_json::json;

use super::*;

async fn scene() -> (Stage, ShareClient, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"verify": "full"})).await;
    put_directory(&source, "d").await;
    for path in ["a", "d/b", "d/c", "e"] {
        put(&source, path, "data").await;
    }
    let handler = stage.handler().await;
    (stage, source, target, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_verification_finds_a_directory_that_cannot_be_read() {
    let (stage, _, _, handler) = scene().await;
    stage.refuse(of_point("List Directories and Files", "/files/d"), 403, "AuthorizationFailure");
    let report = handler.cycle("files").await;
    stage.leave();
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    assert_eq!(reasons(&report.failures), [("d", "AuthorizationFailure")]);
    assert_eq!(verified(&report).files, 2);
    assert_told(&report);
    assert_eq!(marks(&handler.recovery_points("files").await), [true]);
    // nothing is copied for that
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!((report.done.copied.files, verified(&report).files), (0, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_is_found_and_the_others_are_read() {
    let (stage, _, _, handler) = scene().await;
    stage.refuse(of_point("Get File", "/files/d/b"), 403, "AuthorizationFailure");
    let report = handler.cycle("files").await;
    stage.leave();
    assert_eq!(reasons(&report.failures), [("d/b", "AuthorizationFailure")]);
    assert_eq!(verified(&report).files, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_point_that_does_not_answer_for_a_while_is_read_by_the_next_invocation() {
    let (stage, _, _, handler) = scene().await;
    stage.refuse(of_point("Get File", "/files/d/b"), 401, "NoAuthenticationInformation");
    let report = handler.cycle("files").await;
    assert_eq!((report.state, report.status), (Phase::Proving, None), "{report:#?}");
    let point = report.target_snapshot.clone().expect("it stands");
    // the pair has it, although its cycle goes on
    assert_eq!(handler.pair("files").await.recovery_point.expect("it counts").target, point);
    stage.leave();
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!((verified(&report).files, report.target_snapshot), (4, Some(point)));
}

/// A file goes, another one comes, one gets other attributes, and one an ACL of its own.
async fn meddle(target: &ShareClient) {
    remove(target, "a").await;
    put(target, "d/new", "data").await;
    let attributes = Some(FileAttributes::HIDDEN);
    set(target, "e", SmbProperties { attributes, ..Default::default() }).await;
    set_acl(target, "d/b").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_verification_finds_a_missing_file_and_a_changed_acl() {
    let (stage, _, target, handler) = scene().await;
    assert_succeeded(&handler.cycle("files").await);
    // somebody comes between the last look and the share snapshot
    let other = target.clone();
    stage.before(takes_point, move |_| {
        let target = other.clone();
        async move { meddle(&target).await }
    });
    let report = handler.cycle("files").await;
    stage.leave();
    let found = reasons(&report.failures);
    for path in ["a", "d/b", "d/new", "e"] {
        assert!(found.contains(&(path, "NotEqual")), "{report:#?}");
    }
    for (path, evidence) in [("a", "does not hold it"), ("d/b", "Permission")] {
        let found = report.failures.iter().find(|failure| failure.path == path).expect("found");
        assert!(found.detail.ends_with(evidence), "{}", found.detail);
    }
    assert_eq!(report.status, Some(Status::CompletedWithErrors));
    assert_told(&report);
    assert_eq!(marks(&handler.recovery_points("files").await), [true, false]);
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(verified(&report).found, 0);
}
