//! The root directory: no listing shows it, so its properties and user metadata take one GET a side.

use super::compare::{Difference, compare};
use super::directory_plan::{Directory, Sides};
use super::failure::Result;
use super::item::{Reason, Seen};
use super::shares::Shares;

/// Where a walk starts, compared already.
pub async fn root(shares: &Shares) -> Result<Directory> {
    let ((source, source_metadata), (target, target_metadata)) = shares.roots().await?;
    let own = match compare(&source, &target) {
        Some(Difference::Metadata(reason)) => Some(reason),
        _ if source_metadata != target_metadata => Some(Reason::Metadata),
        _ => None,
    };
    let sides = Sides::Both { source, target: Seen::of(&target), own, listed_at: String::new() };
    Ok(Directory { path: String::new(), sides })
}
