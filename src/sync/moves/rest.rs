//! What the walk put aside, and the plan of it once it is known what moved: a walk over the directories in which
//! something was put aside. Those themselves are not listed again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Mutex;

use azure_storage_file_share::Entry;

use super::{Move, Moves};
use crate::sync::chunk::Chunk;
use crate::sync::item::{Item, Reason, Work, is_directory};
use crate::sync::listing::{SourceListing, TargetListing};
use crate::sync::name::{join, parent};

/// Entries put aside in a cycle, at most: they are held in memory at once.
const LOOSE: usize = 100_000;

/// Entries of the listings that are kept from finding moves to planning what did not.
pub const KEPT: usize = 100_000;

/// How many entries may still be put aside, and which directories were: whoever lists their parents again, only to find
/// subdirectories, has to decide alike.
#[derive(Debug)]
pub struct Room(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    count: usize,
    directories: HashSet<String>,
}

impl Room {
    /// After these were put aside already.
    pub fn after(loose: impl IntoIterator<Item = Loose>) -> Self {
        let mut taken = Taken::default();
        for Loose { directory, source, target, .. } in loose {
            taken.count += 1;
            let directories = source.iter().chain(&target).find(|entry| is_directory(entry));
            // the source's spelling, if it has one
            let name = directories.and(source.as_ref().or(target.as_ref()));
            taken.directories.extend(name.map(|entry| join(&directory, &entry.name)));
        }
        Self(Mutex::new(taken))
    }

    /// Takes room for one more, if there is any. What does not fit is planned at once, as if nothing had moved. Where that
    /// `is_decided`, it stays so.
    pub fn take(&self, path: &str, is_directory: bool, is_decided: bool) -> bool {
        let mut taken = self.0.lock().expect("no panic while it is taken");
        if taken.directories.contains(path) {
            return true;
        }
        if is_decided || taken.count >= LOOSE {
            return false;
        }
        taken.count += 1;
        if is_directory {
            taken.directories.insert(path.to_owned());
        }
        true
    }
}

/// An entry that one side lacks, or two of one name that may not be the same one.
#[derive(Clone, Debug)]
pub struct Loose {
    /// In the source's spelling.
    pub directory: String,
    /// The same directory in the target's, where that differs.
    pub listed_at: Option<String>,
    /// The directory itself, if its times have to be set when something in it comes or goes.
    pub own: Option<Entry>,
    /// What the directory has to show in the end, as far as that is known.
    pub shown: Option<u128>,
    /// The same of its parent.
    pub beside: Option<u128>,
    pub source: Option<Entry>,
    pub target: Option<Entry>,
}

impl Loose {
    /// Everything that was put aside in a chunk.
    pub fn of(chunk: Chunk) -> impl Iterator<Item = Self> {
        let Chunk { items, shown } = chunk;
        items.into_iter().filter_map(move |item| Self::of_item(item, &shown))
    }

    fn of_item(item: Item, shown: &BTreeMap<String, u128>) -> Option<Self> {
        let Work::Loose { source, target, listed_at } = item.work else { return None };
        let is_own = item.reason == Reason::Children;
        let (own, source) = if is_own { (source, None) } else { (None, source) };
        let directory = if is_own { item.path } else { parent(&item.path).to_owned() };
        let shown_at = |directory: &str| shown.get(directory).copied();
        let beside = if is_own { shown_at(parent(&directory)) } else { None };
        Some(Self { shown: shown_at(&directory), beside, directory, listed_at, own, source, target })
    }
}

/// A directory in which something was put aside, or on the way to one.
#[derive(Debug, Default)]
pub struct Place {
    /// The target's spelling of it, where that differs.
    pub listed_at: Option<String>,
    pub own: Option<Entry>,
    pub source: Vec<Entry>,
    pub target: Vec<Entry>,
    /// What it has to show in the end, as far as that is known.
    pub shown: Option<u128>,
    /// The same of its parent.
    pub beside: Option<u128>,
    /// Names of its directories that are places as well.
    pub below: BTreeSet<String>,
}

/// What is left to be planned when the walk is over.
#[derive(Debug, Default)]
pub struct Rest {
    pub moves: Moves,
    places: HashMap<String, Place>,
    kept: Mutex<Kept>,
}

/// Listings that finding moves took, by path.
#[derive(Debug, Default)]
pub struct Kept {
    source: HashMap<String, SourceListing>,
    target: HashMap<String, TargetListing>,
    entries: usize,
}

impl Kept {
    /// Keeps listings for the plan, if there is room.
    pub fn keep(&mut self, source: Option<(String, SourceListing)>, target: Option<(String, TargetListing)>) {
        self.entries += source.as_ref().map_or(0, |(_, listing)| listing.entries.len());
        self.entries += target.as_ref().map_or(0, |(_, listing)| listing.entries.len());
        if self.entries <= KEPT {
            self.source.extend(source);
            self.target.extend(target);
        }
    }
}

/// What was found of the moves, and of all else on the way.
#[derive(Debug, Default)]
pub struct Found {
    pub moves: Moves,
    pub kept: Kept,
}

impl Rest {
    pub fn new(loose: Vec<Loose>, Found { moves, kept }: Found) -> Self {
        let mut rest = Self { moves, places: HashMap::new(), kept: Mutex::new(kept) };
        for Loose { directory, listed_at, shown, beside, own, source, target } in loose {
            let place = rest.place(&directory);
            place.shown = place.shown.or(shown);
            place.beside = place.beside.or(beside);
            place.own = place.own.take().or(own);
            place.listed_at = place.listed_at.take().or(listed_at);
            place.source.extend(source);
            place.target.extend(target);
        }
        rest
    }

    fn place(&mut self, directory: &str) -> &mut Place {
        let mut at = directory;
        while !at.is_empty() {
            let name = at.rsplit('/').next().unwrap_or_default().to_owned();
            let above = self.places.entry(parent(at).to_owned()).or_default();
            if !above.below.insert(name) {
                break;
            }
            at = parent(at);
        }
        self.places.entry(directory.to_owned()).or_default()
    }

    pub fn at(&self, directory: &str) -> Option<&Place> {
        self.places.get(directory)
    }

    /// What the walk put aside in a directory, as if nothing else were in it.
    pub fn put_aside_in(&self, directory: &str) -> (SourceListing, TargetListing) {
        let (mut source, mut target) = (SourceListing::default(), TargetListing::default());
        if let Some(place) = self.at(directory) {
            source.entries.clone_from(&place.source);
            target.entries.clone_from(&place.target);
        }
        (source, target)
    }

    /// A listing of the source that is known already.
    pub fn known_source(&self, path: &str) -> Option<SourceListing> {
        self.kept.lock().expect("no panic while listings are held").source.remove(path)
    }

    /// The same of the target.
    pub fn known_target(&self, path: &str) -> Option<TargetListing> {
        self.kept.lock().expect("no panic while listings are held").target.remove(path)
    }

    /// What is lifted before anything is written.
    pub fn lifted(&self) -> impl Iterator<Item = &Move> {
        self.moves.iter().filter(|moved| moved.is_lifted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::testing::{directory, file};

    #[test]
    fn what_was_decided_stays_so_whatever_room_there_is() {
        let loose = |source: Entry| Loose {
            directory: "d".to_owned(),
            listed_at: None,
            own: None,
            shown: None,
            beside: None,
            source: Some(source),
            target: None,
        };
        let room = Room::after([loose(directory("a")), loose(file("f", 1))]);
        assert!(room.take("d/a", true, true), "it is put aside already");
        assert!(!room.take("d/b", true, true), "it was planned already");
        assert!(room.take("d/b", true, false));
        assert!(room.take("d/b", true, true));
        let full = Room::after((0..LOOSE).map(|_| loose(directory("a"))));
        assert!(full.take("d/a", true, false));
        assert!(!full.take("d/c", true, false));
    }
}
