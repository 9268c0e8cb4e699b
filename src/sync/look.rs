//! Lists a directory on the sides that have it, with all that comparing needs to know.

use std::collections::HashSet;

use super::cursor::{Cursor, Relation};
use super::directory_plan::{Directory, Sides};
use super::failure::{Result, SyncError};
use super::hold::{Hold, hold, holds};
use super::item::is_directory;
use super::merge::{Merged, merge};
use super::moves::Unpaired;
use super::name::{ScratchNames, fold, join};
use super::shares::{Shares, SourceListing, TargetListing};

/// The listings of a directory. Directories that only the target has are searched for excluded entries, as far as they
/// are not behind `from`; so is this one, if it was not.
pub async fn look(
    shares: &Shares,
    directory: &mut Directory,
    from: &Cursor,
    unpaired: &Unpaired,
) -> Result<(SourceListing, TargetListing)> {
    let path = &directory.path;
    let is_due = |name: &str| from.relation(&join(path, name)) != Relation::Behind;
    match &mut directory.sides {
        Sides::Both { listed_at, .. } => {
            let (source, mut target) = futures::try_join!(
                unpaired.list_source(shares, path),
                unpaired.look_at_target(shares, listed_at)
            )?;
            search(shares, listed_at, &source, &mut target, is_due).await?;
            Ok((source, target))
        }
        Sides::Walked { .. } => {
            let Unpaired::Settled(rest) = unpaired else { return Ok(Default::default()) };
            let Some(place) = rest.at(path) else { return Ok(Default::default()) };
            let source = SourceListing { entries: place.source.clone(), ..Default::default() };
            let mut target = TargetListing { entries: place.target.clone(), ..Default::default() };
            search(shares, place.listed_at.as_deref().unwrap_or(path), &source, &mut target, is_due).await?;
            Ok((source, target))
        }
        Sides::Source { .. } => Ok((unpaired.list_source(shares, path).await?, TargetListing::default())),
        Sides::Refused { .. } => Ok(Default::default()),
        Sides::Target { listed_at, hold: held, .. } => {
            if *held == Hold::Unknown {
                *held = hold(shares, listed_at.clone()).await?;
            }
            let source = SourceListing::default();
            let mut target = unpaired.look_at_target(shares, listed_at).await?;
            if *held != Hold::Nothing {
                search(shares, listed_at, &source, &mut target, is_due).await?;
            }
            Ok((source, target))
        }
    }
}

/// Compares a directory with what the target shows of it now; whatever cannot be mirrored is among the failures. A
/// directory that only the target has is compared with nothing: it is there for the excluded entries in it.
pub async fn compare_now(
    shares: &Shares,
    path: &str,
    mut target: TargetListing,
    scratch: &ScratchNames,
) -> Result<Merged> {
    let source = match shares.list_source(path).await {
        Err(SyncError::Service(error)) if !shares.exclude.is_nothing() && is_absent(&error) => {
            SourceListing::default()
        }
        listed => listed?,
    };
    search(shares, path, &source, &mut target, |_| true).await?;
    let mut merged = merge(path, path, &source, &target, scratch, &Unpaired::Planned);
    for child in &merged.children {
        if let Sides::Refused { failure } = &child.sides {
            merged.failures.push(failure.clone());
        }
    }
    Ok(merged)
}

fn is_absent(error: &azure_storage::Error) -> bool {
    error.is_code("ResourceNotFound") || error.is_code("ParentNotFound")
}

/// Searches the directories to which the source has none.
async fn search(
    shares: &Shares,
    listed_at: &str,
    source: &SourceListing,
    target: &mut TargetListing,
    is_due: impl Fn(&str) -> bool,
) -> Result<()> {
    if shares.exclude.is_nothing() {
        return Ok(());
    }
    let stay: HashSet<String> =
        source.entries.iter().filter(|entry| is_directory(entry)).map(|entry| fold(&entry.name)).collect();
    let go = target.entries.iter().filter(|entry| is_directory(entry) && !stay.contains(&fold(&entry.name)));
    let names = go.map(|entry| entry.name.clone()).filter(|name| is_due(name)).collect();
    target.holds = Some(holds(shares, listed_at, names).await?);
    Ok(())
}
