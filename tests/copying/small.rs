//! Small files: one request on each side, and what is done where that is not enough.

use std::sync::Arc;

use azure_files_backup::sync::{CopyMode, End, FailedPaths, Progress};
use azure_storage_file_share::{
    ContentHeaders, CreateFile, FileAttributes, Metadata, SetFileProperties, ShareClient, SmbProperties,
};
use bytes::Bytes;
use faults::{Fault as Struck, Script};
use serde_json::json;

use super::{Asked, mirror};
use crate::support::*;

/// All that can stand beside the data.
fn everything(body: &'static str) -> CreateFile {
    let content = ContentHeaders {
        content_type: Some("text/plain".to_owned()),
        content_encoding: Some("identity".to_owned()),
        content_language: Some("de".to_owned()),
        content_disposition: Some("inline".to_owned()),
        cache_control: Some("no-cache".to_owned()),
        ..Default::default()
    };
    CreateFile {
        size: body.len() as u64,
        smb: SmbProperties { attributes: Some(FileAttributes::HIDDEN), ..Default::default() },
        content,
        metadata: Metadata::from([("project".to_owned(), "one".to_owned())]),
        body: (!body.is_empty()).then(|| Bytes::from(body)),
        ..Default::default()
    }
}

async fn create(share: &ShareClient, path: &str, file: &CreateFile) {
    share.file_client(path).create(file).await.expect("created");
}

/// A pair of shares `files`, with `put` in the source, as it is mirrored in a mode.
async fn mirrored_new(mode: CopyMode, path: &str, file: &CreateFile) -> Asked {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    create(&source, path, file).await;
    mirror(&stage, &source, &target, mode).await
}

#[tokio::test]
async fn accept_sync_engine_small_new_a_small_file_takes_one_request_on_each_side() {
    for mode in [CopyMode::Auto, CopyMode::Streamed] {
        let asked = mirrored_new(mode, "new", &everything("data")).await;
        assert_eq!(asked.of("new"), ["<Get File", ">Create File"], "{mode:?}");
    }
}

#[tokio::test]
async fn accept_sync_engine_small_new_an_empty_file_takes_one_request_on_each_side_in_every_mode() {
    for mode in CopyMode::ALL {
        let asked = mirrored_new(mode, "empty", &everything("")).await;
        assert_eq!(asked.of("empty"), ["<Get File Properties", ">Create File"], "{mode:?}");
    }
}

#[tokio::test]
async fn accept_sync_engine_small_new_server_side_moves_no_byte_through_the_app() {
    let asked = mirrored_new(CopyMode::ServerSide, "new", &everything("data")).await;
    let expected = ["<Get File Properties", ">Create File", ">Put Range From URL", ">Set File Properties"];
    // the target's service reads the source itself
    assert_eq!(asked.by_us("new"), expected);
    assert_eq!(asked.count("Put Range"), 0);
}

#[tokio::test]
async fn accept_sync_engine_mixed_a_small_changed_file_takes_one_request_on_each_side() {
    for mode in [CopyMode::Auto, CopyMode::Streamed] {
        let mut stage = Stage::set().await;
        let (source, target) = mirrored(&mut stage).await;
        create(&source, "a", &everything("second!")).await;
        let asked = mirror(&stage, &source, &target, mode).await;
        assert_eq!(asked.of("a"), ["<Get File", ">Create File"], "{mode:?}");
    }
}

#[tokio::test]
async fn a_read_only_file_becomes_so_last_and_is_replaced_as_a_whole() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_read_only(&source, "new", "data").await;
    let asked = mirror(&stage, &source, &target, CopyMode::Auto).await;
    assert_eq!(asked.of("new"), ["<Get File", ">Create File", ">Set File Properties"]);
    let writable = SmbProperties { attributes: Some(FileAttributes::ARCHIVE), ..Default::default() };
    set(&source, "new", writable).await;
    put_read_only(&source, "new", "second!").await;
    let asked = mirror(&stage, &source, &target, CopyMode::Auto).await;
    // built elsewhere
    assert_eq!(asked.of("new"), ["<Get File", ">Get File Properties", ">Rename File"]);
}

#[tokio::test]
async fn a_file_without_a_content_type_takes_one_request_more() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "new", "data").await;
    let nothing = SetFileProperties::default();
    source.file_client("new").set_properties(&nothing).await.expect("set");
    let asked = mirror(&stage, &source, &target, CopyMode::Auto).await;
    assert_eq!(asked.of("new"), ["<Get File", ">Create File", ">Set File Properties"]);
}

#[tokio::test]
async fn a_service_that_creates_no_files_with_data_is_asked_once() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    for path in ["first", "second"] {
        create(&source, path, &everything("data")).await;
    }
    let refuse = || Struck::Refuse { status: 400, code: "InvalidHeaderValue", retry_after_seconds: None };
    // once in the one request that it takes, once in the first of several
    let script = Script::new().on("Create File", &format!("{TARGET}/files/first"), 2, refuse);
    stage.emulator.set_faults(Some(Arc::new(script)));
    let snapshot = source.create_snapshot(&Default::default()).await.expect("a share snapshot");
    let names = (source.name(), target.name());
    let mirror = Mirror::with(&stage, names, &snapshot, Faulty::healthy(), Default::default(), ("1", 1));
    let (chunks, _) = mirror.plan().await.expect("a plan");
    stage.emulator.log().reset();
    // one after the other
    for item in &chunks[0].items {
        let alone = azure_files_backup::sync::Chunk::of(vec![item.clone()]);
        assert_eq!(mirror.write(&[alone]).await.expect("written"), []);
    }
    let asked = Asked(stage.emulator.log().snapshot().recent);
    let expected = |put: &str| [">Create File", put, ">Set File Properties"].map(str::to_owned);
    assert_eq!(asked.by_us("first")[..2], [">Create File", ">Create File"]);
    assert_eq!(asked.by_us("first")[2..], expected(">Put Range"), "it was read already");
    assert_eq!(asked.by_us("second")[1..], expected(">Put Range From URL"));
    for path in ["first", "second"] {
        assert_eq!(read(&target, path).await, "data");
    }
}

/// What is left of a Create that the service began and its end nobody saw: everything but the data.
async fn half_created(share: &ShareClient, source: &ShareClient, path: &str) {
    let found = source.file_client(path).get_properties().await.expect("there");
    let smb = SmbProperties {
        attributes: Some(found.written.attributes),
        creation_time: Some(found.written.creation_time),
        last_write_time: Some(found.written.last_write_time),
        change_time: Some(found.written.change_time),
        ..Default::default()
    };
    let file = CreateFile { size: found.size, smb, content: found.content, ..Default::default() };
    create(share, path, &file).await;
}

#[tokio::test]
async fn accept_sync_engine_a_file_that_only_looks_complete_is_copied_again() {
    for mode in CopyMode::ALL {
        let mut stage = Stage::set().await;
        let (source, target) = mirrored(&mut stage).await;
        put(&source, "new", "data").await;
        put_directory(&source, "n").await;
        put(&source, "n/new", "data").await;
        let mirror = Mirror::healthy(&stage, &source, &target, "1").await.in_mode(mode);
        let (chunks, _) = mirror.plan().await.expect("a plan");
        put_directory(&target, "n").await;
        for path in ["new", "n/new"] {
            half_created(&target, &source, path).await;
        }
        assert_eq!(mirror.apply(&chunks).await.expect("applied"), [], "{mode:?}");
        for path in ["new", "n/new"] {
            assert_eq!(read(&target, path).await, "data", "{mode:?} {path}");
        }
    }
}

#[tokio::test]
async fn whoever_goes_on_copies_nothing_again_that_was_seen_to_be_complete() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_directory(&source, "n").await;
    for number in 0..500 {
        put(&source, &format!("n/{number:03}"), "data").await;
    }
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    let (progress, log) = (Progress::default(), stage.emulator.log());
    log.reset();
    let stop = async {
        while log.count(TARGET, "Create File") < 40 {
            progress.moved().await;
        }
        progress.stop();
    };
    let (apply, none) = (mirror.applying(), FailedPaths::default());
    let (end, ()) = tokio::join!(apply.write(&chunks[0], &none, &progress), stop);
    assert_eq!(end.expect("written"), End::Stopped);
    let progress = Progress::new(progress.saved());
    assert_eq!(apply.write(&chunks[0], &none, &progress).await.expect("written"), End::Finished);
    let created = Asked(log.snapshot().recent);
    assert_eq!(created.count("Create File"), 500, "each once");
    assert_eq!(names(&target, "n").await.len(), 500);
}
