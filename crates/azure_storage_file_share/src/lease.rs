//! A lease on a share or on a share snapshot: whoever does not name it can neither delete nor change what is leased.
//! It does not keep anybody from the files inside.

use crate::call::Call;
use crate::headers;
use crate::{Operation, Result, ShareClient};
use std::fmt;

/// A GUID, chosen by whoever takes the lease.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LeaseId(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseDuration {
    Infinite,
    /// From 15 to 60.
    Seconds(u8),
}

impl LeaseDuration {
    fn is_possible(self) -> bool {
        match self {
            Self::Infinite => true,
            Self::Seconds(seconds) => (15..=60).contains(&seconds),
        }
    }
}

/// All three are at <https://learn.microsoft.com/rest/api/storageservices/lease-share>. They are the only writes that
/// a client of a share snapshot sends.
impl ShareClient {
    /// Somebody else's lease refuses it: `LeaseAlreadyPresent`. Taking one's own again is as good as once.
    pub async fn acquire_lease(&self, id: &LeaseId, duration: LeaseDuration) -> Result<()> {
        let mut call = self.lease("acquire").header(headers::PROPOSED_LEASE_ID, id.to_string());
        if !duration.is_possible() {
            call = call.refuse("InvalidHeaderValue", "A lease lasts from 15 to 60 seconds, or for ever");
        }
        call.header(headers::LEASE_DURATION, duration.to_string()).send().await?;
        Ok(())
    }

    pub async fn release_lease(&self, id: &LeaseId) -> Result<()> {
        self.lease("release").header(headers::LEASE_ID, id.to_string()).send().await?;
        Ok(())
    }

    /// At once, whoever holds it.
    pub async fn break_lease(&self) -> Result<()> {
        self.lease("break").header("x-ms-lease-break-period", "0").send().await?;
        Ok(())
    }

    fn lease(&self, action: &'static str) -> Call<'_> {
        let call = self.put(Operation::LeaseShare).query("comp", "lease");
        call.header(headers::LEASE_ACTION, action)
    }
}

impl LeaseId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for LeaseId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for LeaseId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As the header says it.
impl fmt::Display for LeaseDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Infinite => f.write_str("-1"),
            Self::Seconds(seconds) => seconds.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
