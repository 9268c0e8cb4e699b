//! A request until all of it is here: its operation, its version, its body. Whether it is allowed, and what
//! becomes of it, is decided later.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::error::{self, ServiceError};
use crate::operation::Operation;
use crate::request::{Query, Request, below_account, split_share};
use crate::route::route;
use crate::wire::Line;

/// The largest body of any operation: a range, or a file created with its content.
pub(crate) const LARGEST_BODY: usize = 4 * 1024 * 1024;
/// As much of a larger one is taken and thrown away before it is refused.
const LARGEST_TAKEN: usize = 16 * LARGEST_BODY;
const OLDEST_VERSION: &str = "2014-02-14";
pub(crate) const NEWEST_VERSION: &str = "2026-10-06";

#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) head: Head,
    /// The request with its body, or why it is none.
    pub(crate) request: Result<(Operation, Request), ServiceError>,
}

#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// Without its headers.
    pub(crate) parts: Parts,
    /// Shared with the request.
    pub(crate) headers: Arc<HeaderMap>,
    /// The name of the operation, empty where there is none.
    pub(crate) operation: &'static str,
    /// The number of the connection.
    pub(crate) connection: u64,
}

/// Why no whole request came.
enum Failure {
    Refused(ServiceError),
    Gone,
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::Refused(error)
    }
}

impl Arrived {
    /// Nothing when the caller goes away before all of the request is here.
    pub(crate) async fn receive(request: axum::extract::Request, account: &str, line: &Line) -> Option<Self> {
        let (mut parts, body) = request.into_parts();
        let headers = Arc::new(std::mem::take(&mut parts.headers));
        let mut operation = None;
        let request = match receive(&parts, &headers, body, account, line, &mut operation).await {
            Ok(request) => Ok(request),
            Err(Failure::Refused(error)) => Err(error),
            Err(Failure::Gone) => return None,
        };
        let operation = operation.map_or("", Operation::name);
        let connection = line.connection;
        Some(Self { head: Head { parts, headers, operation, connection }, request })
    }

    /// The time limit that the caller has set in whole seconds.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        let (_, request) = self.request.as_ref().ok()?;
        request.query.get("timeout")?.parse().ok().map(Duration::from_secs)
    }
}

async fn receive(
    parts: &Parts,
    headers: &Arc<HeaderMap>,
    body: Body,
    account: &str,
    line: &Line,
    found: &mut Option<Operation>,
) -> Result<(Operation, Request), Failure> {
    let mut request = read(parts, headers, account, line)?;
    let operation = route(&request)?;
    *found = Some(operation);
    check_version(&request)?;
    // Also of a caller who will be refused: an answer before the end of the body would cut the connection.
    request.body = read_body(&request, body).await?;
    Ok((operation, request))
}

fn read(
    parts: &Parts,
    headers: &Arc<HeaderMap>,
    account: &str,
    line: &Line,
) -> Result<Request, ServiceError> {
    let spelling = line.spelling();
    let raw_path = parts.uri.path();
    let raw_query = parts.uri.query().unwrap_or_default();
    let host = parts.uri.host().or_else(|| headers.get(header::HOST)?.to_str().ok());
    let (share, item) = split_share(below_account(raw_path, account, host))?;
    Ok(Request {
        method: parts.method.clone(),
        secure: line.secure,
        raw_path: raw_path.to_owned(),
        share,
        item,
        query: Query::parse(raw_query)?,
        headers: headers.clone(),
        spelling,
        version: version_of(headers, raw_query).unwrap_or_default(),
        body: Bytes::new(),
    })
}

/// `x-ms-version`, or `sv` of a shared access signature.
pub(crate) fn version_of(headers: &HeaderMap, raw_query: &str) -> Option<String> {
    let header = headers.get("x-ms-version").and_then(|value| value.to_str().ok());
    let signed = || raw_query.split('&').find_map(|parameter| parameter.strip_prefix("sv="));
    header.or_else(signed).map(str::to_owned)
}

fn check_version(request: &Request) -> Result<(), ServiceError> {
    let version = request.version.as_str();
    match version {
        "" => Err(ServiceError::missing_header("x-ms-version")),
        _ if is_date(version) && (OLDEST_VERSION..=NEWEST_VERSION).contains(&version) => Ok(()),
        _ => Err(ServiceError::header("x-ms-version", version)),
    }
}

/// `2026-10-06`. Asked of every request, so without more than a look.
fn is_date(text: &str) -> bool {
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let [year @ .., b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return false };
    let (month, day) = ([*m1, *m2], [*d1, *d2]);
    year.len() == 4
        && digits(year)
        && digits(&month)
        && digits(&day)
        && (*b"01"..=*b"12").contains(&month)
        && (*b"01"..=*b"31").contains(&day)
}

async fn read_body(request: &Request, body: Body) -> Result<Bytes, Failure> {
    let is_put = request.method == Method::PUT;
    let length = request.number("content-length")?;
    if is_put && length.is_none() && !request.headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(ServiceError::from(error::MISSING_CONTENT_LENGTH_HEADER).into());
    }
    if length == Some(0) {
        return Ok(Bytes::new());
    }
    // Copied out of the connection's buffer, which a file of a few bytes would else keep alive.
    let mut bytes = Vec::with_capacity(length.unwrap_or_default().min(LARGEST_BODY as u64) as usize);
    let mut is_too_large = false;
    // Taken to its end: whoever is still sending does not read the answer.
    let mut body = Limited::new(body, LARGEST_TAKEN);
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) if error.is::<LengthLimitError>() => {
                is_too_large = true;
                break;
            }
            Err(_) => return Err(Failure::Gone),
        };
        let data = frame.data_ref().map_or(&[][..], |data| data);
        is_too_large |= bytes.len() + data.len() > LARGEST_BODY;
        if !is_too_large {
            bytes.extend_from_slice(data);
        }
    }
    if is_too_large {
        let limit = LARGEST_BODY.to_string();
        return Err(ServiceError::from(error::REQUEST_BODY_TOO_LARGE).with("MaxLimit", limit).into());
    }
    Ok(bytes.into())
}
