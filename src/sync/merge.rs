//! Compares the two listings of a directory that both sides have, name by name.

use azure_storage_file_share::Entry;

use super::compare::{Difference, compare, sentinel};
use super::cursor::{name_in, path_order};
use super::directory_plan::{Directory, Rules, Sides, in_the_way, refused};
use super::doubts::Doubts;
use super::failure::Failure;
use super::hold::Hold;
use super::item::{Item, Over, Reason, Seen, Work, is_directory};
use super::listing::{SourceListing, TargetListing};
use super::moves::{Move, Unpaired};
use super::name::{ScratchNames, is_scratch, join, order};
use super::pairing::{Paired, pair};
use super::restoring::{Conflict, Restoring, Wanted};

/// What the entries of a directory need, without the directory itself, in the order of the walk.
#[derive(Debug, Default)]
pub struct Merged {
    pub items: Vec<Item>,
    pub children: Vec<Directory>,
    /// Files of the source that cannot be mirrored.
    pub failures: Vec<Failure>,
    /// Entries met on either side, each once.
    pub compared: u64,
    /// Entries come or go, so the directory's times have to be set again.
    pub touched: bool,
    /// Entries are put aside: whether they come or go is not known yet.
    pub has_loose: bool,
    /// Entries that differ and stay as they are, because whoever brings a recovery point back wants it so.
    pub skipped: u64,
}

/// Compares two whole listings of the directory `path`; the target's was read at `listed_at`.
pub fn merge(
    path: &str,
    listed_at: &str,
    source: &SourceListing,
    target: &TargetListing,
    Rules { scratch, unpaired, restoring }: Rules<'_>,
) -> Merged {
    let merged = Merged::default();
    let mut merge = Merge { path, listed_at, source, target, scratch, unpaired, restoring, merged };
    merge.entries();
    let mut merged = merge.merged;
    merged.items.sort_by(|a, b| order(name_in(path, a), name_in(path, b)));
    merged.children.sort_by(|a, b| path_order(&a.path, &b.path));
    merged
}

/// Whether two entries of one name can be the same one, as far as the listings show it.
pub fn may_be_one(source: &Entry, target: &Entry) -> bool {
    is_directory(source) == is_directory(target) && source.creation_time == target.creation_time
}

struct Merge<'a> {
    path: &'a str,
    listed_at: &'a str,
    source: &'a SourceListing,
    target: &'a TargetListing,
    scratch: &'a ScratchNames,
    unpaired: &'a Unpaired,
    restoring: Option<&'a Restoring>,
    merged: Merged,
}

impl Merge<'_> {
    fn entries(&mut self) {
        let (source, target) = (self.source, self.target);
        let restoring = self.restoring;
        let is_ours = |entry: &&Entry| {
            is_scratch(&entry.name) && restoring.is_none_or(|restoring| entry.name.contains(&restoring.id))
        };
        for leftover in target.entries.iter().filter(is_ours) {
            self.remove(leftover, Reason::Scratch, None);
        }
        let stays = |entry: &&Entry| !is_scratch(&entry.name) && !self.unpaired.goes(entry);
        let others = target.entries.iter().filter(stays);
        for paired in pair(source.entries.iter(), others) {
            self.merged.compared += 1;
            match paired {
                Paired::Target(entry) if self.keeps(entry) => {}
                Paired::Target(entry) if self.put_aside(None, Some(entry)) => {}
                Paired::Target(entry) => self.remove(entry, Reason::Deleted, None),
                Paired::Source(entry) | Paired::Both(entry, _)
                    if let Some(failure) = refused(self.path, entry, &source.untranslated) =>
                {
                    let target = if let Paired::Both(_, target) = paired { Some(target) } else { None };
                    self.refuse(entry, target, failure);
                }
                Paired::Source(entry) | Paired::Both(entry, _)
                    if let Some(moved) = self.unpaired.to(&join(self.path, &entry.name), entry) =>
                {
                    let occupant = if let Paired::Both(_, occupant) = paired { Some(occupant) } else { None };
                    self.arrive(entry, moved, occupant);
                }
                Paired::Source(entry) if self.put_aside(Some(entry), None) => {}
                Paired::Source(entry) => self.add(entry, Over::Nothing),
                Paired::Both(source, target) if self.put_aside(Some(source), Some(target)) => {}
                Paired::Both(source, target) => self.both(source, target),
            }
        }
    }

    /// Whether an entry stays that only the target has.
    fn keeps(&self, entry: &Entry) -> bool {
        let stays = |restoring: &Restoring| !restoring.deletes_extra || restoring.is_beside(&entry.name);
        self.restoring.is_some_and(stays)
    }

    /// Keeps for later what may have come from somewhere else, or have gone there.
    fn put_aside(&mut self, source: Option<&Entry>, target: Option<&Entry>) -> bool {
        let held = target.is_some_and(|target| {
            is_directory(target)
                && self.target.hold(&target.name) == Hold::Excluded
                && source.is_none_or(|s| !is_directory(s))
        });
        // a move would carry the wrong data along
        let is_doubted = |target: &Entry| self.target.doubts.reach_into(&join(self.listed_at, &target.name));
        let held = held || target.is_some_and(is_doubted);
        let reason = match (source, target) {
            (Some(source), Some(target)) if may_be_one(source, target) => return false,
            (Some(_), Some(_)) => Reason::CreationTime,
            (Some(_), None) => Reason::Added,
            (None, _) => Reason::Deleted,
        };
        let name = source.or(target).map_or("", |entry| &entry.name);
        let is_one = source.into_iter().chain(target).any(is_directory);
        if held || !self.unpaired.takes(self.path, name, is_one) {
            return false;
        }
        let listed_at = (self.listed_at != self.path).then(|| self.listed_at.to_owned());
        let work = Work::Loose { source: source.cloned(), target: target.cloned(), listed_at };
        self.merged.has_loose = true;
        self.item(join(self.path, name), reason, work);
        true
    }

    /// An entry that is moved here, in place of what does not stay.
    fn arrive(&mut self, source: &Entry, moved: &Move, occupant: Option<&Entry>) {
        let path = join(self.path, &source.name);
        let over = match occupant {
            None => Over::Nothing,
            Some(target) if !is_directory(target) && !is_directory(source) => Over::File(Seen::of(target)),
            Some(target) if is_directory(target) && self.target.hold(&target.name) != Hold::Nothing => {
                self.merged.failures.push(in_the_way(&path));
                return;
            }
            Some(target) => self.make_way(&path, target),
        };
        self.merged.touched = true;
        if is_directory(source) {
            self.merged.children.push(Directory::new(path, moved.sides(source.clone(), over)));
        } else {
            self.merged.items.push(moved.item(path, source, over, self.scratch));
        }
    }

    /// Whoever goes on with this plan may not be refused what is refused now. So what stands here because an entry comes
    /// stands here all the same.
    fn refuse(&mut self, entry: &Entry, target: Option<&Entry>, failure: Failure) {
        let is_flip = target.is_some_and(|target| is_directory(target) != is_directory(entry));
        let comes = is_flip || target.is_none_or(|target| target.name != entry.name);
        self.merged.touched |= comes && !is_scratch(&entry.name);
        if is_directory(entry) {
            let path = failure.path.clone();
            if let Some(target) = target.filter(|_| is_flip) {
                self.make_way(&path, target);
            }
            self.merged.children.push(Directory::new(path, Sides::Refused { failure }));
        } else {
            self.merged.failures.push(failure);
        }
    }

    /// What the listings show, and what is known besides of a file that they show as equal.
    fn difference(&self, source: &Entry, target: &Entry) -> Option<Difference> {
        let shown = compare(source, target);
        match (&*self.target.doubts, shown) {
            (Doubts::None, _) | (_, Some(Difference::Kind | Difference::Data(_))) => shown,
            _ if is_directory(source) => shown,
            (Doubts::All, None) => Some(Difference::Metadata(Reason::Content)),
            (doubts, _) if doubts.cover(&join(self.listed_at, &target.name)) => {
                Some(Difference::Data(Reason::Content))
            }
            _ => shown,
        }
    }

    fn both(&mut self, source: &Entry, target: &Entry) {
        match self.restoring {
            Some(restoring) => {
                let source = restoring.over(source, target);
                if !self.conflicts(restoring, &source, target) {
                    self.unlike(&source, target);
                    self.doubt(&source, target);
                }
            }
            None => self.unlike(source, target),
        }
    }

    /// Where the change time of a file moved and nothing else tells that its data is what it was, all of it comes back: it may have
    /// been spoilt behind equal size and time.
    fn doubt(&mut self, source: &Entry, target: &Entry) {
        if is_directory(source) || source.change_time == target.change_time {
            return;
        }
        let path = join(self.path, &source.name);
        let planned = self.merged.items.last_mut().filter(|item| item.path == path);
        if let Some(Item { work, .. }) = planned
            && let Work::SetFile { source, target } = work
        {
            *work = Work::CopyFile { source: source.clone(), over: Over::File(target.clone()) };
        }
    }

    /// Where an entry of the target is not to be overwritten by one that comes back: whether it is kept, and what else
    /// becomes of that one. A file with the sentinel is nobody's: an earlier attempt to bring this one back was cut off.
    fn conflicts(&mut self, restoring: &Restoring, source: &Entry, target: &Entry) -> bool {
        let difference = compare(source, target);
        let is_unfinished = !is_directory(target) && target.last_write_time == sentinel();
        let is_kind = difference == Some(Difference::Kind);
        if difference.is_none() || is_directory(source) && !is_kind || is_unfinished && !is_kind {
            return false;
        }
        match restoring.conflict {
            Conflict::Overwrite if is_kind && is_directory(target) && !restoring.deletes_extra => {
                let detail = "A directory stands where a file was: it is not deleted for it. Restore to another place, or \
                              with `conflict` = `rename`, or with `deleteExtra`";
                let path = join(self.path, &source.name);
                self.merged.failures.push(Failure::new(path, "DirectoryInTheWay", detail));
                true
            }
            Conflict::Overwrite => false,
            Conflict::Skip => {
                self.merged.skipped += 1;
                true
            }
            Conflict::Rename => {
                let name = restoring.name_beside(source);
                self.add(&Entry { name, ..source.clone() }, Over::Nothing);
                true
            }
        }
    }

    fn unlike(&mut self, source: &Entry, target: &Entry) {
        let difference = self.difference(source, target);
        if difference.is_none() && !is_directory(source) {
            return;
        }
        let (path, seen) = (join(self.path, &source.name), Seen::of(target));
        if difference == Some(Difference::Kind) && self.target.hold(&target.name) == Hold::Excluded {
            self.merged.failures.push(in_the_way(&path));
            return;
        }
        self.merged.touched |= source.name != target.name;
        match difference {
            Some(Difference::Kind) if is_directory(source) => {
                let over = self.make_way(&path, target);
                self.add(source, over);
            }
            Some(Difference::Kind) => {
                let built = self.scratch.path_for(&path);
                self.remove(target, Reason::Kind, Some(path));
                self.add(source, Over::Tree { seen, built });
            }
            Some(Difference::Data(reason)) => {
                let work = Work::CopyFile { source: source.clone(), over: Over::File(seen) };
                self.item(path, reason, work);
            }
            difference if is_directory(source) => {
                let own = match difference {
                    Some(Difference::Metadata(reason)) => Some(reason),
                    _ => None,
                };
                self.merged.skipped += u64::from(self.keeps_another(&path, source, target));
                let listed_at = join(self.listed_at, &target.name);
                let source = source.clone();
                let sides = Sides::Both { source, target: seen, own, listed_at, arrival: None };
                self.merged.children.push(Directory::new(path, sides));
            }
            Some(Difference::Metadata(reason)) => {
                self.item(path, reason, Work::SetFile { source: source.clone(), target: seen });
            }
            None => {}
        }
    }

    /// Whether a directory stays that is another one than what was to come back. Its times alone are none of its own: they move
    /// with what is written in it.
    fn keeps_another(&self, path: &str, source: &Entry, target: &Entry) -> bool {
        let stays = |restoring: &Restoring| {
            restoring.leaves_directory(path) && restoring.wanted(path) == Wanted::Whole
        };
        let Entry { last_write_time, change_time, .. } = *source;
        let timeless = Entry { last_write_time, change_time, ..target.clone() };
        self.restoring.is_some_and(stays) && compare(source, &timeless).is_some()
    }

    fn add(&mut self, source: &Entry, over: Over) {
        self.merged.touched = true;
        let (path, source) = (join(self.path, &source.name), source.clone());
        if is_directory(&source) {
            self.merged.children.push(Directory::new(path, Sides::Source { source, over }));
        } else {
            let reason = if over == Over::Nothing { Reason::Added } else { Reason::Kind };
            self.item(path, reason, Work::CopyFile { source, over });
        }
    }

    /// Removes what is moved aside before another entry comes to `path`.
    fn make_way(&mut self, path: &str, target: &Entry) -> Over {
        let aside = self.scratch.path_for(path);
        self.remove_at(aside.clone(), target, Reason::Kind, Some(path.to_owned()));
        Over::Aside { seen: Seen::of(target), aside }
    }

    fn remove(&mut self, entry: &Entry, reason: Reason, successor: Option<String>) {
        self.remove_at(join(self.path, &entry.name), entry, reason, successor);
    }

    /// Removes an entry that is renamed to `path` before it goes.
    fn remove_at(&mut self, path: String, entry: &Entry, reason: Reason, successor: Option<String>) {
        let target = Seen::of(entry);
        if is_directory(entry) {
            let mut hold = self.target.hold(&entry.name);
            if self.restoring.is_some_and(|restoring| restoring.wanted(&path) == Wanted::Below) {
                hold = Hold::Excluded;
            }
            self.merged.touched |= hold != Hold::Excluded;
            let listed_at = join(self.listed_at, &entry.name);
            let sides = Sides::Target { target, reason, listed_at, top: true, successor, hold };
            self.merged.children.push(Directory::new(path, sides));
        } else {
            self.merged.touched = true;
            self.item(path, reason, Work::DeleteFile { target, successor });
        }
    }

    fn item(&mut self, path: String, reason: Reason, work: Work) {
        self.merged.items.push(Item { path, reason, work });
    }
}
