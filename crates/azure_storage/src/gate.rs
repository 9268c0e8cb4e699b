//! Leave to write, asked for before every attempt: who has lost the right to write must not send again, not even
//! what was begun while the right was there.

use crate::Deadline;
use async_trait::async_trait;
use std::fmt::Debug;

#[async_trait]
pub trait Gate: Send + Sync + Debug {
    /// Waits until a write may be started, and says until when it may leave; an error when none may ever again.
    ///
    /// What is let in usually leaves at once. On a connection that is slow to open, or in a process that slept, it
    /// leaves later, but never after that moment, and has `request_limit` from then on.
    async fn enter(&self) -> Result<Deadline, GateClosed>;
}

/// Nothing of this writer is sent any more: [`ErrorKind::Closed`](crate::ErrorKind::Closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The writer may not write any more")]
pub struct GateClosed;
