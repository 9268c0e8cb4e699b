//! What a missing exchange did is told by the answers behind the gap, or the exchange is left out.

use recordings::Rule;
use serde_json::{Value, json};

use crate::exchanges::{MODIFIED, all_match, exchange, headers, replayed, snapshot};

const SNAPSHOT: &str = "2022-11-30T22:58:03.0000000Z";

fn made_share() -> Value {
    let answer = json!({ "etag": "\"0x1\"", "last-modified": MODIFIED });
    exchange(0, ("PUT", "/share?restype=share", json!({})), 201, headers(answer))
}

/// The properties of the share with the metadata `a`, by its value.
fn shown(seq: u64, metadata: &str) -> Value {
    let path = "/share?restype=share&comp=metadata";
    let answer = json!({ "etag": "\"0x1\"", "last-modified": MODIFIED, "x-ms-meta-a": metadata });
    exchange(seq, ("GET", path, json!({})), 200, headers(answer))
}

fn deleted(seq: u64) -> Value {
    exchange(seq, ("DELETE", "/share?restype=share", json!({})), 202, headers(json!({})))
}

fn leased(seq: u64) -> Value {
    let id = "00000000-1111-2222-3333-444444444444";
    let sent = json!({
        "x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1", "x-ms-proposed-lease-id": id,
    });
    let answer = json!({ "etag": "\"0x1\"", "last-modified": MODIFIED, "x-ms-lease-id": id });
    exchange(seq, ("PUT", "/share?restype=share&comp=lease", sent), 201, headers(answer))
}

#[tokio::test]
async fn what_was_changed_in_a_gap_is_made_what_the_answer_behind_it_shows() {
    let report = replayed(&[made_share(), shown(3, "1"), shown(7, "2"), shown(8, "2")]).await;
    all_match(&report, 4);
    assert_eq!(report.set_ups.get("changedMetadata"), Some(&2));
}

#[tokio::test]
async fn without_a_gap_another_value_is_a_mismatch() {
    let report = replayed(&[made_share(), shown(3, "1"), shown(4, "2")]).await;
    assert_eq!((report.replayable, report.matched), (3, 2));
}

#[tokio::test]
async fn what_a_request_behind_the_gap_has_set_is_not_made_what_the_answer_shows() {
    let path = "/share?restype=share&comp=metadata";
    let answer = json!({ "etag": "\"0x1\"", "last-modified": MODIFIED });
    let set = exchange(3, ("PUT", path, json!({ "x-ms-meta-a": "1" })), 200, headers(answer));
    let report = replayed(&[made_share(), set, shown(4, "2")]).await;
    assert_eq!((report.replayable, report.matched), (3, 2));
    assert_eq!(report.set_ups.get("changedMetadata"), None);
}

#[tokio::test]
async fn a_lease_that_was_released_in_a_gap_is_released() {
    let report = replayed(&[made_share(), leased(1), deleted(3)]).await;
    all_match(&report, 3);
    assert_eq!(report.set_ups.get("endedLease"), Some(&1));
}

#[tokio::test]
async fn without_a_gap_a_lease_is_kept() {
    let report = replayed(&[made_share(), leased(1), deleted(2)]).await;
    assert_eq!((report.replayable, report.matched), (3, 2));
}

#[tokio::test]
async fn ranges_that_no_recorded_request_wrote_are_not_compared_with_a_share_snapshot() {
    let path = format!("/share/file?comp=rangelist&prevsharesnapshot={SNAPSHOT}");
    let mut answer = headers(json!({ "x-ms-content-length": "512", "content-type": "application/xml" }));
    answer["body"] = "<Ranges><Range><Start>0</Start><End>511</End></Range></Ranges>".into();
    let report =
        replayed(&[snapshot(1, SNAPSHOT), exchange(3, ("GET", &path, json!({})), 200, answer)]).await;
    all_match(&report, 1);
    assert_eq!(report.excluded.get(&Rule::StateNotKept), Some(&1));
}

#[tokio::test]
async fn a_digest_of_bytes_that_are_not_recorded_is_not_sent() {
    let sent = json!({
        "x-ms-copy-source": "https://account.file.core.windows.net/share/source", "x-ms-write": "update",
        "x-ms-range": "bytes=0-3", "x-ms-source-range": "bytes=0-3", "x-ms-source-if-match-crc64": "EC00phK3Kqg=",
    });
    let copy = exchange(5, ("PUT", "/share/file?comp=range", sent), 201, headers(json!({})));
    let report = replayed(&[copy]).await;
    assert_eq!(report.replayable, 0);
    assert_eq!(report.excluded.get(&Rule::ContentNotKept), Some(&1));
}

#[tokio::test]
async fn a_share_snapshot_without_a_file_was_taken_before_the_file_was_made() {
    let sent = json!({ "x-ms-type": "file", "x-ms-content-length": "4" });
    let made = exchange(1, ("PUT", "/share/file", sent), 201, headers(made_file()));
    let path = format!("/share/file?sharesnapshot={SNAPSHOT}");
    let missed = headers(json!({ "x-ms-error-code": "ResourceNotFound" }));
    let report = replayed(&[made, exchange(2, ("HEAD", &path, json!({})), 404, missed)]).await;
    all_match(&report, 2);
    assert_eq!(report.set_ups.get("shareSnapshot"), Some(&1));
}

fn made_file() -> Value {
    json!({
        "etag": "\"0x1\"", "last-modified": MODIFIED, "x-ms-request-server-encrypted": "true",
        "x-ms-file-attributes": "Archive", "x-ms-file-change-time": "1", "x-ms-file-creation-time": "1",
        "x-ms-file-last-write-time": "1", "x-ms-file-id": "1", "x-ms-file-parent-id": "0",
        "x-ms-file-permission-key": "1*2",
    })
}
