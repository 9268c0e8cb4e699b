//! The one request that matters fails: nothing is lost, and nothing is taken for done.

use std::sync::atomic::{AtomicBool, Ordering};

use azure_core::http::Method;
use azure_storage_file_share::{Metadata, Permission, PermissionFormat, SmbProperties};

use crate::support::*;

#[tokio::test]
async fn a_directory_whose_metadata_could_not_be_written_is_not_equal_in_the_next_cycle() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    let metadata = Metadata::from([("project".to_owned(), "one".to_owned())]);
    source.directory_client("d").set_metadata(&metadata).await.expect("set");
    let http = Faulty::failing(|method, request| *method == Method::Put && request.contains("comp=metadata"));
    let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
    let failures = mirror.run().await.expect("mirrored");
    assert_eq!(failures.iter().map(|failure| failure.path.as_str()).collect::<Vec<_>>(), ["d"]);
    let mirror = Mirror::healthy(&stage, &source, &target, "2").await;
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    let found = target.directory_client("d").get_properties().await.expect("there");
    assert_eq!(found.metadata, metadata);
}

#[tokio::test]
async fn an_entry_of_the_other_kind_stays_until_its_successor_is_complete() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    remove(&source, "a").await;
    put_directory(&source, "a").await;
    remove(&source, "d/b").await;
    source.directory_client("d").delete().await.expect("deleted");
    put(&source, "d", "a file now").await;
    // the new directory is refused, and so is the last rename of the new file
    let in_its_place = format!("/{TARGET}/files/");
    let http = Faulty::failing(move |method, request| {
        let Some(request) = request.strip_prefix(&in_its_place) else { return false };
        *method == Method::Put
            && (request.starts_with("a?") && request.contains("restype=directory")
                || request.starts_with("d?") && request.contains("comp=rename"))
    });
    let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
    let failures = mirror.run().await.expect("mirrored");
    assert!(!failures.is_empty());
    let mut kept = Vec::new();
    for name in names(&target, "").await {
        if target.directory_client(&name).get_properties().await.is_ok() {
            kept.extend(names(&target, &name).await);
        } else {
            kept.push(read(&target, &name).await);
        }
    }
    let keeps = |one: &str| kept.iter().any(|kept| kept == one);
    assert!(keeps("first"), "the file that was moved aside: {kept:?}, {failures:#?}");
    assert!(keeps("b") || keeps("a file now"), "the old tree or the whole new file: {kept:?}, {failures:#?}");
}

#[tokio::test]
async fn an_entry_that_fails_is_counted_once() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_directory(&source, "new").await;
    remove(&source, "a").await;
    put_directory(&source, "a").await;
    let made = ["new", "a"].map(|path| format!("/{TARGET}/files/{path}?"));
    let http = Faulty::failing(move |method, request| {
        *method == Method::Put
            && request.contains("restype=directory")
            && made.iter().any(|made| request.starts_with(made))
    });
    let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
    let failures = mirror.run().await.expect("mirrored");
    let paths: Vec<_> = reasons(&failures).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["a", "new"], "{failures:#?}");
}

#[tokio::test]
async fn a_root_whose_permission_cannot_be_read_costs_no_other_entry_its_update() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "a", "second!").await;
    let descriptor =
        Permission { value: "O:SYG:SYD:(A;;FA;;;SY)".to_owned(), format: PermissionFormat::Sddl };
    let permission_key = Some(source.create_permission(&descriptor).await.expect("a key"));
    let smb = SmbProperties { permission_key, ..Default::default() };
    source.root_directory_client().set_properties(&smb).await.expect("set");
    let asked = AtomicBool::new(false);
    // the root's is the first that is asked for
    let http = Faulty::failing(move |method, request| {
        *method == Method::Get
            && request.contains("comp=filepermission")
            && !asked.swap(true, Ordering::SeqCst)
    });
    let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
    let outcome = mirror.run().await;
    assert_eq!(read(&target, "a").await, "second!", "{outcome:?}");
    let failures = outcome.expect("one entry is not the cycle");
    assert_eq!(failures.iter().map(|failure| failure.path.as_str()).collect::<Vec<_>>(), [""]);
}

#[tokio::test]
async fn a_rename_that_fails_halfway_leaves_the_entry_under_its_old_name() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    rename_directory(&source, "d", "aside").await;
    rename_directory(&source, "aside", "D").await;
    let last_half = format!("/{TARGET}/files/D?");
    let http =
        Faulty::failing(move |_, request| request.starts_with(&last_half) && request.contains("comp=rename"));
    let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
    let failures = mirror.run().await.expect("mirrored");
    assert_eq!(reasons(&failures), [("D", "Unknown")]);
    assert_eq!(names(&target, "").await, ["a", "d"]);
    let mirror = Mirror::healthy(&stage, &source, &target, "2").await;
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    assert_eq!(names(&target, "").await, ["D", "a"]);
}

#[tokio::test]
async fn an_empty_file_whose_last_request_fails_is_not_taken_for_finished() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    source.file_client("empty").create(&Default::default()).await.expect("created");
    source.file_client("empty").set_properties(&Default::default()).await.expect("set");
    let http = Faulty::failing(|method, request| {
        *method == Method::Put && request.contains("/empty?") && request.contains("comp=properties")
    });
    let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
    assert_eq!(mirror.run().await.expect("mirrored").len(), 1);
    let mirror = Mirror::healthy(&stage, &source, &target, "2").await;
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    let found = target.file_client("empty").get_properties().await.expect("there");
    assert_eq!(found.content.content_type, None);
}
