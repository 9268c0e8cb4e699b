//! What one directory needs: the listings of both sides go in, items and subdirectories come out. No I/O.

use std::collections::HashMap;

use azure_storage_file_share::Entry;
use sha2::{Digest, Sha256};

use super::compare::{Difference, compare};
use super::failure::Failure;
use super::item::{Item, Over, Reason, Seen, Work, is_directory, size};
use super::name::{ScratchNames, is_scratch, join};
use super::pairing::{Paired, pair};
use super::shares::SourceListing;
/// A directory to be walked.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Path in the source's spelling; for a directory that only the target has, the path it is deleted at.
    pub path: String,
    pub sides: Sides,
}

/// Which sides have the directory, and what it takes to make its own entry right.
#[derive(Clone, Debug)]
pub enum Sides {
    /// On both sides; `own` is why the directory's own properties have to be written, if they do.
    Both {
        source: Entry,
        target: Seen,
        own: Option<Reason>,
        listed_at: String,
    },
    Source {
        source: Entry,
        over: Over,
    },
    Target {
        target: Seen,
        reason: Reason,
        listed_at: String,
        top: bool,
        successor: Option<String>,
    },
}

/// The plan for one directory, without its subdirectories.
#[derive(Debug, Default)]
pub struct DirectoryPlan {
    pub items: Vec<Item>,
    pub children: Vec<Directory>,
    pub failures: Vec<Failure>,
    /// Entries met on either side, each once.
    pub compared: u64,
    pub source_entries: u64,
    pub target_entries: u64,
}

/// Compares the listings of a directory. `source` and `target` are whole, or empty where a side lacks it.
pub fn plan_directory(
    directory: &Directory,
    source: SourceListing,
    target: Vec<Entry>,
    scratch: &ScratchNames,
) -> DirectoryPlan {
    let mut plan = DirectoryPlan {
        source_entries: source.entries.iter().filter(|entry| !is_scratch(&entry.name)).count() as u64,
        target_entries: target.len() as u64,
        ..Default::default()
    };
    match &directory.sides {
        Sides::Both { source: own_source, target: seen, own, listed_at } => {
            let mut merge = Merge { path: &directory.path, listed_at, scratch, touched: false, plan };
            merge.entries(source, target);
            let Merge { touched, mut plan, .. } = merge;
            plan.items.splice(0..0, own_item(&directory.path, own_source, seen, *own, touched));
            plan
        }
        Sides::Source { source: own, over } => {
            new_directory(&mut plan, directory, own, over, source);
            plan
        }
        Sides::Target { target: seen, reason, listed_at, top, successor } => {
            let (files, subdirectories): (Vec<_>, Vec<_>) =
                target.into_iter().partition(|e| !is_directory(e));
            plan.compared = (files.len() + subdirectories.len()) as u64;
            let work = Work::DeleteDirectory {
                target: seen.clone(),
                files: files.len() as u64,
                digest: digest(&files),
                top: *top,
                successor: successor.clone(),
            };
            plan.items.push(Item { path: directory.path.clone(), reason: *reason, work });
            plan.children = subdirectories
                .iter()
                .map(|entry| {
                    let path = join(&directory.path, &entry.name);
                    let (target, listed_at) = (Seen::of(entry), join(listed_at, &entry.name));
                    let successor = successor.clone();
                    let sides = Sides::Target { target, reason: *reason, listed_at, top: false, successor };
                    Directory { path, sides }
                })
                .collect();
            plan
        }
    }
}

/// Compares the listings of a directory that both sides have under one path: items and subdirectories, without
/// the directory itself.
pub fn compare_listings(
    path: &str,
    source: SourceListing,
    target: Vec<Entry>,
    scratch: &ScratchNames,
) -> (Vec<Item>, Vec<Directory>) {
    let mut merge = Merge { path, listed_at: path, scratch, touched: false, plan: DirectoryPlan::default() };
    merge.entries(source, target);
    (merge.plan.items, merge.plan.children)
}

/// The digest of a directory's files, whatever their order: names, ids and ETags.
pub fn digest(files: &[Entry]) -> u128 {
    files.iter().fold(0, |sum: u128, file| {
        let hash = Sha256::digest(format!("{}\n{}\n{}", file.name, file.file_id, file.etag));
        let half: [u8; 16] = std::array::from_fn(|i| hash[i]);
        sum.wrapping_add(u128::from_le_bytes(half))
    })
}

fn own_item(path: &str, source: &Entry, target: &Seen, own: Option<Reason>, touched: bool) -> Option<Item> {
    let source = source.clone();
    let (reason, work) = match own {
        Some(reason) => (reason, Work::SetDirectory { source, target: target.clone() }),
        None if touched => (Reason::Children, Work::TouchDirectory { source }),
        None => return None,
    };
    Some(Item { path: path.to_owned(), reason, work })
}

fn new_directory(
    plan: &mut DirectoryPlan,
    directory: &Directory,
    own: &Entry,
    over: &Over,
    source: SourceListing,
) {
    let (mut files, mut bytes) = (0, 0);
    plan.compared = source.entries.len() as u64;
    for entry in source.entries {
        let path = join(&directory.path, &entry.name);
        if let Some(failure) = refused(&path, &entry, &source.untranslated) {
            plan.failures.push(failure);
        } else if is_directory(&entry) {
            let sides = Sides::Source { source: entry, over: Over::Nothing };
            plan.children.push(Directory { path, sides });
        } else {
            files += 1;
            bytes += size(&entry);
        }
    }
    plan.children.sort_by(|a, b| a.path.cmp(&b.path));
    let reason = if *over == Over::Nothing { Reason::Added } else { Reason::Kind };
    let work = Work::NewDirectory { source: own.clone(), over: over.clone(), files, bytes };
    plan.items.push(Item { path: directory.path.clone(), reason, work });
}

/// Entries of the source that cannot be mirrored at all: they are reported, and the target keeps what it has.
pub fn refused(path: &str, entry: &Entry, untranslated: &HashMap<String, Failure>) -> Option<Failure> {
    if is_scratch(&entry.name) {
        let detail = "The name belongs to this app's scratch files; rename it in the source".to_owned();
        return Some(Failure { path: path.to_owned(), reason: "ReservedName".to_owned(), detail });
    }
    untranslated.get(&entry.name).cloned()
}

/// Merging a directory that both sides have.
struct Merge<'a> {
    path: &'a str,
    listed_at: &'a str,
    scratch: &'a ScratchNames,
    /// Entries come or go, so the directory's times have to be set again.
    touched: bool,
    plan: DirectoryPlan,
}

impl Merge<'_> {
    fn entries(&mut self, source: SourceListing, target: Vec<Entry>) {
        let (leftover, target): (Vec<_>, Vec<_>) =
            target.into_iter().partition(|entry| is_scratch(&entry.name));
        for entry in leftover {
            self.remove(&entry, Reason::Scratch, None);
        }
        for paired in pair(source.entries, target) {
            self.plan.compared += 1;
            let path = join(self.path, paired.name());
            match paired {
                Paired::Target(entry) => self.remove(&entry, Reason::Deleted, None),
                Paired::Source(entry) | Paired::Both(entry, _)
                    if let Some(failure) = refused(&path, &entry, &source.untranslated) =>
                {
                    self.plan.failures.push(failure);
                }
                Paired::Source(entry) => self.add(path, entry, Over::Nothing),
                Paired::Both(source, target) => self.both(path, source, target),
            }
        }
    }

    fn both(&mut self, path: String, source: Entry, target: Entry) {
        let seen = Seen::of(&target);
        self.touched |= source.name != target.name;
        match compare(&source, &target) {
            Some(Difference::Kind) if is_directory(&source) => {
                let aside = self.scratch.path_in(self.path);
                let work = Work::DeleteFile { target: seen.clone(), successor: Some(path.clone()) };
                self.add(path, source, Over::Aside { seen, aside: aside.clone() });
                self.item(aside, Reason::Kind, work);
            }
            Some(Difference::Kind) => {
                let built = self.scratch.path_in(self.path);
                self.remove(&target, Reason::Kind, Some(path.clone()));
                self.add(path, source, Over::Tree { seen, built });
            }
            Some(Difference::Data(reason)) => {
                self.item(path, reason, Work::CopyFile { source, over: Over::File(seen) });
            }
            difference if is_directory(&source) => {
                let own = match difference {
                    Some(Difference::Metadata(reason)) => Some(reason),
                    _ => None,
                };
                let listed_at = join(self.listed_at, &target.name);
                let sides = Sides::Both { source, target: seen, own, listed_at };
                self.plan.children.push(Directory { path, sides });
            }
            Some(Difference::Metadata(reason)) => {
                self.item(path, reason, Work::SetFile { source, target: seen });
            }
            None => {}
        }
    }

    fn add(&mut self, path: String, source: Entry, over: Over) {
        self.touched = true;
        if is_directory(&source) {
            self.plan.children.push(Directory { path, sides: Sides::Source { source, over } });
        } else {
            let reason = if over == Over::Nothing { Reason::Added } else { Reason::Kind };
            self.item(path, reason, Work::CopyFile { source, over });
        }
    }

    fn remove(&mut self, entry: &Entry, reason: Reason, successor: Option<String>) {
        self.touched = true;
        let path = join(self.path, &entry.name);
        let target = Seen::of(entry);
        if is_directory(entry) {
            let listed_at = join(self.listed_at, &entry.name);
            let sides = Sides::Target { target, reason, listed_at, top: true, successor };
            self.plan.children.push(Directory { path, sides });
        } else {
            self.item(path, reason, Work::DeleteFile { target, successor });
        }
    }

    fn item(&mut self, path: String, reason: Reason, work: Work) {
        self.plan.items.push(Item { path, reason, work });
    }
}

#[cfg(test)]
#[path = "directory_plan_tests.rs"]
mod tests;
