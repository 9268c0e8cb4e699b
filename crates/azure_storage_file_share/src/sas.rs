//! Service SAS for a share. The signature is a secret: it stands in the address of a copy source and nowhere else.

use crate::location::{Location, encode};
use azure_storage::Credential;
use std::fmt;
use time::OffsetDateTime;
use time::macros::format_description;

/// What a SAS allows inside its share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SasPermissions {
    pub read: bool,
    pub create: bool,
    pub write: bool,
    pub delete: bool,
    pub list: bool,
}

impl SasPermissions {
    pub const READ: Self = Self { read: true, create: false, write: false, delete: false, list: false };
}

/// The letters in the order that the service asks for.
impl fmt::Display for SasPermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters =
            [(self.read, 'r'), (self.create, 'c'), (self.write, 'w'), (self.delete, 'd'), (self.list, 'l')];
        letters.iter().filter(|(allowed, _)| *allowed).try_for_each(|(_, letter)| write!(f, "{letter}"))
    }
}

/// A signed query.
#[derive(Clone, PartialEq, Eq)]
pub struct Sas(String);

impl Sas {
    /// Without the question mark. It opens the share to whoever sees it.
    pub fn as_query(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sas(…)")
    }
}

pub(crate) fn sign_share(
    at: &Location,
    permissions: SasPermissions,
    expires_on: OffsetDateTime,
) -> Option<Sas> {
    let Credential::SharedKey(key) = &at.service.credential else { return None };
    let fields = Fields {
        permissions: permissions.to_string(),
        expiry: expiry(expires_on),
        protocol: if at.service.endpoint.scheme() == "https" { "https" } else { "https,http" },
        version: at.service.version.as_str(),
    };
    let signature = key.sign(&fields.string_to_sign(&at.service.account, &at.share));
    Some(Sas(fields.query(&signature)))
}

struct Fields {
    permissions: String,
    expiry: String,
    protocol: &'static str,
    version: &'static str,
}

impl Fields {
    fn string_to_sign(&self, account: &str, share: &str) -> String {
        let Self { permissions, expiry, protocol, version } = self;
        let resource = format!("/file/{account}/{share}");
        // sp, st, se, resource, si, sip, spr, sv, then the five headers that a SAS may override.
        [permissions, "", expiry, &resource, "", "", protocol, version, "", "", "", "", ""].join("\n")
    }

    fn query(&self, signature: &str) -> String {
        let Self { permissions, expiry, protocol, version } = self;
        let pairs = [
            ("sv", *version),
            ("sr", "s"),
            ("sp", permissions),
            ("se", expiry),
            ("spr", protocol),
            ("sig", signature),
        ];
        pairs.map(|(name, value)| format!("{name}={}", encode(value))).join("&")
    }
}

fn expiry(time: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    time.to_offset(time::UtcOffset::UTC)
        .format(format)
        .expect("every part of the format is in a date and time")
}

#[cfg(test)]
mod tests;
