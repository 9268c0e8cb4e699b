//! What a mirror has to do to get from one tree to another, counted by the plainest rules there are.

use std::collections::{BTreeMap, BTreeSet};

use azure_storage_file_share::FileTime;
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
    /// The same for a mirror that renames files that moved: where one has come, one of the same times and size is gone.
    pub fn renaming_files(mut self, before: &Tree, after: &Tree) -> Self {
        let mut gone = only_in(before, after);
        for (likeness, number) in only_in(after, before) {
            let (_, _, size) = likeness;
            let moved = number.min(gone.remove(&likeness).unwrap_or_default());
            self.renamed += moved;
            self.deleted -= moved;
            self.copied.files -= moved;
            self.copied.bytes -= moved * size;
        }
        self
    }

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

/// Creation, last write and size.
type Likeness = (Option<FileTime>, Option<FileTime>, u64);

/// How many files of a tree are at a place where the other has nothing of their kind, by what they are like.
fn only_in(tree: &Tree, other: &Tree) -> BTreeMap<Likeness, u64> {
    let places: BTreeSet<String> = other.files().map(|(path, _)| fold(path)).collect();
    let mut only = BTreeMap::new();
    for (_, file) in tree.files().filter(|(path, _)| !places.contains(&fold(path))) {
        let size = file.content().map_or(0, |content| content.size());
        *only.entry((file.properties.creation_time, file.properties.last_write_time, size)).or_default() += 1;
    }
    only
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;

    /// Paths with a size are files, those without are directories; all were written at the same moment.
    fn tree(entries: &[(&str, Option<u64>)]) -> Tree {
        let mut tree = Tree::default();
        for (path, size) in entries {
            let written = FileTime::from_ticks(1);
            let properties = Properties { last_write_time: written, ..Properties::default() };
            let entry = match size {
                Some(size) => Entry::file(properties, Content::generated(1, *size), Default::default()),
                None => Entry::directory(properties),
            };
            tree.insert(path, entry);
        }
        tree
    }

    /// Files, bytes, directories; metadata, renamed, deleted.
    fn check(before: &Tree, after: &Tree, expected: [u64; 6]) {
        let Changes { copied, metadata, renamed, deleted } = changes(before, after);
        let found = [copied.files, copied.bytes, copied.directories, metadata, renamed, deleted];
        assert_eq!(found, expected);
    }

    #[test]
    fn equal_trees_need_nothing() {
        let tree = tree(&[("a", Some(3)), ("d", None), ("d/b", Some(0))]);
        check(&tree, &tree, [0; 6]);
    }

    #[test]
    fn a_file_that_moved_is_renamed_where_the_mirror_can() {
        let before = tree(&[("a", Some(3)), ("b", Some(5)), ("d", None)]);
        let after = tree(&[("d", None), ("d/a", Some(3)), ("d/c", Some(6))]);
        check(&before, &after, [2, 9, 0, 0, 0, 2]);
        let Changes { copied, renamed, deleted, .. } =
            changes(&before, &after).renaming_files(&before, &after);
        assert_eq!((copied.files, copied.bytes, renamed, deleted), (1, 6, 1, 1));
    }

    #[test]
    fn a_new_tree_counts_everything_in_it() {
        let after = tree(&[("d", None), ("d/a", Some(3)), ("d/e", None), ("d/e/b", Some(4))]);
        check(&Tree::default(), &after, [2, 7, 2, 0, 0, 0]);
        check(&after, &Tree::default(), [0, 0, 0, 0, 0, 4]);
    }

    #[test]
    fn a_file_is_copied_when_its_size_or_last_write_time_differs() {
        let before = tree(&[("a", Some(3)), ("b", Some(3)), ("d", None)]);
        let mut after = tree(&[("a", Some(5)), ("b", Some(3)), ("d", None)]);
        check(&before, &after, [1, 5, 0, 0, 0, 0]);
        for path in ["b", "d"] {
            let entry = after.get_mut(path).expect("it was inserted");
            entry.properties.last_write_time = FileTime::from_ticks(2);
        }
        check(&before, &after, [2, 8, 0, 1, 0, 0]);
    }

    #[test]
    fn another_case_of_a_directory_is_one_rename_and_its_children_stay() {
        let before = tree(&[("Dir", None), ("Dir/a", Some(3)), ("Dir/b", Some(1))]);
        let after = tree(&[("dIR", None), ("dIR/A", Some(3)), ("dIR/b", Some(2))]);
        check(&before, &after, [1, 2, 0, 0, 2, 0]);
    }

    #[test]
    fn a_change_of_kind_deletes_one_and_adds_the_other() {
        let before = tree(&[("x", None), ("x/a", Some(3))]);
        let after = tree(&[("X", Some(9))]);
        check(&before, &after, [1, 9, 0, 0, 0, 2]);
        check(&after, &before, [1, 3, 1, 0, 0, 1]);
    }
}
