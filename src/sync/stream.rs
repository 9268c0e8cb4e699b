//! A directory under way: listed on the sides that have it, and planned part by part.

use std::sync::Arc;

use super::cursor::{Cursor, Relation, name_of};
use super::directory_plan::{Directory, DirectoryPlan, Rules, Sides, plan_part};
use super::failure::Result;
use super::hold::{Hold, hold};
use super::item::Item;
use super::listing::{SourceListing, TargetListing};
use super::look::search;
use super::moves::{Decided, Unpaired};
use super::name::{ScratchNames, join, order};
use super::part::Part;
use super::shares::Shares;
use super::windows::{Listed, Window, Windows};

/// A directory of which parts are still to come.
#[derive(Debug)]
pub struct Stream<'a> {
    shares: &'a Shares,
    scratch: &'a ScratchNames,
    /// What lies behind it is neither planned nor counted again.
    from: Arc<Cursor>,
    unpaired: Arc<Unpaired>,
    directory: Directory,
    windows: Windows,
    /// Where it was asked to begin.
    begin: Part,
    /// Where the next part begins; nothing at the beginning.
    part: Option<Part>,
    /// It was planned before, and is listed for its subdirectories.
    is_again: bool,
}

impl<'a> Stream<'a> {
    /// The parts of a directory from `part` on, or all of them.
    pub fn open(
        shares: &'a Shares,
        directory: Directory,
        scratch: &'a ScratchNames,
        from: Arc<Cursor>,
        unpaired: Arc<Unpaired>,
        part: Option<Part>,
    ) -> Self {
        let is_again = part.is_some();
        let begin = part.clone().unwrap_or_default();
        let part = match from.relation(&directory.path) {
            Relation::Here => part.or_else(|| from.part.as_deref().cloned()),
            _ => part,
        };
        let part = part.filter(|part| *part != Part::default());
        let windows = Windows::open(shares, &directory, part.as_ref());
        Self { shares, scratch, from, unpaired, directory, windows, begin, part, is_again }
    }

    /// Where the next part begins.
    pub fn part(&self) -> Option<&Part> {
        self.part.as_ref()
    }

    /// Entries fetched that are in no part yet.
    pub fn held(&self) -> usize {
        self.windows.held()
    }

    /// The next part, and the rest if there is one. A listing that fails costs the directory all that is below it, also
    /// what was planned by then.
    pub async fn next(mut self: Box<Self>) -> Result<(DirectoryPlan, Option<Box<Self>>)> {
        match self.plan().await {
            Ok(plan) => {
                let rest = plan.has_more.then_some(self);
                Ok((plan, rest))
            }
            Err(error) if error.ends_the_pass() => Err(error),
            Err(error) => {
                let voids = self.part.is_some();
                let items = self.arrives(voids).into_iter().collect();
                let path = std::mem::take(&mut self.directory.path);
                let failures = vec![error.at(&path)];
                Ok((DirectoryPlan { path, items, failures, voids, waits: true, ..Default::default() }, None))
            }
        }
    }

    /// A directory that moved goes to its place with what is in it, listed or not: it may be in the way of others.
    fn arrives(&self, voids: bool) -> Option<Item> {
        let is_planned = match self.relation() {
            Relation::Above | Relation::Behind => true,
            Relation::Here => !voids && !self.from.item.is_empty(),
            Relation::Ahead => false,
        };
        if is_planned { None } else { self.directory.arrives(self.scratch) }
    }

    async fn plan(&mut self) -> Result<DirectoryPlan> {
        let Directory { path, sides, .. } = &mut self.directory;
        if let Sides::Target { listed_at, hold: held, .. } = sides
            && *held == Hold::Unknown
        {
            *held = hold(self.shares, listed_at.clone()).await?;
        }
        let known = if self.part.is_none() { self.unpaired.listed(path, sides) } else { None };
        let (source, mut target) = match known {
            Some(known) => {
                self.windows = Windows::none();
                known
            }
            None => match self.windows.next().await? {
                Listed::Window(window) => self.listings(window).await?,
                Listed::OutOfOrder => return Ok(self.start_again()),
            },
        };
        let Directory { path, sides, .. } = &self.directory;
        let listed_at = match sides {
            Sides::Both { listed_at, .. } => Some(listed_at.as_str()),
            Sides::Target { listed_at, hold, .. } if *hold != Hold::Nothing => Some(listed_at.as_str()),
            Sides::Walked { .. } => Some(self.unpaired.walked_at(path)),
            _ => None,
        };
        if let Some(listed_at) = listed_at {
            let is_due = |name: &str| self.from.relation(&join(path, name)) != Relation::Behind;
            search(self.shares, listed_at, &source, &mut target, is_due).await?;
        }
        let mut sums = self.part.as_ref().map(|part| part.sums.clone()).unwrap_or_default();
        let is_last = self.windows.is_over();
        let unpaired = self.unpaired.deciding(self.decided());
        let restoring = self.shares.restoring.as_deref();
        let rules = Rules { scratch: self.scratch, unpaired: &unpaired, restoring };
        let mut plan = plan_part(&self.directory, &source, &target, rules, &mut sums, is_last);
        let next = Part { sums, ..self.windows.rest() };
        plan.part = self.part.replace(next);
        Ok(self.rest(plan))
    }

    /// How the directory lies to what is planned already.
    fn relation(&self) -> Relation {
        if self.is_again { Relation::Above } else { self.from.relation(&self.directory.path) }
    }

    fn decided(&self) -> Decided {
        match self.relation() {
            Relation::Above | Relation::Behind => Decided::All,
            Relation::Here => Decided::Before(self.from.item.clone()),
            Relation::Ahead => Decided::Nothing,
        }
    }

    async fn listings(&self, window: Window) -> Result<(SourceListing, TargetListing)> {
        let Directory { path, sides, .. } = &self.directory;
        let (mut source, mut target) = (SourceListing::default(), TargetListing::default());
        if !window.source.is_empty() {
            source = self.shares.source_listing(path, window.source).await?;
        }
        if let Sides::Both { listed_at, .. } | Sides::Target { listed_at, .. } = sides {
            target = self.shares.target_listing(listed_at, window.target).await?;
        }
        Ok((source, target))
    }

    /// Plans the directory anew, in the belief in no order.
    fn start_again(&mut self) -> DirectoryPlan {
        let path = self.directory.path.clone();
        tracing::warn!(
            entry.path = path,
            "The service lists this directory in no order that is known; it is listed again and again, stretch by stretch"
        );
        if self.from.relation(&path) == Relation::Here {
            // what was planned of it before the cursor is void as well
            self.from = Arc::new(Cursor::before(&path));
        }
        let Part { after, sums, .. } = self.begin.clone();
        let part = Part { after, sums, ..Part::unordered() };
        self.windows = Windows::open(self.shares, &self.directory, Some(&part));
        self.part = Some(part);
        DirectoryPlan { path, voids: true, has_more: true, ..Default::default() }
    }

    /// What is left of a directory's plan from a cursor on.
    fn rest(&self, mut plan: DirectoryPlan) -> DirectoryPlan {
        if matches!(self.directory.sides, Sides::Refused { .. }) {
            // on the way to a cursor it was not refused before: this is news
            return plan;
        }
        let from = &self.from;
        match self.relation() {
            Relation::Above | Relation::Behind => {
                plan.children.retain(|child| from.relation(&child.path) != Relation::Behind);
                let DirectoryPlan { path, children, has_more, part, shown, .. } = plan;
                DirectoryPlan { path, children, has_more, part, shown, ..Default::default() }
            }
            Relation::Here => {
                // A cursor among its entries says that they were planned one by one. Where the whole directory is one
                // item now, the target changed.
                let path = &plan.path;
                let is_one = match self.directory.sides {
                    Sides::Both { .. } | Sides::Walked { .. } => false,
                    _ => !self.unpaired.brings_files_into(path),
                };
                let is_left = |name: &str| order(name, &from.item).is_ge();
                let part = plan.part.as_ref();
                plan.items.retain(|item| {
                    is_left(&Cursor::before_item(path, part, item).item) || is_one && item.path == *path
                });
                plan.failures.retain(|failure| is_left(name_of(path, &failure.path)));
                plan
            }
            Relation::Ahead => plan,
        }
    }
}
