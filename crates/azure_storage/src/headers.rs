//! Headers that every storage service uses, and reading them without the cost of an error for an absent one.

use azure_core::http::headers::{HeaderName, Headers};
use std::convert::Infallible;

pub const AUTHORIZATION: HeaderName = HeaderName::from_static("authorization");
pub const CONTENT_LENGTH: HeaderName = HeaderName::from_static("content-length");
pub const COPY_SOURCE_AUTHORIZATION: HeaderName = HeaderName::from_static("x-ms-copy-source-authorization");
pub const COPY_SOURCE_ERROR_CODE: HeaderName = HeaderName::from_static("x-ms-copy-source-error-code");
pub const COPY_SOURCE_STATUS_CODE: HeaderName = HeaderName::from_static("x-ms-copy-source-status-code");
pub const ERROR_CODE: HeaderName = HeaderName::from_static("x-ms-error-code");
pub const MS_DATE: HeaderName = HeaderName::from_static("x-ms-date");
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
pub const RETRY_AFTER: HeaderName = HeaderName::from_static("retry-after");
pub const VERSION: HeaderName = HeaderName::from_static("x-ms-version");

pub fn text<'a>(headers: &'a Headers, name: &HeaderName) -> Option<&'a str> {
    headers.get_optional_with(name, |value| Ok::<_, Infallible>(value.as_str())).ok().flatten()
}
