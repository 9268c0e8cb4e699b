//! Finds what moved. No I/O: it says which listings it wants and takes in what they show.
//!
//! The base is asked only about directories where something is gone that is like something that appeared. What does not
//! match is opened, first what appeared and then what is gone, so that moves into new directories and out of deleted
//! ones are found as well; last, what moved as a whole, for what came into it or went from it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use azure_storage_file_share::{Entry, FileId};

use super::Move;
use super::identity::Likeness;
use super::order::lift;
use super::rest::{KEPT, Loose};
use crate::sync::item::is_directory;
use crate::sync::merge::may_be_one;
use crate::sync::name::{fold, is_scratch, join};
use crate::sync::pairing::{Paired, pair};

/// Directories listed in order to find moves.
const DIRECTORIES: usize = 20_000;
/// Entries held in memory in order to find moves, of both sides.
const ENTRIES: usize = 1_000_000;
/// Entries listed in directories that moved, of both sides: their plan needs these listings as well, and so many are kept
/// for it.
const INSIDE: usize = KEPT / 2;

/// A listing that would tell more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    Base(String),
    Source(String),
    Target(String),
    /// A directory that moved.
    Both {
        source: String,
        target: String,
    },
}

/// An entry of the source at a place that the target lacks, or shows something else at.
#[derive(Debug)]
struct Appeared {
    path: String,
    likeness: Likeness,
    /// It is known where it came from, or that it never went.
    is_settled: bool,
    /// A directory that was not looked into.
    is_closed: bool,
}

/// An entry of the target at a place that the source lacks, or shows something else at.
#[derive(Debug)]
struct Gone {
    directory: Arc<str>,
    entry: Entry,
    /// What appeared in its place.
    successor: Option<usize>,
    is_top: bool,
    is_settled: bool,
    is_closed: bool,
}

impl Gone {
    fn path(&self) -> String {
        join(&self.directory, &self.entry.name)
    }
}

/// Finding under way.
#[derive(Debug, Default)]
pub struct Matching {
    appeared: Vec<Appeared>,
    by_id: HashMap<FileId, usize>,
    likenesses: HashSet<Likeness>,
    gone: Vec<Gone>,
    /// What is gone and was not asked about, by directory.
    unknown: HashMap<Arc<str>, Vec<usize>>,
    /// What is gone, by its id in the base.
    known: HashMap<FileId, usize>,
    /// Ids that were met twice.
    doubtful: HashSet<FileId>,
    moves: Vec<(usize, usize)>,
    /// Directories that moved and were not looked into, by the paths of both sides.
    moved: Vec<(String, String)>,
    inside: usize,
    listed: usize,
    /// There was more than may be looked at.
    is_cut: bool,
}

impl Matching {
    pub fn new(loose: &[Loose]) -> Self {
        let mut matching = Self::default();
        for Loose { directory, listed_at, source, target, .. } in loose {
            let listed_at = listed_at.as_ref().unwrap_or(directory);
            let successor = source.as_ref().map(|source| matching.appear(directory, source));
            if let Some(target) = target {
                matching.go(&Arc::from(listed_at.as_str()), target, successor, true);
            }
        }
        matching
    }

    /// What to list next; nothing at the end.
    pub fn wanted(&mut self) -> Vec<Wanted> {
        let mut wanted = self.doubts();
        if wanted.is_empty() && !self.is_cut && self.gone.iter().any(|gone| !gone.is_settled) {
            wanted = self.closed_appeared();
        }
        if wanted.is_empty() && !self.is_cut && self.appeared.iter().any(|appeared| !appeared.is_settled) {
            wanted = self.closed_gone();
        }
        if wanted.is_empty() && !self.is_cut && self.inside < INSIDE {
            // what is not found inside is copied, and no move depends on it
            self.moved.truncate(DIRECTORIES.saturating_sub(self.listed));
            let both = self.moved.drain(..).map(|(source, target)| Wanted::Both { source, target });
            wanted = both.collect();
        }
        self.listed += wanted.len();
        if self.listed > DIRECTORIES || self.appeared.len() + self.gone.len() > ENTRIES {
            self.is_cut = true;
            return Vec::new();
        }
        wanted
    }

    /// Directories whose base has to be asked.
    fn doubts(&mut self) -> Vec<Wanted> {
        let mut asked: Vec<Arc<str>> = Vec::new();
        for (directory, gone) in &self.unknown {
            if gone.iter().any(|gone| self.may_match(&self.gone[*gone])) {
                asked.push(directory.clone());
            }
        }
        asked.sort_unstable();
        asked.into_iter().map(|directory| Wanted::Base(directory.to_string())).collect()
    }

    fn may_match(&self, gone: &Gone) -> bool {
        // a directory whose creation time alone was set is still the same one
        let is_one = |successor: usize| self.appeared[successor].likeness.is_directory();
        is_directory(&gone.entry) && gone.successor.is_some_and(is_one)
            || self.likenesses.contains(&Likeness::of(&gone.entry))
    }

    fn closed_appeared(&mut self) -> Vec<Wanted> {
        let closed = self.appeared.iter_mut().filter(|one| one.is_closed && !one.is_settled);
        let open = |one: &mut Appeared| {
            one.is_closed = false;
            Wanted::Source(one.path.clone())
        };
        closed.map(open).collect()
    }

    fn closed_gone(&mut self) -> Vec<Wanted> {
        let closed = self.gone.iter_mut().filter(|one| one.is_closed && !one.is_settled);
        let open = |one: &mut Gone| {
            one.is_closed = false;
            Wanted::Target(one.path())
        };
        closed.map(open).collect()
    }

    /// The names in a directory of the base that are asked about, folded.
    pub fn names(&self, wanted: &Wanted) -> HashSet<String> {
        let Wanted::Base(directory) = wanted else { return HashSet::new() };
        let gone = self.unknown.get(directory.as_str()).into_iter().flatten();
        gone.map(|gone| fold(&self.gone[*gone].entry.name)).collect()
    }

    /// Takes in what was wanted: the entries of the base, of the source, of the target. None where they could not be had.
    pub fn listed(&mut self, wanted: &Wanted, entries: &[Entry], of_target: &[Entry]) {
        let not_ours = |entry: &&Entry| !is_scratch(&entry.name);
        match wanted {
            Wanted::Base(directory) => self.base_listed(directory, entries),
            Wanted::Source(directory) => {
                for entry in entries.iter().filter(not_ours) {
                    self.appear(directory, entry);
                }
            }
            Wanted::Target(directory) => {
                let directory = Arc::from(directory.as_str());
                for entry in of_target.iter().filter(not_ours) {
                    self.go(&directory, entry, None, false);
                }
            }
            Wanted::Both { source, target } => {
                self.inside += entries.len() + of_target.len();
                let directory = Arc::from(target.as_str());
                for paired in pair(entries.iter(), of_target.iter().filter(not_ours)) {
                    self.inside(source, &directory, paired);
                }
            }
        }
    }

    /// An entry of a directory that moved: most stayed in it.
    fn inside(&mut self, path: &str, listed_at: &Arc<str>, paired: Paired<'_>) {
        match paired {
            Paired::Both(source, target) if may_be_one(source, target) => {
                if is_directory(source) {
                    self.moved.push((join(path, &source.name), join(listed_at, &target.name)));
                }
            }
            Paired::Both(source, target) => {
                let successor = self.appear(path, source);
                self.go(listed_at, target, Some(successor), false);
            }
            Paired::Source(source) => drop(self.appear(path, source)),
            Paired::Target(target) => self.go(listed_at, target, None, false),
        }
    }

    fn base_listed(&mut self, directory: &str, entries: &[Entry]) {
        let gone = self.unknown.remove(directory).unwrap_or_default();
        let by_name: HashMap<String, &Entry> =
            entries.iter().map(|entry| (fold(&entry.name), entry)).collect();
        for number in gone {
            let Gone { entry, successor, .. } = &self.gone[number];
            let Some(base) = by_name.get(&fold(&entry.name)) else { continue };
            if let Some(successor) = *successor
                && self.by_id.get(&base.file_id) == Some(&successor)
            {
                self.gone[number].is_settled = true;
                self.appeared[successor].is_settled = true;
            } else if Likeness::of(base) == Likeness::of(entry) {
                match self.known.get(&base.file_id) {
                    Some(other) if self.gone[*other].path() == self.gone[number].path() => {
                        self.gone[number].is_settled = self.gone[*other].is_settled;
                    }
                    Some(_) => drop(self.doubtful.insert(base.file_id)),
                    None => drop(self.known.insert(base.file_id, number)),
                }
                self.settle(base.file_id);
            }
        }
    }

    fn appear(&mut self, directory: &str, entry: &Entry) -> usize {
        let path = join(directory, &entry.name);
        if let Some(known) = self.by_id.get(&entry.file_id)
            && self.appeared[*known].path == path
        {
            // its directory was looked into before it was known to have moved
            return *known;
        }
        let (likeness, number) = (Likeness::of(entry), self.appeared.len());
        self.likenesses.insert(likeness);
        self.appeared.push(Appeared { path, likeness, is_settled: false, is_closed: is_directory(entry) });
        if self.by_id.insert(entry.file_id, number).is_some() {
            self.doubtful.insert(entry.file_id);
        }
        self.settle(entry.file_id);
        number
    }

    fn go(&mut self, directory: &Arc<str>, entry: &Entry, successor: Option<usize>, is_top: bool) {
        let number = self.gone.len();
        self.gone.push(Gone {
            directory: directory.clone(),
            entry: entry.clone(),
            successor,
            is_top,
            is_settled: false,
            is_closed: is_directory(entry),
        });
        self.unknown.entry(directory.clone()).or_default().push(number);
    }

    /// Brings together what bears an id now and what bore it in the base.
    fn settle(&mut self, id: FileId) {
        if let (Some(appeared), Some(gone)) = (self.by_id.get(&id), self.known.get(&id))
            && !self.appeared[*appeared].is_settled
            && self.appeared[*appeared].likeness == Likeness::of(&self.gone[*gone].entry)
        {
            self.appeared[*appeared].is_settled = true;
            self.gone[*gone].is_settled = true;
            self.moves.push((*appeared, *gone));
            if self.appeared[*appeared].likeness.is_directory() {
                self.moved.push((self.appeared[*appeared].path.clone(), self.gone[*gone].path()));
            }
        }
    }

    /// What moved, as far as there is no doubt.
    pub fn finish(self) -> Vec<Move> {
        let ids: HashMap<usize, FileId> = self.by_id.iter().map(|(id, number)| (*number, *id)).collect();
        let of = |&(appeared, gone): &(usize, usize)| {
            let id = *ids.get(&appeared).filter(|id| !self.doubtful.contains(id))?;
            let (to, gone) = (self.appeared[appeared].path.clone(), &self.gone[gone]);
            let (target, leaves) = (gone.entry.clone(), gone.is_top);
            Some(Move { from: gone.path(), to, id, target, leaves, is_lifted: self.is_cut })
        };
        let mut moves: Vec<Move> = self.moves.iter().filter_map(of).collect();
        lift(&mut moves, self.appeared.iter().map(|appeared| appeared.path.as_str()));
        moves
    }
}
