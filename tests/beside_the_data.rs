//! What stands beside the data, and what belongs to the shares themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use azure_core::http::Method;
use azure_storage_file_share::{
    ClientOptions, DeleteSnapshots, Metadata, Permission, PermissionFormat, SmbProperties,
};
use file_share_emulator::Config;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_file_without_a_content_type_stays_without_one() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    for (path, body) in [("empty", ""), ("full", "data")] {
        put(&source, path, body).await;
        // what is absent is cleared
        set(&source, path, SmbProperties::default()).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for path in ["full", "empty"] {
        let wanted = source.file_client(path).get_properties().await.expect("there").content;
        let found = target.file_client(path).get_properties().await.expect("there").content;
        assert_eq!(found, wanted, "{path}");
    }
}

#[tokio::test]
async fn a_target_share_made_anew_is_filled_again_with_permissions_of_its_own() {
    let (_stage, _source, target, handler) = backed_up().await;
    target.delete(DeleteSnapshots::Include).await.expect("deleted");
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(read(&target, "a").await, "data");
}

#[tokio::test]
async fn a_source_without_anything_to_mirror_is_an_empty_source() {
    let (_stage, source, target, handler) = backed_up().await;
    remove(&source, "a").await;
    put(&source, ".backup-scratch-of-somebody", "data").await;
    let report = handler.cycle("files").await;
    assert_eq!(read(&target, "a").await, "data", "{report:#?}");
}

#[tokio::test]
async fn a_plan_of_many_chunks_keeps_the_order_of_its_work() {
    let mut stage = Stage::with(Config { page_size: 700, ..Config::default() }).await;
    let (source, target) = stage.pair("files", json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    put(&source, "kept", "data").await;
    for directory in ["d", "d/e", "d/e/f"] {
        put_directory(&target, directory).await;
        for number in 0..700 {
            put(&target, &format!("{directory}/{number}"), "").await;
        }
    }
    put(&source, "D", "a file now").await;
    for number in 0..3_500 {
        put(&source, &format!("new-{number}"), "").await;
    }
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, failures) = mirror.plan().await.expect("a plan");
    assert!(chunks.len() > 3, "{} chunks test nothing", chunks.len());
    assert_eq!(failures, []);
    assert_eq!(mirror.apply(&chunks).await.expect("applied"), []);
    assert_eq!(read(&target, "D").await, "a file now");
    assert_eq!(mirror.done.lock().expect("no panic").deleted, 3 * 700 + 3);
    let mirror = Mirror::healthy(&stage, &source, &target, "2").await;
    assert_eq!(mirror.plan().await.expect("a plan"), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn an_acl_that_the_target_refuses_costs_its_entries_alone() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    let descriptor =
        Permission { value: "O:BAG:BAD:(A;;FA;;;BA)".to_owned(), format: PermissionFormat::Sddl };
    let permission_key = Some(source.create_permission(&descriptor).await.expect("a key"));
    set(&source, "d/b", SmbProperties { permission_key: permission_key.clone(), ..Default::default() }).await;
    put_with(&source, "refused", "data", SmbProperties { permission_key, ..Default::default() }).await;
    put(&source, "a", "second!").await;
    let known = AtomicUsize::new(0);
    // the descriptor that everything else has comes first
    let http = Faulty::failing(move |method, request| {
        *method == Method::Put
            && request.contains("comp=filepermission")
            && known.fetch_add(1, Ordering::SeqCst) > 0
    });
    let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
    let usual = source.file_client("a").get_properties().await.expect("there").written.permission_key;
    let shares = &mirror.shares;
    shares.permissions.counterpart(&shares.source, &shares.target, &usual).await.expect("a counterpart");
    let failures = mirror.run().await.expect("mirrored");
    let paths: Vec<_> = reasons(&failures).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["d/b", "refused"]);
    assert_eq!(names(&target, "").await, ["a", "d"]);
    assert_eq!((read(&target, "a").await, read(&target, "d/b").await), ("second!".into(), "first".into()));
}

#[tokio::test]
async fn a_share_snapshot_whose_answer_is_lost_is_taken_once() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let http = Faulty::new(|_, method, request| {
        if *method == Method::Put && request.contains("comp=snapshot") { Fault::Answer } else { Fault::None }
    });
    let options = ClientOptions { http: Some(Arc::new(http)), ..Default::default() };
    let share = stage.share_with(SOURCE, "files", options);
    assert!(share.create_snapshot(&Metadata::new()).await.is_err_and(|error| error.may_have_happened()));
    assert_eq!(source.list_snapshots().await.expect("a list").len(), 1);
}
