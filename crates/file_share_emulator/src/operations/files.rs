//! Create, Get, Set and Delete File. Get answers pieces of the stored extents, so a file of any size costs no
//! copy of itself.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use futures::stream;

use crate::answer::Answer;
use crate::arrival::LARGEST_BODY;
use crate::error::{self, ServiceError};
use crate::headers::{self, ByteRange, Moment, SmbHeaders};
use crate::model::attributes::Attributes;
use crate::model::extents::Extents;
use crate::model::node::{ContentHeaders, File, Metadata, Node, Properties};
use crate::operations::directories::{apply, remove};
use crate::operations::{find, ranges};
use crate::request::Request;
use crate::service::Call;

const LARGEST_FILE: u64 = 4 << 40;

/// Content types are stored as sent, or from the request's own `Content-Type`, or as this.
const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";

struct NewFile {
    size: u64,
    smb: SmbHeaders,
    headers: ContentHeaders,
    metadata: Metadata,
    attributes: Attributes,
    body: Bytes,
    content_md5: Option<String>,
}

pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let new = NewFile::read(call.request)?;
    let path = call.request.path()?;
    let share = call.smb_share()?;
    let mut share = share.lock();
    let (parent, name) = share.parent(&path)?;
    let (parent_id, inherited) = (parent.properties.id, parent.properties.permission.clone());
    let replaced = match parent.child(name).map(|child| &child.node) {
        None => None,
        Some(Node::Directory(_)) => return Err(error::RESOURCE_TYPE_MISMATCH.into()),
        Some(Node::File(file)) => {
            refuse_read_only(file)?;
            Some(file.properties.id)
        }
    };
    let permission = match new.smb.permission_key(&mut share)? {
        Some(key) => key,
        None => share.inherited_permission(inherited)?,
    };
    let now = call.now();
    let properties = Properties {
        id: replaced.unwrap_or_else(|| share.next_file_id()),
        attributes: new.attributes,
        creation: Moment::or_now(new.smb.creation, now),
        last_write: Moment::or_now(new.smb.last_write, now),
        change: Moment::or_now(new.smb.change, now),
        made: now,
        modified: now,
        permission: Some(permission),
        metadata: new.metadata,
    };
    let answer = Answer::created()
        .request_encrypted()
        .properties(&properties, parent_id)
        .optional("content-md5", new.content_md5.as_ref());
    let mut content = Extents::default();
    content.write(0, new.body);
    let file =
        Node::File(Arc::new(File { properties, size: new.size, content, headers: Arc::new(new.headers) }));
    match replaced {
        // The spelling of the first creation stays.
        Some(_) => share.child_mut(&path)?.node = file,
        None => share.parent_mut(&path)?.insert(name, file),
    }
    Ok(answer)
}

impl NewFile {
    fn read(request: &Request) -> Result<Self, ServiceError> {
        let kind = request.required_header("x-ms-type")?;
        if !kind.eq_ignore_ascii_case("file") {
            return Err(ServiceError::header("x-ms-type", kind));
        }
        let size = file_size(request)?.ok_or_else(|| ServiceError::missing_header("x-ms-content-length"))?;
        let smb = SmbHeaders::read(request)?;
        let body = request.body.clone();
        let takes_body = request.is_at_least("2026-02-06") && body.len() as u64 <= size;
        if !body.is_empty() && !takes_body {
            return Err(ServiceError::header("Content-Length", &body.len().to_string()));
        }
        let mut headers = headers::content_headers(request);
        headers.content_type = headers
            .content_type
            .or_else(|| request.header("content-type").map(str::to_owned))
            .or_else(|| Some(DEFAULT_CONTENT_TYPE.to_owned()));
        Ok(Self {
            size,
            attributes: created_attributes(request, &smb)?,
            smb,
            headers,
            metadata: headers::metadata(&request.headers)?.unwrap_or_default(),
            content_md5: if body.is_empty() { None } else { Some(ranges::checked_md5(request)?) },
            body,
        })
    }
}

/// `New`, and a request without the header, add `Archive` as a program on Windows would. `Restore` keeps
/// what was sent, but only with a permission.
fn created_attributes(request: &Request, smb: &SmbHeaders) -> Result<Attributes, ServiceError> {
    let attributes = file_attributes(smb)?.unwrap_or(Attributes::NONE);
    let name = "x-ms-file-property-semantics";
    let restores = match request.header(name) {
        Some(value) if value.eq_ignore_ascii_case("Restore") => request.is_at_least("2026-02-06"),
        Some(value) if !value.eq_ignore_ascii_case("New") => return Err(ServiceError::header(name, value)),
        _ => false,
    };
    match restores && smb.has_permission() {
        true => Ok(attributes),
        false => Ok(attributes | Attributes::ARCHIVE),
    }
}

pub(crate) fn get_properties(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let (file, parent_id) = read(call)?;
    Ok(described(Answer::ok(), &file, parent_id)
        .optional("content-md5", file.headers.md5.as_ref())
        .header("content-length", file.size.to_string()))
}

pub(crate) fn get(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let wanted = ByteRange::of(call.request)?;
    let with_md5 = call.request.flag("x-ms-range-get-content-md5")?;
    let (file, parent_id) = read(call)?;
    let Some(wanted) = wanted else {
        let answer = described(Answer::ok(), &file, parent_id)
            .header("accept-ranges", "bytes")
            .optional("content-md5", file.headers.md5.as_ref())
            .header("content-length", file.size.to_string());
        return Ok(answer.body(content(&file, 0..file.size)));
    };
    if wanted.start >= file.size {
        return Err(error::INVALID_RANGE.into());
    }
    let range = wanted.start..wanted.end.unwrap_or(file.size).min(file.size);
    let length = range.end - range.start;
    let mut answer = described(Answer::new(StatusCode::PARTIAL_CONTENT), &file, parent_id)
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
    let share = call.smb_share()?;
    let mut share = share.lock();
    let (_, parent_id) = find::file_to_change(&share, &path)?;
    let permission = smb.permission_key(&mut share)?;
    let now = call.now();
    let file = find::file_mut(&mut share, &path)?;
    if let Some(size) = size {
        file.content.truncate(size);
        file.size = size;
        file.properties.last_write = now;
    }
    apply(&mut file.properties, &smb, now);
    file.headers = Arc::new(headers);
    file.properties.attributes = attributes.unwrap_or(file.properties.attributes);
    file.properties.permission = permission.or(file.properties.permission.take());
    Ok(Answer::ok().request_encrypted().properties(&file.properties, parent_id))
}

pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let path = call.request.path()?;
    let share = call.smb_share()?;
    let mut share = share.lock();
    let (file, _) = find::file_to_change(&share, &path)?;
    if file.properties.attributes.contains(Attributes::READ_ONLY) {
        return Err(error::CANNOT_DELETE.into());
    }
    remove(&mut share, &path)?;
    Ok(Answer::accepted())
}

pub(crate) fn refuse_read_only(file: &File) -> Result<(), ServiceError> {
    match file.properties.attributes.contains(Attributes::READ_ONLY) {
        true => Err(error::READ_ONLY_ATTRIBUTE.into()),
        false => Ok(()),
    }
}

/// Attributes for a file, on which `Directory` makes no sense.
pub(crate) fn file_attributes(smb: &SmbHeaders) -> Result<Option<Attributes>, ServiceError> {
    match smb.attributes {
        Some(attributes) if attributes.contains(Attributes::DIRECTORY) => {
            Err(ServiceError::header("x-ms-file-attributes", &attributes.to_string()))
        }
        attributes => Ok(attributes),
    }
}

fn file_size(request: &Request) -> Result<Option<u64>, ServiceError> {
    match request.number("x-ms-content-length")? {
        Some(size) if size > LARGEST_FILE => {
            Err(ServiceError::header("x-ms-content-length", &size.to_string()))
        }
        size => Ok(size),
    }
}

fn read(call: &Call<'_>) -> Result<(Arc<File>, u64), ServiceError> {
    let path = call.request.path()?;
    call.look(|root| find::file(root, &path).map(|(file, parent_id)| (file.clone(), parent_id)))
}

/// What HEAD and GET answer alike.
fn described(answer: Answer, file: &File, parent_id: u64) -> Answer {
    answer
        .properties(&file.properties, parent_id)
        .metadata(&file.properties.metadata)
        .optional("content-type", file.headers.content_type.as_ref())
        .optional("content-encoding", file.headers.encoding.as_ref())
        .optional("content-language", file.headers.language.as_ref())
        .optional("content-disposition", file.headers.disposition.as_ref())
        .optional("cache-control", file.headers.cache_control.as_ref())
        .header("x-ms-type", "File")
        .header("x-ms-lease-status", "unlocked")
        .header("x-ms-lease-state", "available")
        .header("x-ms-server-encrypted", "true")
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
