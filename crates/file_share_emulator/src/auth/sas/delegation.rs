//! The key that the service gives to a user, so that the user may sign. Its value is derived from the account's
//! key and from all that the signature repeats about it: nothing has to be remembered, and nothing can be changed.

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::terms::{outside, parse_time};
use super::{malformed, refused};
use crate::error::ServiceError;
use crate::model::account::Account;
use crate::model::clock::Ticks;
use crate::request::Query;

#[derive(Clone, Debug)]
pub(crate) struct DelegationKey {
    pub(crate) object: String,
    pub(crate) tenant: String,
    pub(crate) start: String,
    pub(crate) expiry: String,
    pub(crate) service: String,
    pub(crate) version: String,
    /// The tenant of the one user who alone may use what is signed.
    pub(crate) delegated_tenant: String,
}

impl DelegationKey {
    /// The key that a signature says it was made with.
    pub(super) fn of(query: &Query) -> Result<Self, ServiceError> {
        let value = |name| query.get(name).unwrap_or_default().to_owned();
        let key = Self {
            object: value("skoid"),
            tenant: value("sktid"),
            start: value("skt"),
            expiry: value("ske"),
            service: value("sks"),
            version: value("skv"),
            delegated_tenant: value("skdutid"),
        };
        match key.service == "f" && query.get("si").is_none() {
            true => Ok(key),
            false => Err(malformed()),
        }
    }

    pub(crate) fn value(&self, account: &Account) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&account.key).expect("HMAC takes keys of any length");
        for part in [
            &*account.name,
            &self.object,
            &self.tenant,
            &self.start,
            &self.expiry,
            &self.service,
            &self.version,
            &self.delegated_tenant,
        ] {
            mac.update(part.as_bytes());
            mac.update(b"\n");
        }
        mac.finalize().into_bytes().to_vec()
    }

    /// As the service hands it out.
    pub(crate) fn encoded_value(&self, account: &Account) -> String {
        BASE64_STANDARD.encode(self.value(account))
    }

    /// The key must be valid now, and for as long as what it has signed.
    pub(super) fn check_life(&self, query: &Query, now: Ticks) -> Result<(), ServiceError> {
        let time = |text: &str| parse_time(text).ok_or_else(malformed);
        let (start, expiry) = (time(&self.start)?, time(&self.expiry)?);
        if start > now || expiry <= now {
            return Err(outside(Some(start), expiry, now));
        }
        match time(query.get("se").unwrap_or_default())? > expiry {
            true => Err(refused("The signature outlives the key that has signed it")),
            false => Ok(()),
        }
    }
}
