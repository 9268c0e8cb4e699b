//! Shares that take less than a cycle could ask for: the service's own limit, and what a person allows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_files_backup::cycle::report::{LimitsShown, PairStatus, Status};
use azure_storage_file_share::{CreateFile, LastWrite};
use bytes::Bytes;
use faults::Planned;
use reqwest::Method;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::*;

/// Less than what two requests a second take for the files of a cycle.
const MINUTES: Duration = Duration::from_secs(180);
const FILES: usize = 1_500;
const PER_SECOND: usize = 200;

/// Counted from the emulator's log. The two accounts have a share each, and each its own limit.
#[tokio::test]
async fn accept_sync_engine_throttled_little_is_refused_and_nothing_fails() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_many(&source, FILES).await;
    let handler = stage.handler().await;
    let plan = format!(
        r#"{{"latency": {{"Read": {{"ms": 5}}, "Write": {{"ms": 5}}, "Metadata": {{"ms": 5}}}},
                            "limits": [{{"iops": {PER_SECOND}, "burstRequests": 20}}]}}"#
    );
    stage.emulator.set_faults(Some(Arc::new(Planned::parse(&plan).expect("a plan"))));
    stage.emulator.log().reset();

    let report = handler.cycle("files").await;

    assert_eq!((report.status, report.failed), (Some(Status::Succeeded), 0), "{report:#?}");
    let log = stage.emulator.log().snapshot().recent;
    let refused = log.iter().filter(|request| request.error_code == Some("ServerBusy")).count();
    assert_eq!(report.requests.throttled, refused as u64);
    for share in [&source, &target] {
        let of_share: Vec<bool> = log
            .iter()
            .filter(|request| request.account == share.account())
            .map(|request| request.error_code == Some("ServerBusy"))
            .collect();
        // what is sent in the first five seconds is less than half of all
        let later = &of_share[of_share.len() / 2..];
        let refused = later.iter().filter(|is_refused| **is_refused).count();
        assert!(refused * 50 <= later.len(), "{refused} of {} to {}", later.len(), share.account());
    }
}

#[tokio::test]
async fn accept_sync_engine_throttled_a_person_allows_less_and_then_more_while_a_cycle_runs() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"limits": {"requestsPerSecond": 50}})).await;
    put_many(&source, 300).await;
    let mut variables = stage.variables();
    // a decision is taken up when the lease is renewed
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "5".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    let in_settings = LimitsShown { requests_per_second: Some(50), bytes_per_second: None };
    assert_eq!(handler.pair("files").await.limits, in_settings);

    let started = Instant::now();
    let report = handler.cycle("files").await;
    assert_eq!(report.status, Some(Status::Succeeded), "{report:#?}");
    let sent = report.requests.list + report.requests.other;
    // a line saves up no more than a moment
    let least = (sent as f64 - 5.0) / 50.0;
    assert!(started.elapsed().as_secs_f64() >= least, "{sent} requests in {:?}", started.elapsed());

    let decide = async |body: &str| handler.tell(Method::POST, "pairs/files/decisions", body).await;
    let problem =
        decide(r#"{"action":"limit","requestsPerSecond":-1}"#).await.problem(400, "DecisionMistaken");
    assert!(problem.contains("requestsPerSecond"), "{problem}");
    decide(r#"{"action":"limit","requestsPerSecond":2,"bytesPerSecond":1000000}"#).await;
    let decided = LimitsShown { requests_per_second: Some(2), bytes_per_second: Some(1_000_000) };
    assert_eq!(handler.pair("files").await.limits, decided);

    put_many(&source, 400).await;
    let faster = async {
        while stage.emulator.log().count(source.account(), "Get File") == 0 {
            sleep(Duration::from_millis(50)).await;
        }
        decide(r#"{"action":"limit","requestsPerSecond":null}"#).await;
    };
    stage.emulator.log().reset();
    let cycle = async { tokio::join!(handler.cycle("files"), faster).0 };
    let report = timeout(MINUTES, cycle).await.expect("it goes on faster");
    assert_eq!(report.status, Some(Status::Succeeded), "{report:#?}");
    assert!(handler.pair("files").await.limits.is_none());
}

/// By the emulator's log, in the middle of a pass: narrower, and wider again.
#[tokio::test]
async fn accept_sync_engine_throttled_a_pass_follows_its_limits_down_and_up() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"limits": {"requestsPerSecond": 200}})).await;
    put_many(&source, FILES).await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "5".to_owned());
    let handler = Handler::start(free_port(), &variables).await;
    let log = stage.emulator.log();
    log.reset();
    let until = async |is_so: &dyn Fn() -> bool| {
        while !is_so() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let created = || log.count(target.account(), "Create File");
    let sent = || log.total(source.account()) + log.total(target.account());
    let decide = async |limit: Option<u64>| {
        let decision = json!({"action": "limit", "requestsPerSecond": limit});
        handler.decide("files", &decision).await.ok::<PairStatus>();
    };
    let follow = async {
        until(&|| created() > 100).await;
        decide(Some(4)).await;
        // it is taken up when the lease is renewed; from then on 21 requests take five seconds
        loop {
            let (then, began) = (sent(), Instant::now());
            until(&|| sent() >= then + 21).await;
            let left = FILES as u64 - created();
            assert!(left > 500, "it goes on as fast as before: {left} left");
            if began.elapsed() >= Duration::from_millis(4_900) {
                break;
            }
        }
        decide(None).await;
    };
    let cycle = async { tokio::join!(handler.cycle("files"), follow).0 };
    let report = timeout(MINUTES, cycle).await.expect("it goes on faster");
    assert_succeeded(&report);
    assert_eq!((report.done.copied.files, created()), (FILES as u64, FILES as u64));
}

#[tokio::test]
async fn a_pass_that_is_called_off_does_not_wait_for_what_a_narrow_limit_holds_back() {
    const RANGE: usize = 4 << 20;
    for (action, status) in [("cancel", Some(Status::Cancelled)), ("hold", None)] {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", json!({"limits": {"bytesPerSecond": 65_536}})).await;
        let large = source.file_client("large");
        let size = 10 * RANGE as u64;
        large.create(&CreateFile { size, ..Default::default() }).await.expect("created");
        for start in (0..size).step_by(RANGE) {
            let bytes = Bytes::from(vec![b'a'; RANGE]);
            large.put_range(start, bytes, LastWrite::Now).await.expect("put");
        }
        let mut variables = stage.variables();
        variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "5".to_owned());
        let handler = Handler::start(free_port(), &variables).await;
        let call_off = async {
            while stage.emulator.log().count(target.account(), "Put Range From URL") == 0 {
                sleep(Duration::from_millis(20)).await;
            }
            handler.decide("files", &json!({"action": action})).await.ok::<PairStatus>();
        };
        let cycle = async { tokio::join!(handler.cycle("files"), call_off).0 };
        // all that waits would take ten minutes
        let report = timeout(MINUTES, cycle).await.expect("it ends before the limit lets everything through");
        assert_eq!((report.status, report.error), (status, None), "{action}");
    }
}
