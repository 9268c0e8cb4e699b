//! What a person allows, however much more the service would take.

use super::line::{Line, Passed};
use std::sync::Arc;
use std::time::Duration;

/// What may be made up for after a moment in which nothing was sent.
const SPARE: Duration = Duration::from_millis(50);

/// Requests and bytes in a second, of all that are given these limits together. They can be changed at any time. Cheap to
/// clone; the clones are one.
#[derive(Clone, Debug)]
pub struct Limits(Arc<Lines>);

#[derive(Debug)]
struct Lines {
    requests: Line,
    bytes: Line,
}

/// Nobody waits any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Nobody waits any more for what is allowed")]
pub(crate) struct Stopped;

impl Default for Limits {
    fn default() -> Self {
        Self(Arc::new(Lines { requests: Line::unlimited(), bytes: Line::unlimited() }))
    }
}

impl Limits {
    /// `None` is without limit.
    pub fn set(&self, requests_per_second: Option<u64>, bytes_per_second: Option<u64>) {
        let per_second = |limit: Option<u64>| limit.map_or(f64::INFINITY, |limit| limit as f64);
        self.0.requests.set(per_second(requests_per_second), SPARE);
        self.0.bytes.set(per_second(bytes_per_second), SPARE);
    }

    /// While they are closed, a request that would have to wait is not sent:
    /// [`ErrorKind::Stopped`](crate::ErrorKind::Stopped).
    pub fn close(&self, is_closed: bool) {
        self.0.requests.close(is_closed);
        self.0.bytes.close(is_closed);
    }

    /// An error while nobody may wait.
    pub(super) fn open(&self) -> Result<(), Stopped> {
        if self.0.requests.is_closed() { Err(Stopped) } else { Ok(()) }
    }

    /// A request goes as soon as all before it are paid for, whatever its size.
    pub(super) async fn bytes(&self, bytes: u64) -> Result<(), Stopped> {
        if bytes > 0 { pass(&self.0.bytes, bytes as f64).await } else { Ok(()) }
    }

    pub(super) async fn request(&self) -> Result<(), Stopped> {
        pass(&self.0.requests, 1.0).await
    }
}

async fn pass(line: &Line, amount: f64) -> Result<(), Stopped> {
    if line.pass(amount).await == Passed::Closed { Err(Stopped) } else { Ok(()) }
}
