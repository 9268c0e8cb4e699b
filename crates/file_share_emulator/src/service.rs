//! One request from arrival to answer: read it, find the operation, check the caller, do it, write it down.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{HeaderMap, Method, Response, header, request::Parts};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};

use crate::answer::Answer;
use crate::auth;
use crate::config::Config;
use crate::error::{self, ServiceError};
use crate::log::{RequestLog, RequestRecord, without_signature};
use crate::model::account::Account;
use crate::model::clock::{Clock, Ticks};
use crate::model::share::Share;
use crate::operations;
use crate::request::{Query, Request, below_account, split_share};
use crate::route::{Operation, route};

/// The largest body of any operation: a range, or a file created with its content.
pub(crate) const LARGEST_BODY: usize = 4 * 1024 * 1024;
const OLDEST_VERSION: &str = "2014-02-14";
const NEWEST_VERSION: &str = "2026-10-06";

/// What all accounts share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) accounts: Vec<Arc<Account>>,
    pub(crate) clock: Clock,
    pub(crate) log: RequestLog,
    started: Ticks,
    requests: AtomicU64,
}

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: Arc<State>,
    pub(crate) account: Arc<Account>,
}

/// An authorized request in the hands of its operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) account: &'a Account,
    pub(crate) request: &'a Request,
}

impl State {
    pub(crate) fn new(config: Config, accounts: Vec<Arc<Account>>) -> Self {
        Self {
            config,
            accounts,
            clock: Clock::default(),
            log: RequestLog::default(),
            started: Ticks::wall_clock(),
            requests: AtomicU64::new(0),
        }
    }

    /// A GUID-like id: the start of the emulator and a count.
    fn next_request_id(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        let started = self.started.0;
        format!("{:08x}-{:04x}-4000-8000-{count:012x}", started >> 16 & 0xFFFF_FFFF, started & 0xFFFF)
    }
}

impl Call<'_> {
    pub(crate) fn share(&self) -> Result<Arc<Share>, ServiceError> {
        self.account.share(self.request.share.as_deref().ok_or(error::INVALID_URI)?)
    }

    /// As listings name it.
    pub(crate) fn service_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/{}/", self.account.port, self.account.name)
    }

    pub(crate) fn now(&self) -> Ticks {
        self.state.clock.now()
    }
}

impl Service {
    pub(crate) async fn answer(self, request: axum::extract::Request) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let mut operation = None;
        let result = self.handle(&parts, body, &mut operation).await;
        let request_id = self.state.next_request_id();
        let version = version_of(&parts.headers, parts.uri.query().unwrap_or_default());
        let version = version.as_deref().unwrap_or(NEWEST_VERSION);
        let names_copy_source = version >= "2025-11-05";
        let error_code = result.as_ref().err().map(ServiceError::code);
        let answer = result.unwrap_or_else(|error| {
            Answer::error(&error, &request_id, parts.method == Method::HEAD, names_copy_source)
        });
        self.state.log.add(RequestRecord {
            account: self.account.name.to_string(),
            method: parts.method.to_string(),
            path_and_query: without_signature(parts.uri.path_and_query().map_or("", |path| path.as_str())),
            operation: operation.map_or("Unknown", Operation::name),
            status: answer.status().as_u16(),
            error_code,
        });
        let answer = answer.header("x-ms-request-id", request_id).header("x-ms-version", version);
        match client_request_id(&parts.headers) {
            Some(id) => answer.header("x-ms-client-request-id", id).into_response(),
            None => answer.into_response(),
        }
    }

    async fn handle(
        &self,
        parts: &Parts,
        body: Body,
        found: &mut Option<Operation>,
    ) -> Result<Answer, ServiceError> {
        let mut request = self.read(parts)?;
        let operation = route(&request)?;
        *found = Some(operation);
        check_version(&request)?;
        // Also of a caller who will be refused: an answer before the end of the body would cut the connection.
        request.body = read_body(&request, body).await?;
        auth::authorize(&request, operation, &self.account)?;
        if let Operation::NotImplemented(name) = operation {
            return Err(ServiceError::not_implemented(name));
        }
        if let Some(id) = request.query.get("sharesnapshot")
            && !operation.takes_share_snapshot()
        {
            return Err(ServiceError::query("sharesnapshot", id));
        }
        refuse_lease(&request)?;
        operations::run(operation, &Call { state: &self.state, account: &self.account, request: &request })
    }

    fn read(&self, parts: &Parts) -> Result<Request, ServiceError> {
        let raw_path = parts.uri.path();
        let raw_query = parts.uri.query().unwrap_or_default();
        let host = parts.uri.host().or_else(|| parts.headers.get(header::HOST)?.to_str().ok());
        let (share, item) = split_share(below_account(raw_path, &self.account.name, host))?;
        Ok(Request {
            method: parts.method.clone(),
            raw_path: raw_path.to_owned(),
            share,
            item,
            query: Query::parse(raw_query)?,
            headers: parts.headers.clone(),
            version: version_of(&parts.headers, raw_query).unwrap_or_default(),
            body: Bytes::new(),
        })
    }
}

/// Nothing is ever leased here, so no lease id can be right.
fn refuse_lease(request: &Request) -> Result<(), ServiceError> {
    match (request.header("x-ms-lease-id"), request.item.is_empty()) {
        (None, _) => Ok(()),
        (Some(_), true) => Err(error::LEASE_NOT_PRESENT_WITH_SHARE.into()),
        (Some(_), false) => Err(error::LEASE_NOT_PRESENT_WITH_FILE.into()),
    }
}

/// `x-ms-version`, or `sv` of a shared access signature.
fn version_of(headers: &HeaderMap, raw_query: &str) -> Option<String> {
    let header = headers.get("x-ms-version").and_then(|value| value.to_str().ok());
    let signed = || raw_query.split('&').find_map(|parameter| parameter.strip_prefix("sv="));
    header.or_else(signed).map(str::to_owned)
}

fn check_version(request: &Request) -> Result<(), ServiceError> {
    let version = request.version.as_str();
    let is_date = version.len() == 10 && Ticks::parse_iso(&format!("{version}T00:00:00Z")).is_some();
    match version {
        "" => Err(ServiceError::missing_header("x-ms-version")),
        _ if is_date && (OLDEST_VERSION..=NEWEST_VERSION).contains(&version) => Ok(()),
        _ => Err(ServiceError::header("x-ms-version", version)),
    }
}

async fn read_body(request: &Request, body: Body) -> Result<Bytes, ServiceError> {
    let is_put = request.method == Method::PUT;
    let length = request.number("content-length")?;
    if is_put && length.is_none() && !request.headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(error::MISSING_CONTENT_LENGTH_HEADER.into());
    }
    if length == Some(0) {
        return Ok(Bytes::new());
    }
    let too_large =
        || ServiceError::from(error::REQUEST_BODY_TOO_LARGE).with("MaxLimit", LARGEST_BODY.to_string());
    if length.is_some_and(|length| length > LARGEST_BODY as u64) {
        return Err(too_large());
    }
    // Copied out of the connection's buffer, which a file of a few bytes would else keep alive.
    let mut bytes = Vec::with_capacity(length.unwrap_or_default() as usize);
    let mut body = Limited::new(body, LARGEST_BODY);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| too_large())?;
        bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
    }
    Ok(bytes.into())
}

/// Echoed when it is short and visible ASCII.
fn client_request_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-ms-client-request-id")?.to_str().ok()?;
    (id.len() <= 1024 && id.bytes().all(|byte| byte.is_ascii_graphic())).then_some(id)
}
