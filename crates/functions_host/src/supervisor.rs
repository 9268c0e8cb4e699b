//! The life of the handler: start, readiness, deaths that are counted and deaths that are not.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};

use crate::client;
use crate::clock::Clock;
use crate::console::Level;
use crate::handler_process::HandlerProcess;
use crate::launch::{Launch, Process};

const PROBE_INTERVAL: Duration = Duration::from_millis(25);
const COUNTED_ERRORS: usize = 3;
/// Errors farther apart than this do not add up.
const ERROR_MEMORY: Duration = Duration::from_secs(30 * 60);

#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Grows with every process; an invocation belongs to one of them.
    pub(crate) incarnation: u64,
    pub(crate) phase: Phase,
}

#[derive(Clone, Debug)]
pub(crate) enum Phase {
    Starting,
    Ready,
    /// The handler has ended with code 0, and the host believes that it is still there.
    Gone,
    /// The host has stopped itself; nothing runs any more.
    Down(String),
}

#[derive(Debug)]
pub(crate) enum Order {
    /// Kill and restart this incarnation, uncounted: what the host does after a function timeout.
    Dispose(u64),
    /// SIGKILL from outside: the host sees a crash.
    Shoot,
    /// Kill, and stop the host for this reason.
    Stop(String),
}

enum End {
    Exited(i32),
    Unready,
    Disposed,
    Stopped(String),
    Lost(String),
}

/// Runs incarnations of the handler until the host goes down.
pub(crate) async fn supervise(
    launch: Launch,
    clock: Clock,
    current: HandlerProcess,
    state: watch::Sender<State>,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    let mut errors = ErrorCount::default();
    let mut incarnation = 0;
    let reason = loop {
        incarnation += 1;
        let mut process = match launch.start().await {
            Ok(process) => process,
            Err(error) => break format!("{error:#}"),
        };
        current.is_now(process.id());
        let end = live(&mut process, &launch, incarnation, &state, &mut orders).await;
        current.is_now(None);
        if !matches!(end, End::Stopped(_)) {
            state.send_replace(State { incarnation: incarnation + 1, phase: Phase::Starting });
        }
        let last_words = process.last_words().await;
        let mistake = match end {
            End::Stopped(reason) | End::Lost(reason) => break reason,
            End::Disposed => {
                launch.console.remark(Level::Information, "Handler was killed by the host and is restarted");
                continue;
            }
            End::Exited(200) => {
                launch.console.remark(Level::Information, "Handler asked to be restarted");
                continue;
            }
            End::Exited(code) => format!("Handler exited with code {code}: {}", last_words.join(", ")),
            End::Unready => {
                format!("Handler did not answer within {:?}", launch.host.initialization_timeout)
            }
        };
        launch.console.remark(Level::Error, &mistake);
        if errors.record(clock.now()) == COUNTED_ERRORS {
            break format!("Handler exceeded its retry count: {mistake}");
        }
    };
    launch.console.remark(Level::Error, format!("Host is down: {reason}"));
    state.send_replace(State { incarnation: incarnation + 1, phase: Phase::Down(reason) });
}

async fn live(
    process: &mut Process,
    launch: &Launch,
    incarnation: u64,
    state: &watch::Sender<State>,
    orders: &mut mpsc::UnboundedReceiver<Order>,
) -> End {
    let readiness = tokio::time::timeout(launch.host.initialization_timeout, answering(launch.port));
    tokio::pin!(readiness);
    let (mut is_ready, mut is_gone) = (false, false);
    loop {
        let result = tokio::select! {
            answer = &mut readiness, if !is_ready => match answer {
                Ok(()) => {
                    is_ready = true;
                    state.send_replace(State { incarnation, phase: Phase::Ready });
                    Ok(None)
                }
                Err(_) => process.kill().await.map(|()| Some(End::Unready)),
            },
            code = process.exit(), if !is_gone => match code {
                Ok(0) => {
                    is_gone = true;
                    if is_ready {
                        state.send_replace(State { incarnation, phase: Phase::Gone });
                    }
                    Ok(None)
                }
                code => code.map(|code| Some(End::Exited(code))),
            },
            order = orders.recv() => match order {
                Some(Order::Dispose(disposed)) if disposed == incarnation => {
                    process.kill().await.map(|()| Some(End::Disposed))
                }
                Some(Order::Dispose(_)) => Ok(None),
                Some(Order::Shoot) => process.shoot().map(|()| None),
                Some(Order::Stop(reason)) => process.kill().await.map(|()| Some(End::Stopped(reason))),
                None => process.kill().await.map(|()| Some(End::Stopped("Host was dropped".to_string()))),
            },
        };
        match result {
            Ok(None) => {}
            Ok(Some(end)) => return end,
            Err(error) => return End::Lost(format!("Handler process was lost: {error}")),
        }
    }
}

/// Any HTTP answer means ready, also 404 or 500; a failure of the socket means not yet.
async fn answering(port: u16) {
    while client::probe(port).await.is_err() {
        tokio::time::sleep(PROBE_INTERVAL).await;
    }
}

#[derive(Default)]
struct ErrorCount {
    count: usize,
    last: Option<OffsetDateTime>,
}

impl ErrorCount {
    fn record(&mut self, now: OffsetDateTime) -> usize {
        if self.last.is_some_and(|last| now - last > ERROR_MEMORY) {
            self.count = 0;
        }
        self.last = Some(now);
        self.count += 1;
        self.count
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-03-01 03:00 UTC);

    #[test]
    fn errors_add_up_while_they_follow_closely() {
        let mut errors = ErrorCount::default();
        assert_eq!(errors.record(START), 1);
        assert_eq!(errors.record(START + ERROR_MEMORY), 2);
        assert_eq!(errors.record(START + ERROR_MEMORY * 2), 3);
    }

    #[test]
    fn a_long_gap_clears_the_count() {
        let mut errors = ErrorCount::default();
        errors.record(START);
        errors.record(START);
        assert_eq!(errors.record(START + ERROR_MEMORY + Duration::from_secs(1)), 1);
    }
}
