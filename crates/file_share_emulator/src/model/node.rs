//! Files and directories. Trees are persistent: a node is shared between the live share and its share
//! snapshots until it is written, and a write copies only the nodes on its path.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::clock::Ticks;
use super::copy::Copy;
use super::extents::Extents;
use super::lease::Lease;
use super::name::{Name, Path};
use super::permission::PermissionKey;
use super::posix::Posix;

/// User metadata; names keep the spelling they arrived with.
pub(crate) type Metadata = Arc<BTreeMap<String, String>>;

/// What files and directories have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Properties {
    pub(crate) id: u64,
    pub(crate) attributes: Attributes,
    pub(crate) creation: Ticks,
    pub(crate) last_write: Ticks,
    pub(crate) change: Ticks,
    /// When the object was made, which is all that last access ever shows.
    pub(crate) made: Ticks,
    /// The moment of the last change, seen as ETag and Last-Modified.
    pub(crate) modified: Ticks,
    pub(crate) permission: Option<PermissionKey>,
    /// On NFS shares only, where attributes and permission mean nothing.
    pub(crate) posix: Option<Posix>,
    pub(crate) metadata: Metadata,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) properties: Properties,
    pub(crate) size: u64,
    /// Written down by itself.
    #[serde(skip)]
    pub(crate) content: Extents,
    pub(crate) headers: Arc<ContentHeaders>,
    pub(crate) lease: Lease,
    /// When its content was begun anew, by Create File or Copy File. A diff does not reach behind that.
    pub(crate) begun: Ticks,
    /// The last copy into it, until it is changed otherwise.
    pub(crate) copy: Option<Arc<Copy>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContentHeaders {
    pub(crate) content_type: Option<String>,
    pub(crate) encoding: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) disposition: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) md5: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Directory {
    pub(crate) properties: Properties,
    pub(crate) children: Children,
}

/// Entries by case-folded name.
pub(crate) type Children = BTreeMap<Arc<str>, Child>;

#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) name: Arc<str>,
    pub(crate) node: Node,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    File(Arc<File>),
    Directory(Arc<Directory>),
}

impl Node {
    pub(crate) fn properties(&self) -> &Properties {
        match self {
            Self::File(file) => &file.properties,
            Self::Directory(directory) => &directory.properties,
        }
    }

    pub(crate) fn properties_mut(&mut self) -> &mut Properties {
        match self {
            Self::File(file) => &mut Arc::make_mut(file).properties,
            Self::Directory(directory) => &mut Arc::make_mut(directory).properties,
        }
    }
}

impl Directory {
    /// What a data directory begins a tree with, before it is told the properties.
    pub(crate) fn blank() -> Self {
        let (never, metadata) = (Ticks(0), Metadata::default());
        let properties = Properties {
            id: 0,
            attributes: Attributes::NONE,
            creation: never,
            last_write: never,
            change: never,
            made: never,
            modified: never,
            permission: None,
            metadata,
            posix: None,
        };
        Self { properties, children: Children::new() }
    }

    /// The directory at a path, unless a component is missing or a file.
    pub(crate) fn find(self: &Arc<Self>, path: &Path) -> Option<&Arc<Self>> {
        path.iter().try_fold(self, |directory, name| match &directory.child(name)?.node {
            Node::Directory(child) => Some(child),
            Node::File(_) => None,
        })
    }

    pub(crate) fn find_mut<'a>(self: &'a mut Arc<Self>, path: &Path) -> Option<&'a mut Self> {
        path.iter().try_fold(Arc::make_mut(self), |directory, name| {
            match &mut directory.children.get_mut(&*name.folded)?.node {
                Node::Directory(child) => Some(Arc::make_mut(child)),
                Node::File(_) => None,
            }
        })
    }

    pub(crate) fn child(&self, name: &Name) -> Option<&Child> {
        self.children.get(&*name.folded)
    }

    pub(crate) fn insert(&mut self, name: &Name, node: Node) {
        self.children.insert(name.folded.clone(), Child { name: name.text.clone(), node });
    }

    /// Bytes written in the whole tree.
    pub(crate) fn allocated_bytes(&self) -> u64 {
        let bytes = |child: &Child| match &child.node {
            Node::File(file) => file.content.allocated_bytes(),
            Node::Directory(directory) => directory.allocated_bytes(),
        };
        self.children.values().map(bytes).sum()
    }
}
