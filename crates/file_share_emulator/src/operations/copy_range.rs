//! Put Range From URL: one range, read from a file of this or another account of the emulator and written here.
//! The source is authorized by the signature in its URL or by a token of its own, never by the request.

use std::ops::Range;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;

use crate::answer::Answer;
use crate::arrival::LARGEST_BODY;
use crate::auth::{bearer, rights, sas};
use crate::error::{self, CopySource, ServiceError};
use crate::headers::ByteRange;
use crate::model::account::Account;
use crate::model::generated::{Window, crc64_of};
use crate::model::name::parse_path;
use crate::operation::Operation;
use crate::operations::{find, ranges};
use crate::request::{Query, Request, below_account, split_share};
use crate::service::{Call, State};

const LONGEST_SOURCE: usize = 2048;

/// A file as the source URL names it.
pub(super) struct Source {
    pub(super) account: Arc<Account>,
    pub(super) secure: bool,
    pub(super) share: String,
    pub(super) item: String,
    pub(super) query: Query,
}

pub(crate) fn put_from_url(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let request = call.request;
    check_request(request)?;
    let range = ranges::required_range(request)?;
    let source_range = source_range(request, &range)?;
    if range.end - range.start > LARGEST_BODY as u64 {
        return Err(
            ServiceError::from(error::REQUEST_BODY_TOO_LARGE).with("MaxLimit", LARGEST_BODY.to_string())
        );
    }
    let data = read_source(call, source_range)?;
    let crc = check_crc(request, &data)?;
    let start = range.start;
    let answer = ranges::write_range(call, &range, |file, now| file.content.write(start, data, now))?;
    Ok(answer.request_encrypted().header("x-ms-content-crc64", crc))
}

fn check_request(request: &Request) -> Result<(), ServiceError> {
    let write = request.required_header("x-ms-write")?;
    if !write.eq_ignore_ascii_case("update") {
        return Err(ServiceError::header("x-ms-write", write));
    }
    match request.body.len() {
        0 => Ok(()),
        length => Err(ServiceError::header("Content-Length", &length.to_string())),
    }
}

fn source_range(request: &Request, range: &Range<u64>) -> Result<Range<u64>, ServiceError> {
    let name = "x-ms-source-range";
    let source = ByteRange::header(request, name)?.ok_or_else(|| ServiceError::missing_header(name))?;
    let source = source.closed().filter(|source| source.end - source.start == range.end - range.start);
    source.ok_or_else(|| ServiceError::header(name, request.header(name).unwrap_or_default()))
}

/// Reads the source as a Get File of its own would, and hands its refusal through.
fn read_source(call: &Call<'_>, range: Range<u64>) -> Result<Bytes, ServiceError> {
    if call.state.config.copy_source_refused {
        return Err(refused(&error::AUTHORIZATION_FAILURE.into()));
    }
    let keep_dots = call.request.keeps_trailing_dots("x-ms-source-allow-trailing-dot")?;
    let source = Source::of(call)?;
    let length = range.end - range.start;
    let data = source.read(call.state, call.request, range, keep_dots).map_err(|error| refused(&error))?;
    match data.len() as u64 == length {
        true => Ok(data),
        false => Err(error::CANNOT_VERIFY_COPY_SOURCE.into()),
    }
}

impl Source {
    /// Only accounts of this emulator can be a source: by their port, or by their name at the head of the host.
    pub(super) fn of(call: &Call<'_>) -> Result<Self, ServiceError> {
        let name = "x-ms-copy-source";
        let value = call.request.required_header(name)?;
        let wrong = || ServiceError::header(name, value);
        if value.len() > LONGEST_SOURCE {
            return Err(wrong());
        }
        let (scheme, rest) = value.split_once("://").ok_or_else(wrong)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = rest.split_once('/').ok_or_else(wrong)?;
        let is_named = |account: &&Arc<Account>| match host.rsplit_once(':') {
            Some(("127.0.0.1" | "localhost", port)) => {
                [account.port, account.https_port].iter().any(|own| own.to_string() == port)
            }
            _ => host.strip_prefix(&*account.name).is_some_and(|rest| rest.starts_with('.')),
        };
        if path.is_empty() {
            return Err(refused(&ServiceError::query("comp", "")));
        }
        let account = call.state.accounts.iter().find(is_named).ok_or_else(|| {
            let unknown = ServiceError::from(error::AUTHORIZATION_FAILURE);
            refused(&unknown.saying("The emulator copies only from its own accounts."))
        })?;
        let (share, item) = split_share(below_account(path, &account.name, Some(host)))?;
        let share = share.ok_or_else(wrong)?;
        let secure = scheme.eq_ignore_ascii_case("https");
        Ok(Self { account: account.clone(), secure, share, item, query: Query::parse(query)? })
    }

    fn read(
        &self,
        state: &State,
        request: &Request,
        range: Range<u64>,
        keep_dots: bool,
    ) -> Result<Bytes, ServiceError> {
        match request.header("x-ms-copy-source-authorization") {
            Some(value) => bearer::verify_source(state, request, &self.account, self.secure, value)?,
            None => self.authorize_by_signature(state)?,
        }
        let path = parse_path(&self.item, keep_dots)?;
        let share = self.account.share(&self.share)?;
        let file = {
            let share = share.lock();
            find::file(&find::tree(&share, &self.query, request, &path, Window::Nothing)?, &path)?.0.clone()
        };
        if range.start >= file.size {
            return Err(error::INVALID_RANGE.into());
        }
        let data = file.content.read(range.start..range.end.min(file.size));
        state.log.add_fetched(&self.account.name, data.len() as u64);
        Ok(data)
    }

    pub(super) fn authorize_by_signature(&self, state: &State) -> Result<(), ServiceError> {
        if self.query.get("sig").is_none() {
            return Err(error::NO_AUTHENTICATION_INFORMATION.into());
        }
        let target = sas::Target {
            share: Some(&self.share),
            item: &self.item,
            operation: Operation::GetFile,
            secure: self.secure,
            actions: rights::READ,
        };
        sas::verify(state, &self.query, &self.account, &target)
    }
}

pub(super) fn refused(error: &ServiceError) -> ServiceError {
    ServiceError::refused_source(CopySource {
        status: error.status().as_u16(),
        code: error.code().to_owned(),
        message: error.message().to_owned(),
    })
}

/// The CRC-64 of the copied bytes in base64, which must meet what the request says of it.
fn check_crc(request: &Request, data: &[u8]) -> Result<String, ServiceError> {
    let calculated = BASE64_STANDARD.encode(crc64_of(data).to_le_bytes());
    let refused = |kind: error::Kind, sent: &str| {
        let error = ServiceError::from(kind).with("UserSpecifiedCrc", sent);
        Err(error.with("ServerCalculatedCrc", calculated.clone()))
    };
    if let Some(sent) = request.header("x-ms-source-content-crc64").filter(|sent| *sent != calculated) {
        return refused(error::CRC64_MISMATCH, sent);
    }
    if let Some(sent) = request.header("x-ms-source-if-match-crc64").filter(|sent| *sent != calculated) {
        return refused(error::CRC64_CONDITION_NOT_MET, sent);
    }
    if let Some(sent) = request.header("x-ms-source-if-none-match-crc64").filter(|sent| *sent == calculated) {
        return refused(error::CRC64_CONDITION_NOT_MET, sent);
    }
    Ok(calculated)
}
