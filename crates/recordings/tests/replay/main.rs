//! Small recordings of our own making, with what must come of their replay.

mod exchanges;
mod gaps;

use recordings::Rule;
use serde_json::{Value, json};

use exchanges::{
    MODIFIED, all_match, exchange, headers, metadata_of_snapshot, refused, replayed, replayed_file, snapshot,
};

#[tokio::test]
async fn a_share_that_was_there_before_is_set_up_and_its_snapshot_known_by_another_id() {
    let id = "2022-11-30T22:58:03.0000000Z";
    let report = replayed(&[snapshot(3, id), metadata_of_snapshot(4, id)]).await;
    all_match(&report, 2);
    assert_eq!(report.set_ups.get("share"), Some(&1));
}

#[tokio::test]
async fn another_answer_is_a_mismatch_that_says_what_differs() {
    let delete = ("DELETE", "/share?restype=share", json!({}));
    let wrong = exchange(0, delete, 404, refused("ShareNotFound", "Another sentence."));
    let report = replayed(&[wrong]).await;
    assert_eq!((report.replayable, report.matched), (1, 0));
    let differences = &report.mismatches[0].differences;
    assert!(differences.iter().any(|difference| difference.starts_with("Error/Message")), "{differences:?}");
}

#[tokio::test]
async fn lines_that_hold_no_exchange_are_told_and_the_others_replayed() {
    let good = snapshot(3, "2022-11-30T22:58:03.0000000Z").to_string();
    let file = [good.as_bytes(), b"\xff\xfe", b"{\"seq\": -1}", b"\r", b"[]"].join(&b'\n');
    let report = replayed_file(&file).await;
    all_match(&report, 1);
    assert_eq!((report.read, report.exchanges), (4, 4));
    let places: Vec<bool> = (2..=5)
        .map(|line| report.unreadable.iter().any(|what| what.contains(&format!("own.jsonl, line {line}: "))))
        .collect();
    assert_eq!(places, [true, true, false, true], "{:?}", report.unreadable);
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_is_a_mismatch() {
    let odd = [
        exchange(
            0,
            ("PUT", "/share?restype=share", json!({ "x-ms-meta-a": "1\n2" })),
            201,
            headers(json!({})),
        ),
        exchange(u64::MAX, ("NO METHOD", "/share", json!({})), 400, headers(json!({}))),
        exchange(1, ("GET", "no slash\u{0}", json!({})), 400, headers(json!({}))),
    ];
    let report = replayed(&odd).await;
    assert_eq!((report.replayable, report.matched), (3, 0));
}

#[tokio::test]
async fn what_cannot_be_replayed_is_counted_by_its_rule() {
    let mut old = snapshot(0, "2018-01-01T00:00:00.0000000Z");
    for part in ["request", "response"] {
        old[part]["headers"]["x-ms-version"] = "2018-11-09".into();
    }
    let copy = json!({ "x-ms-copy-source": "https://account.blob.core.windows.net/container/blob" });
    let elsewhere = exchange(1, ("PUT", "/share/file", copy), 202, headers(json!({})));
    let report = replayed(&[old, elsewhere]).await;
    assert_eq!(report.replayable, 0);
    assert_eq!(report.excluded.get(&Rule::OlderVersion), Some(&1));
    assert_eq!(report.excluded.get(&Rule::SourceElsewhere), Some(&1));
}

#[tokio::test]
async fn a_signature_is_made_anew_for_as_long_as_it_was_good() {
    let head = |seq, expiry: &str, status, answer| {
        let path = format!("/share/dir?restype=directory&comp=metadata&se={expiry}&sp=r&sr=f&sv=2020-02-10");
        exchange(seq, ("HEAD", &path, json!({})), status, headers(answer))
    };
    let always = head(2, "9999-12-31", 200, json!({ "etag": "\"0x1\"", "last-modified": MODIFIED }));
    let good =
        head(0, "2022-11-30T23%3A58%3A03Z", 200, json!({ "etag": "\"0x1\"", "last-modified": MODIFIED }));
    let over = head(1, "2022-11-30T21%3A58%3A03Z", 403, json!({ "x-ms-error-code": "AuthenticationFailed" }));
    all_match(&replayed(&[good, over, always]).await, 3);
}

#[tokio::test]
async fn a_gap_is_filled_from_another_recording_of_the_test() {
    let delete = |seq, delete: Value, status, answer| {
        exchange(seq, ("DELETE", "/share?restype=share", delete), status, answer)
    };
    let has_snapshots =
        refused("ShareHasSnapshots", "The share has snapshots and the operation requires no snapshots.");
    let whole = [
        snapshot(0, "2022-11-30T22:58:03.0000000Z"),
        delete(1, json!({}), 409, has_snapshots.clone()),
        delete(2, json!({ "x-ms-delete-snapshots": "include" }), 202, headers(json!({}))),
    ];
    let mut part = whole[1].clone();
    part["response"]["headers"]["date"] = "Wed, 30 Nov 2021 22:58:03 GMT".into();
    let report = replayed(&[&whole[..], &[part]].concat()).await;
    all_match(&report, 4);
    assert_eq!(report.filled_in, 1);
}

#[tokio::test]
async fn headers_that_a_recorder_dropped_are_told_by_the_answer() {
    let answer = json!({
        "content-range": "bytes 2-5/10", "content-type": "text/plain", "etag": "\"0x1\"", "last-modified": MODIFIED,
        "accept-ranges": "bytes", "content-length": "4", "x-ms-type": "File", "x-ms-server-encrypted": "true",
        "x-ms-file-attributes": "Archive", "x-ms-file-change-time": "1", "x-ms-file-creation-time": "1",
        "x-ms-file-last-write-time": "1", "x-ms-file-id": "1", "x-ms-file-parent-id": "0",
        "x-ms-file-permission-key": "1*2", "x-ms-lease-state": "available", "x-ms-lease-status": "unlocked",
    });
    let mut get = exchange(0, ("GET", "/share/file", json!({})), 206, headers(answer));
    get["request"]["body_note"] = "headers were not kept".into();
    get["response"]["body"] = "cdef".into();
    let report = replayed(&[get]).await;
    all_match(&report, 1);
    assert_eq!(report.completed_headers, 1);
}

#[tokio::test]
async fn what_a_gap_took_away_is_deleted() {
    let path = "/share/dir?restype=directory";
    let gone = refused("ResourceNotFound", "The specified resource does not exist.");
    let made = exchange(0, ("PUT", path, json!({})), 201, headers(json!({})));
    let report = replayed(&[made, exchange(5, ("GET", path, json!({})), 404, gone)]).await;
    assert_eq!(report.set_ups.get("deletion"), Some(&1));
    assert_eq!(report.by_operation["GET 5"].matched, 1, "{:?}", report.mismatches);
}
