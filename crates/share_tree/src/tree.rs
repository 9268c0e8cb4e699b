//! Paths and what stands there. The root directory is the entry with the empty path.

use std::collections::BTreeMap;
use std::sync::Arc;

use azure_storage_file_share::{ContentHeaders, FileAttributes, FileTime, Metadata};

use crate::content::Content;
use crate::names::fold;

/// `C` is what is known of a file's data: the data itself for a tree that somebody wants, its digest for a tree that
/// was read back.
#[derive(Clone, Debug)]
pub struct Tree<C = Content> {
    entries: BTreeMap<String, Entry<C>>,
}

#[derive(Clone, Debug)]
pub struct Entry<C = Content> {
    pub properties: Properties,
    pub kind: Kind<C>,
}

#[derive(Clone, Debug)]
pub enum Kind<C = Content> {
    Directory,
    File { content: C, headers: ContentHeaders },
}

/// `None` leaves a property to the service; once the tree stands in a share, it holds what the service answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Properties {
    pub attributes: Option<FileAttributes>,
    pub creation_time: Option<FileTime>,
    pub last_write_time: Option<FileTime>,
    pub change_time: Option<FileTime>,
    /// A security descriptor as SDDL; `None` inherits it from the parent.
    pub permission: Option<Arc<str>>,
    pub metadata: Metadata,
}

impl<C> Entry<C> {
    pub fn directory(properties: Properties) -> Self {
        Self { properties, kind: Kind::Directory }
    }

    pub fn file(properties: Properties, content: C, headers: ContentHeaders) -> Self {
        Self { properties, kind: Kind::File { content, headers } }
    }

    pub fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory)
    }

    pub fn content(&self) -> Option<&C> {
        match &self.kind {
            Kind::Directory => None,
            Kind::File { content, .. } => Some(content),
        }
    }
}

impl<C> Default for Tree<C> {
    fn default() -> Self {
        Self { entries: BTreeMap::from([(String::new(), Entry::directory(Properties::default()))]) }
    }
}

impl<C> Tree<C> {
    pub fn root(&self) -> &Entry<C> {
        self.get("").expect("a tree has a root")
    }

    pub fn get(&self, path: &str) -> Option<&Entry<C>> {
        self.entries.get(path)
    }

    pub fn get_mut(&mut self, path: &str) -> Option<&mut Entry<C>> {
        self.entries.get_mut(path)
    }

    /// All entries with their paths, the root first and every parent before its children.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry<C>)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    pub fn files(&self) -> impl Iterator<Item = (&str, &Entry<C>)> {
        self.iter().filter(|(_, entry)| !entry.is_directory())
    }

    pub fn directories(&self) -> impl Iterator<Item = (&str, &Entry<C>)> {
        self.iter().filter(|(_, entry)| entry.is_directory())
    }

    /// What lies below a directory, at any depth.
    pub fn below<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a Entry<C>)> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let first = prefix.clone();
        self.entries
            .range(first..)
            .map(|(path, entry)| (path.as_str(), entry))
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .filter(|(path, _)| !path.is_empty())
    }

    /// The spelling under which a name stands in a directory, whatever its case.
    pub fn spelling_of<'a>(&'a self, directory: &str, name: &str) -> Option<&'a str> {
        let (folded, start) = (fold(name), if directory.is_empty() { 0 } else { directory.len() + 1 });
        self.below(directory)
            .map(|(path, _)| &path[start..])
            .find(|below| !below.contains('/') && fold(below) == folded)
    }

    /// The parent directory must be there already.
    pub fn insert(&mut self, path: &str, entry: Entry<C>) {
        let parent_is_directory = self.get(parent(path)).is_some_and(Entry::is_directory);
        assert!(path.is_empty() || parent_is_directory, "{path} has no parent directory");
        self.entries.insert(path.to_owned(), entry);
    }

    /// Removes an entry with all that lies below it.
    pub fn remove(&mut self, path: &str) -> Vec<(String, Entry<C>)> {
        let mut paths: Vec<String> = self.below(path).map(|(path, _)| path.to_owned()).collect();
        paths.insert(0, path.to_owned());
        paths.into_iter().filter_map(|path| self.entries.remove_entry(&path)).collect()
    }

    /// Gives an entry, with all that lies below it, another path.
    pub fn rename(&mut self, from: &str, to: &str) {
        for (path, entry) in self.remove(from) {
            self.insert(&format!("{to}{}", &path[from.len()..]), entry);
        }
    }
}

pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

pub fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// How many directories stand above an entry; the root's own depth is 0.
pub(crate) fn depth(path: &str) -> usize {
    if path.is_empty() { 0 } else { path.matches('/').count() + 1 }
}
