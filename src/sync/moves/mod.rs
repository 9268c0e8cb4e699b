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
mod unmatched;
mod walked;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use azure_storage_file_share::{Entry, FileId};

pub use self::find::find;
use self::rest::Room;
pub use self::rest::{Found, Loose, Rest};
use super::directory_plan::Sides;
use super::item::{Item, Over, Reason, Seen, Work, is_directory};
use super::listing::{SourceListing, TargetListing};
use super::name::{ScratchNames, join, order, parent};

/// What becomes of an entry that only one side has, and of two of one name that may not be the same one.
#[derive(Debug, Default)]
pub enum Unpaired {
    /// It is copied or deleted.
    #[default]
    Planned,
    /// It is put aside as long as there is room, until everything else is planned.
    PutAside(Arc<Room>, Decided),
    /// It is known what moved.
    Settled(Box<Rest>),
}

/// Entries of a directory of which an earlier listing said whether they are put aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Decided {
    #[default]
    Nothing,
    /// Those that come before a name.
    Before(String),
    All,
}

impl Decided {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Before(end) => order(name, end).is_lt(),
            Self::All => true,
        }
    }
}

impl Unpaired {
    /// For a walk that puts aside what may have moved, after what was put aside already.
    pub fn put_aside(loose: impl IntoIterator<Item = Loose>) -> Self {
        Self::PutAside(Arc::new(Room::after(loose)), Decided::Nothing)
    }

    /// The same in a directory of which something is decided.
    pub fn deciding(self: &Arc<Self>, decided: Decided) -> Arc<Self> {
        match &**self {
            Self::PutAside(room, _) if decided != Decided::Nothing => {
                Arc::new(Self::PutAside(room.clone(), decided))
            }
            _ => self.clone(),
        }
    }

    /// Whether an entry is put aside, if it can be.
    pub fn takes(&self, directory: &str, name: &str, is_directory: bool) -> bool {
        let Self::PutAside(room, decided) = self else { return false };
        room.take(&join(directory, name), is_directory, decided.has(name))
    }

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

    /// Both listings of a directory, as far as its sides have it, if they are known from finding moves or from the walk.
    pub fn listed(&self, path: &str, sides: &Sides) -> Option<(SourceListing, TargetListing)> {
        let Self::Settled(rest) = self else { return None };
        match sides {
            Sides::Walked { .. } => Some(rest.put_aside_in(path)),
            Sides::Both { listed_at, .. } => rest.known_source(path).zip(rest.known_target(listed_at)),
            Sides::Source { .. } => Some((rest.known_source(path)?, TargetListing::default())),
            Sides::Target { listed_at, .. } => {
                Some((SourceListing::default(), rest.known_target(listed_at)?))
            }
            Sides::Refused { .. } => None,
        }
    }

    /// Where the target has a directory that was walked already.
    pub fn walked_at<'a>(&'a self, path: &'a str) -> &'a str {
        let place = if let Self::Settled(rest) = self { rest.at(path) } else { None };
        place.and_then(|place| place.listed_at.as_deref()).unwrap_or(path)
    }

    /// Whether files come to a directory by a move.
    pub fn brings_files_into(&self, directory: &str) -> bool {
        matches!(self, Self::Settled(rest) if rest.moves.bring_files_into(directory))
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
    /// Directories to which files come.
    with_files: HashSet<String>,
}

impl Moves {
    pub fn new(moves: Vec<Move>) -> Self {
        let targets = moves.iter().map(|moved| moved.target.file_id).collect();
        let files = moves.iter().filter(|moved| !is_directory(&moved.target));
        let with_files = files.map(|moved| parent(&moved.to).to_owned()).collect();
        Self { by_source: moves.into_iter().map(|moved| (moved.id, moved)).collect(), targets, with_files }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Move> {
        self.by_source.values()
    }

    /// How an entry of the source comes to `path`, if it is by a move.
    pub fn to(&self, path: &str, source: &Entry) -> Option<&Move> {
        self.by_source.get(&source.file_id).filter(|moved| moved.to == path)
    }

    pub fn bring_files_into(&self, directory: &str) -> bool {
        self.with_files.contains(directory)
    }

    /// Whether an entry of the target goes to another place.
    pub fn goes(&self, target: &Entry) -> bool {
        self.targets.contains(&target.file_id)
    }
}

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod tests;
