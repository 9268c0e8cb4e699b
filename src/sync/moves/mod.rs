//! Entries that moved or were renamed in the source: they are renamed in the target instead of being copied and deleted.
//!
//! File ids survive renames, but each share has its own. So a move is known thus: an entry of the target that the
//! source lacks at its place had, at that place of the base (the source share snapshot of the last recovery point),
//! an id; the entry of the source that bears this id now, at a place that the target lacks, is where it went. An id
//! alone proves nothing: kind, creation time and, for files, size and last-write time have to be the same in all three
//! listings. Whatever is in doubt is copied and deleted.
//!
//! The walk puts aside what may have moved (`rest`). When it is over, `matching` says which listings would tell more,
//! takes them in, and tells the moves; `order` says which of them have to get out of the way first. What did not move
//! is then planned as ever, directory by directory (`walked`).

mod find;
mod identity;
mod matching;
mod order;
mod rest;
mod walked;

use std::collections::{HashMap, HashSet};

use azure_storage_file_share::{Entry, FileId};

pub use self::find::find;
pub use self::rest::{Loose, Rest, Room};
use super::directory_plan::Sides;
use super::failure::Result;
use super::item::{Item, Over, Reason, Seen, Work};
use super::name::ScratchNames;
use super::shares::{Shares, SourceListing, TargetListing};

/// What becomes of an entry that only one side has, and of two of one name that may not be the same one.
#[derive(Debug, Default)]
pub enum Unpaired {
    /// It is copied or deleted.
    #[default]
    Planned,
    /// It is put aside as long as there is room, until everything else is planned.
    PutAside(Room),
    /// It is known what moved.
    Settled(Box<Rest>),
}

impl Unpaired {
    /// How an entry of the source comes to `path`, if it is by a move.
    pub fn to(&self, path: &str, source: &Entry) -> Option<&Move> {
        match self {
            Self::Settled(rest) => rest.moves.to(path, source),
            _ => None,
        }
    }

    /// What a directory that was walked already has to show in the end.
    pub fn shown(&self, directory: &str) -> Option<u128> {
        match self {
            Self::Settled(rest) => rest.at(directory)?.shown,
            _ => None,
        }
    }

    /// Lists a directory of the source, unless that was done in order to find moves.
    pub async fn list_source(&self, shares: &Shares, path: &str) -> Result<SourceListing> {
        let known = if let Self::Settled(rest) = self { rest.known_source(path) } else { None };
        match known {
            Some(listing) => Ok(listing),
            None => shares.list_source(path).await,
        }
    }

    /// The same of the target.
    pub async fn look_at_target(&self, shares: &Shares, path: &str) -> Result<TargetListing> {
        let known = if let Self::Settled(rest) = self { rest.known_target(path) } else { None };
        match known {
            Some(listing) => Ok(listing),
            None => shares.look_at_target(path).await,
        }
    }

    /// Whether an entry of the target goes somewhere else.
    pub fn goes(&self, target: &Entry) -> bool {
        matches!(self, Self::Settled(rest) if rest.moves.goes(target))
    }
}

/// An entry that is renamed in the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// Where the target has it, in the target's spelling.
    pub from: String,
    /// Where the source has it.
    pub to: String,
    /// In the source.
    pub id: FileId,
    /// As the target shows it.
    pub target: Entry,
    /// Its old place was put aside by the walk, so the directory there stays.
    pub leaves: bool,
    /// It has to get out of the way before anything else is written.
    pub is_lifted: bool,
}

impl Move {
    /// The directory at its new place, to be walked; `over` is what it takes the place of.
    pub fn sides(&self, source: Entry, over: Over) -> Sides {
        let (target, listed_at) = (Seen::of(&self.target), self.from.clone());
        let arrival = Some(Arrival::new(self, over));
        Sides::Both { source, target, own: None, listed_at, arrival }
    }

    /// The file, renamed to its new place.
    pub fn item(&self, path: String, source: &Entry, over: Over, scratch: &ScratchNames) -> Item {
        let (target, from) = (Seen::of(&self.target), self.from.clone());
        let work = Arrival::new(self, over).work(source.clone(), target, from, scratch);
        Item { path, reason: Reason::Moved, work }
    }
}

/// How a directory that both sides have comes to the source's place for it.
#[derive(Clone, Debug)]
pub struct Arrival {
    over: Over,
    leaves: bool,
    is_lifted: bool,
}

impl Arrival {
    pub fn new(moved: &Move, over: Over) -> Self {
        Self { over, leaves: moved.leaves, is_lifted: moved.is_lifted }
    }

    /// The renaming of an entry that was seen at `from`.
    pub fn work(self, source: Entry, target: Seen, from: String, scratch: &ScratchNames) -> Work {
        let lifted = self.is_lifted.then(|| scratch.lifted_path_for(&from));
        Work::Rename { source, target, from, lifted, over: self.over, leaves: self.leaves }
    }
}

/// What moves, by the ids of both shares.
#[derive(Debug, Default)]
pub struct Moves {
    by_source: HashMap<FileId, Move>,
    targets: HashSet<FileId>,
}

impl Moves {
    pub fn new(moves: Vec<Move>) -> Self {
        let targets = moves.iter().map(|moved| moved.target.file_id).collect();
        Self { by_source: moves.into_iter().map(|moved| (moved.id, moved)).collect(), targets }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Move> {
        self.by_source.values()
    }

    /// How an entry of the source comes to `path`, if it is by a move.
    pub fn to(&self, path: &str, source: &Entry) -> Option<&Move> {
        self.by_source.get(&source.file_id).filter(|moved| moved.to == path)
    }

    /// Whether an entry of the target goes to another place.
    pub fn goes(&self, target: &Entry) -> bool {
        self.targets.contains(&target.file_id)
    }
}

#[cfg(test)]
mod tests;
