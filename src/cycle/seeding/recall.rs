//! What the shares themselves tell of a pair's seeding, when its row tells nothing: the tables were lost, or an earlier
//! version of this app made the row (P8).

use crate::cycle::pair::Pair;
use crate::cycle::snapshots::{Listed, of_share, of_staging};
use crate::cycle::trouble::Trouble;
use crate::state::{EndedBy, PairRecord, Seeding, SeedingStatus, Side};

/// `None` for a pair that nobody knows. One with a recovery point is complete; one whose share snapshot of the staging
/// share is gone was ended by a person.
pub async fn recall(pair: &Pair, row: &PairRecord) -> Result<Option<Seeding>, Trouble> {
    let source =
        of_share(pair, Side::Source).await.map_err(|error| Trouble::from(error).about("Source share"))?;
    let target = match of_share(pair, Side::Target).await {
        Err(error) if error.is_code("ShareNotFound") => Listed::default(),
        listed => listed.map_err(|error| Trouble::from(error).about("Target share"))?,
    };
    let named = target.staging_share().or(source.staging_share()).cloned();
    let named = named.or_else(|| pair.settings.seed.share.clone().filter(|_| pair.settings.seed.is_on));
    let mut staging = Listed::default();
    if let Some(share) = &named {
        staging = match of_staging(pair, &pair.staging(share)).await {
            // whether that matters is found out by whoever wants to read it
            Err(error) if error.is_code("ShareNotFound") || error.status == Some(403) => Listed::default(),
            listed => listed.map_err(|error| Trouble::from(error).about("Staging share"))?,
        };
    }
    let snapshot = staging.ours.iter().map(|taken| taken.id.clone()).min();
    let was_seeded = [&source, &target, &staging].iter().any(|listed| listed.staging_share().is_some());
    let is_known = row.last_cycle.is_some() || !source.ours.is_empty() || !target.ours.is_empty();
    let status = match (&snapshot, target.ours.is_empty()) {
        _ if !was_seeded => return Ok(is_known.then(Seeding::default)),
        (_, false) => SeedingStatus::Complete,
        (Some(_), true) => SeedingStatus::InProgress,
        (None, true) => SeedingStatus::NotRunning,
    };
    Ok(Some(Seeding {
        status,
        ever_enabled: true,
        ended_by: (status == SeedingStatus::NotRunning).then_some(EndedBy::Aborted),
        staging_share: named,
        staging_snapshot: snapshot,
        ..Seeding::default()
    }))
}
