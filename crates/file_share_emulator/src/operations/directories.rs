//! Create, Get, Set and Delete Directory. The root is read and set like any other directory, and cannot be
//! created or deleted.

use std::sync::Arc;

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::headers::{self, Moment, SmbHeaders};
use crate::model::attributes::Attributes;
use crate::model::clock::Ticks;
use crate::model::node::{Children, Directory, Node, Properties};
use crate::model::posix::Kind;
use crate::model::share::ShareState;
use crate::operations::find;
use crate::posix_headers;
use crate::service::Call;

pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let smb = SmbHeaders::read(call.request)?;
    headers::restores(call.request)?;
    let attributes = directory_attributes(&smb)?.unwrap_or(Attributes::DIRECTORY);
    let metadata = headers::metadata(call.request)?.unwrap_or_default();
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    if path.is_empty() {
        return Err(error::RESOURCE_ALREADY_EXISTS.into());
    }
    let (parent, name) = share.parent(&path)?;
    match parent.child(name).map(|child| &child.node) {
        None => {}
        Some(Node::Directory(_)) => return Err(error::RESOURCE_ALREADY_EXISTS.into()),
        Some(Node::File(_)) => return Err(error::RESOURCE_TYPE_MISMATCH.into()),
    }
    let (parent_id, inherited) = (parent.properties.id, parent.properties.permission.clone());
    let permission = match smb.permission_key(&mut share)? {
        Some(key) => key,
        None => share.inherited_permission(inherited)?,
    };
    let now = call.now();
    let properties = Properties {
        id: share.next_file_id(),
        attributes,
        creation: Moment::or_now(smb.creation, now),
        last_write: Moment::or_now(smb.last_write, now),
        change: Moment::or_now(smb.change, now),
        made: now,
        modified: now,
        permission: Some(permission),
        posix: posix_headers::created(call.request, share.properties.protocol, Kind::Directory)?,
        metadata,
    };
    let answer = Answer::created().request_encrypted().properties(&properties, parent_id).kind(&properties);
    let directory = Directory { properties, children: Children::new() };
    share.parent_mut(&path)?.insert(name, Node::Directory(Arc::new(directory)));
    call.children_changed(&mut share, &path)?;
    Ok(answer)
}

pub(crate) fn get_properties(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let path = call.request.path()?;
    call.look(|root| {
        let (directory, parent_id) = find::directory(root, &path)?;
        // A root that nobody has written to; so recordings show.
        let is_untouched = path.is_empty() && directory.properties.modified == directory.properties.made;
        Ok(Answer::ok()
            .properties(&directory.properties, parent_id)
            .kind(&directory.properties)
            .metadata(&directory.properties.metadata)
            .header("x-ms-server-encrypted", if is_untouched { "false" } else { "true" }))
    })
}

pub(crate) fn set_properties(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let smb = SmbHeaders::read(call.request)?;
    let attributes = directory_attributes(&smb)?;
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    let (_, parent_id) = find::directory_to_change(&share, &path)?;
    let permission = smb.permission_key(&mut share)?;
    let now = call.now();
    let properties = find::directory_mut(&mut share, &path)?;
    if let Some(posix) = &mut properties.posix {
        posix_headers::change(call.request, posix)?;
    }
    apply(properties, &smb, now);
    properties.attributes = attributes.unwrap_or(properties.attributes);
    properties.permission = permission.or(properties.permission.take());
    Ok(Answer::ok().request_encrypted().properties(properties, parent_id))
}

pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let path = call.request.path()?;
    let share = call.tree_share()?;
    let mut share = share.lock();
    if path.is_empty() {
        return Err(error::CANNOT_DELETE.into());
    }
    let (directory, _) = find::directory_to_change(&share, &path)?;
    if !directory.children.is_empty() {
        return Err(error::DIRECTORY_NOT_EMPTY.into());
    }
    remove(&mut share, &path)?;
    call.children_changed(&mut share, &path)?;
    Ok(Answer::accepted())
}

pub(crate) fn remove(share: &mut ShareState, path: &find::Path) -> Result<(), ServiceError> {
    let (name, _) = path.split_last().ok_or(error::INVALID_URI)?;
    share.parent_mut(path)?.children.remove(&*name.folded);
    Ok(())
}

/// Times and the ETag after a Set; what was not sent is preserved, but the change time is now.
pub(crate) fn apply(properties: &mut Properties, smb: &SmbHeaders, now: Ticks) {
    properties.creation = Moment::or(smb.creation, now, properties.creation);
    properties.last_write = Moment::or(smb.last_write, now, properties.last_write);
    properties.change = Moment::or_now(smb.change, now);
    properties.modified = now;
}

/// `Directory` is always there, sent or not; `Temporary` is for files.
pub(crate) fn directory_attributes(smb: &SmbHeaders) -> Result<Option<Attributes>, ServiceError> {
    match smb.attributes {
        Some(attributes) if attributes.contains(Attributes::TEMPORARY) => {
            Err(ServiceError::header("x-ms-file-attributes", &attributes.to_string()))
        }
        attributes => Ok(attributes.map(|attributes| attributes | Attributes::DIRECTORY)),
    }
}
