//! Whether two trees hold the same, in every byte and property that a mirror can bring across. Ids, ETags and permission
//! keys are a share's own: what counts of a key is its descriptor.

use std::sync::Arc;

use serde::Serialize;

use super::extents::Extents;
use super::node::{Directory, File, Node, Properties};
use super::permission::{Format, Permissions};

/// What is told at most.
const TOLD: usize = 100;

/// One side: a tree and the permissions of its share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'a> {
    pub(crate) root: &'a Arc<Directory>,
    pub(crate) permissions: &'a Permissions,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Differences {
    /// Compared on both sides.
    entries: u64,
    count: u64,
    /// The first of them.
    differences: Vec<Difference>,
}

#[derive(Debug, Serialize)]
struct Difference {
    path: String,
    what: &'static str,
}

impl Differences {
    pub(crate) fn between(one: Side<'_>, other: Side<'_>) -> Self {
        let mut found = Self::default();
        found.properties("", (one, &one.root.properties), (other, &other.root.properties));
        found.directories("", (one, one.root), (other, other.root));
        found
    }

    fn directories(&mut self, path: &str, one: (Side<'_>, &Directory), other: (Side<'_>, &Directory)) {
        for (folded, child) in &one.1.children {
            let path = format!("{path}/{}", child.name);
            match other.1.children.get(folded) {
                None => self.add(&path, "missing"),
                Some(found) if found.name != child.name => self.add(&path, "name"),
                Some(found) => self.nodes(&path, (one.0, &child.node), (other.0, &found.node)),
            }
        }
        for (folded, child) in &other.1.children {
            if !one.1.children.contains_key(folded) {
                self.add(&format!("{path}/{}", child.name), "too many");
            }
        }
    }

    fn nodes(&mut self, path: &str, one: (Side<'_>, &Node), other: (Side<'_>, &Node)) {
        self.entries += 1;
        self.properties(path, (one.0, one.1.properties()), (other.0, other.1.properties()));
        match (one.1, other.1) {
            (Node::File(first), Node::File(second)) => self.files(path, first, second),
            (Node::Directory(first), Node::Directory(second)) => {
                self.directories(path, (one.0, first), (other.0, second));
            }
            _ => self.add(path, "kind"),
        }
    }

    fn files(&mut self, path: &str, one: &File, other: &File) {
        if one.size != other.size {
            self.add(path, "size");
        } else if !same_content(&one.content, &other.content, one.size) {
            self.add(path, "content");
        }
        if one.headers != other.headers {
            self.add(path, "content headers");
        }
    }

    fn properties(&mut self, path: &str, one: (Side<'_>, &Properties), other: (Side<'_>, &Properties)) {
        let (first, second) = (one.1, other.1);
        // The root of a share that nobody gave a permission has none, and none can be sent.
        let is_described = first.permission.is_some();
        let descriptor = |(side, properties): (Side<'_>, &Properties)| {
            let key = properties.permission.as_ref()?;
            side.permissions.get(key, Format::Binary).ok()
        };
        let same = [
            ("attributes", first.attributes == second.attributes),
            ("creation time", first.creation == second.creation),
            ("last-write time", first.last_write == second.last_write),
            ("change time", first.change == second.change),
            ("metadata", first.metadata == second.metadata),
            ("permission", !is_described || descriptor(one) == descriptor(other)),
        ];
        for (what, _) in same.into_iter().filter(|(_, same)| !same) {
            self.add(path, what);
        }
    }

    fn add(&mut self, path: &str, what: &'static str) {
        self.count += 1;
        if self.differences.len() < TOLD {
            self.differences.push(Difference { path: path.to_owned(), what });
        }
    }
}

/// Copied content is often the very bytes of its source, which are not read then.
fn same_content(one: &Extents, other: &Extents, size: u64) -> bool {
    let mut at = 0;
    while at < size {
        let (first, second) = (one.piece(at, size), other.piece(at, size));
        let length = first.len().min(second.len());
        if first.as_ptr() != second.as_ptr() && first[..length] != second[..length] {
            return false;
        }
        at += length as u64;
    }
    true
}
