//! Cuts the walk into stretches: what one commit stores, so that planning can go on from there after a kill.
//!
//! Chunks, counts, failures and the cursor of a stretch belong together: stored all or not at all, every item is in
//! the plan exactly once, and everything is counted once. The counts of a directory come with its last item; what
//! cannot be mirrored in it comes when the cursor passes it.

use std::future::pending;
use std::iter::Peekable;
use std::pin::pin;
use std::sync::Arc;
use std::vec::IntoIter;

use super::chunk::{Chunk, ChunkBuilder, Cut};
use super::cursor::{Cursor, name_of};
use super::directory_plan::{Directory, DirectoryPlan, Sides};
use super::failure::{Failure, Result};
use super::item::Item;
use super::moves::Unpaired;
use super::name::{ScratchNames, order};
use super::root::root;
use super::shares::Shares;
use super::walk::Walk;

/// Failures held back before they are handed out.
const FAILURES: usize = 1_000;

/// A finished stretch of the walk.
#[derive(Debug, Default)]
pub struct Stretch {
    pub chunk: Option<Chunk>,
    /// Items that are tried before all others.
    pub urgent: Option<Chunk>,
    /// What is planned when the walk is over.
    pub aside: Option<Chunk>,
    pub failures: Vec<Failure>,
    /// Entries met on either side, each once.
    pub compared: u64,
    pub source_entries: u64,
    pub target_entries: u64,
    /// Entries left out, each once.
    pub excluded: u64,
    /// Entries that differ and stay, because somebody wants it so.
    pub skipped: u64,
    /// Entries of the source that are wanted by their very path.
    pub named: u64,
    /// What was planned so far of the entries of this directory, in this stretch too, does not hold.
    pub voids: Option<String>,
    /// Everything before this place is handed out; `None` at the end of the walk.
    pub to: Option<Cursor>,
}

impl Stretch {
    /// Everything planned in this stretch.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.urgent.iter().chain(&self.chunk).flat_map(|chunk| &chunk.items)
    }
}

/// Planning under way.
#[derive(Debug)]
pub struct Planner<'a> {
    walk: Walk<'a>,
    builder: ChunkBuilder,
    unpaired: Arc<Unpaired>,
    /// The root's own failure, until the root's plan is there.
    root_failure: Option<Failure>,
    /// The directory whose items are being handed out.
    open: Option<Open>,
    /// What goes with the next stretch.
    next: Stretch,
    /// What is planned is what an earlier walk put aside.
    is_rest: bool,
    /// A directory was planned to its end since the last stretch.
    has_moved: bool,
    has_ended: bool,
}

#[derive(Debug)]
struct Open {
    plan: DirectoryPlan,
    items: Peekable<IntoIter<Item>>,
}

impl<'a> Planner<'a> {
    /// Looks at the roots and starts at `from`, or at the beginning. What an earlier walk put aside is all that is
    /// planned once it is known what of it moved.
    pub async fn new(
        shares: &'a Shares,
        scratch: &'a ScratchNames,
        from: Option<Cursor>,
        builder: ChunkBuilder,
        unpaired: Arc<Unpaired>,
    ) -> Result<Self> {
        let is_rest = matches!(*unpaired, Unpaired::Settled(_));
        let (start, failure) = match &*unpaired {
            Unpaired::Settled(rest) => {
                let touches = rest.lifted().next().is_some();
                let touched = if touches { Some(shares.roots().await?.source) } else { None };
                (Directory::new(String::new(), Sides::Walked { touched }), None)
            }
            _ => root(shares).await?,
        };
        let from = Cursor { is_rest: false, ..from.unwrap_or_default() };
        let root_failure = failure.filter(|_| from == Cursor::default());
        let walk = Walk::new(shares, start, scratch, Some(from), unpaired.clone());
        let (open, next) = (None, Stretch::default());
        Ok(Self {
            walk,
            builder,
            unpaired,
            root_failure,
            open,
            next,
            is_rest,
            has_moved: false,
            has_ended: false,
        })
    }

    /// The next stretch, as soon as a chunk is full; `None` after the last. A call that is dropped loses nothing.
    pub async fn next(&mut self) -> Result<Option<Stretch>> {
        self.hurried(pending()).await
    }

    /// The same, but once `hurry` is over a whole directory is enough for a stretch.
    pub async fn hurried(&mut self, hurry: impl Future<Output = ()>) -> Result<Option<Stretch>> {
        let mut hurry = pin!(hurry);
        loop {
            while let Some(Open { plan, items }) = &mut self.open
                && let Some(item) = items.next()
            {
                let place = Cursor::before_item(&plan.path, plan.part.as_ref(), &item);
                let shown =
                    |directory: &str| plan.shown_by(directory).or_else(|| self.unpaired.shown(directory));
                if let Some(cut) = self.builder.push(item, plan.waits, shown) {
                    return Ok(Some(self.stretch(cut, Some(place))));
                }
            }
            self.close();
            if self.next.failures.len() >= FAILURES {
                return Ok(Some(self.flush()));
            }
            let planned = tokio::select! {
                biased;
                () = &mut hurry, if self.has_moved => return Ok(Some(self.flush())),
                planned = self.walk.next() => planned?,
            };
            match planned {
                Some(plan) if plan.voids => {
                    self.next.voids = Some(plan.path.clone());
                    self.open(plan);
                    return Ok(Some(self.flush()));
                }
                Some(plan) => self.open(plan),
                None if self.has_ended => return Ok(None),
                None => return Ok(Some(self.flush())),
            }
        }
    }

    /// Whether a chunk has begun, and more for it may come from the rest of a large directory.
    pub fn fills_in_parts(&self) -> bool {
        self.builder.has_begun() && self.walk.place().is_some_and(|place| place.part.is_some())
    }

    /// What is planned so far, though no chunk is full.
    pub fn flush(&mut self) -> Stretch {
        let within = self.open.as_mut().and_then(|Open { plan, items }| {
            let item = items.peek()?;
            Some(Cursor::before_item(&plan.path, plan.part.as_ref(), item))
        });
        if within.is_none() {
            self.close();
        }
        let to = within.or_else(|| self.walk.place());
        self.has_ended = to.is_none();
        let cut = self.builder.flush();
        self.stretch(cut, to)
    }

    fn stretch(&mut self, Cut { chunk, urgent, aside }: Cut, to: Option<Cursor>) -> Stretch {
        if let (Some(Open { plan, .. }), Some(place)) = (&mut self.open, &to) {
            let path = &plan.path;
            let passed = |failure: &mut Failure| order(name_of(path, &failure.path), &place.item).is_lt();
            self.next.failures.extend(plan.failures.extract_if(.., passed));
        }
        let to = to.map(|to| Cursor { is_rest: self.is_rest, ..to });
        self.has_moved = false;
        Stretch { chunk, urgent, aside, to, ..std::mem::take(&mut self.next) }
    }

    fn open(&mut self, mut plan: DirectoryPlan) {
        if plan.path.is_empty() {
            plan.failures.extend(self.root_failure.take());
        }
        let items = std::mem::take(&mut plan.items).into_iter().peekable();
        self.open = Some(Open { plan, items });
    }

    /// Counts the directory whose last item is handed out.
    fn close(&mut self) {
        let Some(Open { plan, .. }) = self.open.take() else { return };
        self.has_moved = true;
        self.next.failures.extend(plan.failures);
        self.next.compared += plan.compared;
        self.next.source_entries += plan.source_entries;
        self.next.target_entries += plan.target_entries;
        self.next.excluded += plan.excluded;
        self.next.skipped += plan.skipped;
        self.next.named += plan.named;
    }
}
