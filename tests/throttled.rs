//! Shares that take less than a cycle could ask for: the service's own limit, and what a person allows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_files_backup::cycle::report::{LimitsShown, Status};
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
