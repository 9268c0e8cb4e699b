//! What of one pass over one chunk is done: shared by the tasks, saved now and then, handed to whoever goes on.
//!
//! An item counts as done when it succeeded or its failure is known. Its counts and its failures come with that
//! mark, never before, so that an item that is carried out again is counted once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use azure_storage_file_share::FileId;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::changes::Changes;
use super::failure::Failure;

/// How a pass over a chunk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Finished,
    /// It was asked to stop: the rest is for the next step.
    Stopped,
}

/// A large file that is being copied: everything of it before `end` is in the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCursor {
    pub path: String,
    /// The file in the target that got the data.
    pub file_id: FileId,
    pub end: u64,
}

/// A new directory that is being filled: its files, numbered by name, of which it was seen that they are complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct DirectoryCursor {
    path: String,
    files: u32,
    written: Done,
    /// Of those that are complete.
    #[serde(default)]
    bytes: u64,
}

/// What is stored of a pass under way. The default is one that has not begun.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    done: Done,
    files: Vec<FileCursor>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    directories: Vec<DirectoryCursor>,
    /// Of the items that are done, and of nothing else.
    pub changes: Changes,
}

impl Saved {
    /// Bytes of files that are not finished, and of those that are in directories that are not.
    pub fn bytes_under_way(&self) -> u64 {
        let unfinished: u64 = self.files.iter().map(|file| file.end).sum();
        unfinished + self.directories.iter().map(|directory| directory.bytes).sum::<u64>()
    }

    /// Files that are finished in directories that are not.
    pub fn files_under_way(&self) -> u64 {
        self.directories.iter().map(|directory| directory.written.count()).sum()
    }
}

/// Numbers of items, as ascending stretches from a first one up to before another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Done(Vec<(u32, u32)>);

impl Done {
    fn count(&self) -> u64 {
        self.0.iter().map(|(start, end)| u64::from(end - start)).sum()
    }

    fn contains(&self, number: u32) -> bool {
        let after = self.0.partition_point(|(start, _)| *start <= number);
        after > 0 && number < self.0[after - 1].1
    }

    /// Answers whether it is new.
    fn insert(&mut self, number: u32) -> bool {
        if self.contains(number) {
            return false;
        }
        let at = self.0.partition_point(|(start, _)| *start < number);
        self.0.insert(at, (number, number + 1));
        if at + 1 < self.0.len() && self.0[at + 1].0 == number + 1 {
            self.0[at].1 = self.0.remove(at + 1).1;
        }
        if at > 0 && self.0[at - 1].1 == number {
            self.0[at - 1].1 = self.0.remove(at).1;
        }
        true
    }
}

#[derive(Debug, Default)]
struct Settled {
    done: Done,
    changes: Changes,
    failures: Vec<Failure>,
}

/// One pass over one chunk, while it is under way.
#[derive(Debug, Default)]
pub struct Progress {
    stopped: Arc<AtomicBool>,
    moved: Arc<Notify>,
    files: Arc<Mutex<BTreeMap<String, (FileId, u64)>>>,
    directories: Arc<Mutex<BTreeMap<String, Written>>>,
    settled: Mutex<Settled>,
}

/// What is complete of a new directory that has so many files.
#[derive(Debug, Default)]
struct Written {
    files: u32,
    done: Done,
    bytes: u64,
}

impl Progress {
    /// Goes on where `saved` was taken.
    pub fn new(saved: Saved) -> Self {
        let Saved { done, files, directories, changes } = saved;
        let files = files.into_iter().map(|file| (file.path, (file.file_id, file.end))).collect();
        let written =
            |DirectoryCursor { path, files, written: done, bytes }| (path, Written { files, done, bytes });
        let directories = directories.into_iter().map(written).collect();
        Self {
            stopped: Arc::default(),
            moved: Arc::default(),
            files: Arc::new(Mutex::new(files)),
            directories: Arc::new(Mutex::new(directories)),
            settled: Mutex::new(Settled { done, changes, failures: Vec::new() }),
        }
    }

    /// What is done, and the failures since the last call: to be stored together or not at all.
    pub fn save(&self) -> (Saved, Vec<Failure>) {
        let mut settled = self.settled();
        let failures = std::mem::take(&mut settled.failures);
        (self.saved_of(&settled), failures)
    }

    /// What is done; the failures stay for `save`.
    pub fn saved(&self) -> Saved {
        self.saved_of(&self.settled())
    }

    /// No item is begun any more. What runs is finished, but a large file only up to its next range.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Returns when something is done that whoever goes on need not do again; to be asked once.
    pub async fn moved(&self) {
        self.moved.notified().await;
    }

    /// A file is done, though the item that it belongs to may not be.
    pub(super) fn file_done(&self, path: &str) {
        self.files().remove(path);
        self.moved.notify_one();
    }

    /// A pass inside this one. It stops with it, and goes on with its large files; what it settles is its own.
    pub(super) fn inner(&self) -> Self {
        Self {
            stopped: self.stopped.clone(),
            moved: self.moved.clone(),
            files: self.files.clone(),
            directories: self.directories.clone(),
            settled: Mutex::default(),
        }
    }

    pub(super) fn is_done(&self, number: u32) -> bool {
        self.settled().done.contains(number)
    }

    /// The item with this number is done; what it changed and what of it failed counts from now on.
    pub(super) fn settle(&self, number: u32, changes: Changes, failures: Vec<Failure>) {
        let mut settled = self.settled();
        settled.done.insert(number);
        settled.changes += changes;
        settled.failures.extend(failures);
        self.moved.notify_one();
    }

    pub(super) fn cursor(&self, path: &str) -> Option<FileCursor> {
        let (file_id, end) = *self.files().get(path)?;
        Some(FileCursor { path: path.to_owned(), file_id, end })
    }

    pub(super) fn reached(&self, path: &str, file_id: FileId, end: u64) {
        self.files().insert(path.to_owned(), (file_id, end));
        self.moved.notify_one();
    }

    pub(super) fn forget_cursor(&self, path: &str) {
        self.files().remove(path);
    }

    /// Whether a file of a new directory, which has so many, was seen to be complete.
    pub(super) fn is_written(&self, directory: &str, files: u32, number: u32) -> bool {
        let directories = self.directories();
        directories.get(directory).is_some_and(|it| it.files == files && it.done.contains(number))
    }

    /// A file of a new directory is complete, with so many bytes.
    pub(super) fn written(&self, directory: &str, files: u32, number: u32, bytes: u64) {
        let mut directories = self.directories();
        let written = directories.entry(directory.to_owned()).or_default();
        if written.files != files {
            *written = Written { files, ..Default::default() };
        }
        if written.done.insert(number) {
            written.bytes += bytes;
        }
        self.moved.notify_one();
    }

    pub(super) fn forget_directory(&self, path: &str) {
        self.directories().remove(path);
    }

    fn saved_of(&self, settled: &Settled) -> Saved {
        let cursor = |(path, (file_id, end)): (&String, &_)| FileCursor {
            path: path.clone(),
            file_id: *file_id,
            end: *end,
        };
        let directory = |(path, written): (&String, &Written)| DirectoryCursor {
            path: path.clone(),
            files: written.files,
            written: written.done.clone(),
            bytes: written.bytes,
        };
        Saved {
            done: settled.done.clone(),
            files: self.files().iter().map(cursor).collect(),
            directories: self.directories().iter().map(directory).collect(),
            changes: settled.changes,
        }
    }

    fn settled(&self) -> MutexGuard<'_, Settled> {
        self.settled.lock().expect("no panic while progress is held")
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, (FileId, u64)>> {
        self.files.lock().expect("no panic while cursors are held")
    }

    fn directories(&self) -> MutexGuard<'_, BTreeMap<String, Written>> {
        self.directories.lock().expect("no panic while cursors are held")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::failure::SyncError;

    #[test]
    fn done_items_are_stored_as_stretches_in_whatever_order_they_came() {
        use rand::seq::SliceRandom;
        let mut numbers: Vec<u32> = (0..100).filter(|number| number % 10 != 3).collect();
        numbers.shuffle(&mut rand::rng());
        let mut done = Done::default();
        for number in numbers.iter().chain(&numbers) {
            done.insert(*number);
        }
        assert_eq!(done.0.len(), 11, "{done:?}");
        assert!((0..200).all(|number| done.contains(number) == (number < 100 && number % 10 != 3)));
    }

    #[test]
    fn what_is_saved_goes_on_where_it_was() {
        let progress = Progress::default();
        let changes = Changes { deleted: 3, ..Default::default() };
        progress.settle(4, changes, vec![SyncError::refused("X", "Y").at("a")]);
        progress.reached("large", FileId(7), 4 << 20);
        let (saved, failures) = progress.save();
        assert_eq!(failures.len(), 1);
        assert_eq!(progress.save(), (saved.clone(), vec![]), "a failure is handed out once");
        let stored = serde_json::to_string(&saved).expect("JSON");
        let next = Progress::new(serde_json::from_str(&stored).expect("the same"));
        assert!(next.is_done(4) && !next.is_done(3));
        assert_eq!(next.cursor("large").map(|cursor| cursor.end), Some(4 << 20));
        next.settle(5, changes, vec![]);
        assert_eq!(next.saved().changes.deleted, 6);
    }

    #[test]
    fn files_of_a_new_directory_are_known_to_be_complete_as_long_as_it_is_the_same() {
        let progress = Progress::default();
        progress.written("d", 3, 1, 10);
        let stored = serde_json::to_string(&progress.saved()).expect("JSON");
        let next = Progress::new(serde_json::from_str(&stored).expect("the same"));
        assert!(next.is_written("d", 3, 1) && !next.is_written("d", 3, 0) && !next.is_written("e", 3, 1));
        assert!(!next.is_written("d", 4, 1), "other files are left out by now");
        next.written("d", 4, 0, 10);
        assert!(next.is_written("d", 4, 0) && !next.is_written("d", 4, 1));
        next.forget_directory("d");
        assert!(!next.is_written("d", 4, 0));
    }

    #[test]
    fn bytes_count_as_files_of_a_new_directory_are_complete_each_once() {
        let progress = Progress::default();
        progress.written("d", 3, 1, 10);
        progress.written("e", 1, 0, 100);
        progress.reached("d/large", FileId(7), 1_000);
        let saved = progress.saved();
        assert_eq!((saved.bytes_under_way(), saved.files_under_way()), (1_110, 2));
        let next = Progress::new(saved);
        next.written("d", 3, 1, 10);
        next.written("d", 3, 0, 10);
        assert_eq!(next.saved().bytes_under_way(), 1_120);
        next.written("d", 4, 0, 10);
        assert_eq!(next.saved().bytes_under_way(), 1_110, "other files are left out by now");
        next.forget_directory("e");
        assert_eq!(next.saved().bytes_under_way(), 1_010);
    }

    #[test]
    fn a_pass_inside_another_stops_with_it_and_settles_nothing_of_it() {
        let outer = Progress::default();
        let inner = outer.inner();
        inner.settle(0, Changes::default(), vec![]);
        outer.stop();
        assert!(inner.is_stopped() && !outer.is_done(0));
    }
}
