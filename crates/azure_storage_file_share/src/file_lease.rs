//! A lease on a file: nobody else writes to it, over REST or SMB. It has no end of its own.
//! All four are at <https://learn.microsoft.com/rest/api/storageservices/lease-file>.

use crate::call::Call;
use crate::headers;
use crate::{LeaseDuration, LeaseId, Operation, Result, ShareFileClient};

impl ShareFileClient {
    /// The same file; every request of the new client names the lease. As long as it is held, only such requests
    /// change the file.
    #[must_use]
    pub fn holding(&self, id: &LeaseId) -> Self {
        Self::new((*self.at).clone().holding(Some(id.clone())))
    }

    /// Somebody else's lease refuses it: `LeaseAlreadyPresent`. Taking one's own again is as good as once.
    pub async fn acquire_lease(&self, id: &LeaseId) -> Result<()> {
        let call = self.lease("acquire").header(headers::PROPOSED_LEASE_ID, id.to_string());
        call.header(headers::LEASE_DURATION, LeaseDuration::Infinite.to_string()).send().await?;
        Ok(())
    }

    pub async fn change_lease(&self, id: &LeaseId, to: &LeaseId) -> Result<()> {
        let call = self.lease("change").header(headers::LEASE_ID, id.to_string());
        call.header(headers::PROPOSED_LEASE_ID, to.to_string()).send().await?;
        Ok(())
    }

    pub async fn release_lease(&self, id: &LeaseId) -> Result<()> {
        self.lease("release").header(headers::LEASE_ID, id.to_string()).send().await?;
        Ok(())
    }

    /// At once, whoever holds it.
    pub async fn break_lease(&self) -> Result<()> {
        self.lease("break").send().await?;
        Ok(())
    }

    fn lease(&self, action: &'static str) -> Call<'_> {
        let call = Call::put(&self.at, Operation::LeaseFile).query("comp", "lease");
        call.header(headers::LEASE_ACTION, action)
    }
}
