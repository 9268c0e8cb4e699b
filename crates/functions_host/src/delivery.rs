//! Deliveries to the handler: which process takes them, how long they may last, what ends them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Request;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use uuid::Uuid;

use crate::client::{self, Answer, Body};
use crate::clock::Clock;
use crate::console::Console;
use crate::envelope::TimerRun;
use crate::function_json::{Function, TimerTrigger, Trigger};
use crate::host_json::HostJson;
use crate::invocation::{Invocation, Outcome};
use crate::listener::TimerState;
use crate::reply::{self, Reply, Verdict};
use crate::supervisor::{Order, Phase, State};
use crate::timer::TimerVariant;

/// A socket dies a moment before its process can be waited for. Whoever saw the socket die waits for the
/// supervisor to notice, so that the next invocation meets the next process; but no longer than this,
/// because a handler can also close its sockets and live on.
const SETTLING: Duration = Duration::from_secs(1);

/// The part of a host that invocations share.
#[derive(Debug)]
pub(crate) struct Deliveries {
    pub(crate) port: u16,
    pub(crate) functions: Vec<Function>,
    pub(crate) timers: BTreeMap<String, TimerState>,
    pub(crate) host: HostJson,
    pub(crate) console: Arc<Console>,
    pub(crate) clock: Clock,
    pub(crate) state: watch::Receiver<State>,
    pub(crate) orders: mpsc::UnboundedSender<Order>,
}

impl Deliveries {
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
        let now = self.clock.now();
        let recorded = timer.status().map_err(|error| Outcome::Failed(format!("{error:#}")))?;
        let status = variant.dates.status(recorded, now);
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
                Some(limit) => self.clock.sleep(limit).await,
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
    pub(crate) async fn ready(&self) -> Result<u64, String> {
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

    pub(crate) fn order(&self, order: Order) {
        // Without a supervisor there is no handler either, and nothing left to order.
        let _gone = self.orders.send(order);
    }

    pub(crate) async fn order_and_wait(&self, order: Order) {
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
