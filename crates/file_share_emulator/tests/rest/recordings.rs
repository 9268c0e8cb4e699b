//! Answers of the real service, as recorded, have no header that the emulator leaves out, and the other way
//! round. Where the recordings are not at hand the test says so and checks nothing.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::authentication::share_sas;
use crate::client::{Answer, world};

const RECORDINGS: &str = "../../../shared/reference/recordings";
const LEASE: &str = "00000000-1111-2222-3333-444444444444";
const FILES: [&str; 2] = ["azure-files-sdk-assets.jsonl", "azure-files-cpp.jsonl"];

/// Sent by the transport, sanitised away by the recorder, or belonging to what the emulator refuses.
const NOT_COMPARED: [&str; 9] = [
    "content-length",
    "transfer-encoding",
    "vary",
    "server",
    "date",
    "x-ms-request-id",
    "x-ms-client-request-id",
    "x-ms-version",
    "content-md5",
];

#[tokio::test]
async fn successful_answers_have_the_recorded_headers() {
    let Some(recorded) = recorded() else {
        #[allow(clippy::print_stderr, reason = "a test that checks nothing must say so")]
        {
            eprintln!("The recordings are not here; nothing is compared");
        }
        return;
    };
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/source", 5).body(b"hello").send().await.expect(201);
    let source = format!("{}?{}", one.url("/share/source"), share_sas("one", "share", "r"));
    let range = || one.put("/share/file?comp=range").header("x-ms-range", "bytes=0-4");
    let copy = || range().header("x-ms-write", "update").header("x-ms-source-range", "bytes=0-4");
    let rename =
        || one.put("/share/new?comp=rename").header("x-ms-file-rename-source", &one.url("/share/file"));
    let list = "/share?restype=directory&comp=list";
    let include = "&include=Timestamps,Etag,Attributes,PermissionKey";
    let lease = |action: &str| one.put("/data?restype=share&comp=lease").header("x-ms-lease-action", action);
    let held = |action: &str| lease(action).header("x-ms-lease-id", LEASE);
    let acquire = || lease("acquire").header("x-ms-lease-duration", "-1");
    for (operation, answer) in [
        ("CreateShare", one.put("/data?restype=share").send().await),
        ("SnapshotShare", one.put("/data?restype=share&comp=snapshot").send().await),
        ("SetShareProperties", one.put("/data?restype=share&comp=properties").send().await),
        ("SetShareMetadata", one.put("/data?restype=share&comp=metadata").send().await),
        ("LeaseShare:acquire", acquire().header("x-ms-proposed-lease-id", LEASE).send().await),
        ("LeaseShare:renew", held("renew").send().await),
        ("LeaseShare:change", held("change").header("x-ms-proposed-lease-id", LEASE).send().await),
        ("LeaseShare:release", held("release").send().await),
        ("LeaseShare:acquire", acquire().send().await),
        ("LeaseShare:break", lease("break").send().await),
        ("CreateDirectory", one.put("/share/dir?restype=directory").send().await),
        ("CreateFile", one.create_file("/share/file", 5).send().await),
        ("PutRange", one.put_range("/share/file", 0, b"hello").send().await),
        ("ClearRange", range().header("x-ms-write", "clear").send().await),
        ("PutRangeFromURL", copy().header("x-ms-copy-source", &source).send().await),
        ("SetFileMetadata", one.put("/share/file?comp=metadata").send().await),
        ("SetDirectoryMetadata", one.put("/share/dir?restype=directory&comp=metadata").send().await),
        ("SetDirectoryProperties", one.put("/share/dir?restype=directory&comp=properties").send().await),
        ("GetDirectoryProperties", one.get("/share/dir?restype=directory").send().await),
        ("GetRootDirectoryProperties", one.get("/share?restype=directory").send().await),
        ("GetFileProperties", one.head("/share/file").send().await),
        ("GetFile", one.get("/share/file").send().await),
        ("ListRanges", one.get("/share/file?comp=rangelist").send().await),
        ("ListDirectoriesAndFiles", one.get(list).send().await),
        ("ListDirectoriesAndFiles+include", one.get(&format!("{list}{include}")).send().await),
        ("SetFileProperties", one.put("/share/file?comp=properties").send().await),
        ("RenameFile", rename().send().await),
        ("DeleteFile", one.delete("/share/new").send().await),
        ("DeleteDirectory", one.delete("/share/dir?restype=directory").send().await),
        (
            "DeleteShare",
            one.delete("/data?restype=share").header("x-ms-delete-snapshots", "include").send().await,
        ),
    ] {
        compare(operation, &answer, &recorded);
    }
}

fn recorded() -> Option<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDINGS);
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
    let texts: Vec<String> = FILES.into_iter().map(read).collect::<Option<_>>()?;
    let lines = texts.iter().flat_map(|text| text.lines());
    Some(lines.map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

/// Among the recorded answers of the same status, one has exactly these headers.
fn compare(operation: &str, answer: &Answer, recorded: &[Value]) {
    let ours: BTreeSet<&str> = answer.headers.keys().map(|name| name.as_str()).filter(is_compared).collect();
    let same_kind = recorded
        .iter()
        .filter(|exchange| exchange["op"] == operation && exchange["response"]["status"] == answer.status);
    let theirs: Vec<BTreeSet<&str>> = same_kind
        .filter_map(|exchange| exchange["response"]["headers"].as_object())
        .map(|headers| headers.keys().map(String::as_str).filter(is_compared).collect())
        .collect();
    assert!(theirs.contains(&ours), "{operation}: {ours:?} is none of {theirs:?}");
}

fn is_compared(name: &&str) -> bool {
    !NOT_COMPARED.contains(name)
}
