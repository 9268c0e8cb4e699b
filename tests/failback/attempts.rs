//! Attempts to make a failback lose something, or say what is not so.

use std::sync::Arc;

use azure_files_backup::cycle::failback::FailbackPreview;
use azure_files_backup::cycle::report::{CycleReport, Status};
use azure_storage_file_share::{
    FileAttributes, LeaseId, Permission, PermissionFormat, ShareClient, SmbProperties,
};
use faults::{Fault, Seen};
use serde_json::json;

use super::assert_goes_on;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_somebody_has_open_in_the_source_keeps_the_roles_as_they_are() {
    let (stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    put(&target, "a", "since").await;
    put(&target, "b", "new").await;
    let lease = LeaseId::from("8d1ad1c5-8d0d-4d2f-9f43-1c6e3c1f0001");
    source.file_client("a").acquire_lease(&lease).await.expect("leased");
    let report = handler.fail_back().await;
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    assert_eq!(report.failures[0].path, "a");
    assert_eq!((read(&source, "a").await.as_str(), read(&source, "b").await.as_str()), ("data", "new"));
    assert!(handler.pair("files").await.failed_over.is_some());
    source.file_client("a").release_lease(&lease).await.expect("released");
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(read(&source, "a").await, "since");
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_the_target_that_cannot_be_read_deletes_nothing_in_the_source() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directories(&source, "d/e").await;
    for path in ["d/a", "d/e/b", "c"] {
        put(&source, path, path).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    handler.fail_over().await;
    remove(&target, "d/a").await;
    put(&target, "d/new", "new").await;
    put(&target, "f", "new").await;
    stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        let is_meant = seen.account == TARGET
            && seen.operation == "List Directories and Files"
            && seen.path.ends_with("/files/d");
        if is_meant {
            Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None }
        } else {
            Fault::None
        }
    })));
    let report = handler.fail_back().await;
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    assert_eq!(names(&source, "d").await, ["a", "e"]);
    assert_eq!(names(&source, "").await, ["c", "d", "f"]);
    stage.emulator.set_faults(None);
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(shown(&source).await, shown(&target).await);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_target_does_not_empty_the_source() {
    let (_stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    remove_share(&target).await;
    let gone: CycleReport = handler.ask_to_fail_back("").await.ok();
    assert_failed(&gone, "ShareNotFound");
    target.create(&Default::default()).await.expect("made anew");
    let preview: FailbackPreview = handler.ask_to_fail_back("?plan=only").await.ok();
    assert!(preview.note.contains("deleted"), "{}", preview.note);
    handler.fail_over().await;
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    assert_waits(&waiting);
    assert_eq!(names(&source, "").await, ["a"]);
    handler.approve_failback(&waiting).await;
    assert_succeeded(&handler.failback().await);
    assert_eq!(roles(&source).await, ["safety", "source", "source"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_come_too_late_or_twice() {
    let (stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    put(&target, "b", "new").await;
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    let digest = assert_waits(&waiting).digest.clone();
    let approve = json!({"action": "approve", "digest": digest});
    handler.decide_failback(approve.clone()).await.ok::<CycleReport>();
    handler.decide_failback(approve.clone()).await.problem(409, "NothingToDecide");
    handler.decide_failback(json!({"action": "reject"})).await.problem(409, "NothingToDecide");
    let cancelled: CycleReport = handler.decide_failback(json!({"action": "cancel"})).await.ok();
    assert_eq!(cancelled.status, Some(Status::Cancelled));
    assert_eq!(names(&source, "").await, ["a"]);
    assert_eq!(
        (roles(&source).await, roles(&target).await.contains(&"failback".to_owned())),
        (vec!["source".to_owned()], false)
    );
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    // what was planned now is another plan, of another share snapshot
    put(&target, "c", "newer").await;
    let rejected: CycleReport = handler.decide_failback(json!({"action": "reject"})).await.ok();
    assert_eq!((rejected.id == waiting.id, rejected.status), (true, Some(Status::Rejected)));
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    handler.decide_failback(approve).await.problem(409, "StaleDigest");
    handler.approve_failback(&waiting).await;
    assert_succeeded(&handler.failback().await);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_stands_beside_the_data_comes_back() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_directories(&source, "d/e").await;
    for path in ["acl", "attributes", "times", "metadata", "both", "d/kind", "d/e/x"] {
        put(&source, path, path).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    handler.fail_over().await;
    let key = async |share: &ShareClient, who: &str| {
        let text = format!("O:BAG:BAD:(A;;FA;;;{who})");
        Some(
            share
                .create_permission(&Permission { value: text, format: PermissionFormat::Sddl })
                .await
                .expect("a key"),
        )
    };
    let acl = SmbProperties { permission_key: key(&target, "AU").await, ..Default::default() };
    set(&target, "acl", acl.clone()).await;
    let elsewhere = SmbProperties { permission_key: key(&source, "WD").await, ..Default::default() };
    set(&source, "both", elsewhere).await;
    set(&target, "both", acl).await;
    let attributes = Some(FileAttributes::READ_ONLY);
    set(&target, "attributes", SmbProperties { attributes, ..Default::default() }).await;
    let time = "2020-02-02T02:02:02.0000000Z".parse().expect("a time");
    set(&target, "times", SmbProperties { last_write_time: Some(time), ..Default::default() }).await;
    let metadata = [("who".to_owned(), "me".to_owned())].into();
    target.file_client("metadata").set_metadata(&metadata).await.expect("set");
    remove(&target, "d/kind").await;
    put_directory(&target, "d/kind").await;
    put(&target, "d/kind/in", "in").await;
    remove(&target, "d/e/x").await;
    target.directory_client("d/e").delete().await.expect("empty");
    put(&target, "d/e", "a file").await;
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(shown(&source).await, shown(&target).await);
    let found = source.file_client("metadata").get_properties().await.expect("there");
    assert_eq!(found.metadata, metadata);
    assert_goes_on(&handler, &stage).await;
}
