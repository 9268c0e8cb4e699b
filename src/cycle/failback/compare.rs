//! Whether two share snapshots are equal, by their listings: one of each directory on either side.

use tokio::time::{Instant, sleep_until};

use crate::cycle::run::Result;
use crate::cycle::trouble::Trouble;
use crate::state::CycleError;
use crate::sync::{ChunkBuilder, Cursor, Planner, Reason, ScratchNames, Shares, Stretch, Unpaired};

/// How far that is known.
pub(super) enum Compared {
    Equal,
    /// Everything before the cursor is equal, and the time is up.
    Until(Cursor),
    /// At this path, and maybe elsewhere.
    Differs(String),
}

/// What cannot be compared now is compared later.
pub(super) async fn compare(
    shares: &Shares,
    scratch: &ScratchNames,
    from: Option<Cursor>,
    deadline: Instant,
) -> Result<Compared> {
    let builder = ChunkBuilder::default();
    let mut planner = Planner::new(shares, scratch, from, builder, Unpaired::Planned.into()).await?;
    while let Some(stretch) = planner.hurried(sleep_until(deadline)).await? {
        if let Some(path) = differing(&stretch) {
            return Ok(Compared::Differs(path.to_owned()));
        }
        if let Some(failure) = stretch.failures.into_iter().next() {
            let detail = format!("{}: {}", failure.path, failure.detail);
            return Err(Trouble::Pause(CycleError::new(&failure.reason, detail)));
        }
        match stretch.to {
            Some(cursor) if Instant::now() >= deadline => return Ok(Compared::Until(cursor)),
            Some(_) => {}
            None => break,
        }
    }
    Ok(Compared::Equal)
}

/// A path that differs: the root's own only where nothing else does, for whoever writes to something in it changes a time of it.
fn differing(stretch: &Stretch) -> Option<&str> {
    // what is under a name of ours in the target is no part of either side
    let items = stretch.items().filter(|item| item.reason != Reason::Scratch);
    let mut paths = items.map(|item| item.path.as_str());
    let first = paths.next()?;
    if first.is_empty() { paths.next().or(Some(first)) } else { Some(first) }
}
