//! What was brought back is looked at once more, entry by entry: beside it others may stand, so a directory as a whole
//! has nothing to show. A difference is a failure; whoever restores again has it mended.

use std::collections::HashMap;

use azure_storage_file_share::Entry;

use super::apply::Apply;
use super::chunk::Chunk;
use super::compare::compare;
use super::failure::{FailedPaths, Failure, Result, SyncError};
use super::item::{Item, Work};
use super::look::compare_now;
use super::name::{name, parent};
use super::pages::named;
use super::progress::Progress;
use super::restoring::{Conflict, Restoring};
use super::root::root;
use super::shares::Shares;
use super::verify::{ROUNDS, never_settled, own_difference};

/// Compares what a chunk wrote in one directory with what the plan wanted.
pub(super) async fn verify_restored(
    apply: &Apply<'_>,
    restoring: &Restoring,
    path: &str,
    chunk: &Chunk,
    known: &FailedPaths,
    progress: &Progress,
) -> Result<Vec<Failure>> {
    let unsettled = &apply.shares.unsettled;
    for _ in 0..ROUNDS {
        if progress.is_stopped() {
            return Err(SyncError::Stopped);
        }
        unsettled.settled().await;
        let count = unsettled.count();
        let failures = differences(apply, restoring, path, chunk, known).await?;
        if unsettled.count() == count {
            return Ok(failures);
        }
    }
    Ok(vec![never_settled(path)])
}

async fn differences(
    apply: &Apply<'_>,
    restoring: &Restoring,
    path: &str,
    chunk: &Chunk,
    known: &FailedPaths,
) -> Result<Vec<Failure>> {
    let shares = apply.shares;
    let is_here = |item: &&Item| {
        !item.path.is_empty()
            && parent(&item.path) == path
            && !known.contains(item.successor().unwrap_or(&item.path))
    };
    let items: Vec<&Item> = chunk.items.iter().filter(is_here).collect();
    let mut failures = Vec::new();
    if !items.is_empty() {
        let now = now(shares, restoring, path, &items).await?;
        failures.extend(
            items.iter().filter(|item| !is_done(item, now.get(name(&item.path)))).map(|item| differs(item)),
        );
    }
    let is_new = |item: &Item| item.path == path && matches!(item.work, Work::NewDirectory { .. });
    if chunk.items.iter().any(is_new) {
        // whatever may be kept elsewhere, nobody else had anything in it
        let strictly = Restoring { conflict: Conflict::Overwrite, ..restoring.clone() };
        let shares = shares.clone().restoring(strictly);
        let compared = compare_now(&shares, path, apply.scratch).await?;
        let (differing, unfit) = (compared.items, compared.failures);
        failures.extend(differing.iter().filter(|item| !known.contains(&item.path)).map(differs));
        failures.extend(unfit.into_iter().filter(|failure| !known.contains(&failure.path)));
    }
    if path.is_empty() && chunk.items.iter().any(|item| item.path.is_empty()) {
        let (directory, failure) = root(shares).await?;
        failures.extend(failure);
        if own_difference(directory).is_some() {
            failures.push(Failure::new("", "NotEqual", "The root still differs after the last write"));
        }
    }
    Ok(failures)
}

/// The entries of the items, by name.
async fn now(
    shares: &Shares,
    restoring: &Restoring,
    path: &str,
    items: &[&Item],
) -> Result<HashMap<String, Entry>> {
    let mut names: Vec<String> = items.iter().map(|item| name(&item.path).to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    let mut now = HashMap::new();
    if restoring.names_in(path).is_some() {
        let found = named(&shares.target.directory_client(path), &names).await?;
        now.extend(found.into_iter().map(|entry| (entry.name.clone(), entry)));
    } else {
        let looked = shares.look_through_target(path, |page| {
            let wanted = page.entries.into_iter().filter(|entry| names.binary_search(&entry.name).is_ok());
            now.extend(wanted.map(|entry| (entry.name.clone(), entry)));
        });
        looked.await?;
    }
    Ok(now)
}

fn is_done(item: &Item, now: Option<&Entry>) -> bool {
    match &item.work {
        Work::CopyFile { source, .. }
        | Work::SetFile { source, .. }
        | Work::NewDirectory { source, .. }
        | Work::SetDirectory { source, .. }
        | Work::TouchDirectory { source } => now.is_some_and(|now| compare(source, now).is_none()),
        // what gave way to another entry is gone under its scratch name
        Work::DeleteFile { target, .. } | Work::DeleteDirectory { target, .. } => {
            now.is_none_or(|now| now.file_id != target.file_id)
        }
        Work::Rename { .. } | Work::Lift { .. } | Work::Loose { .. } => true,
    }
}

fn differs(item: &Item) -> Failure {
    let detail = format!("After the last write the entry is not what was to come back: {:?}", item.reason);
    Failure::new(&item.path, "NotEqual", detail)
}
