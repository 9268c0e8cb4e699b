//! Create File, with or without its content. A file that is already there is replaced, and keeps its id and its lease.

use std::sync::Arc;

use bytes::Bytes;

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::headers::{self, Moment, SmbHeaders};
use crate::model::attributes::Attributes;
use crate::model::extents::Extents;
use crate::model::lease::Lease;
use crate::model::node::{ContentHeaders, File, Metadata, Node, Properties};
use crate::model::posix::Kind;
use crate::operations::files::{file_attributes, file_size};
use crate::operations::{gate, ranges};
use crate::posix_headers;
use crate::request::Request;
use crate::service::Call;

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
    let share = call.tree_share()?;
    let mut share = share.lock();
    let (parent, name) = share.parent(&path)?;
    let (parent_id, inherited) = (parent.properties.id, parent.properties.permission.clone());
    let replaced = match parent.child(name).map(|child| &child.node) {
        None => {
            gate::allow_creation(call)?;
            None
        }
        Some(Node::Directory(_)) => return Err(error::RESOURCE_TYPE_MISMATCH.into()),
        Some(Node::File(file)) => {
            gate::allow_change(call, file)?;
            gate::refuse_read_only(file)?;
            Some((file.properties.id, file.lease.clone()))
        }
    };
    let permission = match new.smb.permission_key(&mut share)? {
        Some(key) => key,
        None => share.inherited_permission(inherited)?,
    };
    let now = call.now();
    let is_new = replaced.is_none();
    let (id, lease) = replaced.unwrap_or_else(|| (share.next_file_id(), Lease::of_file()));
    let properties = Properties {
        id,
        attributes: new.attributes,
        creation: Moment::or_now(new.smb.creation, now),
        last_write: Moment::or_now(new.smb.last_write, now),
        change: Moment::or_now(new.smb.change, now),
        made: now,
        modified: now,
        permission: Some(permission),
        posix: posix_headers::created(call.request, share.properties.protocol, Kind::Regular)?,
        metadata: new.metadata,
    };
    let answer = Answer::created()
        .request_encrypted()
        .properties(&properties, parent_id)
        .kind(&properties)
        .optional("content-md5", new.content_md5.as_ref());
    let mut content = Extents::default();
    content.write(0, new.body, now);
    let headers = Arc::new(new.headers);
    let file = Node::File(Arc::new(File {
        properties,
        size: new.size,
        content,
        headers,
        lease,
        begun: now,
        copy: None,
    }));
    match is_new {
        true => {
            share.parent_mut(&path)?.insert(name, file);
            call.children_changed(&mut share, &path)?;
        }
        // The spelling of the first creation stays.
        false => share.child_mut(&path)?.node = file,
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
            metadata: headers::metadata(request)?.unwrap_or_default(),
            content_md5: if body.is_empty() { None } else { Some(ranges::checked_md5(request)?) },
            body,
        })
    }
}

/// `New`, and a request without the header, add `Archive` as a program on Windows would. `Restore` keeps
/// what was sent, but only with a permission.
fn created_attributes(request: &Request, smb: &SmbHeaders) -> Result<Attributes, ServiceError> {
    let attributes = file_attributes(smb)?.unwrap_or(Attributes::NONE);
    match headers::restores(request)? && smb.has_permission() {
        true => Ok(attributes),
        false => Ok(attributes | Attributes::ARCHIVE),
    }
}
