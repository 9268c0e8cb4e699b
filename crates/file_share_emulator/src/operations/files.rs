//! Get, Set and Delete File. Get answers pieces of the stored extents, so a file of any size costs no copy of
//! itself.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use base64::prelude::{BASE64_STANDARD, Engine};
use futures::stream;

use crate::answer::Answer;
use crate::arrival::LARGEST_BODY;
use crate::error::{self, ServiceError};
use crate::headers::{self, ByteRange, SmbHeaders};
use crate::model::attributes::Attributes;
use crate::model::copy::Copy;
use crate::model::node::{ContentHeaders, File};
use crate::operations::directories::{apply, remove};
use crate::operations::{find, gate, ranges};
use crate::posix_headers;
use crate::request::Request;
use crate::service::Call;

const LARGEST_FILE: u64 = 4 << 40;

pub(crate) fn get_properties(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let (file, parent_id) = read(call)?;
    Ok(described(call, Answer::ok(), &file, parent_id)
        .optional("content-md5", file.headers.md5.as_ref())
        .header("content-length", file.size.to_string()))
}

pub(crate) fn get(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let wanted = ByteRange::readable(call.request);
    let with_md5 = call.request.flag("x-ms-range-get-content-md5")?;
    let (file, parent_id) = read(call)?;
    let Some(wanted) = wanted else {
        if with_md5 {
            return Err(ServiceError::header("x-ms-range-get-content-md5", "true"));
        }
        let answer = described(call, Answer::ok(), &file, parent_id)
            .header("accept-ranges", "bytes")
            .optional("content-md5", file.headers.md5.as_ref())
            .header("content-length", file.size.to_string());
        return Ok(answer.body(content(&file, 0..file.size)));
    };
    if wanted.start >= file.size {
        return Err(ServiceError::from(error::INVALID_RANGE).of_size(file.size));
    }
    let range = wanted.start..wanted.end.unwrap_or(file.size).min(file.size);
    let length = range.end - range.start;
    let mut answer = described(call, Answer::new(StatusCode::PARTIAL_CONTENT), &file, parent_id)
        .header("accept-ranges", "bytes")
        .header("content-range", format!("bytes {}-{}/{}", range.start, range.end - 1, file.size))
        .optional("x-ms-content-md5", file.headers.md5.as_ref())
        .header("content-length", length.to_string());
    if with_md5 {
        if length > LARGEST_BODY as u64 {
            return Err(ServiceError::header("x-ms-range-get-content-md5", "true"));
        }
        let digest = ranges::md5(&file.content.read(range.clone()));
        answer = answer.header("content-md5", BASE64_STANDARD.encode(digest));
    }
    Ok(answer.body(content(&file, range)))
}

pub(crate) fn set_properties(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let request = call.request;
    let smb = SmbHeaders::read(request)?;
    let attributes = file_attributes(&smb)?;
    let size = file_size(request)?;
    let headers = headers::content_headers(request);
    let path = request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    let (file, parent_id) = find::file_to_change(&share, &path)?;
    gate::allow_change(call, file)?;
    let permission = smb.permission_key(&mut share)?;
    let now = call.now();
    let file = find::file_mut(&mut share, &path)?;
    if let Some(posix) = &mut file.properties.posix {
        posix_headers::change(request, posix)?;
    }
    if let Some(size) = size {
        file.content.truncate(size);
        file.size = size;
        file.properties.last_write = now;
    }
    apply(&mut file.properties, &smb, now);
    // Who only resizes keeps them; so a recording shows.
    if size.is_none() || headers != ContentHeaders::default() {
        file.headers = Arc::new(headers);
    }
    file.copy = None;
    file.properties.attributes = attributes.unwrap_or(file.properties.attributes);
    file.properties.permission = permission.or(file.properties.permission.take());
    Ok(Answer::ok().request_encrypted().properties(&file.properties, parent_id).links(&file.properties))
}

pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    let (file, _) = find::file_to_change(&share, &path)?;
    gate::allow_change(call, file)?;
    if file.properties.attributes.contains(Attributes::READ_ONLY) {
        return Err(error::CANNOT_DELETE.into());
    }
    remove(&mut share, &path)?;
    call.children_changed(&mut share, &path)?;
    Ok(Answer::accepted())
}

/// Attributes for a file, on which `Directory` makes no sense.
pub(crate) fn file_attributes(smb: &SmbHeaders) -> Result<Option<Attributes>, ServiceError> {
    refuse_directory(smb.attributes)
}

pub(crate) fn refuse_directory(attributes: Option<Attributes>) -> Result<Option<Attributes>, ServiceError> {
    match attributes {
        Some(attributes) if attributes.contains(Attributes::DIRECTORY) => {
            Err(ServiceError::header("x-ms-file-attributes", &attributes.to_string()))
        }
        attributes => Ok(attributes),
    }
}

pub(crate) fn file_size(request: &Request) -> Result<Option<u64>, ServiceError> {
    let name = "x-ms-content-length";
    if request.header(name).and_then(|size| size.parse::<i64>().ok()).is_some_and(|size| size < 0) {
        return Err(error::OUT_OF_RANGE_INPUT.into());
    }
    match request.number(name)? {
        Some(size) if size > LARGEST_FILE => Err(ServiceError::header(name, &size.to_string())),
        size => Ok(size),
    }
}

fn read(call: &Call<'_>) -> Result<(Arc<File>, u64), ServiceError> {
    let path = call.request.path()?;
    let (file, parent_id) =
        call.look(|root| find::file(root, &path).map(|(file, parent_id)| (file.clone(), parent_id)))?;
    gate::allow_reading(call, &file)?;
    Ok((file, parent_id))
}

/// What HEAD and GET answer alike.
fn described(call: &Call<'_>, answer: Answer, file: &File, parent_id: u64) -> Answer {
    let now = call.now();
    let lease = gate::lease_seen(call, file);
    let state = lease.state(now);
    let answer = match lease.duration_name(now) {
        Some(duration) => answer.header("x-ms-lease-duration", duration),
        None => answer,
    };
    let answer = match &file.copy {
        Some(copy) => with_copy(call, answer, copy),
        None => answer,
    };
    answer
        .header("x-ms-lease-status", state.status())
        .header("x-ms-lease-state", state.name())
        .properties(&file.properties, parent_id)
        .kind(&file.properties)
        .links(&file.properties)
        .metadata(&file.properties.metadata)
        .optional("content-type", file.headers.content_type.as_ref())
        .optional("content-encoding", file.headers.encoding.as_ref())
        .optional("content-language", file.headers.language.as_ref())
        .optional("content-disposition", file.headers.disposition.as_ref())
        .optional("cache-control", file.headers.cache_control.as_ref())
        .header("x-ms-type", "File")
        .header("x-ms-server-encrypted", "true")
}

fn with_copy(call: &Call<'_>, answer: Answer, copy: &Copy) -> Answer {
    let answer = answer
        .header("x-ms-copy-id", &copy.id)
        .header("x-ms-copy-source", &copy.source)
        .header("x-ms-copy-status", copy.status.name())
        .header("x-ms-copy-progress", copy.progress(call.state.clock.reading()));
    match copy.completed {
        Some(time) => answer.header("x-ms-copy-completion-time", time.rfc1123()),
        None => answer,
    }
}

fn content(file: &Arc<File>, range: Range<u64>) -> Body {
    let first = file.content.piece(range.start, range.end);
    if first.len() as u64 == range.end - range.start {
        return Body::from(first);
    }
    let file = file.clone();
    let mut at = range.start;
    Body::from_stream(stream::iter(std::iter::from_fn(move || {
        let piece = (at < range.end).then(|| file.content.piece(at, range.end))?;
        at += piece.len() as u64;
        Some(Ok::<_, std::convert::Infallible>(piece))
    })))
}
