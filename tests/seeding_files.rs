//! Where the data of each file comes from while a pair is seeded, by the rows of the table in `docs/seeding.md`.

use std::sync::Arc;

use azure_files_backup::cycle::report::{Amounts, CycleReport, Seeded, Status};
use azure_storage_file_share::{
    ContentHeaders, CreateFile, FileTime, LastWrite, Metadata, Permission, PermissionFormat,
    SetFileProperties, ShareClient, SmbProperties,
};
use bytes::Bytes;
use faults::Planned;
use serde_json::json;

use crate::support::*;

const SECOND: u64 = 10_000_000;

fn later(time: FileTime, seconds: u64) -> FileTime {
    FileTime::from_ticks(time.ticks() + seconds * SECOND).expect("a time")
}

fn earlier(time: FileTime, seconds: u64) -> FileTime {
    FileTime::from_ticks(time.ticks() - seconds * SECOND).expect("a time")
}

fn amounts(files: u64, bytes: u64) -> Amounts {
    Amounts { files, bytes }
}

/// Requests to the source, or with it as their origin, that brought file data of a path.
fn read_of_source(stage: &Stage, path: &str) -> usize {
    let log = stage.emulator.log().snapshot().recent;
    let of_path = log.iter().filter(|request| request.path_and_query.contains(path));
    of_path
        .filter(|request| {
            request.account == SOURCE && request.operation == "Get File"
                || request.operation == "Put Range From URL" && request.written_bytes > 0
        })
        .count()
}

async fn assert_equal(source: &ShareClient, target: &ShareClient, report: &CycleReport) {
    assert_succeeded(report);
    let snapshot = report.source_snapshot.clone().expect("one was taken");
    assert_eq!(shown(target).await, shown(&source.with_snapshot(&snapshot)).await);
}

/// One file `f` on either side; the counts of the cycle, and whether the source's data was read.
async fn seeded(
    more: serde_json::Value,
    source_body: &str,
    stage_it: impl AsyncFn(&ShareClient, FileTime),
) -> (Seeded, usize) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", more).await;
    let staging = stage.staging().await;
    put(&source, "f", source_body).await;
    stage_it(&staging, written_at(&source, "f").await).await;
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    let read = read_of_source(&stage, "/f?");
    assert_equal(&source, &target, &report).await;
    (report.done.seeded, read)
}

fn from_source(why: impl FnOnce(&mut Seeded, Amounts)) -> (Seeded, usize) {
    let one = amounts(1, 4);
    let mut seeded = Seeded { from_source: one, ..Seeded::default() };
    why(&mut seeded, one);
    (seeded, 1)
}

fn from_staging() -> (Seeded, usize) {
    (Seeded { from_staging: amounts(1, 4), ..Seeded::default() }, 0)
}

#[tokio::test]
async fn accept_seeding_1_file_2_absent_from_staging() {
    let found = seeded(seed(), "data", async |_, _| {}).await;
    assert_eq!(found, from_source(|seeded, one| seeded.absent = one));
}

#[tokio::test]
async fn accept_seeding_1_file_3_a_match_is_copied_inside_the_account() {
    let found = seeded(seed(), "data", async |staging, at| put_at(staging, "f", "data", at).await).await;
    assert_eq!(found, from_staging());
}

#[tokio::test]
async fn accept_seeding_1_file_3_a_match_by_another_spelling_gets_the_sources() {
    let found = seeded(seed(), "data", async |staging, at| put_at(staging, "F", "data", at).await).await;
    assert_eq!(found, from_staging());
}

#[tokio::test]
async fn accept_seeding_1_file_4_an_older_one_is_left_alone() {
    let older = async |staging: &ShareClient, at| put_at(staging, "f", "DATA", earlier(at, 1)).await;
    assert_eq!(seeded(seed(), "data", older).await, from_source(|seeded, one| seeded.newer_at_source = one));
}

#[tokio::test]
async fn accept_seeding_1_file_5_a_newer_one_is_left_alone() {
    let newer = async |staging: &ShareClient, at| put_at(staging, "f", "DATA", later(at, 1)).await;
    assert_eq!(seeded(seed(), "data", newer).await, from_source(|seeded, one| seeded.staging_newer = one));
}

#[tokio::test]
async fn accept_seeding_1_file_6_one_of_another_size_is_left_alone() {
    let longer = async |staging: &ShareClient, at| put_at(staging, "f", "longer", at).await;
    assert_eq!(seeded(seed(), "data", longer).await, from_source(|seeded, one| seeded.size = one));
}

#[tokio::test]
async fn accept_seeding_1_file_7_a_coarse_clock_is_forgiven_where_the_settings_say_so() {
    let coarse = || json!({"seed": {"share": STAGING, "toleranceSeconds": 2}});
    let by = |seconds| {
        async move |staging: &ShareClient, at| put_at(staging, "f", "data", later(at, seconds)).await
    };
    assert_eq!(seeded(coarse(), "data", by(2)).await, from_staging());
    assert_eq!(seeded(coarse(), "data", by(3)).await, from_source(|seeded, one| seeded.staging_newer = one));
    assert_eq!(seeded(seed(), "data", by(2)).await, from_source(|seeded, one| seeded.staging_newer = one));
}

/// A file that bears the hash of its data, as AzCopy leaves it with `--put-md5`.
async fn put_hashed(share: &ShareClient, path: &str, body: &'static str, hash: &str, at: Option<FileTime>) {
    let content = ContentHeaders { content_md5: Some(hash.to_owned()), ..Default::default() };
    let smb = SmbProperties { last_write_time: at, ..Default::default() };
    let body = Bytes::from_static(body.as_bytes());
    let options =
        CreateFile { size: body.len() as u64, body: Some(body), content, smb, ..Default::default() };
    share.file_client(path).create(&options).await.expect("the file is created");
}

#[tokio::test]
async fn accept_seeding_1_file_7_a_lost_time_is_made_up_for_by_equal_hashes() {
    const HASH: &str = "jXd/OF09/siBXSD3SWAm3A==";
    const OTHER: &str = "CY9rzUYh03PK3k6DJie09g==";
    let mut stage = Stage::set().await;
    let more = json!({"seed": {"share": STAGING, "match": "hash"}});
    let (source, target) = stage.pair("files", more).await;
    let staging = stage.staging().await;
    for (path, hash) in [("same", Some(HASH)), ("other", Some(OTHER)), ("none", None)] {
        put_hashed(&source, path, "data", HASH, None).await;
        let lost = earlier(written_at(&source, path).await, 1_000_000);
        match hash {
            Some(hash) => put_hashed(&staging, path, "data", hash, Some(lost)).await,
            None => put_at(&staging, path, "data", lost).await,
        }
    }
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    assert_eq!(read_of_source(&stage, "/same"), 0);
    assert_equal(&source, &target, &report).await;
    let Seeded { from_staging, newer_at_source, .. } = report.done.seeded;
    assert_eq!((from_staging, newer_at_source), (amounts(1, 4), amounts(2, 8)));
}

#[tokio::test]
async fn accept_seeding_1_file_8_a_directory_there_is_no_file() {
    let directory = async |staging: &ShareClient, _| put_directory(staging, "f").await;
    assert_eq!(seeded(seed(), "data", directory).await, from_source(|seeded, one| seeded.kind = one));
}

#[tokio::test]
async fn accept_seeding_1_file_9_one_without_data_is_made() {
    let empty = async |staging: &ShareClient, at| put_at(staging, "f", "", at).await;
    let (seeded, read) = seeded(seed(), "", empty).await;
    let none = amounts(1, 0);
    assert_eq!((seeded, read), (Seeded { from_source: none, empty: none, ..Seeded::default() }, 0));
}

#[tokio::test]
async fn accept_seeding_1_files_1_10_11_directories_are_made_and_nothing_else_comes_from_staging() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    put_directories(&source, "both/below").await;
    put_directory(&source, "file there").await;
    put_directory(&source, "new").await;
    put(&source, "new/moved", "data").await;
    put(&source, "both/f", "data").await;
    put_directory(&staging, "both").await;
    put_directories(&staging, "only/below").await;
    put(&staging, "file there", "theirs").await;
    put(&staging, "both/only", "theirs").await;
    put(&staging, "only/below/one", "theirs").await;
    put_at(&staging, "both/moved", "data", written_at(&source, "new/moved").await).await;
    put_staged(&source, &staging, "both/f", "data").await;
    let handler = stage.handler().await;

    let report = handler.cycle("files").await;

    assert_equal(&source, &target, &report).await;
    let one = amounts(1, 4);
    let expected = Seeded { from_staging: one, from_source: one, absent: one, ..Seeded::default() };
    assert_eq!(report.done.seeded, expected);
}

#[tokio::test]
async fn accept_seeding_1_file_12_what_cannot_be_copied_there_comes_from_the_source() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    for path in ["small", "ranges"] {
        put(&source, path, "data").await;
        put_staged(&source, &staging, path, "data").await;
    }
    // the target's service does not take it from there, nor does anybody else read it
    let plan = json!({"rules": [
        {"account": TARGET, "operation": "Copy File", "then": {"Refuse": {"status": 409, "code": "SharingViolation"}}},
        {"account": TARGET, "operation": "Put Range From URL", "when": {"First": 2}, "then": {"RefuseSource": {"status": 403, "code": "AuthorizationFailure"}}},
        {"account": TARGET, "operation": "Get File", "path": "/staging/**", "then": {"Refuse": {"status": 409, "code": "SharingViolation"}}},
    ]});
    stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan.to_string()).expect("a plan"))));
    let handler = stage.handler().await;

    let report = handler.cycle("files").await;

    stage.emulator.set_faults(None);
    assert_equal(&source, &target, &report).await;
    let two = amounts(2, 8);
    let expected = Seeded { from_source: two, staging_fallback: two, ..Seeded::default() };
    assert_eq!(report.done.seeded, expected);
}

#[tokio::test]
async fn accept_seeding_1_file_12_nothing_of_staging_is_left_where_the_source_has_a_hole() {
    const SIZE: u64 = 6 << 20;
    let mut stage = Stage::set().await;
    let settings = json!({"seed": {"share": STAGING}, "copy": {"mode": "server-side"}});
    let (source, target) = stage.pair("files", settings).await;
    let staging = stage.staging().await;
    let sparse = async |share: &ShareClient, starts: &[u64], smb: SmbProperties| {
        let file = share.file_client("f");
        file.create(&CreateFile { size: SIZE, smb, ..Default::default() }).await.expect("made");
        for start in starts {
            file.put_range(*start, vec![7; 4096].into(), LastWrite::Preserve).await.expect("put");
        }
    };
    sparse(&source, &[0], SmbProperties::default()).await;
    let last_write_time = Some(written_at(&source, "f").await);
    sparse(&staging, &[1 << 20, 5 << 20], SmbProperties { last_write_time, ..Default::default() }).await;
    // one of the two ranges is put, the other is not
    let plan = json!({"rules": [
        {"account": TARGET, "operation": "Copy File", "then": {"Refuse": {"status": 409, "code": "SharingViolation"}}},
        {"account": TARGET, "operation": "Put Range From URL", "when": {"Nth": 2}, "then": {"Refuse": {"status": 409, "code": "SharingViolation"}}},
    ]});
    stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan.to_string()).expect("a plan"))));
    let report = stage.handler().await.cycle("files").await;
    assert_equal(&source, &target, &report).await;
    assert_eq!(report.done.seeded.staging_fallback, amounts(1, SIZE));
}

#[tokio::test]
async fn accept_seeding_1_file_12_a_refusal_to_copy_from_staging_is_not_held_against_the_source() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    put(&source, "staged", "data").await;
    put_staged(&source, &staging, "staged", "data").await;
    // files of new directories come last
    put_directory(&source, "d").await;
    put(&source, "d/large", &"x".repeat(300 << 10)).await;
    let plan = json!({"rules": [
        {"operation": "Copy File", "then": {"Refuse": {"status": 409, "code": "SharingViolation"}}},
        {"operation": "Put Range From URL", "path": "/files/staged", "then": {"RefuseSource": {"status": 403, "code": "AuthorizationFailure"}}},
    ]});
    stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan.to_string()).expect("a plan"))));
    let report = stage.handler().await.cycle("files").await;
    let log = stage.emulator.log().snapshot();
    let asked = |account: &str, operation| log.counts.get(&(account.to_owned(), operation)).copied();
    assert_eq!((asked(TARGET, "Get File"), asked(SOURCE, "Get File")), (Some(1), None));
    assert_equal(&source, &target, &report).await;
    assert_eq!(report.done.seeded.from_staging, amounts(1, 4));
}

#[tokio::test]
async fn accept_seeding_1_file_13_everything_but_the_data_is_the_sources() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    let permission = |user: u32| {
        let value = format!("O:SYG:SYD:(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;S-1-5-21-1-2-3-{user})");
        Some(Permission { value, format: PermissionFormat::Sddl })
    };
    for (path, metadata) in [("plain", false), ("described", true)] {
        put(&source, path, "data").await;
        put_staged(&source, &staging, path, "data").await;
        let at = written_at(&source, path).await;
        for (share, user, whose) in [(&source, 1_001, "source"), (&staging, 1_002, "staging")] {
            let file = share.file_client(path);
            let smb = SmbProperties {
                permission: permission(user),
                last_write_time: Some(at),
                ..Default::default()
            };
            let content =
                ContentHeaders { content_type: Some(format!("text/{whose}")), ..Default::default() };
            let set = SetFileProperties { smb, content, ..Default::default() };
            file.set_properties(&set).await.expect("set");
            if metadata || whose == "staging" {
                let metadata = Metadata::from([(whose.to_owned(), "yes".to_owned())]);
                file.set_metadata(&metadata).await.expect("set");
            }
        }
    }
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    assert_equal(&source, &target, &report).await;
    assert_eq!(report.done.seeded.from_staging, amounts(2, 8));
}

#[tokio::test]
async fn accept_seeding_1_file_14_staging_never_stands_in_for_what_the_source_refuses() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", seed()).await;
    let staging = stage.staging().await;
    for path in ["good", "refused"] {
        put(&source, path, "data").await;
        put_staged(&source, &staging, path, "data").await;
    }
    let plan = json!({"rules": [{"account": SOURCE, "path": "/files/refused",
        "then": {"Refuse": {"status": 403, "code": "AuthorizationFailure"}}}]});
    stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan.to_string()).expect("a plan"))));
    let handler = stage.handler().await;

    let report = handler.cycle("files").await;

    stage.emulator.set_faults(None);
    assert_eq!(report.status, Some(Status::CompletedWithErrors), "{report:#?}");
    assert_eq!(reasons(&report.failures), [("refused", "AuthorizationFailure")]);
    assert_eq!(report.done.seeded.from_staging, amounts(1, 4));
    assert_eq!(names(&target, "").await, ["good"]);
}
