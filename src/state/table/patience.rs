//! How often, and after which waits, something is tried again whose outcome is not known. The client below repeats what
//! certainly did not happen by itself.

use std::time::Duration;

use azure_storage::Error;
use tokio::time::sleep;

use super::super::Result;
use super::write::from_service;

/// Four seconds in all.
const FIRST_WAIT: Duration = Duration::from_millis(60);
const WAITS: u32 = 6;

#[derive(Debug, Default)]
pub(super) struct Patience {
    waits: u32,
}

impl Patience {
    /// Waits a little longer each time, and in the end gives the error back.
    pub async fn after(&mut self, error: Error) -> Result<()> {
        if self.waits == WAITS {
            return Err(from_service(error));
        }
        sleep(FIRST_WAIT * 2u32.pow(self.waits)).await;
        self.waits += 1;
        Ok(())
    }
}
