//! The headers that several operations share: SMB properties, content headers, metadata and ranges.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::error::{self, ServiceError};
use crate::model::attributes::Attributes;
use crate::model::clock::Ticks;
use crate::model::node::{ContentHeaders, Metadata};
use crate::model::permission::{Format, PermissionKey};
use crate::model::share::ShareState;
use crate::request::Request;
use crate::spelling::PREFIX;

const LARGEST_PERMISSION_HEADER: usize = 8 * 1024;
const BROUGHT_PROPERTIES: &str = "2019-02-02";
const BROUGHT_CHANGE_TIME: &str = "2021-06-08";
const BROUGHT_BINARY: &str = "2024-11-04";
const BROUGHT_SEMANTICS: &str = "2026-02-06";
const LARGEST_METADATA: usize = 8 * 1024;

/// What a request says about SMB properties. `None` stands for absent, and for `preserve` and `inherit`.
#[derive(Debug)]
pub(crate) struct SmbHeaders {
    pub(crate) attributes: Option<Attributes>,
    pub(crate) creation: Option<Moment>,
    pub(crate) last_write: Option<Moment>,
    pub(crate) change: Option<Moment>,
    permission: Option<Permission>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    Now,
    At(Ticks),
}

#[derive(Debug)]
enum Permission {
    Descriptor(String, Format),
    Key(PermissionKey),
}

impl Moment {
    pub(crate) fn or_now(moment: Option<Self>, now: Ticks) -> Ticks {
        Self::or(moment, now, now)
    }

    pub(crate) fn or(moment: Option<Self>, now: Ticks, otherwise: Ticks) -> Ticks {
        match moment {
            None => otherwise,
            Some(Self::Now) => now,
            Some(Self::At(time)) => time,
        }
    }
}

impl SmbHeaders {
    /// Headers that the version does not know yet are ignored.
    pub(crate) fn read(request: &Request) -> Result<Self, ServiceError> {
        if !request.is_at_least(BROUGHT_PROPERTIES) {
            return Ok(Self {
                attributes: None,
                creation: None,
                last_write: None,
                change: None,
                permission: None,
            });
        }
        Ok(Self {
            attributes: attributes(request)?,
            creation: moment(request, "x-ms-file-creation-time")?,
            last_write: moment(request, "x-ms-file-last-write-time")?,
            change: match request.is_at_least(BROUGHT_CHANGE_TIME) {
                true => moment(request, "x-ms-file-change-time")?,
                false => None,
            },
            permission: permission(request)?,
        })
    }

    /// The permission alone, where the other headers mean something else.
    pub(crate) fn permission_only(request: &Request) -> Result<Self, ServiceError> {
        let permission = permission(request)?;
        Ok(Self { attributes: None, creation: None, last_write: None, change: None, permission })
    }

    pub(crate) fn has_permission(&self) -> bool {
        self.permission.is_some()
    }

    /// The key of the permission that was sent, which must be known to the share.
    pub(crate) fn permission_key(
        &self,
        share: &mut ShareState,
    ) -> Result<Option<PermissionKey>, ServiceError> {
        match &self.permission {
            None => Ok(None),
            Some(Permission::Descriptor(value, format)) => share.permissions.create(value, *format).map(Some),
            Some(Permission::Key(key)) if share.permissions.knows(key) => Ok(Some(key.clone())),
            Some(Permission::Key(_)) => Err(error::FILE_INVALID_PERMISSION_KEY.into()),
        }
    }
}

pub(crate) fn attributes(request: &Request) -> Result<Option<Attributes>, ServiceError> {
    let name = "x-ms-file-attributes";
    match request.header(name) {
        None => Ok(None),
        Some(value) if value.eq_ignore_ascii_case("preserve") => Ok(None),
        Some(value) => {
            // Recorded in lower case.
            Attributes::parse(value)
                .map(Some)
                .ok_or_else(|| ServiceError::header(name, &value.to_lowercase()))
        }
    }
}

pub(crate) fn moment(request: &Request, name: &str) -> Result<Option<Moment>, ServiceError> {
    match request.header(name) {
        None => Ok(None),
        Some(value) if value.eq_ignore_ascii_case("preserve") => Ok(None),
        Some(value) if value.eq_ignore_ascii_case("now") => Ok(Some(Moment::Now)),
        Some(value) => match Ticks::parse_iso(value) {
            Some(time) => Ok(Some(Moment::At(time))),
            None => Err(ServiceError::header(name, value)),
        },
    }
}

fn permission(request: &Request) -> Result<Option<Permission>, ServiceError> {
    let key_name = "x-ms-file-permission-key";
    let descriptor = request.header("x-ms-file-permission").filter(|value| {
        !value.is_empty() && !value.eq_ignore_ascii_case("inherit") && !value.eq_ignore_ascii_case("preserve")
    });
    let key = request.header(key_name).filter(|value| !value.is_empty());
    match (descriptor, key) {
        (None, None) => Ok(None),
        (Some(_), Some(key)) => Err(ServiceError::header(key_name, key)),
        (None, Some(key)) => match PermissionKey::parse(key) {
            Some(key) => Ok(Some(Permission::Key(key))),
            None => Err(ServiceError::header(key_name, key)),
        },
        (Some(value), None) if value.len() > LARGEST_PERMISSION_HEADER => {
            Err(ServiceError::header("x-ms-file-permission", &value[..64]))
        }
        (Some(value), None) => {
            let format = permission_format(request)?;
            Ok(Some(Permission::Descriptor(value.to_owned(), format)))
        }
    }
}

pub(crate) fn permission_format(request: &Request) -> Result<Format, ServiceError> {
    let name = "x-ms-file-permission-format";
    match request.header(name) {
        _ if !request.is_at_least(BROUGHT_BINARY) => Ok(Format::Sddl),
        None => Ok(Format::Sddl),
        Some(value) => Format::parse(value).ok_or_else(|| ServiceError::header(name, value)),
    }
}

/// Whether properties are to be stored exactly as they are sent.
pub(crate) fn restores(request: &Request) -> Result<bool, ServiceError> {
    let name = "x-ms-file-property-semantics";
    match request.header(name).filter(|_| request.is_at_least(BROUGHT_SEMANTICS)) {
        Some(value) if value.eq_ignore_ascii_case("Restore") => Ok(true),
        Some(value) if !value.eq_ignore_ascii_case("New") => Err(ServiceError::header(name, value)),
        _ => Ok(false),
    }
}

/// The six content headers. Whoever creates a file may also name its type by the plain `Content-Type`.
pub(crate) fn content_headers(request: &Request) -> ContentHeaders {
    let value = |name| request.header(name).filter(|value| !value.is_empty()).map(str::to_owned);
    ContentHeaders {
        content_type: value("x-ms-content-type"),
        encoding: value("x-ms-content-encoding"),
        language: value("x-ms-content-language"),
        disposition: value("x-ms-content-disposition"),
        cache_control: value("x-ms-cache-control"),
        md5: value("x-ms-content-md5"),
    }
}

/// All `x-ms-meta-*` headers, or `None` where there is not one.
pub(crate) fn metadata(request: &Request) -> Result<Option<Metadata>, ServiceError> {
    let mut metadata = BTreeMap::new();
    let mut size = 0;
    for (name, value) in request.headers.iter() {
        let Some(name) = name.as_str().strip_prefix(PREFIX) else { continue };
        let name = request.spelling.get(name).map_or(name, String::as_str);
        if name.is_empty() {
            return Err(error::EMPTY_METADATA_KEY.into());
        }
        let value = value.to_str().map_err(|_| ServiceError::from(error::INVALID_METADATA))?.trim();
        size += name.len() + value.len();
        if !is_identifier(name) || metadata.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(error::INVALID_METADATA.into());
        }
    }
    if size > LARGEST_METADATA {
        return Err(error::METADATA_TOO_LARGE.into());
    }
    Ok((!metadata.is_empty()).then(|| Arc::new(metadata)))
}

fn is_identifier(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A byte range; the end is open for `bytes=5-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    /// Exclusive.
    pub(crate) end: Option<u64>,
}

impl ByteRange {
    /// `x-ms-range`, else `Range`.
    pub(crate) fn of(request: &Request) -> Result<Option<Self>, ServiceError> {
        match request.header("x-ms-range") {
            Some(_) => Self::header(request, "x-ms-range"),
            None => Self::header(request, "range"),
        }
    }

    /// The same where a range that cannot be read counts as none, as recorded for Get File.
    pub(crate) fn readable(request: &Request) -> Option<Self> {
        request.header("x-ms-range").or_else(|| request.header("range")).and_then(Self::parse)
    }

    pub(crate) fn header(request: &Request, name: &str) -> Result<Option<Self>, ServiceError> {
        let parse = |value: &str| Self::parse(value).ok_or_else(|| ServiceError::header(name, value));
        request.header(name).map(parse).transpose()
    }

    /// A range with both ends.
    pub(crate) fn closed(self) -> Option<Range<u64>> {
        self.end.map(|end| self.start..end)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
        let start = start.trim().parse().ok()?;
        let end: Option<u64> = match end.trim() {
            "" => None,
            end => Some(end.parse::<u64>().ok()?.checked_add(1)?),
        };
        (end.is_none_or(|end| end > start)).then_some(Self { start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_with_inclusive_ends() {
        assert_eq!(ByteRange::parse("bytes=0-511"), Some(ByteRange { start: 0, end: Some(512) }));
        assert_eq!(ByteRange::parse("bytes=5-"), Some(ByteRange { start: 5, end: None }));
        for bad in ["0-5", "bytes=-5", "bytes=6-5", "bytes=a-b", "bytes=0-18446744073709551615"] {
            assert_eq!(ByteRange::parse(bad), None, "{bad}");
        }
    }
}
