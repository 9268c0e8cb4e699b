//! A small tree with an entry for every kind of change, and the changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use azure_storage_file_share::{ContentHeaders, FileAttributes};
use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use share_tree::{Content, Edit, Entry, Properties, Setting, Tree, random_sddl};

/// A little more than what one request copies.
const SEVERAL_RANGES: u64 = (4 << 20) + 600;

/// Without a content type the service would choose one.
fn headers() -> ContentHeaders {
    ContentHeaders { content_type: Some("text/plain".to_owned()), ..ContentHeaders::default() }
}

fn file(seed: u64, size: u64) -> Entry {
    Entry::file(Properties::default(), Content::generated(seed, size), headers())
}

/// Two ranges with a hole between them.
fn several_ranges(seed: u64) -> Entry {
    let content = Content::sparse(seed, SEVERAL_RANGES, [0..1_000, (4 << 20)..(4 << 20) + 500]);
    Entry::file(Properties::default(), content, headers())
}

fn read_only(seed: u64, size: u64) -> Entry {
    let attributes = Some(FileAttributes::READ_ONLY);
    let properties = Properties { attributes, ..Properties::default() };
    Entry::file(properties, Content::generated(seed, size), headers())
}

fn directory() -> Entry {
    Entry::directory(Properties::default())
}

/// What stands before a cycle, and what changes until then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// Every kind of change by itself.
    Small,
    /// The same with as few entries as it takes: a cycle of half as many requests.
    Smaller,
}

impl Size {
    pub fn tree(self) -> Tree {
        match self {
            Self::Small => small_tree(),
            Self::Smaller => smaller_tree(),
        }
    }

    pub fn edits(self) -> Vec<Edit> {
        match self {
            Self::Small => edits(),
            Self::Smaller => few_edits(),
        }
    }
}

fn smaller_tree() -> Tree {
    let mut tree = Tree::default();
    for path in ["gone tree", "to file"] {
        tree.insert(path, directory());
    }
    for (seed, path) in ["case.txt", "to directory", "gone tree/one", "gone tree/two"].into_iter().enumerate()
    {
        tree.insert(path, file(seed as u64, 20));
    }
    tree.insert("read-only gone", read_only(40, 30));
    tree.insert("ranges", several_ranges(41));
    tree
}

fn few_edits() -> Vec<Edit> {
    let kept = |edit: &Edit| match edit {
        Edit::Put { path, .. } => {
            ["to directory", "to directory/below", "to file", "empty"].contains(&path.as_str())
        }
        Edit::WriteRange { .. } | Edit::Rename { .. } => true,
        Edit::Set { path, setting } => path.is_empty() && matches!(setting, Setting::Metadata(_)),
        Edit::Delete { path } => path != "gone",
        Edit::Resize { .. } => false,
    };
    let there = |edit: &Edit| !matches!(edit, Edit::Rename { from, .. } if from == "Casedir");
    let attributes = Setting::Attributes(FileAttributes::HIDDEN);
    let mut few: Vec<Edit> = edits().into_iter().filter(|edit| kept(edit) && there(edit)).collect();
    few.push(Edit::Set { path: "CASE.txt".to_owned(), setting: attributes });
    few
}

/// What stands before the cycle.
fn small_tree() -> Tree {
    let mut tree = Tree::default();
    for directory_path in ["same", "Casedir", "to file", "gone tree", "gone tree/sub"] {
        tree.insert(directory_path, directory());
    }
    for (seed, path) in [
        "same/same",
        "changed",
        "attributes",
        "permission",
        "user metadata",
        "case.txt",
        "Casedir/kept",
        "to directory",
        "to file/below",
        "gone",
        "gone tree/one",
        "gone tree/two",
        "gone tree/sub/three",
    ]
    .into_iter()
    .enumerate()
    {
        tree.insert(path, file(seed as u64, 20 + seed as u64));
    }
    for path in ["read-only", "read-only gone"] {
        tree.insert(path, read_only(40, 30));
    }
    tree.insert("ranges", several_ranges(41));
    tree
}

/// Every kind of change.
fn edits() -> Vec<Edit> {
    let put = |path: &str, entry| Edit::Put { path: path.to_owned(), entry };
    let set = |path: &str, setting| Edit::Set { path: path.to_owned(), setting };
    let delete = |path: &str| Edit::Delete { path: path.to_owned() };
    let rename = |from: &str, to: &str| Edit::Rename { from: from.to_owned(), to: to.to_owned() };
    let metadata = |value: &str| Setting::Metadata(BTreeMap::from([("note".to_owned(), value.to_owned())]));
    let permission: Arc<str> = random_sddl(&mut StdRng::seed_from_u64(1)).into();
    vec![
        put("new", file(50, 50)),
        put("new ranges", several_ranges(51)),
        put("empty", file(52, 0)),
        put("changed", file(53, 53)),
        Edit::WriteRange {
            path: "ranges".to_owned(),
            offset: 2 << 20,
            bytes: Bytes::from_static(b"in the middle"),
        },
        set("attributes", Setting::Attributes(FileAttributes::HIDDEN)),
        set("permission", Setting::Permission(permission.clone())),
        set("user metadata", metadata("of a file")),
        put("read-only", read_only(54, 54)),
        delete("read-only gone"),
        rename("case.txt", "CASE.txt"),
        rename("Casedir", "caseDir"),
        delete("to directory"),
        put("to directory", directory()),
        put("to directory/below", file(55, 55)),
        delete("to file"),
        put("to file", file(56, 56)),
        delete("gone"),
        delete("gone tree"),
        put("new directory", directory()),
        put("new directory/one", file(57, 57)),
        put("new directory/two", file(58, 58)),
        set("same", Setting::Permission(permission.clone())),
        set("", metadata("of the root")),
        set("", Setting::Permission(permission)),
    ]
}
