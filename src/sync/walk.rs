//! The planning walk: both trees, directory by directory, many directories at once, from listings alone.
//!
//! Directories are listed in any order but their plans come out in pre-order, parents before children. A listing
//! that fails costs that subtree its update and is reported; nothing under it is planned, so nothing under it is
//! deleted (P2). Memory holds what is between the first directory not yet listed and the last one listed.
//!
//! A walk may begin at a cursor. Then the directories above it are listed only for the way; what lies behind it is
//! neither listed nor planned nor counted again. Where the target changed in between, what is left out for that is
//! found by verification or by the next cycle.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use super::cursor::{Cursor, Relation, name_in, name_of};
use super::directory_plan::{Directory, DirectoryPlan, Sides, plan_directory};
use super::failure::Result;
use super::look::look;
use super::moves::Unpaired;
use super::name::ScratchNames;
use super::shares::Shares;

/// Directories being listed at once.
const LISTINGS: usize = 32;
/// Directories listed whose turn has not come; beyond it only the first in line is listed.
const WAITING: usize = 4_096;

/// A place in the line of directories, in pre-order.
#[derive(Debug)]
struct Place {
    directory: Directory,
    next: Option<u64>,
    started: bool,
    plan: Option<DirectoryPlan>,
}

/// The directories known and not yet handed out, as a linked list in pre-order.
#[derive(Debug, Default)]
struct Line {
    places: HashMap<u64, Place>,
    first: Option<u64>,
    last_id: u64,
    listed: usize,
}

impl Line {
    /// Puts directories right behind `after`, or at the front.
    fn insert(&mut self, after: Option<u64>, directories: Vec<Directory>) {
        let mut previous = after;
        for directory in directories {
            self.last_id += 1;
            let id = self.last_id;
            let link = match previous {
                Some(previous) => &mut self.places.get_mut(&previous).expect("a place in the line").next,
                None => &mut self.first,
            };
            let next = link.replace(id);
            self.places.insert(id, Place { directory, next, started: false, plan: None });
            previous = Some(id);
        }
    }

    /// The first directory not yet asked for; with `only_first`, only if nothing stands before it.
    fn start(&mut self, only_first: bool) -> Option<(u64, Directory)> {
        let mut at = self.first;
        while let Some(id) = at {
            let place = self.places.get_mut(&id).expect("a place in the line");
            if !place.started {
                place.started = true;
                return Some((id, place.directory.clone()));
            }
            if only_first {
                return None;
            }
            at = place.next;
        }
        None
    }

    fn finish(&mut self, id: u64, mut plan: DirectoryPlan) {
        self.insert(Some(id), std::mem::take(&mut plan.children));
        self.places.get_mut(&id).expect("a place in the line").plan = Some(plan);
        self.listed += 1;
    }

    fn first(&self) -> Option<&Directory> {
        Some(&self.places.get(&self.first?)?.directory)
    }

    /// The next plan in pre-order, if it is there.
    fn take(&mut self) -> Option<DirectoryPlan> {
        let first = self.first?;
        let plan = self.places.get_mut(&first)?.plan.take()?;
        self.first = self.places.remove(&first).and_then(|place| place.next);
        self.listed -= 1;
        Some(plan)
    }
}

/// A walk under way.
#[derive(Debug)]
pub struct Walk<'a> {
    shares: &'a Shares,
    scratch: &'a ScratchNames,
    unpaired: Arc<Unpaired>,
    from: Arc<Cursor>,
    line: Line,
    listing: FuturesUnordered<BoxFuture<'a, (u64, Result<DirectoryPlan>)>>,
}

impl<'a> Walk<'a> {
    /// Starts at `root`, and leaves out everything before `from`.
    pub fn new(
        shares: &'a Shares,
        root: Directory,
        scratch: &'a ScratchNames,
        from: Option<Cursor>,
        unpaired: Arc<Unpaired>,
    ) -> Self {
        let mut line = Line::default();
        line.insert(None, vec![root]);
        let from = Arc::new(from.unwrap_or_default());
        Self { shares, scratch, unpaired, from, line, listing: FuturesUnordered::new() }
    }

    /// The plan of the next directory, parents first; `None` at the end. An error when the share or the credential
    /// is lost. A call that is dropped loses nothing.
    pub async fn next(&mut self) -> Result<Option<DirectoryPlan>> {
        loop {
            while let Some(plan) = self.line.take() {
                if self.from.relation(&plan.path) != Relation::Above || !plan.failures.is_empty() {
                    return Ok(Some(plan));
                }
            }
            while self.listing.len() < LISTINGS {
                let Some((id, directory)) = self.line.start(self.line.listed >= WAITING) else { break };
                let (shares, scratch, from) = (self.shares, self.scratch, self.from.clone());
                let unpaired = self.unpaired.clone();
                let planned = async move { (id, plan(shares, directory, scratch, &from, &unpaired).await) };
                self.listing.push(planned.boxed());
            }
            let Some((id, planned)) = self.listing.next().await else { return Ok(None) };
            self.line.finish(id, planned?);
        }
    }

    /// Where the next plan begins; `None` at the end.
    pub fn place(&self) -> Option<Cursor> {
        let next = Cursor::before(&self.line.first()?.path);
        Some(next.max(Cursor::clone(&self.from)))
    }
}

/// Lists a directory on the sides that have it, and compares what is not left out.
async fn plan(
    shares: &Shares,
    mut directory: Directory,
    scratch: &ScratchNames,
    from: &Cursor,
    unpaired: &Unpaired,
) -> Result<DirectoryPlan> {
    match look(shares, &mut directory, from, unpaired).await {
        Ok((source, target)) => {
            let plan = plan_directory(&directory, source, target, scratch, unpaired);
            Ok(rest(plan, &directory.sides, from))
        }
        Err(error) if error.ends_the_pass() => Err(error),
        Err(error) => {
            let failures = vec![error.at(&directory.path)];
            // one that moved goes to its place with what is in it: it may be in the way of others
            let items = directory.arrives(scratch).into_iter().collect();
            let plan = DirectoryPlan { path: directory.path, items, waits: true, ..Default::default() };
            Ok(DirectoryPlan { failures, ..rest(plan, &directory.sides, from) })
        }
    }
}

/// What is left of a directory's plan from a cursor on.
fn rest(plan: DirectoryPlan, sides: &Sides, from: &Cursor) -> DirectoryPlan {
    if matches!(sides, Sides::Refused { .. }) {
        // on the way to a cursor it was not refused before: this is news
        return plan;
    }
    let DirectoryPlan { path, mut items, mut children, mut failures, .. } = plan;
    match from.relation(&path) {
        Relation::Above | Relation::Behind => {
            children.retain(|child| from.relation(&child.path) != Relation::Behind);
            DirectoryPlan { path, children, ..Default::default() }
        }
        Relation::Here => {
            // A cursor among its entries says that they were planned one by one. Where the whole directory is one item
            // now, the target changed.
            let is_one = !matches!(sides, Sides::Both { .. } | Sides::Walked { .. });
            let is_left = |name: &str| name >= from.item.as_str();
            items.retain(|item| is_left(name_in(&path, item)) || is_one && item.path == path);
            failures.retain(|failure| is_left(name_of(&path, &failure.path)));
            DirectoryPlan { path, items, children, failures, ..plan }
        }
        Relation::Ahead => DirectoryPlan { path, items, children, failures, ..plan },
    }
}
