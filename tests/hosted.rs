//! The package under the stand-in host: timers in all their forms, schedules, routes, deaths and limits.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, PairStatus, RecoveryPoint, Status};
use functions_host::{
    Clock, ConsoleLine, Host, HostOptions, HttpAnswer, Invocation, Level, Outcome, Package, TestClock,
    TimerVariant,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use share_tree::{LiveShare, Shape, compare, random_tree, read_back};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::support::{SOURCE, Stage, TARGET, Variables};

pub(crate) const TIMER: &str = "backup-timer";

/// The app as it is deployed.
pub(crate) struct App {
    pub(crate) host: Host,
    _folder: TempDir,
}

impl App {
    pub(crate) async fn start(settings: Variables) -> Self {
        Self::with_timeout(settings, None).await
    }

    /// By the clock of the test, with timers that are remembered in `storage`.
    pub(crate) async fn at(clock: &TestClock, storage: &Path, settings: Variables) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let package = assemble(folder.path());
        let (storage, clock) = (Some(storage.to_owned()), Clock::Test(clock.clone()));
        let options = HostOptions { settings, console: Some(Box::new(print)), storage, clock };
        let host = Host::start_with(&package, options).await.expect("the host starts");
        Self { host, _folder: folder }
    }

    /// `timeout` stands in host.json instead of what the repository says.
    async fn with_timeout(settings: Variables, timeout: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut package = assemble(folder.path());
        if let Some(timeout) = timeout {
            let path = folder.path().join("host.json");
            let mut host: Value =
                serde_json::from_slice(&fs::read(&path).expect("it is there")).expect("JSON");
            host["functionTimeout"] = json!(timeout);
            fs::write(&path, host.to_string()).expect("written");
            package = Package::read(folder.path()).expect("the package is legal");
        }
        let host = Host::start_with_console(&package, settings, print).await;
        Self { host: host.expect("the host starts"), _folder: folder }
    }

    async fn fire(&self) -> Invocation {
        self.fire_timer(TIMER).await
    }

    pub(crate) async fn fire_timer(&self, function: &str) -> Invocation {
        self.host.fire_timer(function, TimerVariant::default()).await
    }

    async fn ask(&self, path: &str) -> HttpAnswer {
        self.host.http("GET", path, &[], "").await
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.ask(path).await;
        assert_eq!((answer.status, answer.function.as_deref()), (200, Some("pairs")), "{path}: {answer:?}");
        serde_json::from_slice(&answer.body).expect("the report as JSON")
    }
}

fn assemble(folder: &Path) -> Package {
    let (repository, handler) = (env!("CARGO_MANIFEST_DIR"), env!("CARGO_BIN_EXE_handler"));
    Package::assemble(Path::new(repository), Path::new(handler), folder).expect("the package is legal")
}

#[expect(clippy::print_stdout, reason = "the test runner shows the console with a failure")]
fn print(line: &ConsoleLine) {
    println!("{}", line.text);
}

/// What does not happen within half a minute does not happen.
pub(crate) async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), event).await.expect("it happens")
}

pub(crate) async fn until(is_so: impl Fn() -> bool) {
    soon(async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_timer_in_any_of_its_forms_makes_a_recovery_point() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({})).await;
    let app = App::start(stage.variables()).await;
    for (number, variant) in TimerVariant::every().into_iter().enumerate() {
        let invocation = app.host.fire_timer(TIMER, variant.clone()).await;
        assert_eq!(invocation.outcome, Outcome::Succeeded, "{variant:?}");
        assert!(invocation.logs[1].contains("Succeeded"), "{variant:?}: {:?}", invocation.logs);
        let points: Vec<RecoveryPoint> = app.get("/api/pairs/files/recovery-points").await;
        assert_eq!(points.len(), number + 1, "{variant:?}");
    }
}

#[tokio::test]
async fn the_schedule_of_the_settings_runs_cycles_by_itself() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({})).await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_SCHEDULE".to_owned(), "* * * * * *".to_owned());
    let app = App::start(variables).await;
    let (sender, mut runs) = mpsc::unbounded_channel();
    let schedule = app.host.run_schedule(TIMER, |run| sender.send(run).expect("the test listens"));
    let two_runs = async { [runs.recv().await, runs.recv().await].map(|run| run.expect("it fires").outcome) };
    tokio::select! {
        ended = schedule => panic!("{ended:?}"),
        outcomes = soon(two_runs) => assert_eq!(outcomes, [Outcome::Succeeded, Outcome::Succeeded]),
    }
    let points: Vec<RecoveryPoint> = app.get("/api/pairs/files/recovery-points").await;
    assert!(points.len() >= 2, "{points:?}");
}

#[tokio::test]
async fn every_route_is_reached_through_the_host() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({})).await;
    let app = App::start(stage.variables()).await;
    assert_eq!(app.fire().await.outcome, Outcome::Succeeded);
    let pairs: Vec<PairStatus> = app.get("/api/pairs").await;
    assert_eq!(pairs.iter().map(|pair| pair.name.as_str()).collect::<Vec<_>>(), ["files"]);
    let pair: PairStatus = app.get("/api/pairs/files").await;
    let newest = pair.cycle.expect("a cycle ran");
    let cycles: Vec<CycleReport> = app.get("/api/pairs/files/cycles").await;
    let cycle: CycleReport = app.get(&format!("/api/pairs/files/cycles/{}", newest.id)).await;
    assert_eq!((cycles.len(), &cycles[0], &cycle), (1, &newest, &newest));
    let points: Vec<RecoveryPoint> = app.get("/api/pairs/files/recovery-points").await;
    assert_eq!(points[0].cycle, newest.id);
}

#[tokio::test]
async fn an_unknown_pair_is_a_problem_of_the_app_and_an_unknown_route_one_of_the_host() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({})).await;
    let app = App::start(stage.variables()).await;
    for path in ["/api/pairs/other", "/api/pairs/other/cycles", "/api/pairs/other/recovery-points"] {
        let answer = app.ask(path).await;
        assert_eq!((answer.status, answer.function.as_deref()), (404, Some("pairs")), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        assert_eq!(answer.json().expect("JSON")["code"], "PairNotFound", "{path}");
    }
    for (method, path) in [("GET", "/api/other"), ("GET", "/pairs"), ("POST", "/api/pairs")] {
        let answer = app.host.http(method, path, &[], "").await;
        assert_eq!((answer.status, answer.function), (404, None), "{method} {path}");
    }
}

#[tokio::test]
async fn a_cycle_killed_with_its_handler_is_healed_by_the_next_timer() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    let app = App::start(stage.variables()).await;
    assert_eq!(app.fire().await.outcome, Outcome::Succeeded);
    let shape = Shape { directories: 10, files: 100, large_files: false };
    let mut tree = random_tree(&mut StdRng::seed_from_u64(1), shape);
    LiveShare::new(source).load(&mut tree).await.expect("the tree is loaded");
    for requests in [1, 20, 100] {
        stage.emulator.log().reset();
        let kill = async {
            until(|| stage.emulator.log().total(TARGET) >= requests).await;
            app.host.recycle_handler().await;
        };
        let (invocation, ()) = tokio::join!(app.fire(), kill);
        assert!(matches!(invocation.outcome, Outcome::Failed(_)), "killed after {requests}: {invocation:?}");
    }
    assert_eq!(app.fire().await.outcome, Outcome::Succeeded);
    let pair: PairStatus = app.get("/api/pairs/files").await;
    let cycle = pair.cycle.expect("a cycle ran");
    assert_eq!(cycle.status, Some(Status::Succeeded));
    let snapshot = cycle.target_snapshot.expect("a successful cycle names its share snapshot");
    let found = read_back(&target.with_snapshot(&snapshot)).await.expect("the target is readable");
    let differences = compare(&tree, &found).await.expect("the tree is readable");
    assert!(differences.is_empty(), "{differences:#?}");
}

#[tokio::test]
async fn mistaken_settings_fail_every_invocation_and_are_all_on_the_console() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({"name": "no name"})).await;
    let mut variables = stage.variables();
    variables.remove("BACKUP_STATE");
    variables.insert("BACKUP_SCHEDUEL".to_owned(), "0 0 3 * * *".to_owned());
    variables.insert(format!("BACKUP_KEY__{SOURCE}"), "?".to_owned());
    let key = format!("BACKUP_KEY__{SOURCE}");
    let fields = ["BACKUP_PAIRS[0].name", "BACKUP_STATE", "BACKUP_SCHEDUEL", &key];
    let app = App::start(variables).await;
    for invocation in 1..=2 {
        assert!(matches!(app.fire().await.outcome, Outcome::Failed(_)));
        // Once at the start, and once for every invocation.
        until(|| {
            let console = app.host.console();
            let errors: Vec<_> = console.iter().filter(|line| line.level == Level::Error).collect();
            fields.iter().all(|field| {
                let mistake = format!("{field}: ");
                errors.iter().filter(|line| line.text.contains(&mistake)).count() == 1 + invocation
            })
        })
        .await;
    }
}

#[tokio::test]
async fn a_cycle_beyond_the_function_timeout_ends_with_its_process_and_the_next_one_answers() {
    // Accepts connections and never answers.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let endpoint = format!("http://{}/{TARGET}", silent.local_addr().expect("it is bound"));
    let mut stage = Stage::set().await;
    let side = json!({"account": TARGET, "share": "files", "endpoint": endpoint});
    stage.pair("files", json!({"target": side})).await;
    let app = App::with_timeout(stage.variables(), Some("00:00:01")).await;
    assert_eq!(app.fire().await.outcome, Outcome::TimedOut);
    let pair: PairStatus = app.get("/api/pairs/files").await;
    assert_eq!((pair.running, pair.cycle), (false, None));
}
