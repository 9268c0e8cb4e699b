//! What the shares themselves tell of a pair's seeding, when its row tells nothing: the tables were lost, or an earlier
//! version of this app made the row (P8).

use crate::cycle::pair::Pair;
use crate::cycle::snapshots::{Listed, of_share, of_staging};
use crate::cycle::trouble::Trouble;
use crate::state::{EndedBy, PairRecord, Seeding, SeedingStatus, Side};
use crate::sync::SyncError;

/// `None` for a pair that nobody knows. What our share snapshots of both shares tell holds; while that is no more than that
/// seeding is in progress, only a staging share that can be read may show, without our share snapshot, that a person ended it.
pub async fn recall(pair: &Pair, row: &PairRecord) -> Result<Option<Seeding>, Trouble> {
    let source =
        of_share(pair, Side::Source).await.map_err(|error| Trouble::from(error).about("Source share"))?;
    let target = match of_share(pair, Side::Target).await {
        Err(error) if error.is_code("ShareNotFound") => Listed::default(),
        listed => listed.map_err(|error| Trouble::from(error).about("Target share"))?,
    };
    let told = source.seeding().chain(target.seeding()).reduce(SeedingStatus::furthest);
    let named = target.staging_share().or(source.staging_share()).cloned();
    let named = named.or_else(|| pair.settings.seed.share.clone().filter(|_| pair.settings.seed.is_on));
    let mut staging = Listed::default();
    if let Some(share) = &named {
        staging = match of_staging(pair, &pair.staging(share)).await {
            Err(error) if told == Some(SeedingStatus::InProgress) && is_unavailable(&error) => {
                return Err(Trouble::from(SyncError::StagingUnavailable(error.to_string())));
            }
            // whether that matters is found out by whoever wants to read it
            Err(error) if is_unavailable(&error) => Listed::default(),
            listed => listed.map_err(|error| Trouble::from(error).about("Staging share"))?,
        };
    }
    let snapshot = staging.ours.iter().map(|taken| taken.id.clone()).min();
    let is_known = row.last_cycle.is_some() || !source.ours.is_empty() || !target.ours.is_empty();
    let status = match (told, &snapshot) {
        (Some(SeedingStatus::InProgress) | None, Some(_)) => SeedingStatus::InProgress,
        (Some(SeedingStatus::InProgress), None) => SeedingStatus::NotRunning,
        (Some(status), _) => status,
        (None, None) => return Ok(is_known.then(Seeding::default)),
    };
    let was_complete = source.seeding().chain(target.seeding()).any(|told| told == SeedingStatus::Complete);
    let ended_by = if was_complete { EndedBy::Completed } else { EndedBy::Aborted };
    Ok(Some(Seeding {
        status,
        ever_enabled: true,
        ended_by: (status == SeedingStatus::NotRunning).then_some(ended_by),
        staging_share: named,
        staging_snapshot: snapshot,
        ..Seeding::default()
    }))
}

fn is_unavailable(error: &azure_storage::Error) -> bool {
    error.is_code("ShareNotFound") || error.status == Some(403)
}
