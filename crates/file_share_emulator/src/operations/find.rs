//! Finding what a request addresses, in the live share or in a share snapshot, with the service's words for
//! what is missing.

use std::sync::Arc;

use crate::error::{self, ServiceError};
use crate::model::file_id::FileIds;
use crate::model::generated::Window;
use crate::model::name::Name;
pub(crate) use crate::model::name::Path;
use crate::model::node::{Directory, File, Node, Properties};
use crate::model::share::{Share, ShareState};
use crate::posix_headers;
use crate::request::{Query, Request};
use crate::service::Call;

/// The newest version that was seen to answer `ShareNotFound` for a share snapshot that does not exist.
const LAST_WITHOUT_SNAPSHOT_CODE: &str = "2024-08-04";

impl Call<'_> {
    /// The share of an operation on files and directories. Copies whose time has come are done first.
    pub(crate) fn tree_share(&self) -> Result<Arc<Share>, ServiceError> {
        let share = self.read_share()?;
        match share.lock().generated.is_some() {
            true => Err(ServiceError::not_implemented("changes to a generated share")),
            false => Ok(share.clone()),
        }
    }

    /// The same for an operation that only reads.
    pub(crate) fn read_share(&self) -> Result<Arc<Share>, ServiceError> {
        let share = self.share()?;
        let mut locked = share.lock();
        posix_headers::check(self.request, locked.properties.protocol)?;
        locked.finish_copies(self.state.clock.reading(), || self.now());
        drop(locked);
        Ok(share)
    }

    /// A child came to a directory of the live tree, or went. Its ETag never tells that; whether its times do is a
    /// setting.
    pub(crate) fn children_changed(&self, share: &mut ShareState, path: &Path) -> Result<(), ServiceError> {
        if self.state.config.directory_times_follow_children {
            let now = self.now();
            let properties = &mut share.parent_mut(path)?.properties;
            properties.last_write = now;
            properties.change = now;
        }
        Ok(())
    }

    /// Looks into the tree that the request reads: the live one, or that of its share snapshot.
    pub(crate) fn look<T>(
        &self,
        look: impl FnOnce(&Arc<Directory>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.look_at(Window::Nothing, look)
    }

    /// The same with entries of the directory.
    pub(crate) fn look_at<T>(
        &self,
        window: Window<'_>,
        look: impl FnOnce(&Arc<Directory>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let path = self.request.path()?;
        let share = self.read_share()?;
        let tree = tree(&share.lock(), &self.request.query, self.request, &path, window)?;
        look(&tree)
    }
}

/// The tree that `sharesnapshot` of a query names, as far as it matters for a path; the request decides how a missing
/// one is answered.
pub(crate) fn tree(
    share: &ShareState,
    query: &Query,
    request: &Request,
    path: &Path,
    window: Window<'_>,
) -> Result<Arc<Directory>, ServiceError> {
    match query.get("sharesnapshot") {
        None => Ok(share.view(&share.root, path, window)),
        Some(id) => match share.snapshots.get(id) {
            Some(snapshot) => Ok(share.view(&snapshot.root, path, window)),
            None => Err(snapshot_not_found(request)),
        },
    }
}

pub(crate) fn snapshot_not_found(request: &Request) -> ServiceError {
    match request.version.as_str() > LAST_WITHOUT_SNAPSHOT_CODE {
        true => error::SHARE_SNAPSHOT_NOT_FOUND.into(),
        false => error::SHARE_NOT_FOUND.into(),
    }
}

/// A directory and the id of its parent. The root is its own parent.
pub(crate) fn directory<'a>(
    root: &'a Arc<Directory>,
    path: &Path,
) -> Result<(&'a Arc<Directory>, u64), ServiceError> {
    if path.is_empty() {
        return Ok((root, FileIds::ROOT));
    }
    match child(root, path)? {
        (Node::Directory(directory), parent_id) => Ok((directory, parent_id)),
        (Node::File(_), _) => Err(error::RESOURCE_NOT_FOUND.into()),
    }
}

/// A file and the id of its parent.
pub(crate) fn file<'a>(root: &'a Arc<Directory>, path: &Path) -> Result<(&'a Arc<File>, u64), ServiceError> {
    match child(root, path)? {
        (Node::File(file), parent_id) => Ok((file, parent_id)),
        (Node::Directory(_), _) => Err(error::RESOURCE_NOT_FOUND.into()),
    }
}

/// The same for a change, where the wrong kind is a conflict.
pub(crate) fn file_to_change<'a>(
    share: &'a ShareState,
    path: &Path,
) -> Result<(&'a File, u64), ServiceError> {
    match child(&share.root, path)? {
        (Node::File(file), parent_id) => Ok((file, parent_id)),
        (Node::Directory(_), _) => Err(error::RESOURCE_TYPE_MISMATCH.into()),
    }
}

pub(crate) fn child<'a>(root: &'a Arc<Directory>, path: &[Name]) -> Result<(&'a Node, u64), ServiceError> {
    let (name, parent) = path.split_last().ok_or(error::INVALID_URI)?;
    let parent = root.find(parent).ok_or(error::PARENT_NOT_FOUND)?;
    let child = parent.child(name).ok_or(error::RESOURCE_NOT_FOUND)?;
    Ok((&child.node, parent.properties.id))
}

pub(crate) fn directory_to_change<'a>(
    share: &'a ShareState,
    path: &Path,
) -> Result<(&'a Arc<Directory>, u64), ServiceError> {
    if path.is_empty() {
        return Ok((&share.root, FileIds::ROOT));
    }
    match child(&share.root, path)? {
        (Node::Directory(directory), parent_id) => Ok((directory, parent_id)),
        (Node::File(_), _) => Err(error::RESOURCE_TYPE_MISMATCH.into()),
    }
}

/// The properties of a directory for a change, the root included.
pub(crate) fn directory_mut<'a>(
    share: &'a mut ShareState,
    path: &Path,
) -> Result<&'a mut Properties, ServiceError> {
    if path.is_empty() {
        return Ok(&mut Arc::make_mut(&mut share.root).properties);
    }
    Ok(share.child_mut(path)?.node.properties_mut())
}

pub(crate) fn file_mut<'a>(share: &'a mut ShareState, path: &Path) -> Result<&'a mut File, ServiceError> {
    match &mut share.child_mut(path)?.node {
        Node::File(file) => Ok(Arc::make_mut(file)),
        Node::Directory(_) => Err(error::RESOURCE_TYPE_MISMATCH.into()),
    }
}
