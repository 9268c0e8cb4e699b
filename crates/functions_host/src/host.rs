//! The running host: one package, one handler process, any number of invocations at once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use rand::RngExt;
use time::OffsetDateTime;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::admin;
use crate::client;
use crate::clock::Clock;
use crate::console::{Console, ConsoleLine, ConsoleListener, Level};
use crate::delivery::Deliveries;
use crate::forward::HttpAnswer;
use crate::function_json::Trigger;
use crate::handler_process::HandlerProcess;
use crate::invocation::Invocation;
use crate::launch::Launch;
use crate::listener::TimerState;
use crate::package::Package;
use crate::port::ReservedPort;
use crate::supervisor::{Order, Phase, State, supervise};
use crate::timer::TimerVariant;

/// What a host is started with besides its package.
#[derive(Default)]
pub struct HostOptions {
    /// The app settings.
    pub settings: BTreeMap<String, String>,
    pub console: Option<ConsoleListener>,
    /// A folder in which the status of timers outlives the host. Without one it does not.
    pub storage: Option<PathBuf>,
    pub clock: Clock,
}

/// A stand-in host. Dropping it kills the handler, which is dead then.
#[derive(Debug)]
pub struct Host {
    pub(crate) deliveries: Arc<Deliveries>,
    pub(crate) manual_runs: Mutex<JoinSet<Invocation>>,
    process: HandlerProcess,
    supervisor: JoinHandle<()>,
    prober: JoinHandle<()>,
    _port: ReservedPort,
}

impl Host {
    /// Starts the handler of a package and waits until it is ready. `settings` are the app settings.
    pub async fn start(package: &Package, settings: BTreeMap<String, String>) -> anyhow::Result<Host> {
        Host::start_with_console(package, settings, |_| {}).await
    }

    /// The same, and every console line is handed to `listener` as it comes.
    pub async fn start_with_console(
        package: &Package,
        settings: BTreeMap<String, String>,
        listener: impl Fn(&ConsoleLine) + Send + Sync + 'static,
    ) -> anyhow::Result<Host> {
        Host::start_with(
            package,
            HostOptions { settings, console: Some(Box::new(listener)), ..Default::default() },
        )
        .await
    }

    pub async fn start_with(package: &Package, options: HostOptions) -> anyhow::Result<Host> {
        let HostOptions { settings, console, storage, clock } = options;
        let overriding = settings.keys().find(|name| name.starts_with("AzureFunctionsJobHost__"));
        ensure!(overriding.is_none(), "Overriding host.json by settings is not reproduced by this host");
        let console = Arc::new(Console::new(console.unwrap_or_else(|| Box::new(|_| {}))));
        let timers = timers(package, &settings, storage.as_deref(), &clock, &console);
        let port = ReservedPort::any().context("Reserving a port for the handler")?;
        let launch = Launch {
            root: package.root().to_path_buf(),
            host: package.host.clone(),
            settings,
            port: port.number(),
            console: console.clone(),
        };
        let (state, states) = watch::channel(State { incarnation: 1, phase: Phase::Starting });
        let (orders, received) = mpsc::unbounded_channel();
        let deliveries = Arc::new(Deliveries {
            port: port.number(),
            functions: package.functions().to_vec(),
            timers,
            host: package.host.clone(),
            console,
            clock: clock.clone(),
            state: states,
            orders,
        });
        let process = HandlerProcess::default();
        let supervisor = tokio::spawn(supervise(launch, clock, process.clone(), state, received));
        let prober = tokio::spawn(probe_now_and_then(port.number()));
        let manual_runs = Mutex::default();
        let host = Host { deliveries, manual_runs, process, supervisor, prober, _port: port };
        host.deliveries.ready().await.map_err(anyhow::Error::msg)?;
        Ok(host)
    }

    /// The handler's loopback port.
    pub fn port(&self) -> u16 {
        self.deliveries.port
    }

    /// The last lines of the handler's console, with the host's remarks between them.
    pub fn console(&self) -> Vec<ConsoleLine> {
        self.deliveries.console.lines()
    }

    /// Timer functions that can never fire, with the reason.
    pub fn indexing_errors(&self) -> Vec<(String, String)> {
        let failed =
            |(name, timer): (&String, &TimerState)| Some((name.clone(), timer.schedule.clone().err()?));
        self.deliveries.timers.iter().filter_map(failed).collect()
    }

    /// When a timer function fires next.
    pub fn next_tick(&self, function: &str, after: OffsetDateTime) -> anyhow::Result<OffsetDateTime> {
        self.deliveries.timer(function).map_err(anyhow::Error::msg)?.1.schedule()?.next_after(after)
    }

    /// Runs a timer function now, in any form, beside any scheduled run.
    pub async fn fire_timer(&self, function: &str, variant: TimerVariant) -> Invocation {
        self.deliveries.fire_timer(function, &variant).await
    }

    /// Sends a request to the front door, and answers as a client would see it. Keys are not asked for.
    /// `POST /admin/functions/<Name>` runs a timer function beside everything else: see [`Host::manual_runs`].
    ///
    /// The body has a `content-length` unless `headers` hold `transfer-encoding`; then it is lost on the
    /// way, as on the real host.
    pub async fn http(
        &self,
        method: &str,
        path_and_query: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> HttpAnswer {
        if let Some(function) = admin::function(method, path_and_query) {
            return self.run_by_hand(function, body.into()).await;
        }
        self.deliveries.clone().http(method, path_and_query, headers, body.into()).await
    }

    /// The process of the handler, for a test that stops it at a point of its own choosing.
    pub fn handler_process(&self) -> HandlerProcess {
        self.process.clone()
    }

    /// SIGKILL from outside. The host sees a crash, which counts: the third within half an hour brings it
    /// down. Returns when the host has noticed.
    pub async fn kill_handler(&self) {
        self.deliveries.order_and_wait(Order::Shoot).await;
    }

    /// SIGKILL and restart by the host itself, uncounted, as after a function timeout.
    pub async fn recycle_handler(&self) {
        let incarnation = self.deliveries.state.borrow().incarnation;
        self.deliveries.order_and_wait(Order::Dispose(incarnation)).await;
    }

    /// Stops the host; the handler gets SIGKILL and no warning, as on Azure.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.deliveries.order(Order::Stop("It was stopped".to_string()));
        (&mut self.supervisor).await.context("The supervisor of the handler panicked")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.supervisor.abort();
        self.prober.abort();
        // The process dies with the supervisor that owns it, but that may be later: the next host must not
        // meet the handler of this one.
        let _dead_later = self.process.kill();
    }
}

impl fmt::Debug for HostOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Settings may hold keys.
        formatter
            .debug_struct("HostOptions")
            .field("storage", &self.storage)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

fn timers(
    package: &Package,
    settings: &BTreeMap<String, String>,
    storage: Option<&Path>,
    clock: &Clock,
    console: &Console,
) -> BTreeMap<String, TimerState> {
    let mut timers = BTreeMap::new();
    for function in package.functions() {
        let Trigger::Timer(trigger) = &function.trigger else { continue };
        let file = storage.map(|folder| folder.join("timers").join(&function.name).join("status"));
        let timer = TimerState::index(trigger, settings, file, clock.now());
        if let Err(mistake) = &timer.schedule {
            console.remark(Level::Error, format!("Function {} cannot be indexed: {mistake}", function.name));
        }
        timers.insert(function.name.clone(), timer);
    }
    timers
}

/// The host measures latency with the request it used for readiness; it can come at any moment, and
/// nothing depends on its answer.
async fn probe_now_and_then(port: u16) {
    loop {
        let pause = rand::rng().random_range(100..3_000);
        sleep(Duration::from_millis(pause)).await;
        let _latency = client::probe(port).await;
    }
}
