//! Exchanges of our own making, and their replay.

use recordings::{OLDEST_VERSION, Report, replay};
use serde_json::{Value, json};

pub(crate) const MODIFIED: &str = "Wed, 30 Nov 2022 22:58:03 GMT";

/// One exchange of the test `t`, with the request headers that follow the method and the path.
pub(crate) fn exchange(seq: u64, request: (&str, &str, Value), status: u16, answer: Value) -> Value {
    let (method, path, mut sent) = request;
    let mut received = answer;
    sent["x-ms-version"] = "2021-06-08".into();
    for (name, value) in [("date", MODIFIED), ("x-ms-version", "2021-06-08"), ("x-ms-request-id", "1")] {
        received["headers"][name] = value.into();
    }
    received["status"] = status.into();
    json!({
        "source": "s", "test": "t", "seq": seq, "op": format!("{method} {seq}"),
        "request": { "method": method, "path_and_query": path, "headers": sent, "body": null },
        "response": received,
    })
}

pub(crate) async fn replayed(exchanges: &[Value]) -> Report {
    let lines: Vec<String> = exchanges.iter().map(Value::to_string).collect();
    replayed_file(lines.join("\n").as_bytes()).await
}

pub(crate) async fn replayed_file(bytes: &[u8]) -> Report {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("own.jsonl"), bytes).expect("a file");
    replay(folder.path(), OLDEST_VERSION).await.expect("a replay")
}

pub(crate) fn headers(headers: Value) -> Value {
    json!({ "headers": headers })
}

pub(crate) fn refused(code: &str, message: &str) -> Value {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\nRequestId:1\nTime:2</Message></Error>"
    );
    json!({ "headers": { "content-type": "application/xml", "x-ms-error-code": code }, "body": body })
}

pub(crate) fn snapshot(seq: u64, id: &str) -> Value {
    let answer = json!({ "etag": "\"0x1\"", "last-modified": MODIFIED, "x-ms-snapshot": id });
    exchange(seq, ("PUT", "/share?restype=share&comp=snapshot", json!({})), 201, headers(answer))
}

pub(crate) fn metadata_of_snapshot(seq: u64, id: &str) -> Value {
    let path = format!("/share?restype=share&comp=metadata&sharesnapshot={id}");
    let answer = json!({ "etag": "\"0x1\"", "last-modified": MODIFIED });
    exchange(seq, ("GET", &path, json!({})), 200, headers(answer))
}

#[track_caller]
pub(crate) fn all_match(report: &Report, count: u64) {
    assert_eq!((report.replayable, report.matched), (count, count), "{:?}", report.mismatches);
}
