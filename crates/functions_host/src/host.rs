//! The running host: one package, one handler process, any number of invocations at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use hyper::Request;
use rand::Rng;
use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::client::{self, Answer, Body};
use crate::console::{Console, ConsoleLine, Level};
use crate::envelope::TimerRun;
use crate::forward::HttpAnswer;
use crate::function_json::{Function, TimerTrigger, Trigger};
use crate::host_json::HostJson;
use crate::invocation::{Invocation, Outcome};
use crate::launch::Launch;
use crate::listener::TimerState;
use crate::package::Package;
use crate::port::ReservedPort;
use crate::reply::{self, Reply, Verdict};
use crate::supervisor::{Order, Phase, State, supervise};
use crate::timer::TimerVariant;

/// A socket dies a moment before its process can be waited for. Whoever saw the socket die waits for the
/// supervisor to notice, so that the next invocation meets the next process; but no longer than this,
/// because a handler can also close its sockets and live on.
const SETTLING: Duration = Duration::from_secs(1);

/// A stand-in host. Dropping it kills the handler.
#[derive(Debug)]
pub struct Host {
    pub(crate) inner: Arc<Inner>,
    supervisor: JoinHandle<()>,
    prober: JoinHandle<()>,
    _port: ReservedPort,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) port: u16,
    pub(crate) functions: Vec<Function>,
    pub(crate) timers: BTreeMap<String, TimerState>,
    host: HostJson,
    console: Arc<Console>,
    state: watch::Receiver<State>,
    orders: mpsc::UnboundedSender<Order>,
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
        let overriding = settings.keys().find(|name| name.starts_with("AzureFunctionsJobHost__"));
        ensure!(overriding.is_none(), "Overriding host.json by settings is not reproduced by this host");
        let console = Arc::new(Console::new(Box::new(listener)));
        let timers = timers(package, &settings, &console);
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
        let inner = Arc::new(Inner {
            port: port.number(),
            functions: package.functions().to_vec(),
            timers,
            host: package.host.clone(),
            console,
            state: states,
            orders,
        });
        let supervisor = tokio::spawn(supervise(launch, state, received));
        let prober = tokio::spawn(probe_now_and_then(port.number()));
        let host = Host { inner, supervisor, prober, _port: port };
        host.inner.ready().await.map_err(anyhow::Error::msg)?;
        Ok(host)
    }

    /// The handler's loopback port.
    pub fn port(&self) -> u16 {
        self.inner.port
    }

    /// The last lines of the handler's console, with the host's remarks between them.
    pub fn console(&self) -> Vec<ConsoleLine> {
        self.inner.console.lines()
    }

    /// Timer functions that can never fire, with the reason.
    pub fn indexing_errors(&self) -> Vec<(String, String)> {
        let failed =
            |(name, timer): (&String, &TimerState)| Some((name.clone(), timer.schedule.clone().err()?));
        self.inner.timers.iter().filter_map(failed).collect()
    }

    /// When a timer function fires next.
    pub fn next_tick(&self, function: &str, after: OffsetDateTime) -> anyhow::Result<OffsetDateTime> {
        self.inner.timer(function).map_err(anyhow::Error::msg)?.1.schedule()?.next_after(after)
    }

    /// Runs a timer function now, as the admin route does: beside any scheduled run.
    pub async fn fire_timer(&self, function: &str, variant: TimerVariant) -> Invocation {
        self.inner.fire_timer(function, &variant).await
    }

    /// Sends a request to the front door, and answers as a client would see it. Keys are not asked for.
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
        self.inner.clone().http(method, path_and_query, headers, body.into()).await
    }

    /// SIGKILL from outside. The host sees a crash, which counts: the third within half an hour brings it
    /// down. Returns when the host has noticed.
    pub async fn kill_handler(&self) {
        self.inner.order_and_wait(Order::Shoot).await;
    }

    /// SIGKILL and restart by the host itself, uncounted, as after a function timeout.
    pub async fn recycle_handler(&self) {
        let incarnation = self.inner.state.borrow().incarnation;
        self.inner.order_and_wait(Order::Dispose(incarnation)).await;
    }

    /// Stops the host; the handler gets SIGKILL and no warning, as on Azure.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.inner.order(Order::Stop("It was stopped".to_string()));
        (&mut self.supervisor).await.context("The supervisor of the handler panicked")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The supervisor owns the process, which dies with it.
        self.supervisor.abort();
        self.prober.abort();
    }
}

impl Inner {
    pub(crate) fn timer(&self, function: &str) -> Result<(&TimerTrigger, &TimerState), String> {
        let unknown = || format!("There is no timer function {function}");
        let found = self.functions.iter().find(|known| known.name == function).ok_or_else(unknown)?;
        let Trigger::Timer(trigger) = &found.trigger else { return Err(unknown()) };
        Ok((trigger, self.timers.get(function).ok_or_else(unknown)?))
    }

    pub(crate) async fn fire_timer(&self, function: &str, variant: &TimerVariant) -> Invocation {
        let (id, started) = (Uuid::new_v4().to_string(), Instant::now());
        let (outcome, reply) = match self.try_timer(function, variant, &id).await {
            Ok(reply) => (Outcome::Succeeded, reply),
            Err(outcome) => (outcome, Reply::default()),
        };
        Invocation {
            id,
            function: function.to_string(),
            outcome,
            logs: reply.logs,
            outputs: reply.outputs,
            elapsed: started.elapsed(),
        }
    }

    async fn try_timer(&self, function: &str, variant: &TimerVariant, id: &str) -> Result<Reply, Outcome> {
        let (trigger, timer) = self.timer(function).map_err(Outcome::Failed)?;
        if let Err(mistake) = &timer.schedule {
            return Err(Outcome::Failed(mistake.clone()));
        }
        let now = OffsetDateTime::now_utc();
        let status = variant.dates.status(timer.status(), now);
        let run = TimerRun { function, binding: &trigger.binding, variant, status, now };
        let request = run.request(self.port, id).map_err(|error| Outcome::Failed(error.to_string()))?;
        let outputs = self.functions.iter().find(|known| known.name == function).map(|known| &known.outputs);
        let outputs = outputs.map(Vec::as_slice).unwrap_or_default();
        let judged = async |answer: Answer| match reply::judge(&answer, outputs) {
            Verdict::Succeeded(reply) => Ok(reply),
            Verdict::Failed(reason) => Err(reason),
            Verdict::Pending => std::future::pending().await,
        };
        self.deliver(request, judged).await
    }

    /// Sends one request and lets `judge` decide, within `functionTimeout` and the life of the process.
    pub(crate) async fn deliver<T>(
        &self,
        request: Request<Body>,
        judge: impl AsyncFnOnce(Answer) -> Result<T, String>,
    ) -> Result<T, Outcome> {
        let incarnation = self.ready().await.map_err(Outcome::Failed)?;
        let exchange = async {
            match client::send(self.port, request).await {
                Ok(answer) => judge(answer).await,
                Err(error) => {
                    let _alive = timeout(SETTLING, self.death_of(incarnation)).await;
                    Err(format!("{error:#}"))
                }
            }
        };
        let limit = async {
            match self.host.function_timeout {
                Some(limit) => sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            result = exchange => result.map_err(Outcome::Failed),
            () = self.end_of(incarnation) => {
                Err(Outcome::Failed("Handler ended while the invocation was running".to_string()))
            }
            () = limit => {
                self.order_and_wait(Order::Dispose(incarnation)).await;
                Err(Outcome::TimedOut)
            }
        }
    }

    /// The incarnation that takes invocations now. A host whose handler never gets that far stops itself.
    async fn ready(&self) -> Result<u64, String> {
        let patience = self.host.initialization_timeout * 4;
        let mut state = self.state.clone();
        let settled =
            timeout(patience, state.wait_for(|state| !matches!(state.phase, Phase::Starting))).await;
        match settled {
            Ok(Ok(state)) => match &state.phase {
                Phase::Down(reason) => Err(format!("Host is down: {reason}")),
                _ => Ok(state.incarnation),
            },
            Ok(Err(_)) => Err("Host is gone".to_string()),
            Err(_) => {
                self.order(Order::Stop(format!("Handler was not ready within {patience:?}")));
                Err(format!("Handler was not ready within {patience:?}"))
            }
        }
    }

    pub(crate) fn is_down(&self) -> bool {
        matches!(self.state.borrow().phase, Phase::Down(_))
    }

    async fn end_of(&self, incarnation: u64) {
        let mut state = self.state.clone();
        // An error means that the supervisor is gone, and every incarnation with it.
        let _gone = state.wait_for(|state| state.incarnation != incarnation).await;
    }

    /// The end of a process, also one that the host overlooks.
    async fn death_of(&self, incarnation: u64) {
        let mut state = self.state.clone();
        let is_dead = |state: &State| state.incarnation != incarnation || matches!(state.phase, Phase::Gone);
        let _gone = state.wait_for(is_dead).await;
    }

    fn order(&self, order: Order) {
        // Without a supervisor there is no handler either, and nothing left to order.
        let _gone = self.orders.send(order);
    }

    async fn order_and_wait(&self, order: Order) {
        let incarnation = match &order {
            Order::Dispose(incarnation) => *incarnation,
            _ => self.state.borrow().incarnation,
        };
        let is_shot_in_vain = matches!((&order, &self.state.borrow().phase), (Order::Shoot, Phase::Gone));
        if !self.is_down() && !is_shot_in_vain {
            self.order(order);
            self.end_of(incarnation).await;
        }
    }
}

fn timers(
    package: &Package,
    settings: &BTreeMap<String, String>,
    console: &Console,
) -> BTreeMap<String, TimerState> {
    let mut timers = BTreeMap::new();
    for function in package.functions() {
        let Trigger::Timer(trigger) = &function.trigger else { continue };
        let timer = TimerState::index(trigger, settings);
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
