//! Leave to write, asked for before every attempt: who has lost the right to write must not send again, not even
//! what was begun while the right was there.

use async_trait::async_trait;
use std::fmt::Debug;

#[async_trait]
pub trait Gate: Send + Sync + Debug {
    /// Waits until a write may be started; an error when none may ever again.
    async fn enter(&self) -> Result<(), GateClosed>;
}

/// Nothing of this writer is sent any more: [`ErrorKind::Closed`](crate::ErrorKind::Closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The writer may not write any more")]
pub struct GateClosed;
