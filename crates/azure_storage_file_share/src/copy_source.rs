//! The source of a server-side copy: the full address of a file, signed, or opened by a token.

use crate::location::Location;
use crate::{Bearer, Credential, Sas};
use std::fmt;

/// The service takes no longer address.
const MAX_BYTES: usize = 2048;

/// Made by [`ShareFileClient::copy_source`](crate::ShareFileClient::copy_source).
#[derive(Clone)]
pub struct CopySource {
    address: String,
    resource: String,
    bearer: Option<Bearer>,
    unusable: Option<(&'static str, &'static str)>,
}

impl CopySource {
    pub(crate) fn new(at: &Location, sas: Option<&Sas>) -> Self {
        let address = at.address(sas.map(Sas::as_query));
        let unusable = if at.unusable_name {
            Some(("InvalidFileOrDirectoryPathName", "The copy source has a name that no URL can carry"))
        } else if address.len() > MAX_BYTES {
            Some(("CopySourceTooLong", "The address of the copy source is longer than 2 KiB"))
        } else {
            None
        };
        let bearer = match &at.service.credential {
            Credential::Bearer(bearer) if sas.is_none() => Some(bearer.clone()),
            _ => None,
        };
        Self { address, resource: at.to_string(), bearer, unusable }
    }

    /// Whether the service can be asked; otherwise the data must be read and put by the caller.
    pub fn is_usable(&self) -> bool {
        self.unusable.is_none()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What opens the source where its address is not signed.
    pub(crate) fn bearer(&self) -> Option<&Bearer> {
        self.bearer.as_ref()
    }

    pub(crate) fn unusable(&self) -> Option<(&'static str, &'static str)> {
        self.unusable
    }
}

impl fmt::Debug for CopySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CopySource({})", self.resource)
    }
}
