//! The process is killed at a request of the failback; whoever comes next ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use azure_files_backup::cycle::failover::Failover;
use azure_files_backup::cycle::report::{CycleReport, Phase, Status};
use faults::{Fault, Plan, Seen};
use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::json;

use super::roles;
use crate::support::*;
use crate::sweep::numbers;

/// Kills, unless all are asked for.
const KILLS: u64 = 30;
/// Worlds at once.
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_killed_at_a_request_of_the_failback_is_survived() {
    let once = killed_at(u64::MAX).await;
    let kills = numbers(once.div_ceil(KILLS)).take_while(|at| *at <= once);
    stream::iter(kills.map(killed_at)).buffer_unordered(AT_ONCE).collect::<Vec<u64>>().await;
}

/// Counts all requests to both accounts and the tables while it is armed, and kills the handler at one of them.
#[derive(Default)]
struct Killer {
    at: u64,
    counted: AtomicU64,
    process: AtomicU64,
}

impl Plan for Killer {
    fn fault(&self, _: &Seen<'_>) -> Fault {
        let process = self.process.load(Ordering::SeqCst);
        if process == 0 || self.counted.fetch_add(1, Ordering::SeqCst) + 1 != self.at {
            return Fault::None;
        }
        let killed = std::process::Command::new("kill").args(["-9", &process.to_string()]).status();
        assert!(killed.expect("kill runs").success());
        // half of them have their effect, and nobody hears of it
        if self.at.is_multiple_of(2) { Fault::DropBefore } else { Fault::None }
    }
}

/// Returns how many requests there were.
async fn killed_at(at: u64) -> u64 {
    let pair = format!("failback-killed-{at}");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair(&pair, json!({})).await;
    put_directories(&source, "d/e").await;
    for path in ["a", "d/b", "d/e/c", "gone", "moves"] {
        put(&source, path, path).await;
    }
    let tables = Tables::new().await;
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let mut handler = Handler::start(free_port(), &variables).await;
    assert_succeeded(&handler.cycle(&pair).await);
    handler.tell(Method::POST, &format!("pairs/{pair}/failover"), "").await.ok::<Failover>();
    put(&target, "d/b", "changed").await;
    put(&target, "d/new", "new").await;
    remove(&target, "gone").await;
    target.file_client("moves").rename("d/e/moved", &Default::default()).await.expect("renamed");
    let killer = Arc::new(Killer { at, ..Killer::default() });
    let plan: Arc<dyn Plan> = killer.clone();
    stage.emulator.set_faults(Some(plan.clone()));
    tables.proxy.set_faults(Some(plan));
    killer.process.store(u64::from(handler.id()), Ordering::SeqCst);
    let mut is_dead = false;
    // a failback that nobody began is asked for again; the lease of the dead runs out
    for _ in 0..60 {
        if !is_dead && killer.counted.load(Ordering::SeqCst) >= at {
            handler.dead().await;
            handler = Handler::start(free_port(), &variables).await;
            is_dead = true;
        }
        let shown: Option<CycleReport> = handler.try_get(&format!("pairs/{pair}/failback")).await;
        let ended = shown.as_ref().and_then(|shown| shown.status);
        if ended.is_some() {
            break;
        }
        let client = reqwest::Client::new();
        let url = format!("{}/api/pairs/{pair}/failback", handler.url());
        // an answer may not come, or be that the dead still holds the lease: whoever asks looks again
        match shown {
            None => _ = client.post(url).send().await,
            Some(shown) if shown.state == Phase::AwaitingApproval => {
                let digest = shown.guard.expect("it says why").digest;
                let body = json!({"action": "approve", "digest": digest}).to_string();
                _ = client.post(format!("{url}/decisions")).body(body).send().await;
            }
            Some(_) => _ = handler.send("resume-timer").await,
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    killer.process.store(0, Ordering::SeqCst);
    let requests = killer.counted.load(Ordering::SeqCst);
    if !is_dead && requests >= at {
        handler.dead().await;
        handler = Handler::start(free_port(), &variables).await;
    }
    // it may be filed by whoever comes next
    for _ in 0..30 {
        handler.send("resume-timer").await;
        if handler.pair(&pair).await.failed_over.is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let report: CycleReport = handler.get(&format!("pairs/{pair}/failback")).await;
    assert_eq!(report.status, Some(Status::Succeeded), "killed at {at}: {report:#?}");
    assert_eq!(shown(&source).await, shown(&target).await, "killed at {at}");
    assert_eq!(roles(&source).await, ["safety", "source", "source"], "killed at {at}");
    assert_eq!(roles(&target).await, ["target", "target"], "killed at {at}");
    let next = handler.cycle(&pair).await;
    assert_succeeded(&next);
    assert_eq!(next.planned, Default::default(), "killed at {at}");
    requests
}
