//! What a signature grants and for how long. A stored access policy may say part of it or all; what it says, the
//! signature must not say too.

use super::{malformed, refused};
use crate::error::ServiceError;
use crate::model::account::Account;
use crate::model::clock::Ticks;
use crate::model::stored_policy::StoredPolicy;
use crate::request::Query;

#[derive(Debug)]
pub(super) struct Terms {
    start: Option<Ticks>,
    expiry: Ticks,
    pub(super) permissions: String,
}

impl Terms {
    pub(super) fn of(query: &Query, account: &Account, share: Option<&str>) -> Result<Self, ServiceError> {
        let policy = match (query.get("si"), share) {
            (Some(id), Some(share)) => policy(id, account, share)?,
            (Some(_), None) => return Err(malformed()),
            (None, _) => StoredPolicy::default(),
        };
        let start = either(time(query, "st")?, policy.start)?;
        let expiry = either(time(query, "se")?, policy.expiry)?;
        let permissions = either(query.get("sp").map(str::to_owned), policy.permissions)?;
        let missing = |name| refused(&format!("{name} is mandatory. Cannot be empty"));
        Ok(Self {
            start,
            expiry: expiry.ok_or_else(|| missing("se"))?,
            permissions: permissions.ok_or_else(|| missing("sp"))?,
        })
    }

    pub(super) fn check_life(&self, now: Ticks) -> Result<(), ServiceError> {
        match self.start.is_some_and(|start| start > now) || self.expiry <= now {
            true => Err(outside(self.start, self.expiry, now)),
            false => Ok(()),
        }
    }
}

/// A share that does not exist has no policies, and its name stays a secret.
fn policy(id: &str, account: &Account, share: &str) -> Result<StoredPolicy, ServiceError> {
    let share = account.share(share).ok();
    let found = share.and_then(|share| share.lock().policies.iter().find(|policy| policy.id == id).cloned());
    found.ok_or_else(|| refused("Signed identifier does not name a stored access policy of the share"))
}

fn either<T>(signed: Option<T>, stored: Option<T>) -> Result<Option<T>, ServiceError> {
    match (signed, stored) {
        (Some(_), Some(_)) => Err(refused(
            "Access policy fields can be associated with signature or SAS identifier but not both",
        )),
        (signed, stored) => Ok(signed.or(stored)),
    }
}

fn time(query: &Query, name: &str) -> Result<Option<Ticks>, ServiceError> {
    query.get(name).map(|text| parse_time(text).ok_or_else(malformed)).transpose()
}

pub(super) fn outside(start: Option<Ticks>, expiry: Ticks, now: Ticks) -> ServiceError {
    let (start, expiry, now) =
        (start.map(Ticks::rfc1123).unwrap_or_default(), expiry.rfc1123(), now.rfc1123());
    refused(&format!(
        "Signature not valid in the specified time frame: Start [{start}] - Expiry [{expiry}] - Current [{now}]"
    ))
}

/// A date, or a date with a time down to minutes, seconds or ticks.
pub(crate) fn parse_time(text: &str) -> Option<Ticks> {
    Ticks::parse_iso(text).or_else(|| Ticks::parse_iso(&format!("{text}T00:00:00Z")))
}
