//! A request taken apart: whom it addresses, its query, and its headers, each read with the error the service
//! gives for a bad one. Which operation it is, and whether it is allowed, is decided elsewhere.

use std::sync::Arc;

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use percent_encoding::percent_decode_str;

use crate::error::{self, ServiceError};
use crate::model::name::{Name, parse_path};
use crate::spelling::Spelling;

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Whether it came inside TLS.
    pub(crate) secure: bool,
    /// The path as it came, which is what is signed.
    pub(crate) raw_path: String,
    /// Absent on the service itself.
    pub(crate) share: Option<String>,
    /// What follows the share, decoded; empty on the share and its root directory.
    pub(crate) item: String,
    pub(crate) query: Query,
    pub(crate) headers: Arc<HeaderMap>,
    /// Names of metadata that are not all in lower case.
    pub(crate) spelling: Spelling,
    pub(crate) version: String,
    pub(crate) body: Bytes,
}

/// Query parameters in the order they came, names in lower case, values decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &str) -> Result<Self, ServiceError> {
        let parameters = raw.split('&').filter(|parameter| !parameter.is_empty()).map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            Ok((decode(name)?.to_lowercase(), decode(value)?))
        });
        Ok(Self(parameters.collect::<Result<_, ServiceError>>()?))
    }

    /// An empty parameter counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter()
    }
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
    }

    /// What is empty is missing.
    pub(crate) fn required_header(&self, name: &str) -> Result<&str, ServiceError> {
        self.header(name).filter(|value| !value.is_empty()).ok_or_else(|| ServiceError::missing_header(name))
    }

    /// `true` or `false` in any case; absent is false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, ServiceError> {
        match self.header(name) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(ServiceError::header(name, value)),
        }
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, ServiceError> {
        let number = |value: &str| value.parse().map_err(|_| ServiceError::header(name, value));
        self.header(name).map(number).transpose()
    }

    /// `maxresults` between 1 and the page size, which stands for larger values too.
    pub(crate) fn page_size(&self, most: usize) -> Result<usize, ServiceError> {
        let Some(value) = self.query.get("maxresults") else { return Ok(most) };
        match value.parse::<i64>() {
            Ok(wanted) if wanted > 0 => Ok(usize::try_from(wanted).unwrap_or(most).min(most)),
            Ok(_) => Err(ServiceError::from(error::OUT_OF_RANGE_QUERY_PARAMETER_VALUE)
                .with("QueryParameterName", "maxresults")
                .with("QueryParameterValue", value)
                .with("MinimumAllowed", "1")
                .with("MaximumAllowed", most.to_string())),
            Err(_) => Err(ServiceError::query("maxresults", value)),
        }
    }

    pub(crate) fn path(&self) -> Result<Vec<Name>, ServiceError> {
        parse_path(&self.item, self.keeps_trailing_dots("x-ms-allow-trailing-dot")?)
    }

    /// The trailing-dot headers are ignored before the version that brought them.
    pub(crate) fn keeps_trailing_dots(&self, header: &str) -> Result<bool, ServiceError> {
        Ok(self.flag(header)? && self.is_at_least("2022-11-02"))
    }

    pub(crate) fn is_at_least(&self, version: &str) -> bool {
        self.version.as_str() >= version
    }
}

/// Percent-decoding; what is not UTF-8 cannot be a name here.
pub(crate) fn decode(text: &str) -> Result<String, ServiceError> {
    let decoded =
        percent_decode_str(text).decode_utf8().map_err(|_| ServiceError::from(error::INVALID_URI))?;
    Ok(decoded.into_owned())
}

/// Splits the decoded path below the account: `share/dir/file`. `%2F` separates like a slash.
pub(crate) fn split_share(path: &str) -> Result<(Option<String>, String), ServiceError> {
    let decoded = decode(path)?;
    let decoded = decoded.strip_prefix('/').unwrap_or(&decoded);
    let (share, item) = decoded.split_once('/').unwrap_or((decoded, ""));
    Ok(((!share.is_empty()).then(|| share.to_owned()), item.to_owned()))
}

/// The part of a raw path below the account. Path style (`/account/share`) is recognised by its first
/// segment, unless the host already names the account.
pub(crate) fn below_account<'a>(raw_path: &'a str, account: &str, host: Option<&str>) -> &'a str {
    let host_style =
        host.is_some_and(|host| host.strip_prefix(account).is_some_and(|rest| rest.starts_with('.')));
    let path = raw_path.strip_prefix('/').unwrap_or(raw_path);
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    if !host_style && first == account { rest } else { path }
}
