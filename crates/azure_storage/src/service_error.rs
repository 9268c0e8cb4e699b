//! From an answer of the service, or from the lack of one, to an [`Error`].
//!
//! Decided by code first: the documentation and the service disagree about the status of several codes.

use crate::headers::{COPY_SOURCE_ERROR_CODE, COPY_SOURCE_STATUS_CODE, ERROR_CODE, REQUEST_ID, text};
use crate::pace::{Stopped, Unavailable};
use crate::{CopySourceError, Error, ErrorKind, GateClosed};
use azure_core::http::headers::Headers;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::fmt::Display;

pub(crate) fn from_answer(
    operation: &'static str,
    resource: impl Display,
    status: u16,
    headers: &Headers,
    body: &[u8],
) -> Error {
    let code = text(headers, &ERROR_CODE).map(str::to_owned).or_else(|| code_in_body(body));
    let copy_source = copy_source(headers);
    let mut error = Error::new(operation, resource, kind(status, code.as_deref(), copy_source.is_some()));
    error.code = code;
    error.status = Some(status);
    error.request_id = text(headers, &REQUEST_ID).map(str::to_owned);
    error.copy_source = copy_source.map(Box::new);
    error
}

fn kind(status: u16, code: Option<&str>, copy_source: bool) -> ErrorKind {
    match (status, code) {
        (429, _) | (503, None) | (_, Some("ServerBusy")) => ErrorKind::Throttled,
        (_, Some("CannotVerifyCopySource")) => ErrorKind::CopySource,
        _ if copy_source => ErrorKind::CopySource,
        (_, Some("ClientCacheFlushDelay" | "OperationTimedOut")) => ErrorKind::Server,
        (_, Some("ParentNotFound")) => ErrorKind::NotFound,
        (_, Some("ReadOnlyAttribute" | "ShareSizeLimitReached")) => ErrorKind::Conflict,
        (_, Some("PreviousSnapshotNotFound")) => ErrorKind::PreviousNotFound,
        (_, Some("FileGenerationMismatch")) => ErrorKind::GenerationMismatch,
        (409, Some(code)) if code.ends_with("AlreadyExists") => ErrorKind::AlreadyExists,
        (401 | 403, _) => ErrorKind::Unauthorized,
        (404, _) => ErrorKind::NotFound,
        (501 | 505, _) => ErrorKind::Invalid,
        (408, _) | (500.., _) => ErrorKind::Server,
        (409, _) => ErrorKind::Conflict,
        (412, _) => ErrorKind::Precondition,
        (400..500, _) => ErrorKind::Invalid,
        _ => ErrorKind::Protocol,
    }
}

fn copy_source(headers: &Headers) -> Option<CopySourceError> {
    let status = text(headers, &COPY_SOURCE_STATUS_CODE).and_then(|status| status.parse().ok());
    let code = text(headers, &COPY_SOURCE_ERROR_CODE).map(str::to_owned);
    (status.is_some() || code.is_some()).then_some(CopySourceError { status, code })
}

/// For what stands in front of the service and answers without its headers. A body that is no error document
/// has no code to give; the status still tells what happened.
fn code_in_body(body: &[u8]) -> Option<String> {
    let mut reader = Reader::from_reader(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    let mut in_code = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => in_code = element.name().as_ref() == b"Code",
            Ok(Event::Text(text)) if in_code => return Some(text.decode().ok()?.trim().to_owned()),
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// What the transport reports in place of an answer. The URL is taken out: its query may be signed.
pub(crate) fn from_transport(
    operation: &'static str,
    resource: impl Display,
    cause: azure_core::Error,
) -> Error {
    use azure_core::error::ErrorKind as Cause;
    let kind = match cause.kind() {
        _ if cause.downcast_ref::<GateClosed>().is_some() => ErrorKind::Closed,
        _ if cause.downcast_ref::<Stopped>().is_some() => ErrorKind::Stopped,
        _ if cause.downcast_ref::<Unavailable>().is_some() => ErrorKind::NotSent,
        Cause::Connection => ErrorKind::NotSent,
        Cause::Credential => ErrorKind::NoToken,
        Cause::Io => ErrorKind::Unknown,
        // A header or URL that cannot be written as HTTP.
        _ => ErrorKind::Invalid,
    };
    let error = Error::new(operation, resource, kind);
    match cause.into_downcast::<reqwest::Error>() {
        Ok(cause) => error.with_source(cause.without_url()),
        Err(cause) => error.with_source(cause),
    }
}

#[cfg(test)]
mod tests;
