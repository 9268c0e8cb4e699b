//! Shared access signatures: of an account, of a share or a file, and those that a user's delegation key has
//! signed. The same check serves requests and the source URL of a server-side copy. It goes in the service's
//! order: the form, the signature, the life time, the caller, and last whether this operation is allowed.

use std::net::Ipv4Addr;

use super::{allow_keys, bearer, is_signed};
use crate::error::{self, ServiceError};
use crate::identity::Action;
use crate::model::account::Account;
use crate::model::clock::Ticks;
use crate::operation::Operation;
use crate::request::Query;
use crate::service::State;

mod delegation;
mod terms;
mod text;

pub(crate) use delegation::DelegationKey;
use terms::Terms;
pub(crate) use terms::parse_time;

/// What the holder of the signature wants.
pub(crate) struct Target<'a> {
    pub(crate) share: Option<&'a str>,
    /// The decoded path below the share.
    pub(crate) item: &'a str,
    pub(crate) operation: Operation,
    /// Whether it is asked for inside TLS.
    pub(crate) secure: bool,
    /// What an identity must be allowed whose delegation key has signed.
    pub(crate) actions: &'static [Action],
}

/// Who has signed, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Account,
    Service,
    Delegation,
}

impl Kind {
    fn of(query: &Query) -> Result<Self, ServiceError> {
        let has = |name| query.get(name).is_some();
        match (has("ss") || has("srt"), has("sr"), has("skoid")) {
            (true, false, false) => Ok(Self::Account),
            (false, true, false) => Ok(Self::Service),
            (false, true, true) => Ok(Self::Delegation),
            _ => Err(malformed()),
        }
    }

    fn mandatory(self) -> &'static [&'static str] {
        match self {
            Self::Account => &["sv", "ss", "srt", "sp", "se"],
            Self::Service => &["sv"],
            Self::Delegation => &["sv", "sp", "se", "sktid", "skt", "ske", "sks", "skv"],
        }
    }

    /// The version of the service that brought the kind to files.
    fn since(self) -> &'static str {
        match self {
            Self::Account => "2015-04-05",
            Self::Service => "2015-02-21",
            Self::Delegation => "2026-02-06",
        }
    }
}

pub(crate) fn verify(
    state: &State,
    query: &Query,
    account: &Account,
    target: &Target<'_>,
) -> Result<(), ServiceError> {
    let kind = Kind::of(query)?;
    if kind != Kind::Delegation {
        allow_keys(account)?;
    }
    if let Some(missing) = kind.mandatory().iter().find(|name| query.get(name).is_none()) {
        return Err(refused(&format!("{missing} is mandatory. Cannot be empty")));
    }
    if query.get("sv").is_some_and(|version| version < kind.since()) {
        return Err(malformed());
    }
    if query.get("sduoid").is_some() {
        return Err(refused("The emulator does not check signatures that only one user may use"));
    }
    if kind != Kind::Account && target.share.is_none() {
        return Err(error::AUTHORIZATION_FAILURE.into());
    }
    check_signature(kind, query, account, target)?;
    let terms = Terms::of(query, account, target.share)?;
    terms.check_life(Ticks::wall_clock())?;
    check_caller(query, target.secure)?;
    check_rights(kind, query, &terms, target.operation)?;
    match kind {
        Kind::Delegation => {
            bearer::check_signer(state, account, query.get("skoid").unwrap_or_default(), target.actions)
        }
        _ => Ok(()),
    }
}

fn check_signature(
    kind: Kind,
    query: &Query,
    account: &Account,
    target: &Target<'_>,
) -> Result<(), ServiceError> {
    let signature = query.get("sig").unwrap_or_default();
    let (text, is_signed) = match kind {
        Kind::Account => {
            let text = text::of_account(query, &account.name);
            let is_signed = is_signed(&account.key, &text, signature);
            (text, is_signed)
        }
        Kind::Service => {
            let text = text::of_service(query, &resource(query, account, target)?);
            let is_signed = is_signed(&account.key, &text, signature);
            (text, is_signed)
        }
        Kind::Delegation => {
            let key = DelegationKey::of(query)?;
            key.check_life(query, Ticks::wall_clock())?;
            let text = text::of_delegation(query, &resource(query, account, target)?);
            let is_signed = is_signed(&key.value(account), &text, signature);
            (text, is_signed)
        }
    };
    match is_signed {
        true => Ok(()),
        false => Err(refused(&format!("Signature did not match. String to sign used was {text}"))),
    }
}

/// What was signed for: the share of the request, or its file. A signature for another one does not match.
fn resource(query: &Query, account: &Account, target: &Target<'_>) -> Result<String, ServiceError> {
    let (account, share) = (&account.name, target.share.unwrap_or_default());
    match query.get("sr") {
        Some("s") => Ok(format!("/file/{account}/{share}")),
        Some("f") => Ok(format!("/file/{account}/{share}/{}", target.item)),
        _ => Err(malformed()),
    }
}

/// The emulator is called from this machine only.
fn check_caller(query: &Query, secure: bool) -> Result<(), ServiceError> {
    match query.get("spr") {
        None | Some("https,http") => {}
        Some("https") if secure => {}
        Some("https") => return Err(error::AUTHORIZATION_PROTOCOL_MISMATCH.into()),
        Some(_) => return Err(malformed()),
    }
    let Some(addresses) = query.get("sip") else { return Ok(()) };
    let (first, last) = addresses.split_once('-').unwrap_or((addresses, addresses));
    match (first.parse::<Ipv4Addr>(), last.parse::<Ipv4Addr>()) {
        (Ok(first), Ok(last)) if (first..=last).contains(&Ipv4Addr::LOCALHOST) => Ok(()),
        (Ok(_), Ok(_)) => Err(error::AUTHORIZATION_SOURCE_IP_MISMATCH.into()),
        _ => Err(malformed()),
    }
}

fn check_rights(kind: Kind, query: &Query, terms: &Terms, operation: Operation) -> Result<(), ServiceError> {
    let access = operation.access();
    let has = |name, letter| query.get(name).unwrap_or_default().contains(letter);
    if kind == Kind::Account {
        if !has("ss", 'f') {
            return Err(error::AUTHORIZATION_SERVICE_MISMATCH.into());
        }
        if !has("srt", access.resource) {
            return Err(error::AUTHORIZATION_RESOURCE_TYPE_MISMATCH.into());
        }
    } else if operation.is_share_level() {
        return Err(error::AUTHORIZATION_FAILURE.into());
    }
    match terms.permissions.chars().any(|letter| access.permissions.contains(letter)) {
        true => Ok(()),
        false => Err(error::AUTHORIZATION_PERMISSION_MISMATCH.into()),
    }
}

/// Headers of Get File that the signature sets: the parameter, and the header it stands for.
const RESPONSE_HEADERS: [(&str, &str); 5] = [
    ("rscc", "cache-control"),
    ("rscd", "content-disposition"),
    ("rsce", "content-encoding"),
    ("rscl", "content-language"),
    ("rsct", "content-type"),
];

/// What a signature says about the headers of an answer. An account's says nothing.
pub(crate) fn response_headers(query: &Query) -> impl Iterator<Item = (&'static str, &str)> {
    let is_signed = query.get("sig").is_some() && query.get("sr").is_some();
    let headers = RESPONSE_HEADERS.into_iter().filter(move |_| is_signed);
    headers.filter_map(|(parameter, header)| Some((header, query.get(parameter)?)))
}

fn malformed() -> ServiceError {
    refused("Signature fields not well formed.")
}

fn refused(detail: &str) -> ServiceError {
    ServiceError::from(error::AUTHENTICATION_FAILED).with("AuthenticationErrorDetail", detail)
}
