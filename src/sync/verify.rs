//! After the last write, the directories that were written are listed again on both sides and compared. For all
//! others the planning listing is the verification. A difference gets one round of repair, then it is a failure.

use std::collections::BTreeSet;

use futures::{FutureExt, StreamExt, stream};

use super::apply::Apply;
use super::chunk::Chunk;
use super::directory_plan::{Directory, Sides};
use super::failure::{FailedPaths, Failure, Result};
use super::hold::Hold;
use super::item::{Item, Over, Reason, Work};
use super::look::compare_now;
use super::merge::Merged;
use super::name::{join, parent};
use super::root::root;
use super::tally::Tally;

/// Directories compared at once.
const DIRECTORIES: usize = 8;

/// Compares what a chunk wrote. `failed` holds the paths that are reported already.
pub async fn verify(
    apply: &Apply<'_>,
    chunk: &Chunk,
    failed: &FailedPaths,
    failures: &mut Vec<Failure>,
) -> Result<()> {
    let written: BTreeSet<String> =
        chunk.items.iter().flat_map(Item::written_directories).map(str::to_owned).collect();
    let mut verified = stream::iter(written)
        .map(|directory| {
            async move {
                let result = verify_directory(apply, &directory, failed).await;
                (directory, result)
            }
            .boxed()
        })
        .buffer_unordered(DIRECTORIES);
    while let Some((directory, result)) = verified.next().await {
        match result {
            Ok(found) => failures.extend(found),
            Err(error) if error.ends_the_cycle() => return Err(error),
            // a directory that could not be made is reported, and so is everything in it
            Err(_) if failed.contains(&directory) => {}
            Err(error) => failures.push(error.at(&directory)),
        }
    }
    Ok(())
}

async fn verify_directory(apply: &Apply<'_>, path: &str, known: &FailedPaths) -> Result<Vec<Failure>> {
    let (mut found, unfit) = differences(apply, path).await?;
    let is_known = |item: &Item| {
        known.contains(item.successor().unwrap_or(&item.path))
            // scratch names stay where something failed
            || item.reason == Reason::Scratch && !known.is_empty()
    };
    found.retain(|item| !is_known(item));
    let mut failures: Vec<Failure> =
        unfit.into_iter().filter(|failure| !known.contains(&failure.path)).collect();
    let repairs: Vec<Item> = found.iter().filter(|item| repairable(item)).cloned().collect();
    if !repairs.is_empty() {
        tracing::warn!(
            entry.path = path,
            differing_entries = repairs.len(),
            "The target differed after the last write; repairing"
        );
        let unseen = Tally::default();
        let repair = Apply::new(apply.shares, apply.mode, apply.scratch, &unseen);
        let mut chunk = Chunk { items: repairs };
        let adds = chunk.items.iter().any(|item| item.removes().is_none() && item.is_copy());
        if adds {
            chunk.items.extend(touch(apply, path).await?);
        }
        let mut failed = known.clone();
        repair.write(&chunk, &failed, &mut failures).await?;
        failed.add(&failures);
        repair.finish(&chunk, &failed, &mut failures).await?;
        found = differences(apply, path).await?.0;
        if adds && !path.is_empty() {
            // the directory itself shows in the listing of its parent
            let beside = differences(apply, parent(path)).await?.0;
            found.extend(beside.into_iter().filter(|item| item.path == path));
        }
    }
    found.retain(|item| !is_known(item) && !failures.iter().any(|failure| failure.path == item.path));
    failures.extend(found.into_iter().map(not_equal));
    Ok(failures)
}

/// Everything in a directory that is not equal, as the items that would make it so, and what cannot be compared.
async fn differences(apply: &Apply<'_>, path: &str) -> Result<(Vec<Item>, Vec<Failure>)> {
    let Merged { items, children, failures: mut unfit, .. } =
        compare_now(apply.shares, path, apply.scratch).await?;
    let mut differences: Vec<Item> =
        items.into_iter().chain(children.into_iter().filter_map(own_difference)).collect();
    if path.is_empty() {
        let (root, failure) = root(apply.shares).await?;
        differences.extend(own_difference(root));
        unfit.extend(failure);
    }
    Ok((differences, unfit))
}

fn own_difference(child: Directory) -> Option<Item> {
    let path = child.path;
    match child.sides {
        Sides::Both { own: None, .. } | Sides::Target { hold: Hold::Excluded, .. } => None,
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
        let beside = apply.shares.list_source(parent(path)).await?.entries;
        beside.into_iter().find(|entry| join(parent(path), &entry.name) == path)
    };
    Ok(source.map(|source| Item {
        path: path.to_owned(),
        reason: Reason::Children,
        work: Work::TouchDirectory { source },
    }))
}

/// Repair neither renames nor deletes: what asks for that was not in the plan.
fn repairable(item: &Item) -> bool {
    let in_place = match &item.work {
        Work::CopyFile { over, .. } => matches!(over, Over::Nothing | Over::File(_)),
        Work::SetFile { .. } | Work::SetDirectory { .. } => true,
        _ => false,
    };
    in_place && item.misspelt().is_none()
}

fn not_equal(item: Item) -> Failure {
    let detail = match item.removes().map(|seen| &seen.name) {
        Some(name) if item.deletes() => format!("The target holds {name}, which the source does not have"),
        _ => format!("After the last write and one repair the target still differs: {:?}", item.reason),
    };
    Failure { path: item.path, reason: "NotEqual".to_owned(), detail }
}
