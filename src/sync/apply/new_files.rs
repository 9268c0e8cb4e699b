//! The files of new directories. They are no items of the plan: they are listed again from the source share snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::MutexGuard;

use futures::channel::mpsc::{Sender, channel};
use futures::{FutureExt, SinkExt, StreamExt, stream};
use tokio::sync::mpsc;

use super::ENTRIES;
use super::pass::{Pass, Working};
use super::recheck::Recheck;
use crate::sync::changes::Changes;
use crate::sync::cursor::path_order;
use crate::sync::directory_plan::refused;
use crate::sync::failure::{FailedPaths, Failure, Result, SyncError};
use crate::sync::item::{Item, Over, Reason, Work, is_directory};
use crate::sync::name::join;
use crate::sync::part::Part;
use crate::sync::windows::{Listed, Windows};

/// Directories whose files are listed at once.
const LISTINGS: usize = 4;
/// Failures of one directory that are told one by one: what fails in all of a large one must not fill the memory.
const TOLD: u64 = 1_000;

/// A new directory that stands, until the last of its files is done.
#[derive(Debug)]
pub(super) struct NewDirectory {
    path: String,
    /// It was there when it was to be made: what is in it is looked at first.
    is_found: bool,
    changes: Changes,
    failures: Vec<Failure>,
    /// Failures that are only counted.
    more_failed: u64,
    open: usize,
    is_listed: bool,
    /// Files that the plan saw in it.
    files: u32,
}

impl NewDirectory {
    pub(super) fn new(path: String, is_found: bool, files: u64, changes: Changes) -> Self {
        let files = u32::try_from(files).unwrap_or(u32::MAX);
        let (failures, more_failed) = (Vec::new(), 0);
        Self { path, is_found, changes, failures, more_failed, open: 0, is_listed: false, files }
    }

    fn fail(&mut self, failure: Failure) {
        if (self.failures.len() as u64) < TOLD {
            self.failures.push(failure);
        } else {
            self.more_failed += 1;
        }
    }

    /// What failed in it, with one failure for all that are only counted.
    fn into_failures(self) -> Vec<Failure> {
        let mut failures = self.failures;
        if self.more_failed > 0 {
            let detail = format!("{} more files in it failed; {TOLD} are told one by one", self.more_failed);
            failures.push(Failure::new(self.path, "ManyFailed", detail));
        }
        failures
    }
}

/// The files of a new directory that are still to be listed.
struct Rest {
    number: u32,
    path: Arc<str>,
    is_found: bool,
    /// So many files the plan saw; with it they are numbered by name.
    files: u32,
    windows: Windows,
    /// The number of the next file.
    next: u32,
    under_way: UnderWay,
}

/// Works that were handed over and have not ended: each holds a sender of the channel.
struct UnderWay(mpsc::Sender<()>, mpsc::Receiver<()>);

impl UnderWay {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel(1);
        Self(sender, receiver)
    }

    /// Waits until all have ended that were handed over so far.
    async fn over(&mut self) {
        let Self(sender, mut receiver) = std::mem::replace(self, Self::new());
        drop(sender);
        receiver.recv().await;
    }
}

impl Pass<'_> {
    /// Copies the files of the directories that this pass has made. They are listed beside the copying, not by it: an answer that
    /// nobody looks for while long copies fill all places would come too late.
    pub(super) async fn write_new_files(&self, failed: &FailedPaths) -> Result<()> {
        let new: Vec<Rest> = {
            let new = self.new_directories();
            let rest = |(number, made): (&u32, &NewDirectory)| Rest {
                number: *number,
                path: made.path.as_str().into(),
                is_found: made.is_found,
                files: made.files,
                windows: self.windows(&made.path, made.is_found, None),
                next: 0,
                under_way: UnderWay::new(),
            };
            new.iter().map(rest).collect()
        };
        let (queue, works) = channel(ENTRIES);
        let listing = async move {
            let list = |rest| self.queue_new_files(rest, failed, queue.clone());
            stream::iter(new).for_each_concurrent(LISTINGS, list).await;
        };
        let settling =
            self.settle(works, ENTRIES, |number, changes, failure| self.gather(number, changes, failure));
        futures::join!(listing, settling).1
    }

    /// Hands over the works of a new directory's files, page by page.
    async fn queue_new_files<'b>(&'b self, rest: Rest, failed: &FailedPaths, mut queue: Sender<Working<'b>>) {
        let mut rest = Some(rest);
        while let Some(open) = rest.take() {
            let (works, more) = self.new_files(open, failed).await;
            for work in works {
                queue.send(work).await.expect("works are taken until nobody hands over any");
            }
            rest = more;
        }
    }

    /// The works of the next files of a new directory.
    async fn new_files<'b>(
        &'b self,
        mut rest: Rest,
        failed: &FailedPaths,
    ) -> (Vec<Working<'b>>, Option<Rest>) {
        let listed =
            if self.goes_on() { self.list_new(&mut rest, failed).await } else { Err(SyncError::Stopped) };
        let is_over = listed.is_err() || rest.windows.is_over();
        let works = listed.unwrap_or_else(|error| {
            let failed = (rest.number, rest.path.to_string(), Err(error));
            vec![async move { failed }.boxed()]
        });
        self.open(rest.number, works.len(), is_over);
        (works, (!is_over).then_some(rest))
    }

    async fn list_new<'b>(&'b self, rest: &mut Rest, failed: &FailedPaths) -> Result<Vec<Working<'b>>> {
        let (number, files, directory) = (rest.number, rest.files, rest.path.clone());
        let Listed::Window(window) = rest.windows.next().await? else {
            // all are looked at once more, under other numbers, when nobody writes any of them
            rest.under_way.over().await;
            rest.windows = self.windows(&directory, true, Some(&Part::unordered()));
            (rest.is_found, rest.files, rest.next) = (true, !files, 0);
            return Ok(Vec::new());
        };
        let listing = self.shares.source_listing(&directory, window.source).await?;
        let (mut items, mut works) = (Vec::new(), Vec::new());
        for source in listing.entries.into_iter().filter(|entry| !is_directory(entry)) {
            match refused(&directory, &source, &listing.untranslated) {
                Some(failure) if failed.contains(&failure.path) => {}
                Some(Failure { path, detail, .. }) => {
                    let error = Err(SyncError::refused("PermissionNotCarried", detail));
                    works.push(async move { (number, path, error) }.boxed());
                }
                None => {
                    let path = join(&directory, &source.name);
                    let work = Work::CopyFile { source, over: Over::Nothing };
                    items.push(Item { path, reason: Reason::Added, work });
                }
            }
        }
        items.sort_by(|a, b| path_order(&a.path, &b.path));
        let recheck = Arc::new(match rest.is_found {
            true => Recheck::seen(&directory, window.target),
            false => Recheck::default(),
        });
        let first = rest.next;
        rest.next += items.len() as u32;
        works.extend((first..).zip(items).map(|(place, item)| {
            let (recheck, directory, path) = (recheck.clone(), directory.clone(), item.path.clone());
            let under_way = rest.under_way.0.clone();
            self.working(number, path, async move {
                let _until_it_ends = under_way;
                let is_known = self.progress.is_written(&directory, files, place);
                let written = self.write_file(&item, &recheck, is_known).await?;
                let (_, bytes) = item.weight();
                self.progress.written(&directory, files, place, bytes);
                Ok(written)
            })
        }));
        Ok(works)
    }

    /// What is in a directory that was found there is looked at together with the source's files.
    fn windows(&self, path: &str, is_found: bool, from: Option<&Part>) -> Windows {
        Windows::of(self.shares, Some(path), is_found.then_some(path), from)
    }

    /// So many works more have to end before a new directory is done; with the last ones everything is listed.
    fn open(&self, number: u32, works: usize, is_over: bool) {
        if let Some(made) = self.new_directories().get_mut(&number) {
            made.open += works;
            made.is_listed = is_over;
        }
        self.close_if_done(number);
    }

    /// One work of a new directory has ended.
    fn gather(&self, number: u32, changes: Changes, failure: Option<Failure>) {
        if let Some(made) = self.new_directories().get_mut(&number) {
            made.changes += changes;
            failure.into_iter().for_each(|failure| made.fail(failure));
            made.open -= 1;
        }
        self.close_if_done(number);
    }

    fn close_if_done(&self, number: u32) {
        let mut new = self.new_directories();
        if new.get(&number).is_some_and(|made| made.open == 0 && made.is_listed)
            && let Some(made) = new.remove(&number)
        {
            self.progress.forget_directory(&made.path);
            self.progress.settle(number, made.changes, made.into_failures());
        }
    }

    pub(super) fn new_directories(&self) -> MutexGuard<'_, BTreeMap<u32, NewDirectory>> {
        self.new.lock().expect("no panic while new directories are held")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_in_all_of_a_directory_is_told_a_thousand_times_and_counted() {
        let mut made = NewDirectory::new("d".to_owned(), false, 9, Changes::default());
        for number in 0..TOLD + 5 {
            made.fail(Failure::new(number.to_string(), "X", "Y"));
        }
        let failures = made.into_failures();
        assert_eq!(failures.len() as u64, TOLD + 1);
        let last = failures.last().expect("there are some");
        assert_eq!((last.path.as_str(), last.reason.as_str()), ("d", "ManyFailed"));
        assert!(last.detail.starts_with("5 more files"), "{}", last.detail);
    }
}
