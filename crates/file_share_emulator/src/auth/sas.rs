//! Shared access signatures of accounts, shares and files: signature, life time, and what they allow. The same
//! check serves requests and the source URL of a server-side copy.

use std::net::Ipv4Addr;

use super::is_signed;
use crate::error::{self, Kind, ServiceError};
use crate::model::account::Account;
use crate::model::clock::Ticks;
use crate::request::Query;
use crate::route::Operation;

/// What the holder of the signature wants.
pub(crate) struct Target<'a> {
    pub(crate) share: Option<&'a str>,
    /// The decoded path below the share.
    pub(crate) item: &'a str,
    pub(crate) operation: Operation,
    /// Whether it is asked for inside TLS.
    pub(crate) secure: bool,
}

pub(crate) fn verify(query: &Query, account: &Account, target: &Target<'_>) -> Result<(), ServiceError> {
    if query.get("skoid").is_some() {
        return Err(refused("The emulator does not implement user delegation signatures"));
    }
    if query.get("si").is_some() {
        return Err(refused("The emulator does not implement stored access policies"));
    }
    let is_account_sas = query.get("ss").is_some();
    let text =
        if is_account_sas { account_text(query, account) } else { service_text(query, account, target)? };
    let signature = query.get("sig").unwrap_or_default();
    if !is_signed(&account.key, &text, signature) {
        return Err(refused(&format!("The signature does not match. String to sign: '{text}'")));
    }
    check_life(query)?;
    check_caller(query, target.secure)?;
    let access = target.operation.access();
    if is_account_sas {
        require(query, "ss", 'f', error::AUTHORIZATION_SERVICE_MISMATCH)?;
        require(query, "srt", access.resource, error::AUTHORIZATION_RESOURCE_TYPE_MISMATCH)?;
    } else if target.operation.is_share_level() {
        return Err(error::AUTHORIZATION_FAILURE.into());
    }
    let granted = query.get("sp").unwrap_or_default();
    match access.permissions.chars().any(|permission| granted.contains(permission)) {
        true => Ok(()),
        false => Err(error::AUTHORIZATION_PERMISSION_MISMATCH.into()),
    }
}

fn account_text(query: &Query, account: &Account) -> String {
    let value = |name| query.get(name).unwrap_or_default();
    let mut text = format!("{}\n", account.name);
    for name in ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"] {
        text.push_str(value(name));
        text.push('\n');
    }
    if value("sv") >= "2020-12-06" {
        text.push_str(value("ses"));
        text.push('\n');
    }
    text
}

fn service_text(query: &Query, account: &Account, target: &Target<'_>) -> Result<String, ServiceError> {
    let value = |name| query.get(name).unwrap_or_default();
    let share = target.share.ok_or(error::AUTHORIZATION_FAILURE)?;
    let resource = match value("sr") {
        "s" => format!("/file/{}/{share}", account.name),
        "f" => format!("/file/{}/{share}/{}", account.name, target.item),
        _ => return Err(refused("The parameter sr must be s or f")),
    };
    let mut fields = vec![value("sp"), value("st"), value("se"), &resource];
    fields.extend(["si", "sip", "spr", "sv", "rscc", "rscd", "rsce", "rscl", "rsct"].map(value));
    Ok(fields.join("\n"))
}

fn check_life(query: &Query) -> Result<(), ServiceError> {
    let now = Ticks::wall_clock();
    let time = |name| {
        query.get(name).map(|text| parse_time(text).ok_or_else(|| refused("A time is malformed"))).transpose()
    };
    if time("st")?.is_some_and(|start| start > now) {
        return Err(refused("The signature is not valid yet"));
    }
    match time("se")? {
        None => Err(refused("The signature has no expiry")),
        Some(expiry) if expiry <= now => Err(refused("The signature has expired")),
        Some(_) => Ok(()),
    }
}

/// A date, or a date with a time down to minutes, seconds or ticks.
pub(crate) fn parse_time(text: &str) -> Option<Ticks> {
    Ticks::parse_iso(text).or_else(|| Ticks::parse_iso(&format!("{text}T00:00:00Z")))
}

/// The emulator is called from this machine only.
fn check_caller(query: &Query, secure: bool) -> Result<(), ServiceError> {
    let protocols = query.get("spr").unwrap_or("https,http");
    if !secure && !protocols.split(',').any(|protocol| protocol == "http") {
        return Err(error::AUTHORIZATION_PROTOCOL_MISMATCH.into());
    }
    let Some(addresses) = query.get("sip") else { return Ok(()) };
    let (first, last) = addresses.split_once('-').unwrap_or((addresses, addresses));
    match (first.parse::<Ipv4Addr>(), last.parse::<Ipv4Addr>()) {
        (Ok(first), Ok(last)) if (first..=last).contains(&Ipv4Addr::LOCALHOST) => Ok(()),
        _ => Err(error::AUTHORIZATION_SOURCE_IP_MISMATCH.into()),
    }
}

fn require(query: &Query, name: &str, letter: char, otherwise: Kind) -> Result<(), ServiceError> {
    match query.get(name).unwrap_or_default().contains(letter) {
        true => Ok(()),
        false => Err(otherwise.into()),
    }
}

fn refused(detail: &str) -> ServiceError {
    ServiceError::from(error::AUTHENTICATION_FAILED).with("AuthenticationErrorDetail", detail)
}
