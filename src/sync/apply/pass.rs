//! One pass over one chunk: works on items side by side, and settles each with its counts or its failure.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use azure_storage_file_share::{SmbProperties, Written};
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt, stream};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::new_files::NewDirectory;
use super::{Apply, CopyMode};
use crate::sync::changes::Changes;
use crate::sync::chunk::Chunk;
use crate::sync::failure::{Cost, Failure, Result, SyncError};
use crate::sync::item::Item;
use crate::sync::name::{ScratchNames, depth};
use crate::sync::progress::{End, Progress};
use crate::sync::shares::Shares;

/// A pass under way.
pub(super) struct Pass<'a> {
    pub(super) shares: &'a Shares,
    pub(super) mode: CopyMode,
    pub(super) scratch: &'a ScratchNames,
    pub(super) streamed: &'a Semaphore,
    turns: &'a Semaphore,
    pub(super) progress: &'a Progress,
    /// New directories of the chunk that stand and whose files are still to come.
    pub(super) new: Mutex<BTreeMap<u32, NewDirectory>>,
    /// An error ended the pass: what runs is finished, nothing else is begun.
    ended: AtomicBool,
    /// Something was not begun, or not brought to its end.
    left: AtomicBool,
}

/// What became of a work that did not fail.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Done(Changes),
    /// The files of the directory are still to come.
    Begun,
}

/// One entry's work, with the number of the item that it belongs to. Boxed: the compiler cannot see that a stream
/// of nested futures is `Send`.
pub(super) type Working<'a> = BoxFuture<'a, Worked>;
pub(super) type Worked = (u32, String, Result<Outcome>);

impl<'a> Pass<'a> {
    pub(super) fn new(apply: &'a Apply<'a>, progress: &'a Progress) -> Self {
        Self {
            shares: apply.shares,
            mode: apply.mode,
            scratch: apply.scratch,
            streamed: &apply.streamed,
            turns: &apply.turns,
            progress,
            new: Mutex::default(),
            ended: AtomicBool::new(false),
            left: AtomicBool::new(false),
        }
    }

    /// The items that are meant and not yet done, with their numbers in the chunk.
    pub(super) fn due<'b>(&self, chunk: &'b Chunk, is_meant: impl Fn(&Item) -> bool) -> Vec<(u32, &'b Item)> {
        let numbered = (0..).zip(&chunk.items);
        numbered.filter(|(number, item)| is_meant(item) && !self.progress.is_done(*number)).collect()
    }

    /// Works on items side by side.
    pub(super) async fn each<'b, F>(
        &self,
        items: Vec<(u32, &'b Item)>,
        at_once: usize,
        work: impl Fn(u32, &'b Item) -> F,
    ) -> Result<()>
    where
        F: Future<Output = Result<Outcome>> + Send + 'b,
    {
        let works: Vec<Working<'_>> = items
            .into_iter()
            .map(|(number, item)| self.working(number, item.path.clone(), work(number, item)))
            .collect();
        self.settle(stream::iter(works), at_once, |number, changes, failure| {
            self.progress.settle(number, changes, failure.into_iter().collect());
        })
        .await
    }

    /// A work that does not begin once the pass has ended or was asked to stop.
    pub(super) fn working<'b>(
        &'b self,
        number: u32,
        path: String,
        work: impl Future<Output = Result<Outcome>> + Send + 'b,
    ) -> Working<'b> {
        async move {
            let result = if self.goes_on() { work.await } else { Err(SyncError::Stopped) };
            (number, path, result)
        }
        .boxed()
    }

    /// Works side by side and hands on what is done. An error that ends the pass comes back when all that was
    /// running has finished: a rename in two steps is not cut between them.
    pub(super) async fn settle(
        &self,
        works: impl Stream<Item = Working<'_>>,
        at_once: usize,
        done: impl Fn(u32, Changes, Option<Failure>),
    ) -> Result<()> {
        let mut running = std::pin::pin!(works.buffer_unordered(at_once));
        let mut end = None;
        while let Some((number, path, result)) = running.next().await {
            match result {
                Ok(Outcome::Begun) => {}
                Ok(Outcome::Done(changes)) => done(number, changes, None),
                Err(SyncError::Stopped) => self.left.store(true, Ordering::Relaxed),
                Err(error) if error.cost() == Cost::Entry => {
                    done(number, Changes::default(), Some(error.at(&path)));
                }
                Err(error) => {
                    self.ended.store(true, Ordering::Relaxed);
                    end.get_or_insert(error);
                }
            }
        }
        end.map_or(Ok(()), Err)
    }

    /// Whether to begin with anything at all.
    pub(super) fn goes_on(&self) -> bool {
        !self.ended.load(Ordering::Relaxed) && !self.progress.is_stopped()
    }

    /// Leave to begin with one of the parts of an entry. Thousands that waited for a place in flight instead would cost a part
    /// of a core.
    pub(super) async fn turn(&self) -> SemaphorePermit<'_> {
        self.turns.acquire().await.expect("the semaphore is never closed")
    }

    pub(super) fn end(&self) -> End {
        if self.left.load(Ordering::Relaxed) { End::Stopped } else { End::Finished }
    }

    /// Waits until nothing that was sent can take effect any more.
    pub(super) async fn settled(&self) {
        self.shares.unsettled.settled().await;
    }

    /// Remembers which permission key the target gave, and hands the answer on.
    pub(super) fn learn(&self, sent: &SmbProperties, written: Written) -> Written {
        if let Some(key) = &sent.permission_key {
            self.shares.permissions.learn(key, &written.permission_key);
        }
        written
    }
}

/// Items grouped by depth, shallow first.
pub(super) fn levels(items: Vec<(u32, &Item)>) -> Vec<Vec<(u32, &Item)>> {
    let mut levels: BTreeMap<usize, Vec<(u32, &Item)>> = BTreeMap::new();
    for (number, item) in items {
        levels.entry(depth(&item.path)).or_default().push((number, item));
    }
    levels.into_values().collect()
}
