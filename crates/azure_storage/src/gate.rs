//! Leave to write, asked for before every attempt: who has lost the right to write must not send again, not even
//! what was begun while the right was there.

use async_trait::async_trait;
use std::fmt::Debug;

#[async_trait]
pub trait Gate: Send + Sync + Debug {
    /// Waits until a write may be started; an error when none may ever again.
    ///
    /// What is let in usually leaves at once. On a connection that is slow to open it leaves as late as its answer
    /// would be waited for, two seconds more than `request_limit`, and has `request_limit` from then on.
    async fn enter(&self) -> Result<(), GateClosed>;
}

/// Nothing of this writer is sent any more: [`ErrorKind::Closed`](crate::ErrorKind::Closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The writer may not write any more")]
pub struct GateClosed;
