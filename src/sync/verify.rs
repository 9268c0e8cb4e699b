//! After the last write, the directories that were written are listed again in the target and compared with what they
//! have to show by the plan. Where that is not known, or they show something else, the source is listed again too, entry
//! by entry: a difference gets one round of repair, then it is a failure. For all other directories the planning listing
//! is the verification.
//!
//! A listing counts only if nothing that was sent can still take effect after it: a request that lost its answer
//! may come late, over what a repeat has finished long before.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use azure_storage_file_share::FileAttributes;
use futures::{FutureExt, StreamExt, stream};

use super::apply::Apply;
use super::changes::Changes;
use super::chunk::Chunk;
use super::digest::shown;
use super::directory_plan::{Directory, Sides};
use super::failure::{FailedPaths, Failure, Result, SyncError};
use super::hold::Hold;
use super::item::{Item, Over, Reason, Work};
use super::look::compare_now;
use super::merge::Merged;
use super::name::parent;
use super::progress::{End, Progress};
use super::root::root;
use super::verify_restored::verify_restored;

/// Directories compared at once.
const DIRECTORIES: usize = 16;
/// Times that a directory is listed again because something was under way while it was.
pub(super) const ROUNDS: u32 = 5;

/// Compares what a chunk wrote, but for directories that the chunk verified next writes to as well. `failed` holds the
/// paths that are reported already.
pub async fn verify(
    apply: &Apply<'_>,
    chunk: &Chunk,
    next: Option<&Chunk>,
    failed: &FailedPaths,
    progress: &Progress,
) -> Result<End> {
    let written = |chunk: &Chunk| -> BTreeSet<String> {
        chunk.items.iter().flat_map(Item::written_directories).map(str::to_owned).collect()
    };
    let restoring = apply.shares.restoring.as_deref();
    // what was brought back is compared item by item, each with its chunk
    let later = next.filter(|_| restoring.is_none()).map(written).unwrap_or_default();
    let due = (0..).zip(written(chunk));
    let due = due.filter(|(number, path)| !later.contains(path) && !progress.is_done(*number));
    let ended = AtomicBool::new(false);
    let mut verified = stream::iter(due)
        .map(|(number, directory)| {
            let ended = &ended;
            async move {
                let result = if ended.load(Ordering::Relaxed) {
                    Err(SyncError::Stopped)
                } else if let Some(restoring) = restoring {
                    verify_restored(apply, restoring, &directory, chunk, failed, progress).await
                } else {
                    verify_directory(apply, &directory, chunk, failed, progress).await
                };
                (number, directory, result)
            }
            .boxed()
        })
        .buffer_unordered(DIRECTORIES);
    let (mut end, mut first) = (End::Finished, None);
    while let Some((number, directory, result)) = verified.next().await {
        let failures = match result {
            Ok(found) => found,
            Err(SyncError::Stopped) => {
                end = End::Stopped;
                continue;
            }
            Err(error) if error.ends_the_pass() => {
                ended.store(true, Ordering::Relaxed);
                first.get_or_insert(error);
                continue;
            }
            // a directory that could not be made is reported, and so is everything in it
            Err(_) if failed.contains(&directory) => Vec::new(),
            Err(error) => vec![error.at(&directory)],
        };
        progress.settle(number, Changes::default(), failures);
    }
    first.map_or(Ok(end), Err)
}

async fn verify_directory(
    apply: &Apply<'_>,
    path: &str,
    chunk: &Chunk,
    known: &FailedPaths,
    progress: &Progress,
) -> Result<Vec<Failure>> {
    let unsettled = &apply.shares.unsettled;
    let is_known = |item: &Item| {
        known.contains(item.successor().unwrap_or(&item.path))
            // scratch names stay where something failed
            || item.reason == Reason::Scratch && !known.is_empty()
    };
    let mut failures: Vec<Failure> = Vec::new();
    let (mut repaired, mut is_touched) = (HashSet::new(), false);
    for _ in 0..ROUNDS {
        if progress.is_stopped() {
            return Err(SyncError::Stopped);
        }
        unsettled.settled().await;
        let count = unsettled.count();
        let (mut found, unfit) = differences(apply, path, chunk).await?;
        if is_touched && !path.is_empty() {
            // the directory itself shows in the listing of its parent
            let beside = differences(apply, parent(path), chunk).await?.0;
            found.extend(beside.into_iter().filter(|item| item.path == path));
        }
        if unsettled.count() != count {
            continue;
        }
        found.retain(|item| !is_known(item) && !failures.iter().any(|failure| failure.path == item.path));
        let (repairs, lasting): (Vec<Item>, Vec<Item>) =
            found.into_iter().partition(|item| repairable(item) && !repaired.contains(&item.path));
        if repairs.is_empty() {
            failures.extend(unfit.into_iter().filter(|failure| !known.contains(&failure.path)));
            failures.extend(lasting.into_iter().map(not_equal));
            return Ok(failures);
        }
        is_touched |= repairs.iter().any(adds);
        let paths: Vec<String> = repairs.iter().map(|item| item.path.clone()).collect();
        failures.extend(repair(apply, path, repairs, known, progress).await?);
        if unsettled.count() == count {
            // what was repaired for certain gets no second repair
            repaired.extend(paths);
        }
    }
    failures.push(never_settled(path));
    Ok(failures)
}

pub(super) fn never_settled(path: &str) -> Failure {
    let detail = "Requests kept losing their answers while the directory was compared";
    SyncError::refused("Unsettled", detail).at(path)
}

/// Makes equal what can be made equal in place. Returns what failed.
async fn repair(
    apply: &Apply<'_>,
    path: &str,
    repairs: Vec<Item>,
    known: &FailedPaths,
    progress: &Progress,
) -> Result<Vec<Failure>> {
    tracing::warn!(
        entry.path = path,
        differing_entries = repairs.len(),
        "The target differed after the last write; repairing"
    );
    let mut chunk = Chunk::of(repairs);
    if chunk.items.iter().any(adds) {
        chunk.items.extend(touch(apply, path).await?);
    }
    let (written, deleted, finished) = (progress.inner(), progress.inner(), progress.inner());
    let mut failed = known.clone();
    let mut end = apply.write(&chunk, &failed, &written).await?;
    let mut failures = written.save().1;
    failed.add(&failures);
    if end == End::Finished {
        end = apply.delete(&chunk, &failed, &deleted).await?;
        failures.extend(deleted.save().1);
    }
    if end == End::Finished {
        end = apply.finish(&chunk, &failed, &finished).await?;
        failures.extend(finished.save().1);
    }
    match end {
        End::Finished => Ok(failures),
        End::Stopped => Err(SyncError::Stopped),
    }
}

fn adds(item: &Item) -> bool {
    item.removes().is_none() && item.is_copy()
}

/// Everything in a directory that is not equal, as the items that would make it so, and what cannot be compared. A target
/// that shows just what the plan says needs no look at the source, whose share snapshot is as it was.
async fn differences(apply: &Apply<'_>, path: &str, chunk: &Chunk) -> Result<(Vec<Item>, Vec<Failure>)> {
    let (mut differences, mut unfit) = (Vec::new(), Vec::new());
    if !shows(apply, path, chunk).await? {
        let Merged { items, children, failures, .. } = compare_now(apply.shares, path, apply.scratch).await?;
        differences.extend(items);
        differences.extend(children.into_iter().filter_map(own_difference));
        unfit = failures;
    }
    if path.is_empty() {
        let (root, failure) = root(apply.shares).await?;
        differences.extend(own_difference(root));
        unfit.extend(failure);
    }
    Ok((differences, unfit))
}

/// Whether the target shows of a directory just what the plan says.
async fn shows(apply: &Apply<'_>, path: &str, chunk: &Chunk) -> Result<bool> {
    let Some(planned) = chunk.shown.get(path) else { return Ok(false) };
    let mut found = Some(0_u128);
    apply
        .shares
        .look_through_target(path, |page| {
            found = found.zip(shown(&page.entries)).map(|(sum, more)| sum.wrapping_add(more));
        })
        .await?;
    Ok(found == Some(*planned))
}

pub(super) fn own_difference(child: Directory) -> Option<Item> {
    let path = child.path;
    match child.sides {
        Sides::Both { own: None, .. }
        | Sides::Target { hold: Hold::Excluded, .. }
        | Sides::Walked { .. }
        | Sides::Refused { .. } => None,
        Sides::Both { source, target, own: Some(reason), .. } => {
            Some(Item { path, reason, work: Work::SetDirectory { source, target } })
        }
        Sides::Source { source, over } => {
            let work = Work::NewDirectory { source, over, files: 0, bytes: 0 };
            Some(Item { path, reason: Reason::Added, work })
        }
        Sides::Target { target, reason, successor, .. } => {
            Some(Item { path, reason, work: Work::DeleteFile { target, successor } })
        }
    }
}

/// Sets the times of a directory again, after an entry was added to it.
async fn touch(apply: &Apply<'_>, path: &str) -> Result<Option<Item>> {
    let source = if path.is_empty() {
        Some(apply.shares.roots().await?.source)
    } else {
        apply.shares.source_entry(path).await?
    };
    Ok(source.map(|source| Item {
        path: path.to_owned(),
        reason: Reason::Children,
        work: Work::TouchDirectory { source },
    }))
}

/// Repair neither renames nor deletes, because what asks for that was not in the plan; but for a scratch file that an attempt which
/// was cut off had begun, and the next one did not need.
fn repairable(item: &Item) -> bool {
    let in_place = match &item.work {
        Work::CopyFile { over, .. } => matches!(over, Over::Nothing | Over::File(_)),
        Work::SetFile { .. } | Work::SetDirectory { .. } => true,
        Work::DeleteFile { target, .. } => {
            item.reason == Reason::Scratch && !target.attributes.contains(FileAttributes::DIRECTORY)
        }
        _ => false,
    };
    in_place && item.misspelt().is_none()
}

fn not_equal(item: Item) -> Failure {
    let detail = match item.removes().map(|seen| &seen.name) {
        Some(name) if item.deletes() => format!("The target holds {name}, which the source does not have"),
        _ => format!("After the last write and one repair the target still differs: {:?}", item.reason),
    };
    Failure::new(item.path, "NotEqual", detail)
}
