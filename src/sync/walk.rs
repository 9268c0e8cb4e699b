//! The planning walk: both trees, directory by directory, many directories at once, from listings alone.
//!
//! Directories are listed in any order but their plans come out in pre-order, parents before children, a large directory
//! in parts. A listing that fails costs that subtree its update and is reported; nothing under it is planned, so nothing
//! under it is deleted (P2). Memory holds what is between the first directory not yet listed and the last one listed.
//!
//! A walk may begin at a cursor. Then the directories above it are listed only for the way; what lies behind it is
//! neither listed nor planned nor counted again. Where the target changed in between, what is left out for that is
//! found by verification or by the next cycle.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use super::cursor::{Cursor, Relation};
use super::directory_plan::{Directory, DirectoryPlan};
use super::failure::Result;
use super::line::{Line, Start};
use super::moves::Unpaired;
use super::name::ScratchNames;
use super::shares::Shares;
use super::stream::Stream;

/// Directories being listed at once.
const LISTINGS: usize = 32;

/// A part of a directory's plan, and the rest of the directory.
type Planned<'a> = (u64, Result<(DirectoryPlan, Option<Box<Stream<'a>>>)>);

/// A walk under way.
#[derive(Debug)]
pub struct Walk<'a> {
    shares: &'a Shares,
    scratch: &'a ScratchNames,
    unpaired: Arc<Unpaired>,
    from: Arc<Cursor>,
    line: Line<'a>,
    listing: FuturesUnordered<BoxFuture<'a, Planned<'a>>>,
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
        let from = Arc::new(from.unwrap_or_default());
        Self { shares, scratch, unpaired, from, line: Line::new(root), listing: FuturesUnordered::new() }
    }

    /// The plan of the next directory, or the next part of one, parents first; `None` at the end. An error when the share
    /// or the credential is lost. A call that is dropped loses nothing.
    pub async fn next(&mut self) -> Result<Option<DirectoryPlan>> {
        loop {
            while let Some(mut plan) = self.line.take() {
                if self.from.relation(&plan.path) == Relation::Above {
                    // what is stored of its own entries was planned in a listing that went to its end
                    plan.voids = false;
                    if plan.failures.is_empty() {
                        continue;
                    }
                } else if plan.voids {
                    // what is planned of it from now on comes before the cursor at which this walk began
                    self.from = Arc::new(self.line.place().unwrap_or_default());
                }
                return Ok(Some(plan));
            }
            while self.listing.len() < LISTINGS
                && let Some((id, start)) = self.line.start()
            {
                let stream = match start {
                    Start::Rest(stream) => stream,
                    Start::New(directory, part) => {
                        let (shares, scratch, from) = (self.shares, self.scratch, self.from.clone());
                        let unpaired = self.unpaired.clone();
                        Box::new(Stream::open(shares, *directory, scratch, from, unpaired, part))
                    }
                };
                self.listing.push(async move { (id, stream.next().await) }.boxed());
            }
            let Some((id, planned)) = self.listing.next().await else { return Ok(None) };
            let (plan, rest) = planned?;
            self.line.finish(id, plan, rest);
        }
    }

    /// Where the next plan begins; `None` at the end.
    pub fn place(&self) -> Option<Cursor> {
        Some(self.line.place()?.max(Cursor::clone(&self.from)))
    }
}
