//! The source of a server-side copy: the full address of a file, signed, or opened by a token.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::location::Location;
use crate::{Bearer, Credential, Sas};

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

    /// Whether an address is this one, however it is encoded and signed.
    pub(crate) fn is_at(&self, address: &str) -> bool {
        place(address).is_some_and(|place| Some(place) == self::place(&self.address))
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

/// Host, path and share snapshot.
fn place(address: &str) -> Option<(String, Vec<u8>, Option<String>)> {
    let url = Url::parse(address).ok()?;
    let snapshot = url.query_pairs().find(|(name, _)| name == "sharesnapshot").map(|(_, id)| id.into_owned());
    Some((url.authority().to_owned(), percent_decode_str(url.path()).collect(), snapshot))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(address: &str) -> CopySource {
        CopySource { address: address.to_owned(), resource: String::new(), bearer: None, unusable: None }
    }

    #[test]
    fn an_address_is_the_same_however_it_is_encoded_and_signed() {
        let source = source(
            "https://a.file.core.windows.net/s/d%20e/f%2B?sharesnapshot=2026-11-18T22%3A01%3A07.0000000Z",
        );
        for same in [
            "https://a.file.core.windows.net/s/d%20e/f%2B?sharesnapshot=2026-11-18T22:01:07.0000000Z",
            "https://A.file.core.windows.net/s/d%20e/f+?sharesnapshot=2026-11-18T22%3A01%3A07.0000000Z&sv=1&sig=x",
        ] {
            assert!(source.is_at(same), "{same}");
        }
        for other in [
            "https://b.file.core.windows.net/s/d%20e/f%2B?sharesnapshot=2026-11-18T22:01:07.0000000Z",
            "https://a.file.core.windows.net/s/d%20e/F%2B?sharesnapshot=2026-11-18T22:01:07.0000000Z",
            "https://a.file.core.windows.net/s/d%20e/f%2B?sharesnapshot=2026-11-18T22:01:08.0000000Z",
            "https://a.file.core.windows.net/s/d%20e/f%2B",
            "no address",
        ] {
            assert!(!source.is_at(other), "{other}");
        }
    }
}
