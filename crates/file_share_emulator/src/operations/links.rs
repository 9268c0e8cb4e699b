//! Symbolic and hard links, which NFS shares have. The names of a hard link share their content when they are made; what
//! is written later under one of them is not seen under the other.

use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::headers::{self, Moment, SmbHeaders};
use crate::model::attributes::Attributes;
use crate::model::extents::Extents;
use crate::model::lease::Lease;
use crate::model::name::parse_path;
use crate::model::node::{ContentHeaders, File, Node, Properties};
use crate::model::posix::Kind;
use crate::model::share::{Share, ShareState};
use crate::model::share_properties::Protocol;
use crate::operations::find;
use crate::posix_headers;
use crate::service::Call;

const TEXT: &str = "x-ms-link-text";
const TARGET: &str = "x-ms-file-target-file";

pub(crate) fn create_symbolic(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let share = nfs_share(call)?;
    let text: Arc<str> = call.request.required_header(TEXT)?.into();
    let times = SmbHeaders::read(call.request)?;
    let path = call.request.path()?;
    let mut share = share.lock();
    let parent_id = check(&share, &path)?;
    let now = call.now();
    let properties = Properties {
        id: share.next_file_id(),
        attributes: Attributes::NONE,
        creation: Moment::or_now(times.creation, now),
        last_write: Moment::or_now(times.last_write, now),
        change: now,
        made: now,
        modified: now,
        permission: None,
        posix: posix_headers::created(call.request, Protocol::Nfs, Kind::SymLink(text.clone()))?,
        metadata: headers::metadata(call.request)?.unwrap_or_default(),
    };
    let answer = created(&properties, parent_id);
    let file = File {
        properties,
        size: text.len() as u64,
        content: Extents::default(),
        headers: Arc::new(ContentHeaders::default()),
        lease: Lease::of_file(),
        begun: now,
        copy: None,
    };
    insert(&mut share, &path, file)?;
    call.children_changed(&mut share, &path)?;
    Ok(answer)
}

/// The text is answered percent-encoded; so a recording shows.
pub(crate) fn get_symbolic(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let path = call.request.path()?;
    let file = call.look(|root| find::file(root, &path).map(|(file, _)| file.clone()))?;
    match file.properties.posix.as_ref().map(|posix| &posix.kind) {
        Some(Kind::SymLink(text)) => {
            const ENCODED: &percent_encoding::AsciiSet =
                &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
            let text = utf8_percent_encode(text, ENCODED).to_string();
            Ok(Answer::ok().modified(file.properties.modified).header(TEXT, text))
        }
        _ => Err(error::RESOURCE_TYPE_MISMATCH.into()),
    }
}

/// The target is a path in the share, with or without the share's name before it: both are sent.
pub(crate) fn create_hard(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let share = nfs_share(call)?;
    let value = call.request.required_header(TARGET)?;
    let item = value.trim_start_matches('/');
    let path = call.request.path()?;
    let mut share = share.lock();
    let parent_id = check(&share, &path)?;
    let in_share =
        call.request.share.as_deref().and_then(|share| item.strip_prefix(share)?.strip_prefix('/'));
    let candidates = [Some(item), in_share];
    let found = candidates.into_iter().flatten().find_map(|item| {
        let target = parse_path(item, true).ok()?;
        find::file(&share.root, &target).is_ok().then_some(target)
    });
    let target = found.ok_or(error::RESOURCE_NOT_FOUND)?;
    let now = call.now();
    let file = find::file_mut(&mut share, &target)?;
    if let Some(posix) = &mut file.properties.posix {
        posix.links += 1;
    }
    file.properties.change = now;
    file.properties.modified = now;
    let linked = file.clone();
    let answer = created(&linked.properties, parent_id).links(&linked.properties);
    insert(&mut share, &path, linked)?;
    call.children_changed(&mut share, &path)?;
    Ok(answer)
}

fn nfs_share(call: &Call<'_>) -> Result<Arc<Share>, ServiceError> {
    let share = call.tree_share()?;
    match share.lock().properties.protocol {
        Protocol::Nfs => Ok(share.clone()),
        Protocol::Smb => Err(ServiceError::not_implemented("links on SMB shares, which have none")),
    }
}

/// A link replaces nothing.
fn check(share: &ShareState, path: &find::Path) -> Result<u64, ServiceError> {
    let (parent, name) = share.parent(path)?;
    match parent.child(name) {
        Some(_) => Err(error::RESOURCE_ALREADY_EXISTS.into()),
        None => Ok(parent.properties.id),
    }
}

/// Links are not encrypted; so recordings show.
fn created(properties: &Properties, parent_id: u64) -> Answer {
    Answer::created()
        .header("x-ms-request-server-encrypted", "false")
        .properties(properties, parent_id)
        .kind(properties)
}

fn insert(share: &mut ShareState, path: &find::Path, file: File) -> Result<(), ServiceError> {
    let (name, _) = path.split_last().ok_or(error::INVALID_URI)?;
    share.parent_mut(path)?.insert(name, Node::File(Arc::new(file)));
    Ok(())
}
