//! The first cycle of a pair, and the settings of every later one against what was decided then.

use azure_storage_file_share::ShareSnapshotId;

use super::recall::recall;
use super::refusal::{Refusal, SeedingCode};
use super::transition::{SeedingEvent, after, created};
use super::validate::validate;
use crate::config::Seed;
use crate::cycle::Backup;
use crate::cycle::pair::Pair;
use crate::cycle::report::NotRun;
use crate::cycle::snapshots::{STAGING, mark_staging, of_staging};
use crate::cycle::told;
use crate::cycle::trouble::Trouble;
use crate::state::{CycleError, PairRecord, Seeding, SeedingStatus};

impl Backup {
    /// What the pair's row has to say of seeding before the cycle with this id begins. A pair that is new is checked, and
    /// its staging share frozen; nothing is written before. `None` where that could not be found out, and need not be.
    pub(in crate::cycle) async fn seeding_of(
        &self,
        pair: &Pair,
        row: &PairRecord,
        cycle: &str,
    ) -> Result<Option<Seeding>, NotRun> {
        let seed = &pair.settings.seed;
        let known = match &row.seeding {
            Some(seeding) => Some(seeding.clone()),
            None => match recall(pair, row).await {
                Err(trouble) if *seed == Seed::default() => {
                    // the cycle meets the same trouble, and its report says so; the next one asks again
                    tracing::info!(
                        pair.name = pair.name(),
                        "Whether the pair was seeded is not known: {trouble:?}"
                    );
                    return Ok(None);
                }
                known => known.map_err(not_run)?,
            },
        };
        if let Some(seeding) = known {
            return check(seed, &seeding)
                .map(|()| Some(seeding))
                .map_err(|refusal| NotRun::Refused(vec![refusal]));
        }
        if *seed == Seed::default() {
            return Ok(Some(created(None)));
        }
        let refusals = validate(pair, self.others(pair)).await.map_err(not_run)?;
        if !refusals.is_empty() {
            return Err(NotRun::Refused(refusals));
        }
        match seed.share.as_ref().filter(|_| seed.is_on) {
            Some(share) => {
                let snapshot = freeze(pair, share, cycle).await.map_err(not_run)?;
                Ok(Some(created(Some((share.clone(), snapshot)))))
            }
            None => Ok(Some(created(None))),
        }
    }

    /// The settings of all other pairs.
    pub(in crate::cycle) fn others<'a>(&'a self, pair: &'a Pair) -> impl Iterator<Item = &'a Pair> {
        self.pairs.iter().filter(|other| other.name() != pair.name())
    }
}

/// Whether the settings still say what was decided when the pair was created.
pub fn check(seed: &Seed, seeding: &Seeding) -> Result<(), Refusal> {
    let named = seeding.staging_share.as_deref().unwrap_or_default();
    if seeding.status == SeedingStatus::InProgress && (!seed.is_on || seed.share.is_none()) {
        let detail = format!("Seeding from share {named} is in progress, and the settings name it no more");
        return Err(SeedingCode::StagingShareImmutable.refusal(detail));
    }
    if let Some(share) = &seed.share {
        after(seeding, SeedingEvent::Named { share: share.clone() })
            .map_err(|code| code.refusal(format!("This pair was created with staging share {named}")))?;
    }
    if seed.is_on && !seeding.ever_enabled {
        after(seeding, SeedingEvent::Enabled)
            .map_err(|code| code.refusal("This pair was created without seeding"))?;
    }
    Ok(())
}

/// Our share snapshot of the staging share: the one that is there, or a new one.
async fn freeze(pair: &Pair, share: &str, cycle: &str) -> Result<ShareSnapshotId, Trouble> {
    const ATTEMPTS: usize = 5;
    let staging = pair.staging(share);
    let seeding = created(Some((share.to_owned(), ShareSnapshotId::from(String::new()))));
    let mark = mark_staging(pair, cycle, &seeding);
    for _ in 0..ATTEMPTS {
        // an earlier attempt may have taken it, and nobody lived to say so
        pair.unsettled.settled().await;
        let found =
            of_staging(pair, &staging).await.map_err(|error| Trouble::from(error).about("Staging share"))?;
        if let Some(taken) = found.ours.iter().min_by(|a, b| a.id.cmp(&b.id)) {
            return Ok(taken.id.clone());
        }
        match staging.create_snapshot(&mark).await {
            Ok(id) => {
                told::snapshot_taken(pair, Some(cycle), STAGING, &staging, &id);
                return Ok(id);
            }
            Err(error) if error.may_have_happened() => {
                tracing::warn!(share.name = share, "Snapshot Share has no known outcome: {error}");
            }
            Err(error) => return Err(Trouble::from(error).about("Staging share")),
        }
    }
    let detail = format!("No answer to Snapshot Share of the staging share {share}, and it did not happen");
    Err(Trouble::Pause(CycleError::new("SnapshotUnknown", detail)))
}

/// Nothing was begun: the next invocation tries again.
fn not_run(trouble: Trouble) -> NotRun {
    match trouble {
        Trouble::Fail(error) | Trouble::Pause(error) | Trouble::Wait(error) => NotRun::Unplanned(error),
        Trouble::Lost(reason) => NotRun::Unplanned(CycleError::new("OwnerLost", reason)),
    }
}
