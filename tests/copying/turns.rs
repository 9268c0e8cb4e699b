//! How many ranges wait for their turn under a limit, whatever a share holds of large files.

use azure_storage::{Limits, Pace};
use azure_storage_file_share::ClientOptions;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::{Duration, sleep};

use super::*;

const FILES: u64 = 6;
/// Of each file, in flight as far as the service keeps up.
const RANGES: u64 = 32;
/// Of all files.
const WAITING: usize = 128;

/// A file of ranges that are far apart.
async fn put_ranges(share: &ShareClient, path: &str) {
    let size = RANGES * 4 * MIB;
    share.file_client(path).create(&CreateFile { size, ..Default::default() }).await.expect("created");
    for number in 0..RANGES {
        write(share, path, number * 4 * MIB, b"data").await;
    }
}

/// When the SAS of a copy source ends.
fn expiry(address: &str) -> OffsetDateTime {
    let (_, query) = address.split_once('?').expect("it is signed");
    let expiry = query.split('&').find_map(|one| one.strip_prefix("se=")).expect("every SAS ends");
    OffsetDateTime::parse(&expiry.replace("%3A", ":"), &Rfc3339).expect("a time")
}

#[tokio::test]
async fn accept_sync_engine_few_ranges_of_all_files_wait_for_their_turn_and_only_those_have_their_sas() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    for number in 0..FILES {
        put_ranges(&source, &number.to_string()).await;
    }
    let snapshot = source.create_snapshot(&Default::default()).await.expect("a share snapshot");
    let limits = Limits::default();
    // a range takes a second
    limits.set(None, Some(512));
    let pace = Some(Pace::new("files", limits.clone()));
    let options = ClientOptions { pace, ..Default::default() };
    let way = ("files", "files");
    let mirror = Mirror::with(&stage, way, &snapshot, Faulty::healthy(), options, ("1", 1));
    let log = stage.emulator.log();
    log.reset();
    let widen = async {
        while log.count(TARGET, "Put Range From URL") == 0 {
            sleep(Duration::from_millis(5)).await;
        }
        sleep(Duration::from_secs(4)).await;
        limits.set(None, None);
    };
    let (failures, ()) = tokio::join!(mirror.run(), widen);
    assert_eq!(failures.expect("mirrored"), []);
    let opened: Vec<_> = mirror.http.copied().iter().map(|address| expiry(address)).collect();
    assert_eq!(opened.len() as u64, FILES * RANGES);
    let first = *opened.iter().min().expect("some");
    let early = opened.iter().filter(|expiry| **expiry <= first + Duration::from_secs(2)).count();
    // those that came through meanwhile made room for others
    assert!(early <= WAITING + 4, "{early}");
}
