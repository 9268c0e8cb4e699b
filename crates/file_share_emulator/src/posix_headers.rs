//! Owner, group and mode in the headers of requests, and which headers belong to which protocol.

use crate::error::{self, ServiceError};
use crate::model::posix::{Kind, Mode, Posix};
use crate::model::share_properties::Protocol;
use crate::request::Request;

/// The version that brought files of NFS shares to this protocol.
const BROUGHT_NFS: &str = "2025-05-05";
const OF_SMB: [&str; 5] = [
    "x-ms-file-attributes",
    "x-ms-file-permission",
    "x-ms-file-permission-format",
    "x-ms-file-permission-key",
    "x-ms-file-property-semantics",
];
const OF_NFS: [&str; 4] = ["x-ms-owner", "x-ms-group", "x-ms-mode", "x-ms-file-file-type"];

/// Headers of the other protocol are refused.
pub(crate) fn check(request: &Request, protocol: Protocol) -> Result<(), ServiceError> {
    let others: &[&str] = match protocol {
        Protocol::Smb => &OF_NFS,
        Protocol::Nfs if !request.is_at_least(BROUGHT_NFS) => {
            return Err(error::FEATURE_VERSION_MISMATCH.into());
        }
        Protocol::Nfs => &OF_SMB,
    };
    match others.iter().find(|name| request.header(name).is_some()) {
        Some(name) => Err(ServiceError::from(error::UNSUPPORTED_HEADER).with("HeaderName", *name)),
        None => Ok(()),
    }
}

/// Of a new object; nothing on SMB shares.
pub(crate) fn created(
    request: &Request,
    protocol: Protocol,
    kind: Kind,
) -> Result<Option<Posix>, ServiceError> {
    let mut posix = match protocol {
        Protocol::Smb => return Ok(None),
        Protocol::Nfs => Posix::new(kind),
    };
    change(request, &mut posix)?;
    Ok(Some(posix))
}

/// Of a copy: owner and mode are those of a new file, unless the source's are asked for or others are given.
pub(crate) fn copied(request: &Request, source: Option<&Posix>) -> Result<Option<Posix>, ServiceError> {
    let Some(source) = source else { return Ok(None) };
    let mut posix = Posix::new(source.kind.clone());
    let is_source =
        |name| request.header(name).is_some_and(|value: &str| value.eq_ignore_ascii_case("source"));
    if is_source("x-ms-file-owner-copy-mode") {
        (posix.owner, posix.group) = (source.owner, source.group);
    }
    if is_source("x-ms-file-mode-copy-mode") {
        posix.mode = source.mode;
    }
    change(request, &mut posix)?;
    Ok(Some(posix))
}

/// What is not sent stays.
pub(crate) fn change(request: &Request, posix: &mut Posix) -> Result<(), ServiceError> {
    posix.owner = id(request, "x-ms-owner")?.unwrap_or(posix.owner);
    posix.group = id(request, "x-ms-group")?.unwrap_or(posix.group);
    let name = "x-ms-mode";
    if let Some(value) = request.header(name) {
        posix.mode = Mode::parse(value).ok_or_else(|| ServiceError::header(name, value))?;
    }
    Ok(())
}

fn id(request: &Request, name: &str) -> Result<Option<u32>, ServiceError> {
    let parse = |value: &str| value.parse().map_err(|_| ServiceError::header(name, value));
    request.header(name).map(parse).transpose()
}
