//! Compares a directory as it is now, and looks for what its plan has to leave alone.

use std::collections::HashSet;
use std::sync::Arc;

use super::directory_plan::{Rules, Sides};
use super::failure::{Result, SyncError};
use super::hold::holds;
use super::item::is_directory;
use super::listing::{SourceListing, TargetListing};
use super::merge::{Merged, merge};
use super::moves::Unpaired;
use super::name::{ScratchNames, fold};
use super::part::Part;
use super::shares::Shares;
use super::windows::{Listed, Windows};

/// Differences of one directory, beyond which it is not told what they are.
const DIFFERENCES: usize = 1_000;

/// Compares a directory as it is now; of what is in it only what differs comes back, and whatever cannot be mirrored is
/// among the failures. A directory that only the target has is compared with nothing: it is there for the excluded
/// entries in it.
pub async fn compare_now(shares: &Shares, path: &str, scratch: &ScratchNames) -> Result<Merged> {
    match compare_listed(shares, Some(path), path, scratch).await {
        Err(error) if !shares.leaves_nothing_out() && error.is_absence() => {
            compare_listed(shares, None, path, scratch).await
        }
        compared => compared,
    }
}

async fn compare_listed(
    shares: &Shares,
    source_path: Option<&str>,
    path: &str,
    scratch: &ScratchNames,
) -> Result<Merged> {
    let mut windows = Windows::of(shares, source_path, Some(path), None);
    let mut whole = Merged::default();
    while !windows.is_over() {
        let Listed::Window(window) = windows.next().await? else {
            windows = Windows::of(shares, source_path, Some(path), Some(&Part::unordered()));
            whole = Merged::default();
            continue;
        };
        let source = shares.source_listing(path, window.source).await?;
        let mut target = shares.target_listing(path, window.target).await?;
        search(shares, path, &source, &mut target, |_| true).await?;
        // what was copied again shows the same as before
        target.doubts = Arc::default();
        let rules = Rules { scratch, unpaired: &Unpaired::Planned, restoring: shares.restoring.as_deref() };
        let merged = merge(path, path, &source, &target, rules);
        whole.items.extend(merged.items);
        whole.failures.extend(merged.failures);
        for child in merged.children {
            match child.sides {
                Sides::Refused { failure } => whole.failures.push(failure),
                Sides::Both { own: None, .. } => {}
                _ => whole.children.push(child),
            }
        }
        if whole.items.len() + whole.children.len() > DIFFERENCES {
            let detail = format!("More than {DIFFERENCES} entries in it differ after the last write");
            return Err(SyncError::refused("NotEqual", detail));
        }
    }
    Ok(whole)
}

/// Searches the directories to which the source has none.
pub async fn search(
    shares: &Shares,
    listed_at: &str,
    source: &SourceListing,
    target: &mut TargetListing,
    is_due: impl Fn(&str) -> bool,
) -> Result<()> {
    if shares.leaves_nothing_out() || shares.keeps_extra() {
        return Ok(());
    }
    let stay: HashSet<String> =
        source.entries.iter().filter(|entry| is_directory(entry)).map(|entry| fold(&entry.name)).collect();
    let go = target.entries.iter().filter(|entry| is_directory(entry) && !stay.contains(&fold(&entry.name)));
    let names = go.map(|entry| entry.name.clone()).filter(|name| is_due(name)).collect();
    target.holds = Some(holds(shares, listed_at, names).await?);
    Ok(())
}
