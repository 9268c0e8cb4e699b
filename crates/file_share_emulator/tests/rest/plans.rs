//! Plans as data, set at the start or through the control API.

use std::sync::Arc;
use std::time::{Duration, Instant};

use faults::Planned;
use file_share_emulator::Config;
use serde_json::{Value, json};

use crate::client::{control, controlled, world_with};

#[tokio::test]
async fn a_plan_is_set_read_counted_and_taken_away() {
    let world = controlled().await;
    let plan = json!({"seed": 3, "rules": [{
        "operation": "Create File",
        "path": "/share/*",
        "when": {"Nth": 2},
        "then": {"Refuse": {"status": 503, "code": "ServerBusy", "retryAfterSeconds": 1}},
    }]});
    assert_eq!(control(&world, "PUT", "plan", &plan.to_string()).await.0, 204);
    let (_, read) = control(&world, "GET", "plan", "").await;
    assert_eq!((&read["seed"], &read["rules"]), (&plan["seed"], &plan["rules"]));
    let create = || world.one.create_file("/share/file", 0);
    create().send().await.expect(201);
    let refused = create().send().await.refused(503, "ServerBusy");
    assert_eq!(refused.header("retry-after"), "1");
    create().send().await.expect(201);
    let (_, counters) = control(&world, "GET", "counters", "").await;
    assert_eq!(counters["rules"], json!([1]));
    assert_eq!(counters["requests"]["one"]["Create File"], 3);
    assert_eq!(control(&world, "DELETE", "plan", "").await.0, 204);
    assert_eq!(control(&world, "GET", "plan", "").await, (200, Value::Null));
}

#[tokio::test]
async fn the_log_and_the_clock_are_in_reach_and_mistakes_are_told() {
    let world = controlled().await;
    let (_, log) = control(&world, "GET", "log", "").await;
    assert_eq!(log["requests"][0]["operation"], "Create Share");
    assert_eq!(control(&world, "DELETE", "log", "").await.0, 204);
    assert_eq!(world.emulator.log().total("one"), 0);
    let before = world.one.head("/share?restype=share").send().await.expect(200).header("date").to_owned();
    let (status, _) = control(&world, "POST", "clock", r#"{"advanceMs":86400000}"#).await;
    let after = world.one.head("/share?restype=share").send().await.expect(200).header("date").to_owned();
    assert!(status == 200 && before[..7] != after[..7], "{before} {after}");
    for (method, path, body) in [("PUT", "plan", r#"{"rules":1}"#), ("POST", "clock", "{}")] {
        let (status, problem) = control(&world, method, path, body).await;
        assert!(status == 400 && problem["detail"].is_string(), "{problem}");
    }
    assert!(control(&world, "GET", "cpu", "").await.1["userMs"].is_u64());
}

#[tokio::test]
async fn answers_are_delayed_stalled_and_limited() {
    let plan = r#"{
        "rules": [
            {"operation": "Get File", "path": "/share/stalled", "then": {"Stall": {"byMs": 60}}},
            {"operation": "Get File Properties", "then": {"Delay": {"byMs": 50}}}
        ],
        "latency": {"List": {"ms": 40}},
        "limits": [{"share": "narrow", "iops": 1, "burstRequests": 2}]
    }"#;
    let faults = Some(Arc::new(Planned::parse(plan).expect("a plan")) as _);
    let world = world_with(Config { faults, ..Config::default() }).await;
    world.one.create_file("/share/stalled", 10).body(b"0123456789").send().await.expect(201);
    for (path, method, least) in [
        ("/share/stalled", reqwest::Method::GET, 60),
        ("/share/stalled", reqwest::Method::HEAD, 50),
        ("/share?restype=directory&comp=list", reqwest::Method::GET, 40),
    ] {
        let started = Instant::now();
        let read = world.one.request(method.clone(), path).send().await.expect(200);
        assert!(started.elapsed() >= Duration::from_millis(least), "{path} {:?}", started.elapsed());
        if least == 60 {
            assert_eq!((read.body.as_slice(), read.header("content-length")), (&b"0123456789"[..], "10"));
        }
    }
    world.one.put("/narrow?restype=share").send().await.expect(201);
    world.one.create_file("/narrow/file", 0).send().await.expect(201);
    let busy = world.one.create_file("/narrow/file", 0).send().await.refused(503, "ServerBusy");
    assert_eq!(busy.header("retry-after"), "");
    world.one.create_file("/share/file", 0).send().await.expect(201);
}

#[tokio::test]
async fn what_is_repeated_on_the_way_happens_twice() {
    let plan = r#"{"rules":[{"operation":"Snapshot Share","then":{"Twice":{"byMs":0}}}]}"#;
    let faults = Some(Arc::new(Planned::parse(plan).expect("a plan")) as _);
    let world = world_with(Config { faults, ..Config::default() }).await;
    assert!(world.one.put("/share?restype=share&comp=snapshot").try_send().await.is_err());
    while world.emulator.log().count("one", "Snapshot Share") < 2 {
        tokio::task::yield_now().await;
    }
    let listed = world.one.get("/?comp=list&include=snapshots").send().await.expect(200);
    assert_eq!(listed.elements("Snapshot").len(), 2);
}
