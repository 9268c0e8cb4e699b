//! Lists what matching wants to see, many directories at once.

use std::collections::HashSet;

use azure_storage_file_share::Entry;
use futures::{StreamExt, stream};

use super::matching::{Matching, Wanted};
use super::rest::{Found, Kept, Loose};
use super::{Move, Moves};
use crate::sync::failure::{Result, SyncError};
use crate::sync::hold::{Hold, hold};
use crate::sync::item::is_directory;
use crate::sync::listing::{SourceListing, TargetListing};
use crate::sync::name::{fold, join};
use crate::sync::shares::Shares;

/// Directories listed at once.
const LISTINGS: usize = 8;

/// Entries of one directory that are looked at; `LISTINGS` of them are in memory at once.
const LARGEST: usize = 20_000;

/// What moved of what the walk put aside. A directory that cannot be listed, or is too large, hides its moves, and nothing
/// else; an error when a share or the credential is lost. It only reads, so that it may be dropped at any time.
pub async fn find(shares: &Shares, loose: &[Loose]) -> Result<Found> {
    let has = |is_there: fn(&Loose) -> bool| loose.iter().any(is_there);
    if shares.base.is_none() || !has(|one| one.source.is_some()) || !has(|one| one.target.is_some()) {
        return Ok(Found::default());
    }
    let (mut matching, mut kept) = (Matching::new(loose), Kept::default());
    loop {
        let wanted = matching.wanted();
        if wanted.is_empty() {
            break;
        }
        let wanted: Vec<_> = wanted.into_iter().map(|wanted| (matching.names(&wanted), wanted)).collect();
        let mut listed = stream::iter(wanted)
            .map(|(names, wanted)| async move { (list(shares, &wanted, &names).await, wanted) })
            .buffer_unordered(LISTINGS);
        while !matching.is_full()
            && let Some((listed, wanted)) = listed.next().await
        {
            let Listed { base, source, target } = match listed {
                Err(error) if error.ends_the_pass() => return Err(error),
                listed => listed.unwrap_or_default(),
            };
            let entries = source.as_ref().map_or(&base, |(_, listing)| &listing.entries);
            let of_target = target.as_ref().map_or(&[][..], |(_, listing)| &listing.entries);
            matching.listed(&wanted, entries, of_target);
            kept.keep(source, target);
        }
    }
    let moves = matching.finish();
    let moves = if shares.exclude.is_nothing() { moves } else { free(shares, loose, moves).await? };
    Ok(Found { moves: Moves::new(moves), kept })
}

/// What was listed, with the paths where the plan will need it as well.
#[derive(Default)]
struct Listed {
    base: Vec<Entry>,
    source: Option<(String, SourceListing)>,
    target: Option<(String, TargetListing)>,
}

async fn list(shares: &Shares, wanted: &Wanted, names: &HashSet<String>) -> Result<Listed> {
    let source = async |path: &String| {
        let listing = shares.list_source(path, LARGEST).await?;
        Ok::<_, SyncError>(listing.map(|listing| (path.clone(), listing)))
    };
    let target = async |path: &String| {
        let listing = shares.list_target(path, LARGEST).await?;
        Ok::<_, SyncError>(listing.map(|listing| (path.clone(), listing)))
    };
    Ok(match wanted {
        Wanted::Base(path) => {
            let base = shares.find_in_base(path, |name| names.contains(&fold(name))).await?;
            Listed { base, ..Listed::default() }
        }
        Wanted::Source(path) => Listed { source: source(path).await?, ..Listed::default() },
        Wanted::Target(path) => Listed { target: target(path).await?, ..Listed::default() },
        Wanted::Both { source: to, target: from } => match futures::try_join!(source(to), target(from))? {
            (Some(source), Some(target)) => {
                Listed { source: Some(source), target: Some(target), ..Listed::default() }
            }
            _ => Listed::default(),
        },
    })
}

/// Those that leave what is excluded where it is: in a directory that moves, or in one that another would replace.
async fn free(shares: &Shares, loose: &[Loose], moves: Vec<Move>) -> Result<Vec<Move>> {
    let directories = loose.iter().filter_map(|one| {
        let target = one.target.as_ref().filter(|target| is_directory(target))?;
        Some(fold(&join(&one.directory, &target.name)))
    });
    let directories: HashSet<String> = directories.collect();
    let mut free = Vec::new();
    for moved in moves {
        let held = match is_directory(&moved.target) {
            true => hold(shares, moved.from.clone()).await,
            false => Ok(Hold::Nothing),
        };
        let is_free = match held {
            Err(error) if error.ends_the_pass() => return Err(error),
            held => held.is_ok_and(|held| held == Hold::Nothing),
        };
        if is_free && !directories.contains(&fold(&moved.to)) {
            free.push(moved);
        }
    }
    Ok(free)
}
