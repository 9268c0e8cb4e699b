//! What one directory needs: the listings of both sides go in, items and subdirectories come out. No I/O.

use std::collections::{HashMap, HashSet};

use azure_storage_file_share::{Entry, EntryKind, FileAttributes, FileId, FileTime, PermissionKey};

use super::digest::shown;
use super::failure::Failure;
use super::hold::Hold;
use super::item::{Item, Over, Reason, Seen, Work};
use super::listing::{SourceListing, TargetListing};
use super::merge::merge;
use super::moves::{Arrival, Unpaired};
use super::name::{ScratchNames, fold, is_scratch, join, parent};
use super::one_sided::{gone_directory, new_directory};
use super::part::{Part, Sums};
use super::restoring::{Restoring, Wanted};

/// A directory to be walked.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Path in the source's spelling; for a directory that only the target has, the path it is deleted at.
    pub path: String,
    pub sides: Sides,
    /// What the listing of its parent has to show in the end, as far as that is known.
    pub beside: Option<u128>,
}

impl Directory {
    pub fn new(path: String, sides: Sides) -> Self {
        Self { path, sides, beside: None }
    }

    /// How it comes to its path, if it has to be moved there.
    pub fn arrives(&self, scratch: &ScratchNames) -> Option<Item> {
        let Sides::Both { source, target, listed_at, arrival, .. } = &self.sides else { return None };
        let work = arrival.clone()?.work(source.clone(), target.clone(), listed_at.clone(), scratch);
        Some(Item { path: self.path.clone(), reason: Reason::Moved, work })
    }
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
        /// It has to be moved to its path first.
        arrival: Option<Arrival>,
    },
    /// On both sides, walked already; what was put aside in it or below it is left. `touched` where that changes
    /// entries that the walk did not see.
    Walked {
        touched: Option<Entry>,
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
        hold: Hold,
    },
    /// It cannot be mirrored at all, and is told of when its turn comes.
    Refused {
        failure: Failure,
    },
}

impl Sides {
    /// Both have the directory, and it stays as it is, whatever it looks like.
    pub fn as_they_are(listed_at: String) -> Self {
        let source = unseen();
        let target = Seen::of(&source);
        Self::Both { source, target, own: None, listed_at, arrival: None }
    }
}

/// A directory that nobody looked at.
fn unseen() -> Entry {
    let time = FileTime::from_ticks(0).expect("the first instant");
    Entry {
        name: String::new(),
        kind: EntryKind::Directory,
        file_id: FileId::ROOT,
        etag: "".into(),
        attributes: FileAttributes::DIRECTORY,
        creation_time: time,
        last_write_time: time,
        change_time: time,
        permission_key: PermissionKey::default(),
    }
}

/// The plan for one directory or, where it is large, for a part of it, without its subdirectories.
#[derive(Debug, Default)]
pub struct DirectoryPlan {
    /// The directory's own.
    pub path: String,
    /// Where this part begins; nothing at the beginning of the directory.
    pub part: Option<Part>,
    /// Other parts follow.
    pub has_more: bool,
    /// What was planned of earlier parts does not hold.
    pub voids: bool,
    pub items: Vec<Item>,
    pub children: Vec<Directory>,
    /// Of the directory or of files in it.
    pub failures: Vec<Failure>,
    /// Entries met on either side, each once.
    pub compared: u64,
    pub source_entries: u64,
    pub target_entries: u64,
    /// Entries left out, each once.
    pub excluded: u64,
    /// Entries that differ and stay, because somebody wants it so.
    pub skipped: u64,
    /// Entries of the source that are wanted by their very path.
    pub named: u64,
    /// What the directory's listing has to show once all is done; nothing where that is not known in full.
    pub shown: Option<u128>,
    /// The same of its parent, which shows the directory itself.
    pub beside: Option<u128>,
    /// Its items depend on others.
    pub waits: bool,
}

/// What decides besides the listings.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    pub scratch: &'a ScratchNames,
    pub unpaired: &'a Unpaired,
    /// Where a recovery point is brought back.
    pub restoring: Option<&'a Restoring>,
}

/// Compares the listings of a part of a directory, in which nothing of either side is missing; the last part says what
/// has to be done to the directory as a whole.
pub fn plan_part(
    directory: &Directory,
    source: &SourceListing,
    target: &TargetListing,
    rules: Rules<'_>,
    sums: &mut Sums,
    is_last: bool,
) -> DirectoryPlan {
    let Rules { scratch, unpaired, restoring } = rules;
    let is_whole = is_last && *sums == Sums::default();
    let mut plan = DirectoryPlan {
        path: directory.path.clone(),
        beside: directory.beside,
        has_more: !is_last,
        source_entries: count(directory, source, restoring),
        named: named(directory, source, restoring),
        target_entries: target.entries.iter().filter(|entry| !is_scratch(&entry.name)).count() as u64,
        excluded: excluded(source, target),
        ..Default::default()
    };
    match &directory.sides {
        Sides::Both { source: own_source, target: seen, own, listed_at, arrival } => {
            let merged = merge(&directory.path, listed_at, source, target, rules);
            let leaves = restoring.is_some_and(|restoring| restoring.leaves_directory(&directory.path));
            sums.loose |= merged.has_loose;
            if !sums.own && !leaves {
                plan.items.extend(match arrival {
                    Some(_) => directory.arrives(scratch),
                    None => {
                        let has_loose = is_last && sums.loose;
                        own_item(&directory.path, own_source, seen, *own, merged.touched, has_loose)
                    }
                });
                sums.own = !plan.items.is_empty();
            }
            plan.items.extend(merged.items);
            plan.children = merged.children;
            plan.failures = merged.failures;
            plan.compared = merged.compared;
            plan.skipped = merged.skipped;
        }
        Sides::Walked { touched } => {
            if let Unpaired::Settled(rest) = unpaired {
                let listed = (source, target);
                return rest.plan(&directory.path, touched.as_ref(), listed, scratch, unpaired);
            }
        }
        Sides::Source { source: own, over } => {
            new_directory(&mut plan, directory, (own, over), source, rules, sums);
        }
        Sides::Target { .. } => gone_directory(&mut plan, directory, target, unpaired, sums),
        Sides::Refused { failure } => plan.failures.push(failure.clone()),
    }
    plan.waits = matches!(unpaired, Unpaired::Settled(_));
    sums.children |= !plan.children.is_empty();
    // a digest is worth its time where something is going to be written that shows in this listing: an entry, or what
    // is in a subdirectory
    if !is_whole || !plan.items.is_empty() || !plan.children.is_empty() {
        sums.will_show(source);
        // beside what comes back, others may stand
        plan.shown = sums.shown.filter(|_| is_last && restoring.is_none());
    }
    plan
}

impl Sums {
    fn will_show(&mut self, source: &SourceListing) {
        let known = if source.untranslated.is_empty() { shown(&source.entries) } else { None };
        self.shown = self.shown.zip(known).map(|(sum, more)| sum.wrapping_add(more));
    }
}

impl DirectoryPlan {
    /// What the listing of `directory` has to show, of those that an item of this plan can change.
    pub fn shown_by(&self, directory: &str) -> Option<u128> {
        if directory == self.path {
            self.shown
        } else if directory == parent(&self.path) {
            self.beside
        } else {
            None
        }
    }
}

fn own_item(
    path: &str,
    source: &Entry,
    target: &Seen,
    own: Option<Reason>,
    touched: bool,
    has_loose: bool,
) -> Option<Item> {
    let source = source.clone();
    let (reason, work) = match own {
        Some(reason) => (reason, Work::SetDirectory { source, target: target.clone() }),
        None if touched => (Reason::Children, Work::TouchDirectory { source }),
        // whether its times have to be set is known when that is known of its entries
        None if has_loose => {
            (Reason::Children, Work::Loose { source: Some(source), target: None, listed_at: None })
        }
        None => return None,
    };
    Some(Item { path: path.to_owned(), reason, work })
}

/// A file of the source cannot take the place of a directory that stays.
pub fn in_the_way(path: &str) -> Failure {
    let detail = "The target has a directory of this name that holds excluded entries; it stays, and the file is not \
                  copied. Move the entries, or exclude the file as well";
    Failure::new(path, "ExcludedInTheWay", detail)
}

/// Entries of the source; where a part of them is wanted, those that are.
fn count(directory: &Directory, source: &SourceListing, restoring: Option<&Restoring>) -> u64 {
    let is_wanted = |restoring: &Restoring, entry: &Entry| {
        restoring.wanted(&join(&directory.path, &entry.name)) == Wanted::Whole
    };
    let counts = |entry: &&Entry| {
        !is_scratch(&entry.name) && restoring.is_none_or(|restoring| is_wanted(restoring, entry))
    };
    source.entries.iter().filter(counts).count() as u64
}

fn named(directory: &Directory, source: &SourceListing, restoring: Option<&Restoring>) -> u64 {
    let Some(restoring) = restoring else { return 0 };
    let is_named = |entry: &&Entry| restoring.names(&join(&directory.path, &entry.name));
    source.entries.iter().filter(is_named).count() as u64
}

fn excluded(source: &SourceListing, target: &TargetListing) -> u64 {
    source.excluded.iter().chain(&target.excluded).map(|name| fold(name)).collect::<HashSet<_>>().len() as u64
}

/// Entries of the source that cannot be mirrored at all: they are reported, and the target keeps what it has.
pub fn refused(directory: &str, entry: &Entry, untranslated: &HashMap<String, Failure>) -> Option<Failure> {
    if is_scratch(&entry.name) {
        let detail = "The name belongs to this app's scratch files; rename it in the source".to_owned();
        return Some(Failure::new(join(directory, &entry.name), "ReservedName", detail));
    }
    untranslated.get(&entry.name).cloned()
}

#[cfg(test)]
#[path = "directory_plan_tests.rs"]
mod tests;
