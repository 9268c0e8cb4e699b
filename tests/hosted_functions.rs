//! The functions under the stand-in host: cycles that outlive timeouts, kills and hosts, runs by hand, decisions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, PairStatus, Phase, RecoveryPoint, Status};
use azure_storage_file_share::ShareClient;
use faults::{Fault, Plan, Seen};
use functions_host::{HttpAnswer, Outcome, TestClock};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::mpsc;

use crate::hosted::{App, TIMER, soon, until};
use crate::support::*;

const START: OffsetDateTime = datetime!(2026-03-01 02:58 UTC);
const RESUME: &str = "resume-timer";
const FILES: usize = 60;

/// A pair whose state stands in tables, a clock, and what timers remember.
struct Site {
    stage: Stage,
    _tables: Tables,
    clock: TestClock,
    storage: TempDir,
    source: ShareClient,
    target: ShareClient,
    pair: &'static str,
    variables: Variables,
}

impl Site {
    async fn set(pair: &'static str, more: Value) -> Self {
        let tables = Tables::new().await;
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair(pair, more).await;
        put_many(&source, FILES).await;
        let mut variables = stage.variables();
        tables.keep(&mut variables).await;
        let (clock, storage) = (TestClock::at(START), tempfile::tempdir().expect("a folder"));
        Self { stage, _tables: tables, clock, storage, source, target, pair, variables }
    }

    async fn app(&self) -> App {
        App::at(&self.clock, self.storage.path(), self.variables.clone()).await
    }

    /// Resumes until the cycle ends; the lease of a killed owner has to run out first.
    async fn resumed(&self, app: &App) -> CycleReport {
        soon(async {
            loop {
                let run = app.fire_timer(RESUME).await;
                assert_eq!(run.outcome, Outcome::Succeeded, "{run:?}");
                let status: PairStatus = app.get(&format!("/api/pairs/{}", self.pair)).await;
                if let Some(report) = status.cycle.filter(|cycle| cycle.status.is_some()) {
                    return report;
                }
            }
        })
        .await
    }

    /// One cycle did everything, whoever worked on it.
    async fn check_one_cycle(&self, app: &App, report: &CycleReport) {
        assert_succeeded(report);
        let points: Vec<RecoveryPoint> = app.get(&format!("/api/pairs/{}/recovery-points", self.pair)).await;
        assert_eq!(points.iter().map(|point| &point.cycle).collect::<Vec<_>>(), [&report.id]);
        for share in [&self.source, &self.target] {
            assert_eq!(share.list_snapshots().await.expect("a list").len(), 1);
        }
        assert_eq!(names(&self.target, "").await.len(), FILES);
    }
}

async fn post(app: &App, path: &str, body: &str) -> HttpAnswer {
    app.host.http("POST", path, &[("content-type", "application/json")], body.to_owned()).await
}

/// From the `first` Create File on the service takes its time, until the flag is set.
fn slow(first: u64, reached: Arc<AtomicU64>, is_over: Arc<AtomicBool>) -> impl Plan {
    move |seen: &Seen<'_>| {
        if seen.operation == "Create File"
            && reached.fetch_add(1, Ordering::SeqCst) + 1 >= first
            && !is_over.load(Ordering::SeqCst)
        {
            std::thread::sleep(Duration::from_millis(300));
        }
        Fault::None
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_cannot_be_broken_7_decisions_and_cycles_are_reached_through_the_host() {
    let site = Site::set("hosted-decisions", json!({"guard": {"maxDeletes": 0}})).await;
    let app = site.app().await;
    let cycles = format!("/api/pairs/{}/cycles", site.pair);
    let decisions = format!("/api/pairs/{}/decisions", site.pair);
    let preview = post(&app, &format!("{cycles}?plan=only"), "").await;
    assert_eq!((preview.status, preview.function.as_deref()), (200, Some("backup-now")));
    let made = post(&app, &cycles, "").await;
    assert_eq!((made.status, made.function.as_deref()), (200, Some("backup-now")));
    assert_eq!(made.json().expect("a report")["status"], "Succeeded");
    remove(&site.source, "0000").await;
    let waits = post(&app, &cycles, "").await;
    let report = waits.json().expect("a report");
    assert_eq!((waits.status, &report["state"]), (202, &json!("AwaitingApproval")));
    let location = waits.header("location").expect("where it is shown").to_owned();
    let shown: CycleReport = app.get(&location).await;
    let digest = assert_waits(&shown).digest.clone();
    let wrong = post(&app, &decisions, r#"{"action":"approve","digest":"x"}"#).await;
    assert_eq!((wrong.status, wrong.function.as_deref()), (409, Some("decide")));
    assert_eq!(wrong.header("content-type"), Some("application/problem+json"));
    let approve = json!({"action": "approve", "digest": digest}).to_string();
    assert_eq!(post(&app, &decisions, &approve).await.status, 200);
    let report = site.resumed(&app).await;
    assert_succeeded(&report);
    assert_eq!((report.id, report.done.deleted), (shown.id, 1));
}

#[tokio::test]
async fn accept_cannot_be_broken_7_with_nothing_to_resume_the_resume_timer_asks_once() {
    let site = Site::set("hosted-idle", json!({})).await;
    let app = site.app().await;
    assert_eq!(app.fire_timer(TIMER).await.outcome, Outcome::Succeeded);
    site._tables.proxy.set_faults(None);
    site.stage.emulator.log().reset();
    assert_eq!(app.fire_timer(RESUME).await.outcome, Outcome::Succeeded);
    assert_eq!(site._tables.proxy.count(), 1);
    assert_eq!(site.stage.emulator.log().total(SOURCE) + site.stage.emulator.log().total(TARGET), 0);
    let cycles: Vec<CycleReport> = app.get(&format!("/api/pairs/{}/cycles", site.pair)).await;
    assert_eq!(cycles.len(), 1);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_backup_by_hand_through_the_admin_route_makes_a_recovery_point() {
    let site = Site::set("hosted-by-hand", json!({})).await;
    let app = site.app().await;
    for name in [TIMER, RESUME] {
        let answer = post(&app, &format!("/admin/functions/{name}"), r#"{"input":""}"#).await;
        assert_eq!(answer.status, 202);
        let runs = app.host.manual_runs().await;
        assert_eq!(
            runs.iter().map(|run| &run.outcome).collect::<Vec<_>>(),
            [&Outcome::Succeeded],
            "{runs:?}"
        );
    }
    let status: PairStatus = app.get(&format!("/api/pairs/{}", site.pair)).await;
    site.check_one_cycle(&app, &status.cycle.expect("it ran")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_cannot_be_broken_7_a_cycle_beyond_the_function_timeout_goes_on_with_the_next_timer() {
    let site = Site::set("hosted-timeout", json!({})).await;
    let app = site.app().await;
    let (reached, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    site.stage.emulator.set_faults(Some(Arc::new(slow(10, reached.clone(), is_over.clone()))));
    let time_passes = async {
        until(|| reached.load(Ordering::SeqCst) >= 20).await;
        site.clock.advance(Duration::from_secs(2 * 3600 + 1));
    };
    let (run, ()) = tokio::join!(app.fire_timer(TIMER), time_passes);
    assert_eq!(run.outcome, Outcome::TimedOut);
    is_over.store(true, Ordering::SeqCst);
    site.stage.emulator.set_faults(None);
    let report = site.resumed(&app).await;
    assert!(report.invocations >= 2, "{report:#?}");
    site.check_one_cycle(&app, &report).await;
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_handler_that_is_killed_again_and_again_ends_one_cycle() {
    let site = Site::set("hosted-killed", json!({})).await;
    let app = site.app().await;
    // of the target's writes: the share, the first files, the last ones, the share snapshot
    for kill_at in [1, 3, 20, 25] {
        let (process, writes) = (app.host.handler_process(), AtomicU64::new(0));
        site.stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
            let is_write = seen.account == TARGET && seen.method == "PUT";
            if is_write && writes.fetch_add(1, Ordering::SeqCst) + 1 == kill_at {
                process.kill().expect("it is killed");
                return Fault::DropBefore;
            }
            Fault::None
        })));
        let killed = soon(async {
            loop {
                let run = app.fire_timer(TIMER).await;
                if !run.outcome.is_success() {
                    return run;
                }
            }
        })
        .await;
        assert!(matches!(killed.outcome, Outcome::Failed(_)), "{killed:?}");
        // the third crash within half an hour would bring the host down
        site.clock.advance(Duration::from_secs(31 * 60));
    }
    site.stage.emulator.set_faults(None);
    let report = site.resumed(&app).await;
    assert!(report.invocations >= 5, "{report:#?}");
    site.check_one_cycle(&app, &report).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_cannot_be_broken_7_a_run_that_dies_with_its_host_is_past_due_and_goes_on_with_the_same_cycle()
{
    let site = Site::set("hosted-past-due", json!({})).await;
    let (reached, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    site.stage.emulator.set_faults(Some(Arc::new(slow(10, reached.clone(), is_over.clone()))));
    let app = site.app().await;
    let dies = async {
        site.clock.advance_to(site.clock.awaited().await);
        until(|| reached.load(Ordering::SeqCst) >= 20).await;
    };
    tokio::select! {
        ended = app.host.run_schedule(TIMER, |_| {}) => panic!("{ended:?}"),
        () = dies => {}
    }
    let before: PairStatus = app.get(&format!("/api/pairs/{}", site.pair)).await;
    let before = before.cycle.expect("it runs");
    assert_eq!((before.state, before.status), (Phase::Applying, None));
    drop(app);
    is_over.store(true, Ordering::SeqCst);
    site.stage.emulator.set_faults(None);

    site.clock.advance_to(datetime!(2026-03-01 03:17 UTC));
    let app = site.app().await;
    let (sender, mut runs) = mpsc::unbounded_channel();
    let schedule = app.host.run_schedule(TIMER, |run| sender.send(run).expect("the test listens"));
    let run = tokio::select! {
        ended = schedule => panic!("{ended:?}"),
        run = soon(runs.recv()) => run.expect("it is past due"),
    };
    assert_eq!(run.outcome, Outcome::Succeeded);
    assert!(run.logs[0].contains("past due"), "{:?}", run.logs);
    // it may have come before the lease of the dead one ran out
    let report = site.resumed(&app).await;
    assert_eq!((&report.id, report.status), (&before.id, Some(Status::Succeeded)));
    site.check_one_cycle(&app, &report).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_cannot_be_broken_7_a_budget_that_runs_out_is_answered_and_nothing_works_on_behind_the_answer()
{
    let mut site = Site::set("hosted-budget", json!({})).await;
    site.variables.insert("BACKUP_BUDGET_SECONDS".to_owned(), "1".to_owned());
    let app = site.app().await;
    let (reached, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    site.stage.emulator.set_faults(Some(Arc::new(slow(1, reached, is_over.clone()))));
    let answer = soon(post(&app, &format!("/api/pairs/{}/cycles", site.pair), "")).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let total = || site.stage.emulator.log().total(SOURCE) + site.stage.emulator.log().total(TARGET);
    let at_the_answer = total();
    let location = answer.header("location").expect("where it is shown").to_owned();
    let shown: CycleReport = app.get(&location).await;
    assert_eq!((shown.status, shown.error), (None, None));
    let status: PairStatus = app.get(&format!("/api/pairs/{}", site.pair)).await;
    assert!(!status.running);
    assert_eq!(total(), at_the_answer);
    is_over.store(true, Ordering::SeqCst);
    let report = site.resumed(&app).await;
    assert_eq!(report.id, shown.id);
    site.check_one_cycle(&app, &report).await;
}
