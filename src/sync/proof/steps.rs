//! What a proof does, step by step, in the order of the walk: a comparison that shows every file that is equal tells
//! which ones are to be read.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use azure_storage::ErrorKind;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::finding::difference;
use super::pieces::{Piece, Pieces};
use super::progress::{Proof, ProofPlace};
use super::run::Asked;
use crate::sync::cursor::Cursor;
use crate::sync::directory_plan::DirectoryPlan;
use crate::sync::failure::{Failure, Result, SyncError};
use crate::sync::item::{Item, Work, size};
use crate::sync::moves::Unpaired;
use crate::sync::name::ScratchNames;
use crate::sync::root::root;
use crate::sync::walk::Walk;

/// Files whose ranges are asked for at once.
const RANGES: usize = 4;
/// What a file costs a sample besides its data: requests take their time and their money, however little they fetch.
const FILE: u64 = 64 << 10;

/// A file that is read on both sides.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) path: String,
    size: u64,
    pub(super) at: At,
    /// The rest need not be read.
    pub(super) is_settled: AtomicBool,
}

/// Where a proof is.
#[derive(Clone, Debug)]
pub(super) enum At {
    /// Among the files that were copied again.
    Again(u32),
    Walk(Cursor),
}

#[derive(Debug)]
pub(super) enum Step {
    Piece(Arc<Reading>, Piece),
    /// All pieces of the file come before.
    End(Arc<Reading>),
    Found(Failure),
    Passed(Passed),
}

/// A stretch of the walk lies behind.
#[derive(Debug)]
pub(super) struct Passed {
    /// It goes on there; nowhere at its end.
    pub(super) next: Option<Cursor>,
    /// Of the source, in this stretch.
    pub(super) entries: u64,
    /// The directory comes to its end with it.
    pub(super) ends_directory: bool,
}

impl Passed {
    fn end() -> Self {
        Self { next: None, entries: 0, ends_directory: true }
    }
}

impl Step {
    /// What it takes of a sample.
    pub(super) fn cost(&self) -> u64 {
        match self {
            Self::Piece(file, piece) if matches!(file.at, At::Walk(_)) => piece.bytes(),
            Self::End(file) if matches!(file.at, At::Walk(_)) => FILE,
            _ => 0,
        }
    }
}

/// Something of which the steps are still to be found out.
#[derive(Debug)]
enum Unit {
    File { file: Reading, offset: u64 },
    Found(Failure),
    Passed(Passed),
}

/// A unit with its pieces, and the step that comes after them.
type Cut = (Option<(Arc<Reading>, Pieces)>, Step);

/// From what was saved on.
pub(super) fn steps<'a>(asked: &'a Asked<'a>, saved: Proof) -> BoxStream<'a, Result<Step>> {
    let place = saved.place.clone();
    let again = asked.again.iter().enumerate().skip(place.again as usize).map(move |(number, path)| {
        let is_first = number == place.again as usize;
        let at = At::Again(number as u32);
        let file = Reading { path: path.clone(), size: 0, at, is_settled: AtomicBool::default() };
        Ok(Unit::File { file, offset: if is_first { place.again_offset } else { 0 } })
    });
    stream::iter(again)
        .chain(walk(asked, saved))
        .map(|unit| async { asked.cut(unit?).await })
        .buffered(RANGES)
        .map_ok(|(pieces, last)| {
            let pieces = pieces.into_iter();
            let pieces = pieces
                .flat_map(|(file, pieces)| pieces.map(move |piece| Ok(Step::Piece(file.clone(), piece))));
            stream::iter(pieces.chain([Ok(last)]))
        })
        .try_flatten()
        .boxed()
}

fn walk<'a>(asked: &'a Asked<'a>, saved: Proof) -> BoxStream<'a, Result<Unit>> {
    let units = async move {
        let place = saved.place.clone();
        let (start, failure) = match root(asked.shares).await {
            Ok(root) => root,
            Err(error) if error.ends_the_pass() => return Err(error),
            // without its root nothing of the share can be compared
            Err(error) => {
                let units = [Unit::Found(error.at("")), Unit::Passed(Passed::end())];
                return Ok(stream::iter(units.map(Ok)).boxed());
            }
        };
        let failure = failure.filter(|_| place.walk.is_none()).map(|failure| Ok(Unit::Found(failure)));
        let scratch: &ScratchNames = &asked.scratch;
        let walk = Walk::new(asked.shares, start, scratch, place.walk.clone(), Arc::new(Unpaired::Planned));
        let plans = stream::try_unfold(Some(walk), move |walk| {
            let saved = saved.clone();
            async move {
                let Some(mut walk) = walk else { return Ok::<_, SyncError>(None) };
                Ok(Some(match walk.next().await? {
                    Some(plan) => {
                        let units = units_of(asked, &saved, plan, walk.place());
                        (units, Some(walk))
                    }
                    None => (vec![Unit::Passed(Passed::end())], None),
                }))
            }
        });
        let plans = plans.map_ok(|units| stream::iter(units.into_iter().map(Ok))).try_flatten();
        Ok(stream::iter(failure).chain(plans).boxed())
    };
    stream::once(units).try_flatten().boxed()
}

fn units_of(asked: &Asked<'_>, saved: &Proof, plan: DirectoryPlan, next: Option<Cursor>) -> Vec<Unit> {
    let mut units: Vec<Unit> = plan.failures.into_iter().map(Unit::Found).collect();
    for item in &plan.items {
        let cursor = Cursor::before_item(&plan.path, plan.part.as_ref(), item);
        units.extend(difference(item).map(Unit::Found));
        units.extend(reading(saved, item, cursor));
    }
    units.retain(|unit| match unit {
        Unit::File { file, .. } => !(asked.is_known)(&file.path),
        Unit::Found(failure) => !(asked.is_known)(&failure.path),
        Unit::Passed(_) => true,
    });
    let ends_directory = next.as_ref().is_none_or(|next| next.directory != plan.path);
    units.push(Unit::Passed(Passed { next, entries: plan.source_entries, ends_directory }));
    units
}

/// A file that both sides have, with equal sizes and last-write times.
fn reading(saved: &Proof, item: &Item, cursor: Cursor) -> Option<Unit> {
    let Work::SetFile { source, .. } = &item.work else { return None };
    let is_begun = saved.place.walk.as_ref().is_some_and(|place| place.is_at(&cursor));
    let offset = if is_begun { saved.place.offset } else { 0 };
    if offset == ProofPlace::DONE || saved.is_damaged(&item.path) {
        return None;
    }
    let (size, path) = (size(source), item.path.clone());
    let file = Reading { path, size, at: At::Walk(cursor), is_settled: AtomicBool::default() };
    Some(Unit::File { file, offset })
}

impl Asked<'_> {
    /// The pieces of a file. What cannot be told of it is a finding.
    async fn cut(&self, unit: Unit) -> Result<Cut> {
        let (mut file, offset) = match unit {
            Unit::Found(failure) => return Ok((None, Step::Found(failure))),
            Unit::Passed(passed) => return Ok((None, Step::Passed(passed))),
            Unit::File { file, offset } => (file, offset),
        };
        let pieces = match self.pieces(&mut file, offset).await {
            Err(error) if error.ends_the_pass() => return Err(error),
            Err(error) => return Ok((None, Step::Found(error.at(&file.path)))),
            Ok(pieces) => pieces,
        };
        let file = Arc::new(file);
        Ok((pieces.map(|pieces| (file.clone(), pieces)), Step::End(file)))
    }

    async fn pieces(&self, file: &mut Reading, offset: u64) -> Result<Option<Pieces>> {
        let (source, target) =
            (self.shares.source.file_client(&file.path), self.shares.target.file_client(&file.path));
        if matches!(file.at, At::Again(_)) {
            // it may be gone from the source since it was found, or be a directory by now: the walk compares that
            let (found, there) = futures::join!(source.get_properties(), target.get_properties());
            let is_gone = |error: &azure_storage::Error| error.kind == ErrorKind::NotFound;
            match (found, there) {
                (Err(error), _) | (_, Err(error)) if is_gone(&error) => return Ok(None),
                (found, there) => {
                    let (found, there) = (found?, there?);
                    if found.size != there.size {
                        let detail = format!(
                            "It has {} bytes in the source's share snapshot and {} in the target's",
                            found.size, there.size
                        );
                        return Err(SyncError::refused("NotEqual", detail));
                    }
                    file.size = found.size;
                }
            }
        }
        if file.size <= azure_storage_file_share::MAX_RANGE_BYTES {
            return Ok(Some(Pieces::all(file.size, offset)));
        }
        let (source, target) = futures::try_join!(source.list_ranges(), target.list_ranges())?;
        Ok(Some(Pieces::allocated(file.size, offset, source.ranges, target.ranges)))
    }
}
