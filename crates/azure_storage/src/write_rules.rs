//! What holds for every attempt of a write that must not be started too late, nor take effect too late.

use crate::unsettled::Attempt;
use crate::{Deadline, Gate, GateClosed, Unsettled};
use std::sync::Arc;
use std::time::Duration;

/// What the service allows itself for the largest request: two minutes for a MiB, and 4 MiB.
const SERVICE_LIMIT: Duration = Duration::from_secs(8 * 60);

/// What an answer may need beyond the time that the service works.
const TRAVEL: Duration = Duration::from_secs(2);

/// In the `Context` of each such write.
#[derive(Clone, Debug, Default)]
pub struct WriteRules {
    pub gate: Option<Arc<dyn Gate>>,
    pub unsettled: Unsettled,
    /// The service's own time limit for a write, in whole seconds; the client tells it with the request.
    pub request_limit: Option<Duration>,
}

impl WriteRules {
    /// The value of `timeout`. Rounded down, so that nothing happens after the limit, but never to nothing.
    pub fn timeout_seconds(&self) -> Option<u64> {
        self.request_limit.map(|limit| limit.as_secs().max(1))
    }

    /// Until when the write may leave, where a gate says so.
    pub(crate) async fn enter(&self) -> Result<Option<Deadline>, GateClosed> {
        match &self.gate {
            Some(gate) => gate.enter().await.map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn begin(&self) -> Attempt<'_> {
        self.unsettled.begin(self.limit().unwrap_or(SERVICE_LIMIT))
    }

    /// When an answer is not waited for any longer.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.limit().map(|limit| limit + TRAVEL)
    }

    fn limit(&self) -> Option<Duration> {
        self.timeout_seconds().map(Duration::from_secs)
    }
}

#[cfg(test)]
mod tests;
