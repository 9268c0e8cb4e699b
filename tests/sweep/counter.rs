//! One counter before everything that a cycle talks to: both accounts of the emulator and the tables.

use std::sync::{Arc, Mutex, MutexGuard};

use faults::{Fault, Plan, Seen};
use file_share_emulator::Emulator;

/// Requests that carry file data to the target.
const DATA: [&str; 3] = ["Create File", "Put Range", "Put Range From URL"];

/// Stands for every number.
const EACH: u64 = 0;

type Make = Box<dyn Fn(&Seen<'_>) -> Fault + Send + Sync>;

/// Counts while it is armed, and strikes once.
#[derive(Default)]
pub struct Counter(Mutex<State>);

#[derive(Default)]
struct State {
    armed: Option<(u64, Arc<Make>)>,
    counted: Counted,
    emulator: Option<std::sync::Weak<Emulator>>,
}

/// What came while the counter was armed.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub requests: u64,
    /// The request that was struck.
    pub struck: Option<String>,
    pub saved: Saved,
    data_requests: u64,
}

/// What was done when the state was stored last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Saved {
    pub written_bytes: u64,
    /// Requests with data that were under way.
    pub in_flight: u64,
}

impl Counter {
    /// Counts from 1, and strikes the request with this number.
    pub fn arm(
        &self,
        emulator: &Arc<Emulator>,
        at: u64,
        fault: impl Fn(&Seen<'_>) -> Fault + Send + Sync + 'static,
    ) {
        let fault: Make = Box::new(fault);
        let emulator = Some(Arc::downgrade(emulator));
        *self.state() = State { armed: Some((at, Arc::new(fault))), emulator, ..State::default() };
    }

    /// Strikes as `fault` says, at any request.
    pub fn arm_each(&self, fault: impl Fn(&Seen<'_>) -> Fault + Send + Sync + 'static) {
        let fault: Make = Box::new(fault);
        *self.state() = State { armed: Some((EACH, Arc::new(fault))), ..State::default() };
    }

    pub fn is_struck(&self) -> bool {
        self.state().counted.struck.is_some()
    }

    pub fn disarm(&self) -> Counted {
        std::mem::take(&mut *self.state()).counted
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics while holding the count")
    }
}

impl Plan for Counter {
    fn fault(&self, seen: &Seen<'_>) -> Fault {
        let fault = {
            let mut state = self.state();
            let Some((at, fault)) = state.armed.clone() else { return Fault::None };
            state.counted.requests += 1;
            if DATA.contains(&seen.operation) {
                state.counted.data_requests += 1;
            }
            let is_struck = at == EACH || state.counted.requests == at;
            if is_struck {
                let Seen { account, operation, method, path, query, .. } = seen;
                state.counted.struck = Some(format!("{operation} ({method} {path}?{query} of {account})"));
            }
            if seen.operation == "Transaction"
                && let Some(emulator) = state.emulator.as_ref().and_then(std::sync::Weak::upgrade)
            {
                let log = emulator.log().snapshot().recent;
                let answered = log.iter().filter(|record| DATA.contains(&record.operation)).count() as u64;
                let in_flight = state.counted.data_requests.saturating_sub(answered);
                let written_bytes = log.iter().map(|record| record.written_bytes).sum();
                // one that does not happen saves nothing
                if !is_struck {
                    state.counted.saved = Saved { written_bytes, in_flight };
                }
            }
            is_struck.then_some(fault)
        };
        fault.map_or(Fault::None, |fault| fault(seen))
    }
}
