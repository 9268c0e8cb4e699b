//! The files of new directories. They are no items of the plan: they are listed again from the source share snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::MutexGuard;

use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, stream};

use super::ENTRIES;
use super::pass::{Pass, Working};
use super::recheck::Recheck;
use crate::sync::changes::Changes;
use crate::sync::directory_plan::refused;
use crate::sync::failure::{FailedPaths, Failure, Result, SyncError};
use crate::sync::item::{Item, Over, Reason, Work, is_directory};
use crate::sync::name::join;

/// Directories whose files are listed ahead.
const LISTINGS: usize = 4;

/// A new directory that stands, until the last of its files is done.
#[derive(Debug)]
pub(super) struct NewDirectory {
    path: String,
    /// It was there when it was to be made: what is in it is looked at first.
    is_found: bool,
    changes: Changes,
    failures: Vec<Failure>,
    open: usize,
}

impl NewDirectory {
    pub(super) fn new(path: String, is_found: bool, changes: Changes) -> Self {
        Self { path, is_found, changes, failures: Vec::new(), open: 0 }
    }
}

/// The files of a new directory, and those that cannot be mirrored and were not reported yet.
struct Listed {
    items: Vec<Item>,
    unfit: Vec<(String, SyncError)>,
}

impl Pass<'_> {
    /// Copies the files of the directories that this pass has made.
    pub(super) async fn write_new_files(&self, failed: &FailedPaths) -> Result<()> {
        let new: Vec<(u32, String, bool)> = {
            let new = self.new_directories();
            new.iter().map(|(number, made)| (*number, made.path.clone(), made.is_found)).collect()
        };
        let listed = new
            .into_iter()
            .map(|(number, path, is_found)| self.new_files(number, path, is_found, failed).boxed());
        let listed: Vec<_> = listed.collect();
        let works: BoxStream<'_, Working<'_>> =
            stream::iter(listed).buffered(LISTINGS).map(stream::iter).flatten().boxed();
        self.settle(works, ENTRIES, |number, changes, failure| self.gather(number, changes, failure)).await
    }

    async fn new_files<'b>(
        &'b self,
        number: u32,
        directory: String,
        is_found: bool,
        failed: &FailedPaths,
    ) -> Vec<Working<'b>> {
        let listed =
            if self.goes_on() { self.list_new(&directory, failed).await } else { Err(SyncError::Stopped) };
        let Listed { items, unfit } = match listed {
            Ok(listed) => listed,
            Err(error) => Listed { items: Vec::new(), unfit: vec![(directory.clone(), error)] },
        };
        let looked_at = if is_found { &items[..] } else { &[] };
        let recheck = Arc::new(Recheck::of(self.scratch, looked_at.iter()));
        let count = items.len() as u32;
        let directory: Arc<str> = directory.into();
        let copies = (0..).zip(items).map(|(place, item)| {
            let (recheck, directory, path) = (recheck.clone(), directory.clone(), item.path.clone());
            self.working(number, path, async move {
                let is_known = self.progress.is_written(&directory, count, place);
                let written = self.write_file(&item, &recheck, is_known).await?;
                let (_, bytes) = item.weight();
                self.progress.written(&directory, count, place, bytes);
                Ok(written)
            })
        });
        let refused =
            unfit.into_iter().map(|(path, error)| async move { (number, path, Err(error)) }.boxed());
        let works: Vec<Working<'_>> = copies.chain(refused).collect();
        self.open(number, works.len());
        works
    }

    async fn list_new(&self, directory: &str, failed: &FailedPaths) -> Result<Listed> {
        let listing = self.shares.list_source(directory).await?;
        let (mut items, mut unfit) = (Vec::new(), Vec::new());
        for source in listing.entries.into_iter().filter(|entry| !is_directory(entry)) {
            match refused(directory, &source, &listing.untranslated) {
                Some(failure) if failed.contains(&failure.path) => {}
                Some(Failure { path, detail, .. }) => {
                    unfit.push((path, SyncError::refused("PermissionNotCarried", detail)));
                }
                None => {
                    let path = join(directory, &source.name);
                    let work = Work::CopyFile { source, over: Over::Nothing };
                    items.push(Item { path, reason: Reason::Added, work });
                }
            }
        }
        items.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Listed { items, unfit })
    }

    /// So many works have to end before a new directory is done.
    fn open(&self, number: u32, works: usize) {
        if let Some(made) = self.new_directories().get_mut(&number) {
            made.open = works;
        }
        self.close_if_done(number);
    }

    /// One work of a new directory has ended.
    fn gather(&self, number: u32, changes: Changes, failure: Option<Failure>) {
        if let Some(made) = self.new_directories().get_mut(&number) {
            made.changes += changes;
            made.failures.extend(failure);
            made.open -= 1;
        }
        self.close_if_done(number);
    }

    fn close_if_done(&self, number: u32) {
        let mut new = self.new_directories();
        if new.get(&number).is_some_and(|made| made.open == 0)
            && let Some(NewDirectory { path, changes, failures, .. }) = new.remove(&number)
        {
            self.progress.forget_directory(&path);
            self.progress.settle(number, changes, failures);
        }
    }

    pub(super) fn new_directories(&self) -> MutexGuard<'_, BTreeMap<u32, NewDirectory>> {
        self.new.lock().expect("no panic while new directories are held")
    }
}
