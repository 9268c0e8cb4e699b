//! The root directory: no listing shows it, so its properties and user metadata take one GET a side.

use super::compare::{Difference, compare};
use super::directory_plan::{Directory, Sides};
use super::failure::{Failure, Result};
use super::item::{Reason, Seen};
use super::shares::{Roots, Shares};

/// Where a walk starts, compared already, and what could not be compared: a root whose ACL cannot be carried over
/// costs no other entry its update.
pub async fn root(shares: &Shares) -> Result<(Directory, Option<Failure>)> {
    if let Some(restoring) = shares.restoring.as_ref().filter(|restoring| restoring.leaves_directory("")) {
        let start = restoring.start();
        return Ok((Directory::new(start.clone(), Sides::as_they_are(start)), None));
    }
    let Roots { source, target, source_metadata, target_metadata, failure } = shares.roots().await?;
    let own = match compare(&source, &target) {
        Some(Difference::Metadata(reason)) => Some(reason),
        _ if source_metadata != target_metadata => Some(Reason::Metadata),
        _ => None,
    };
    let sides =
        Sides::Both { source, target: Seen::of(&target), own, listed_at: String::new(), arrival: None };
    Ok((Directory::new(String::new(), sides), failure))
}
