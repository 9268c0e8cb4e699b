//! After the last write, the directories that were written are listed again on both sides and compared. For all
//! others the planning listing is the verification. A difference gets one round of repair, then it is a failure.

use std::collections::{BTreeSet, HashSet};

use futures::{FutureExt, StreamExt, stream};

use super::apply::Apply;
use super::chunk::Chunk;
use super::directory_plan::{Directory, Sides, compare_listings};
use super::failure::{Failure, Result};
use super::item::{Item, Over, Reason, Work};
use super::root::root;
use super::tally::Tally;

/// Directories compared at once.
const DIRECTORIES: usize = 8;

/// Compares what a chunk wrote. `failed` holds the paths that are reported already.
pub async fn verify(
    apply: &Apply<'_>,
    chunk: &Chunk,
    failed: &HashSet<String>,
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

async fn verify_directory(apply: &Apply<'_>, path: &str, known: &HashSet<String>) -> Result<Vec<Failure>> {
    let mut found = differences(apply, path).await?;
    let is_known = |item: &Item| known.contains(item.successor().unwrap_or(&item.path));
    found.retain(|item| !is_known(item));
    let mut failures = Vec::new();
    let repairs: Vec<Item> = found.iter().filter(|item| repairable(item)).cloned().collect();
    if !repairs.is_empty() {
        tracing::warn!(
            entry.path = path,
            differing_entries = repairs.len(),
            "The target differed after the last write; repairing"
        );
        let unseen = Tally::default();
        let repair = Apply::new(apply.shares, apply.mode, apply.scratch, &unseen);
        let chunk = Chunk { items: repairs };
        repair.write(&chunk, &mut failures).await?;
        let failed = failures.iter().map(|failure| failure.path.clone()).collect();
        repair.finish(&chunk, &failed, &mut failures).await?;
        found = differences(apply, path).await?;
    }
    found.retain(|item| !is_known(item) && !failures.iter().any(|failure| failure.path == item.path));
    failures.extend(found.into_iter().map(not_equal));
    Ok(failures)
}

/// Everything in a directory that is not equal, as the items that would make it so.
async fn differences(apply: &Apply<'_>, path: &str) -> Result<Vec<Item>> {
    let (source, target) =
        futures::try_join!(apply.shares.list_source(path), apply.shares.list_target(path))?;
    let (items, children) = compare_listings(path, source, target, apply.scratch);
    let mut differences: Vec<Item> =
        items.into_iter().chain(children.into_iter().filter_map(own_difference)).collect();
    if path.is_empty() {
        differences.extend(own_difference(root(apply.shares).await?.0));
    }
    Ok(differences)
}

fn own_difference(child: Directory) -> Option<Item> {
    let path = child.path;
    match child.sides {
        Sides::Both { own: None, .. } => None,
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

/// Repair neither deletes nor moves anything aside: what asks for that was not in the plan.
fn repairable(item: &Item) -> bool {
    match &item.work {
        Work::CopyFile { over, .. } => matches!(over, Over::Nothing | Over::File(_)),
        Work::SetFile { .. } | Work::SetDirectory { .. } => true,
        _ => false,
    }
}

fn not_equal(item: Item) -> Failure {
    let detail = match item.removes().map(|seen| &seen.name) {
        Some(name) if item.deletes() => format!("The target holds {name}, which the source does not have"),
        _ => format!("After the last write and one repair the target still differs: {:?}", item.reason),
    };
    Failure { path: item.path, reason: "NotEqual".to_owned(), detail }
}
