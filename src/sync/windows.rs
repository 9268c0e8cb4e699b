//! The listings of a directory on both sides, stretch by stretch: of each stretch of names, all entries of either side.
//!
//! A directory that one page shows is one stretch. Of a larger one no more is in memory than a page or two, as long as
//! the service keeps to an order.

use azure_storage_file_share::{Entry, ShareDirectoryClient};

use super::directory_plan::{Directory, Sides};
use super::failure::Result;
use super::name::{folded_order, order};
use super::pages::{OutOfOrder, Pages};
use super::part::{Mark, Part};
use super::restoring::Wanted;
use super::shares::Shares;

/// Entries of a side held at once where its listing is in no order.
const AT_ONCE: usize = 50_000;

/// All entries of a stretch of names.
#[derive(Debug, Default)]
pub struct Window {
    pub source: Vec<Entry>,
    pub target: Vec<Entry>,
}

/// What came of listing on.
#[derive(Debug)]
pub enum Listed {
    Window(Window),
    /// What was handed out was compared in the belief in an order that is not kept.
    OutOfOrder,
}

/// Both listings, as far as they are not taken.
#[derive(Debug)]
pub struct Windows {
    source: Pages,
    target: Pages,
    after: String,
}

impl Windows {
    /// The sides that have the directory, from a part of it on.
    pub fn open(shares: &Shares, directory: &Directory, from: Option<&Part>) -> Self {
        let (source, target) = match &directory.sides {
            Sides::Both { listed_at, .. } => (Some(&directory.path), Some(listed_at)),
            Sides::Source { .. } => (Some(&directory.path), None),
            Sides::Target { listed_at, .. } => (None, Some(listed_at)),
            Sides::Walked { .. } | Sides::Refused { .. } => (None, None),
        };
        Self::of(shares, source.map(String::as_str), target.map(String::as_str), from)
    }

    /// The same by the paths at which either side has it.
    pub fn of(shares: &Shares, source: Option<&str>, target: Option<&str>, from: Option<&Part>) -> Self {
        let restoring = source.or(target).zip(shares.restoring.as_ref());
        let names = restoring.and_then(|(path, restoring)| restoring.names_in(path));
        let is_optional = restoring.is_some_and(|(path, restoring)| restoring.wanted(path) == Wanted::Below);
        let source = source.map(|path| shares.source_directory(path));
        let target = target.and_then(|path| shares.target_directory(path));
        Self::within(source, target, from, AT_ONCE).only(names, is_optional)
    }

    /// Only the entries of these names, if they are known, in a directory that may be missing.
    fn only(self, names: Option<Vec<String>>, is_optional: bool) -> Self {
        let [source, target] = [(self.source, names.clone()), (self.target, names)]
            .map(|(pages, names)| pages.only(names).optional(is_optional));
        Self { source, target, ..self }
    }

    fn within(
        source: Option<ShareDirectoryClient>,
        target: Option<ShareDirectoryClient>,
        from: Option<&Part>,
        at_once: usize,
    ) -> Self {
        let after = from.map(|part| part.after.clone()).filter(|after| !after.is_empty());
        let pages = |directory: Option<ShareDirectoryClient>, mark: Option<Option<Mark>>| match (
            directory,
            mark.unwrap_or(Some(Mark::Start)),
        ) {
            (Some(directory), Some(mark)) => Pages::new(directory, mark, after.clone(), at_once),
            _ => Pages::none(),
        };
        Self {
            source: pages(source, from.map(|part| part.source.clone())),
            target: pages(target, from.map(|part| part.target.clone())),
            after: after.unwrap_or_default(),
        }
    }

    /// Nothing, as after the end.
    pub fn none() -> Self {
        Self { source: Pages::none(), target: Pages::none(), after: String::new() }
    }

    /// Nothing is left to be listed or taken.
    pub fn is_over(&self) -> bool {
        self.source.mark().is_none() && self.target.mark().is_none()
    }

    /// Entries fetched and not taken.
    pub fn held(&self) -> usize {
        self.source.entries().len() + self.target.entries().len()
    }

    /// Where the rest begins.
    pub fn rest(&self) -> Part {
        let (source, target) = (self.source.mark(), self.target.mark());
        Part { after: self.after.clone(), source, target, ..Part::default() }
    }

    /// The next stretch of names. It may hold nothing. Whoever begins where this one stands is given the same.
    pub async fn next(&mut self) -> Result<Listed> {
        // pages of either side that decide how far the stretch reaches
        let (mut of_source, mut of_target) = (1, 1);
        loop {
            let lacks = (self.source.lacks(of_source), self.target.lacks(of_target));
            if lacks.0 || lacks.1 {
                let (source, target) =
                    futures::try_join!(fetch(&mut self.source, lacks.0), fetch(&mut self.target, lacks.1))?;
                if source.or(target).is_some() {
                    return Ok(Listed::OutOfOrder);
                }
                continue;
            }
            let ends = [self.source.end(of_source), self.target.end(of_target)];
            let bound = ends.into_iter().flatten().min_by(|a, b| folded_order(a, b));
            let is_within =
                |entry: &Entry| bound.is_none_or(|bound| folded_order(&entry.name, bound).is_lt());
            let source = self.source.entries().partition_point(is_within);
            let target = self.target.entries().partition_point(is_within);
            if source + target > 0 || bound.is_none() {
                return Ok(Listed::Window(self.take(source, target)));
            }
            let [ends_source, ends_target] = ends.map(|end| end.is_some() && end == bound);
            of_source += usize::from(ends_source);
            of_target += usize::from(ends_target);
        }
    }

    fn take(&mut self, source: usize, target: usize) -> Window {
        let window = Window { source: self.source.take(source), target: self.target.take(target) };
        for last in [window.source.last(), window.target.last()].into_iter().flatten() {
            if order(&last.name, &self.after).is_gt() {
                self.after.clone_from(&last.name);
            }
        }
        window
    }
}

async fn fetch(pages: &mut Pages, is_wanted: bool) -> Result<Option<OutOfOrder>> {
    if is_wanted { pages.fetch().await } else { Ok(None) }
}
