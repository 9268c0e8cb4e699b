//! Whether a directory that only the target has can go as a whole, or holds something excluded and has to stay.

use std::collections::HashMap;

use futures::stream::FuturesUnordered;
use futures::{StreamExt, stream};

use super::failure::Result;
use super::item::is_directory;
use super::name::join;
use super::shares::Shares;

/// Directories searched at once below one that may go.
const LISTINGS: usize = 4;
/// Directories looked into at once.
const DIRECTORIES: usize = 4;

/// What a directory of the target holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Nothing: it can go.
    Nothing,
    /// Something below it is excluded: it stays, and what else is in it goes.
    Excluded,
    /// It could not be searched to the end, or was not yet.
    Unknown,
}

/// Searches a directory until something excluded is found.
pub async fn hold(shares: &Shares, path: String) -> Result<Hold> {
    if shares.leaves_nothing_out() {
        return Ok(Hold::Nothing);
    }
    let mut waiting = vec![path];
    let mut listing = FuturesUnordered::new();
    loop {
        while listing.len() < LISTINGS
            && let Some(path) = waiting.pop()
        {
            listing.push(async move {
                let (mut excluded, mut below) = (false, Vec::new());
                let looked = shares.look_through_target(&path, |page| {
                    excluded |= !page.excluded.is_empty();
                    let directories = page.entries.into_iter().filter(is_directory);
                    below.extend(directories.map(|entry| join(&path, &entry.name)));
                });
                looked.await.map(|()| (excluded, below))
            });
        }
        let Some(listed) = listing.next().await else { return Ok(Hold::Nothing) };
        let (excluded, below) = listed?;
        if excluded {
            return Ok(Hold::Excluded);
        }
        waiting.extend(below);
    }
}

/// The same for directories in `parent`, by their names.
pub async fn holds(shares: &Shares, parent: &str, names: Vec<String>) -> Result<HashMap<String, Hold>> {
    let mut searched = stream::iter(names)
        .map(|name| async move { (hold(shares, join(parent, &name)).await, name) })
        .buffer_unordered(DIRECTORIES);
    let mut holds = HashMap::new();
    while let Some((found, name)) = searched.next().await {
        let found = match found {
            Ok(found) => found,
            Err(error) if error.ends_the_pass() => return Err(error),
            // its own listing tells
            Err(_) => Hold::Unknown,
        };
        holds.insert(name, found);
    }
    Ok(holds)
}
