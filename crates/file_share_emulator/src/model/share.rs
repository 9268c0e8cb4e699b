//! A share: its live tree, and its share snapshots, which are further references to trees.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::clock::{Clock, Ticks};
use super::copy::PendingCopy;
use super::file_id::FileIds;
use super::generated::{Generated, GeneratedTree, Window};
use super::lease::Lease;
use super::name::{Name, Path};
use super::node::{Child, Directory, Metadata, Node, Properties};
use super::permission::{Format, PermissionKey, Permissions};
use super::posix::{Kind, Posix};
use super::share_properties::{Protocol, ShareProperties};
use super::stored_policy::StoredPolicy;
use crate::error::{self, ServiceError};

/// What an object gets whose parent has no permission to inherit.
const DEFAULT_PERMISSION: &str = "O:SYG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1301bf;;;AU)\
                                  (A;OICIID;0x1200a9;;;BU)(A;OICIIOID;FA;;;CO)";

/// One mutex per share, held for lookups and changes in memory only.
#[derive(Debug)]
pub(crate) struct Share(Mutex<ShareState>);

#[derive(Debug)]
pub(crate) struct ShareState {
    pub(crate) properties: ShareProperties,
    pub(crate) lease: Lease,
    pub(crate) root: Arc<Directory>,
    pub(crate) permissions: Permissions,
    pub(crate) policies: Vec<StoredPolicy>,
    /// By id, which sorts by time.
    pub(crate) snapshots: BTreeMap<String, ShareSnapshot>,
    /// What is in the place of the trees where they are generated.
    pub(crate) generated: Option<Generated>,
    /// Copies from other accounts that are not done yet.
    pub(crate) pending_copies: Vec<PendingCopy>,
    ids: FileIds,
    last_snapshot: Option<Ticks>,
}

/// What a data directory keeps of a share beside trees, permissions and copies under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShareHeader {
    properties: ShareProperties,
    lease: Lease,
    policies: Vec<StoredPolicy>,
    ids: FileIds,
    last_snapshot: Option<Ticks>,
    pub(crate) salt: String,
}

#[derive(Debug)]
pub(crate) struct ShareSnapshot {
    pub(crate) properties: ShareProperties,
    pub(crate) lease: Lease,
    pub(crate) root: Arc<Directory>,
}

impl Share {
    pub(crate) fn new(account: &str, name: &str, properties: ShareProperties) -> Self {
        let now = properties.modified;
        let is_nfs = properties.protocol == Protocol::Nfs;
        let root = Properties {
            id: if is_nfs { FileIds::NFS_ROOT } else { FileIds::ROOT },
            attributes: Attributes::DIRECTORY,
            creation: now,
            last_write: now,
            change: now,
            made: now,
            modified: now,
            permission: None,
            posix: is_nfs.then(|| Posix::new(Kind::Directory)),
            metadata: Metadata::default(),
        };
        Self(Mutex::new(ShareState {
            root: Arc::new(Directory { properties: root, children: BTreeMap::new() }),
            permissions: Permissions::new(format!("{account}/{name}/{}", now.iso())),
            policies: Vec::new(),
            snapshots: BTreeMap::new(),
            generated: None,
            pending_copies: Vec::new(),
            ids: FileIds::default(),
            last_snapshot: None,
            lease: Lease::default(),
            properties,
        }))
    }

    pub(crate) fn restore(state: ShareState) -> Self {
        Self(Mutex::new(state))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, ShareState> {
        self.0.lock().expect("no handler panics while it holds a share")
    }
}

impl ShareState {
    pub(crate) fn header(&self) -> ShareHeader {
        ShareHeader {
            properties: self.properties.clone(),
            lease: self.lease.clone(),
            policies: self.policies.clone(),
            ids: self.ids.clone(),
            last_snapshot: self.last_snapshot,
            salt: self.permissions.salt().to_owned(),
        }
    }

    pub(crate) fn restore(
        header: ShareHeader,
        root: Arc<Directory>,
        permissions: Permissions,
        snapshots: BTreeMap<String, ShareSnapshot>,
        pending_copies: Vec<PendingCopy>,
    ) -> Self {
        let ShareHeader { properties, lease, policies, ids, last_snapshot, .. } = header;
        Self {
            properties,
            lease,
            root,
            permissions,
            policies,
            snapshots,
            generated: None,
            pending_copies,
            ids,
            last_snapshot,
        }
    }

    pub(crate) fn next_file_id(&mut self) -> u64 {
        self.ids.next()
    }

    pub(crate) fn generate(&mut self, tree: GeneratedTree) -> Result<(), ServiceError> {
        self.generated = Some(self.described(tree)?);
        Ok(())
    }

    /// Puts a generated tree into a new directory, or all that is in it into the empty root.
    pub(crate) fn plant(
        &mut self,
        path: &Path,
        tree: GeneratedTree,
        clock: &Clock,
    ) -> Result<(), ServiceError> {
        let planted = self.described(tree)?.plant(&mut self.ids, clock);
        let Some((name, _)) = path.split_last() else {
            if !self.root.children.is_empty() {
                return Err(error::RESOURCE_ALREADY_EXISTS.into());
            }
            Arc::make_mut(&mut self.root).children = planted.children;
            return Ok(());
        };
        let parent = self.parent_mut(path)?;
        if parent.child(name).is_some() {
            return Err(error::RESOURCE_ALREADY_EXISTS.into());
        }
        parent.insert(name, Node::Directory(Arc::new(planted)));
        Ok(())
    }

    /// Takes the tree of another share, and the permissions that it names.
    pub(crate) fn take_tree(&mut self, other: &Self) {
        self.root = other.root.clone();
        self.permissions = other.permissions.clone();
        self.ids = other.ids.clone();
    }

    /// With as many permissions as it wants: the default one, and others that name one more user each.
    fn described(&mut self, tree: GeneratedTree) -> Result<Generated, ServiceError> {
        let descriptors = (0..tree.descriptors).map(|number| match number {
            0 => DEFAULT_PERMISSION.to_owned(),
            _ => format!("{DEFAULT_PERMISSION}(A;;FA;;;S-1-5-21-1-2-3-{})", 1000 + number),
        });
        let permissions = descriptors.map(|text| self.permissions.create(&text, Format::Sddl));
        let permissions = permissions.collect::<Result<_, _>>()?;
        Ok(Generated::new(tree, permissions))
    }

    /// A tree of this share as far as it matters for a path: `root` is that of the live tree or of a share snapshot.
    pub(crate) fn view(&self, root: &Arc<Directory>, path: &Path, window: Window<'_>) -> Arc<Directory> {
        self.generated.as_ref().map_or_else(|| root.clone(), |generated| generated.view(path, window))
    }

    pub(crate) fn allocated_bytes(&self, root: &Directory) -> u64 {
        self.generated.as_ref().map_or_else(|| root.allocated_bytes(), Generated::bytes)
    }

    /// The parent directory of a path in the live tree, and the last name of the path.
    pub(crate) fn parent<'a, 'p>(
        &'a self,
        path: &'p Path,
    ) -> Result<(&'a Arc<Directory>, &'p Name), ServiceError> {
        let (name, parent) = path.split_last().ok_or(error::INVALID_URI)?;
        Ok((self.root.find(parent).ok_or(error::PARENT_NOT_FOUND)?, name))
    }

    /// The same for a change. Asked for only when the change is certain, since it unshares the path.
    pub(crate) fn parent_mut(&mut self, path: &Path) -> Result<&mut Directory, ServiceError> {
        let (_, parent) = path.split_last().ok_or(error::INVALID_URI)?;
        self.root.find_mut(parent).ok_or(error::PARENT_NOT_FOUND.into())
    }

    pub(crate) fn child_mut(&mut self, path: &Path) -> Result<&mut Child, ServiceError> {
        let (name, _) = path.split_last().ok_or(error::INVALID_URI)?;
        let parent = self.parent_mut(path)?;
        parent.children.get_mut(&*name.folded).ok_or(error::RESOURCE_NOT_FOUND.into())
    }

    /// What a new child of a directory gets when no permission was sent.
    pub(crate) fn inherited_permission(
        &mut self,
        parent: Option<PermissionKey>,
    ) -> Result<PermissionKey, ServiceError> {
        match parent {
            Some(key) => Ok(key),
            None => self.permissions.create(DEFAULT_PERMISSION, Format::Sddl),
        }
    }

    /// Takes a share snapshot and gives its id: the time cut to the second, or one second after the last id.
    pub(crate) fn take_snapshot(&mut self, now: Ticks, metadata: Option<Metadata>) -> String {
        let second = now.cut_to_second();
        let id = match self.last_snapshot {
            Some(last) if last >= second => last.plus_seconds(1),
            _ => second,
        };
        self.last_snapshot = Some(id);
        let mut properties = self.properties.clone();
        properties.metadata = metadata.unwrap_or(properties.metadata);
        let snapshot = ShareSnapshot { properties, lease: Lease::default(), root: self.root.clone() };
        self.snapshots.insert(id.iso(), snapshot);
        id.iso()
    }
}

#[cfg(test)]
mod tests {
    use crate::model::name::parse_path;
    use crate::model::node::Children;

    use super::*;

    fn share() -> Share {
        let now = Clock::default().now();
        Share::new("account", "share", ShareProperties::new(now, 1))
    }

    fn make(share: &mut ShareState, path: &str) {
        let path = parse_path(path, true).expect("a path");
        let properties = share.root.properties.clone();
        let directory = Node::Directory(Arc::new(Directory { properties, children: Children::new() }));
        let (name, _) = path.split_last().expect("not the root");
        share.parent_mut(&path).expect("a parent").insert(name, directory);
    }

    fn find<'a>(root: &'a Arc<Directory>, path: &str) -> &'a Arc<Directory> {
        root.find(&parse_path(path, true).expect("a path")).expect("a directory")
    }

    #[test]
    fn a_snapshot_shares_everything_but_the_paths_written_since() {
        let share = share();
        let mut share = share.lock();
        for path in ["a", "a/b", "a/b/c", "a/side", "other"] {
            make(&mut share, path);
        }
        let id = share.take_snapshot(Clock::default().now(), None);
        assert!(Arc::ptr_eq(&share.root, &share.snapshots[&id].root), "taking one copies nothing");
        make(&mut share, "a/b/new");
        let (live, snapshot) = (&share.root, &share.snapshots[&id].root);
        for (path, is_shared) in
            [("a", false), ("a/b", false), ("a/b/c", true), ("a/side", true), ("other", true)]
        {
            assert_eq!(Arc::ptr_eq(find(live, path), find(snapshot, path)), is_shared, "{path}");
        }
    }

    #[test]
    fn a_snapshot_id_is_never_used_twice_even_after_its_deletion() {
        let share = share();
        let mut share = share.lock();
        let now = Clock::default().now();
        let first = share.take_snapshot(now, None);
        share.snapshots.clear();
        assert!(share.take_snapshot(now, None) > first);
    }
}
