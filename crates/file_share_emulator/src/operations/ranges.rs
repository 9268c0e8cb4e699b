//! Put Range, update and clear.

use std::ops::Range;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use md5::{Digest, Md5};

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::headers::ByteRange;
use crate::model::clock::Ticks;
use crate::model::node::File;
use crate::operations::{find, gate};
use crate::request::Request;
use crate::service::Call;

pub(crate) fn put(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let range = required_range(call.request)?;
    match call.request.required_header("x-ms-write")? {
        value if value.eq_ignore_ascii_case("update") => update(call, range),
        value if value.eq_ignore_ascii_case("clear") => clear(call, range),
        value => Err(ServiceError::header("x-ms-write", value)),
    }
}

fn update(call: &Call<'_>, range: Range<u64>) -> Result<Answer, ServiceError> {
    let body = call.request.body.clone();
    if body.is_empty() {
        return Err(ServiceError::header("Content-Length", "0"));
    }
    if range.end - range.start != body.len() as u64 {
        return Err(ServiceError::header("x-ms-range", &format!("bytes={}-{}", range.start, range.end - 1)));
    }
    let md5 = checked_md5(call.request)?;
    let start = range.start;
    let answer = write_range(call, &range, |file, now| file.content.write(start, body, now))?;
    Ok(answer.request_encrypted().header("content-md5", md5))
}

/// The answer says nothing of encryption; so recordings show.
fn clear(call: &Call<'_>, range: Range<u64>) -> Result<Answer, ServiceError> {
    refuse_body(call.request)?;
    write_range(call, &range, |file, now| file.content.clear(range.clone(), now))
}

/// Changes the content of a file inside its size, and its times and ETag with it.
pub(crate) fn write_range(
    call: &Call<'_>,
    range: &Range<u64>,
    change: impl FnOnce(&mut File, Ticks),
) -> Result<Answer, ServiceError> {
    let keeps_last_write = keeps_last_write(call.request)?;
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    let (file, _) = find::file_to_change(&share, &path)?;
    gate::allow_change(call, file)?;
    gate::refuse_read_only(file)?;
    if range.end > file.size {
        return Err(error::INVALID_RANGE.into());
    }
    let file = find::file_mut(&mut share, &path)?;
    let now = call.now();
    change(file, now);
    let properties = &mut file.properties;
    properties.modified = now;
    properties.change = now;
    if !keeps_last_write {
        properties.last_write = now;
    }
    Ok(Answer::created().modified(now).header("x-ms-file-last-write-time", properties.last_write.iso()))
}

pub(crate) fn required_range(request: &Request) -> Result<Range<u64>, ServiceError> {
    let range = ByteRange::of(request)?.ok_or_else(|| ServiceError::missing_header("x-ms-range"))?;
    range.closed().ok_or_else(|| ServiceError::header("x-ms-range", &format!("bytes={}-", range.start)))
}

/// `x-ms-file-last-write-time: now | preserve`
fn keeps_last_write(request: &Request) -> Result<bool, ServiceError> {
    let name = "x-ms-file-last-write-time";
    match request.header(name) {
        None => Ok(false),
        Some(value) if value.eq_ignore_ascii_case("now") => Ok(false),
        Some(value) if value.eq_ignore_ascii_case("preserve") => Ok(true),
        Some(value) => Err(ServiceError::header(name, value)),
    }
}

/// The MD5 of the body in base64, which must be the one that was sent, if one was.
pub(crate) fn checked_md5(request: &Request) -> Result<String, ServiceError> {
    let calculated = BASE64_STANDARD.encode(md5(&request.body));
    match request.header("content-md5") {
        Some(sent) if sent != calculated => Err(ServiceError::from(error::MD5_MISMATCH)
            .with("UserSpecifiedMd5", sent)
            .with("ServerCalculatedMd5", calculated)),
        _ => Ok(calculated),
    }
}

pub(crate) fn md5(bytes: &Bytes) -> [u8; 16] {
    Md5::digest(bytes).into()
}

fn refuse_body(request: &Request) -> Result<(), ServiceError> {
    if !request.body.is_empty() {
        return Err(ServiceError::header("Content-Length", &request.body.len().to_string()));
    }
    match request.header("content-md5") {
        Some(md5) => Err(ServiceError::header("Content-MD5", md5)),
        None => Ok(()),
    }
}
