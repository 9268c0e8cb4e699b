//! What a mirror has to do to get from one tree to another, counted by the plainest rules there are.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::names::fold;
use crate::tree::{Entry, Kind, Properties, Tree, join};

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Changes {
    pub copied: Copied,
    /// Files and directories, the root included, that differ in properties alone.
    pub metadata: u64,
    /// Entries whose name differs in case alone.
    pub renamed: u64,
    /// Files and directories that are gone, everything below them counted too.
    pub deleted: u64,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Copied {
    /// Files that are new, or whose size or last-write time differs.
    pub files: u64,
    /// Their sizes, holes included.
    pub bytes: u64,
    /// New ones.
    pub directories: u64,
}

/// Both trees hold what the service answered.
pub fn changes(before: &Tree, after: &Tree) -> Changes {
    let mut changes = Changes::default();
    if !same_properties(&before.root().properties, &after.root().properties) {
        changes.metadata += 1;
    }
    changes.directory(before, "", after, "");
    changes
}

impl Changes {
    fn directory(&mut self, before: &Tree, was: &str, after: &Tree, is: &str) {
        let mut left = children(before, was);
        for (folded, name) in children(after, is) {
            let path = join(is, name);
            let new = after.get(&path).expect("a child is in the tree");
            let Some(old_name) = left.remove(&folded) else {
                self.added(after, &path, new);
                continue;
            };
            let old_path = join(was, old_name);
            let old = before.get(&old_path).expect("a child is in the tree");
            if old.is_directory() != new.is_directory() {
                self.deleted(before, &old_path);
                self.added(after, &path, new);
                continue;
            }
            self.kept(old, new, old_name != name);
            if new.is_directory() {
                self.directory(before, &old_path, after, &path);
            }
        }
        left.values().for_each(|name| self.deleted(before, &join(was, name)));
    }

    fn kept(&mut self, old: &Entry, new: &Entry, renamed: bool) {
        self.renamed += u64::from(renamed);
        let size = |entry: &Entry| entry.content().map(|content| content.size());
        let written = |entry: &Entry| entry.properties.last_write_time;
        if size(old) != size(new) || (!new.is_directory() && written(old) != written(new)) {
            self.copied(new);
        } else if !renamed && !same_properties(&old.properties, &new.properties) {
            self.metadata += 1;
        }
    }

    fn added(&mut self, tree: &Tree, path: &str, entry: &Entry) {
        self.copied(entry);
        tree.below(path).for_each(|(_, entry)| self.copied(entry));
    }

    fn copied(&mut self, entry: &Entry) {
        match &entry.kind {
            Kind::Directory => self.copied.directories += 1,
            Kind::File { content, .. } => {
                self.copied.files += 1;
                self.copied.bytes += content.size();
            }
        }
    }

    fn deleted(&mut self, tree: &Tree, path: &str) {
        self.deleted += 1 + tree.below(path).count() as u64;
    }
}

/// What a listing shows; user metadata and content headers show in it only through the change time.
fn same_properties(old: &Properties, new: &Properties) -> bool {
    let listed = |it: &Properties| {
        (it.attributes, it.creation_time, it.last_write_time, it.change_time, it.permission.clone())
    };
    listed(old) == listed(new)
}

fn children<'a>(tree: &'a Tree, directory: &str) -> BTreeMap<String, &'a str> {
    let start = if directory.is_empty() { 0 } else { directory.len() + 1 };
    let names = tree.below(directory).map(|(path, _)| &path[start..]).filter(|name| !name.contains('/'));
    names.map(|name| (fold(name), name)).collect()
}
