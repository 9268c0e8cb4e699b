//! Trees of any size that take no memory: each request is given as much of the tree as it looks at, made anew from
//! names and a seed. Nobody can write there. Every directory above the deepest level has the same number of
//! directories, and every directory the same number of files.

use std::sync::{Arc, OnceLock};

use super::attributes::Attributes;
use super::clock::Ticks;
use super::extents::Extents;
use super::lease::Lease;
use super::name::{Name, Path};
use super::node::{Child, Children, ContentHeaders, Directory, File, Metadata, Node, Properties};
use super::permission::PermissionKey;
use super::posix::Posix;
use content::content;
use tree::mix;

mod content;
mod planted;
mod tree;

pub(crate) use content::crc64_of;
pub use tree::GeneratedTree;

const TICKS_PER_SECOND: u64 = 10_000_000;
/// 2026-01-01; times lie in the year after it.
const EPOCH: Ticks = Ticks(639_028_224_000_000_000);
const SECONDS_OF_A_YEAR: u64 = 365 * 86_400;

/// The tree in a share, with the permissions that its entries have.
#[derive(Debug)]
pub(crate) struct Generated {
    tree: GeneratedTree,
    permissions: Vec<PermissionKey>,
    bytes: OnceLock<u64>,
}

/// Which of the entries of a directory are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Window<'a> {
    Nothing,
    Everything,
    /// From a folded name on, at most so many.
    From(&'a str, usize),
}

impl Generated {
    /// With a permission for each of the tree's descriptors.
    pub(crate) fn new(tree: GeneratedTree, permissions: Vec<PermissionKey>) -> Self {
        Self { tree, permissions, bytes: OnceLock::new() }
    }

    /// As much of the tree as a request for the path can see: its ancestors with nothing beside them, and what is
    /// there itself, a file with its content or a directory with those of its entries that are looked at.
    pub(crate) fn view(&self, path: &Path, window: Window<'_>) -> Arc<Directory> {
        let mut chain = vec![(0, Name::new(""))];
        let mut rest = path;
        while let Some((name, below)) = rest.split_first() {
            let (directory, _) = chain[chain.len() - 1];
            let Some(place) = self.directory_place(chain.len(), name) else { break };
            chain.push((self.tree.child(directory, place), Name::new(&self.tree.directory_name(place))));
            rest = below;
        }
        let (last, mut name) = chain.pop().expect("the root is never taken out");
        let level = chain.len() as u32;
        let children = match rest {
            [] => self.children(last, level, window),
            [file] => {
                self.file_place(file).map(|place| entry(self.file(last, place, true))).into_iter().collect()
            }
            _ => Children::new(),
        };
        let mut directory = self.directory(last, children);
        while let Some((parent, parent_name)) = chain.pop() {
            let child = Child { name: name.text.clone(), node: Node::Directory(Arc::new(directory)) };
            directory = self.directory(parent, Children::from([(name.folded.clone(), child)]));
            name = parent_name;
        }
        Arc::new(directory)
    }

    /// Of all files together.
    pub(crate) fn bytes(&self) -> u64 {
        let directories = self.tree.directory_count().unwrap_or(0);
        let of_directory = |directory| {
            (0..self.tree.files)
                .map(move |place| self.tree.size_of(self.tree.file_id(directory, place)))
                .sum::<u64>()
        };
        *self.bytes.get_or_init(|| (0..directories).map(of_directory).sum())
    }

    fn children(&self, directory: u64, level: u32, window: Window<'_>) -> Children {
        let all = self.tree.entries(level);
        let places = match window {
            Window::Nothing => 0..0,
            Window::Everything => 0..all,
            Window::From(start, most) => {
                let first = self.tree.first_from(level, start);
                first..all.min(first.saturating_add(most as u64))
            }
        };
        places.map(|place| entry(self.child(directory, level, place))).collect()
    }

    /// Directories come before files, as their names do.
    fn child(&self, directory: u64, level: u32, place: u64) -> (String, Node) {
        let below = self.tree.directories_at(level);
        if place >= below {
            return self.file(directory, place - below, false);
        }
        let child = self.directory(self.tree.child(directory, place), Children::new());
        (self.tree.directory_name(place), Node::Directory(Arc::new(child)))
    }

    fn directory(&self, directory: u64, children: Children) -> Directory {
        let properties = self.properties(self.tree.directory_id(directory), Attributes::DIRECTORY);
        Directory { properties, children }
    }

    fn file(&self, directory: u64, place: u64, with_content: bool) -> (String, Node) {
        let id = self.tree.file_id(directory, place);
        let file = self.file_with(id, self.properties(id, Attributes::ARCHIVE), with_content);
        (self.tree.file_name(place), Node::File(Arc::new(file)))
    }

    fn file_with(&self, id: u64, properties: Properties, with_content: bool) -> File {
        let size = self.tree.size_of(id);
        let content = if with_content {
            content(mix(id ^ self.tree.seed), size, properties.modified)
        } else {
            Extents::default()
        };
        let content_type = Some("application/octet-stream".to_owned());
        File {
            size,
            content,
            headers: Arc::new(ContentHeaders { content_type, ..ContentHeaders::default() }),
            lease: Lease::of_file(),
            begun: properties.modified,
            copy: None,
            properties,
        }
    }

    fn properties(&self, id: u64, attributes: Attributes) -> Properties {
        let written = EPOCH.plus_seconds(mix(self.tree.seed ^ mix(!id)) % SECONDS_OF_A_YEAR);
        // Different for every entry, since it is the ETag too.
        let modified =
            Ticks(EPOCH.plus_seconds(SECONDS_OF_A_YEAR).0 + id % (SECONDS_OF_A_YEAR * TICKS_PER_SECOND));
        Properties {
            id,
            attributes,
            creation: written,
            last_write: written,
            change: modified,
            made: written,
            modified,
            permission: Some(self.permissions[self.tree.descriptor_of(id)].clone()),
            metadata: Metadata::default(),
            posix: None::<Posix>,
        }
    }

    fn directory_place(&self, level: usize, name: &Name) -> Option<u64> {
        let place = name.folded.strip_prefix("DIRECTORY-")?.parse().ok()?;
        let is_there = level <= self.tree.depth as usize && place < self.tree.directories;
        (is_there && *name.folded == *self.tree.directory_name(place).to_uppercase()).then_some(place)
    }

    fn file_place(&self, name: &Name) -> Option<u64> {
        let place = name.folded.strip_prefix("FILE-")?.strip_suffix(".BIN")?.parse().ok()?;
        (place < self.tree.files && *name.folded == *self.tree.file_name(place).to_uppercase())
            .then_some(place)
    }
}

fn entry((name, node): (String, Node)) -> (Arc<str>, Child) {
    let name = Name::new(&name);
    (name.folded, Child { name: name.text, node })
}
