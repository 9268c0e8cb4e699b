//! What people see of a pair's seeding, and what they can ask of it.

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::recall::recall;
use super::refusal::Refusal;
use super::transition::{SeedingEvent, after};
use super::validate::validate;
use crate::cycle::decide::TIME;
use crate::cycle::pair::Pair;
use crate::cycle::report::NotRun;
use crate::cycle::trouble::Trouble;
use crate::cycle::{Backup, Undecided, known};
use crate::state::{EndedBy, PairRecord, Seeding, SeedingStatus};
use crate::sync::Seeded;

/// A pair's seeding. Public.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeedingReport {
    pub offline_data_transfer_status: SeedingStatus,
    /// The same for people.
    pub status: String,
    pub ever_enabled: bool,
    pub ended_by: Option<EndedBy>,
    pub staging_share: Option<String>,
    pub completed_at: Option<String>,
    /// Where the data came from, in all finished cycles together.
    pub seeded: Seeded,
    /// Files in staging that the source had no file with data for: they are not copied.
    pub staging_only: Option<u64>,
    /// What can be done now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a person asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeedingAsked {
    On,
    Off { confirms_abort: bool },
}

impl SeedingReport {
    pub fn of(seeding: &Seeding) -> Self {
        let share = seeding.staging_share.as_deref().unwrap_or_default();
        let hint = match (seeding.status, seeding.ended_by) {
            (SeedingStatus::NotRunning, Some(_)) if seeding.staging_snapshot.is_some() => Some(format!(
                "Our share snapshot of share {share} is not deleted yet; the next cycle tries again, and says in its alerts why it cannot"
            )),
            (SeedingStatus::Complete, _) => Some(format!(
                "Share {share} is not read any more. Turn seeding off to have our share snapshot of it removed; then it can be \
                 deleted, which this app never does"
            )),
            (SeedingStatus::NotRunning, Some(EndedBy::Completed)) => {
                Some(format!("Share {share} can be deleted, which this app never does"))
            }
            (SeedingStatus::Stopping | SeedingStatus::NotRunning, _) if seeding.ever_enabled => Some(
                "Seeding was ended for good: what is missing comes from the source, and it cannot be turned on again"
                    .to_owned(),
            ),
            (SeedingStatus::InProgress, _) => Some(
                "Turning seeding off now needs confirmAbort, and cannot be taken back: what is missing then comes \
                 from the source"
                    .to_owned(),
            ),
            _ => None,
        };
        Self {
            offline_data_transfer_status: seeding.status,
            status: seeding.status.title().to_owned(),
            ever_enabled: seeding.ever_enabled,
            ended_by: seeding.ended_by,
            staging_share: seeding.staging_share.clone(),
            completed_at: seeding.completed_at.clone(),
            seeded: seeding.seeded,
            staging_only: seeding.staging_only,
            hint,
        }
    }
}

impl Backup {
    /// What is known of a pair's seeding. `None` where no pair has this name.
    pub async fn seeding(&self, name: &str) -> anyhow::Result<Option<SeedingReport>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        let row = known(self.store.pair(pair.name()).await)?.map(|read| read.record);
        let seeding = self.known_seeding(pair, &row.unwrap_or_default()).await?;
        Ok(Some(SeedingReport::of(&seeding.unwrap_or_default())))
    }

    /// What is stored of it, or what the shares tell where nothing is. `None` for a pair that nobody has met.
    async fn known_seeding(&self, pair: &Pair, row: &PairRecord) -> Result<Option<Seeding>, NotRun> {
        match &row.seeding {
            Some(seeding) => Ok(Some(seeding.clone())),
            None => recall(pair, row).await.map_err(unvalidated),
        }
    }

    /// Everything that stands against creating this pair with the seeding that its settings ask for. Writes nothing.
    pub async fn validate(&self, name: &str) -> Result<Vec<Refusal>, NotRun> {
        let pair = self.find(name).ok_or_else(|| NotRun::UnknownPair(name.to_owned()))?;
        let row = known(self.store.pair(pair.name()).await).map_err(NotRun::of)?;
        let row = row.map(|read| read.record).unwrap_or_default();
        match self.known_seeding(pair, &row).await? {
            Some(seeding) => {
                Ok(super::begin::check(&pair.settings.seed, &seeding).err().into_iter().collect())
            }
            None => validate(pair, self.others(pair)).await.map_err(unvalidated),
        }
    }

    /// Turns seeding off, or says why it cannot be turned on.
    pub async fn ask_seeding(
        &self,
        name: &str,
        asked: SeedingAsked,
        staging_share: Option<String>,
    ) -> Result<SeedingReport, Undecided> {
        let pair = self.find(name).ok_or_else(|| Undecided::UnknownPair(name.to_owned()))?;
        tracing::warn!(pair.name = pair.name(), asked = ?asked, "A person decides about seeding");
        let event = match asked {
            SeedingAsked::On => SeedingEvent::Enabled,
            SeedingAsked::Off { confirms_abort } => SeedingEvent::Disabled { confirms_abort },
        };
        let events: Vec<_> =
            staging_share.map(|share| SeedingEvent::Named { share }).into_iter().chain([event]).collect();
        let row = known(self.store.pair(pair.name()).await)?.map(|read| read.record).unwrap_or_default();
        let seeding = self.known_seeding(pair, &row).await?;
        if seeding.is_none() && matches!(asked, SeedingAsked::Off { .. }) {
            return Err(Undecided::NotMet);
        }
        let mut refused = None;
        self.flag(pair, |row| {
            if row.seeding.is_none() {
                row.seeding.clone_from(&seeding);
            }
            refused = change(row, &events);
        })
        .await?;
        if let Some(refusal) = refused {
            return Err(Undecided::SeedingRefused(refusal));
        }
        // whoever works on it learns of it with its next renewal of the lease, and brings it to its end
        match self.own(pair, Instant::now() + TIME).await {
            Ok(owner) => {
                let ended = self.end_seeding(pair, &owner).await;
                owner.release(|_| {}).await?;
                ended?;
            }
            Err(NotRun::CycleInProgress { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let row = known(self.store.pair(pair.name()).await)?.map(|read| read.record);
        Ok(SeedingReport::of(&row.and_then(|row| row.seeding).unwrap_or_default()))
    }
}

/// All events, or none and why.
fn change(row: &mut PairRecord, events: &[SeedingEvent]) -> Option<Refusal> {
    // a pair that is not met yet is created by its first cycle, from its settings
    let is_met = row.seeding.is_some();
    let mut seeding = row.seeding.clone().unwrap_or_default();
    for event in events {
        match after(&seeding, event.clone()) {
            Ok(next) => seeding = next,
            Err(code) => {
                let detail = format!("Seeding of this pair is {:?}", seeding.status);
                return Some(code.refusal(detail));
            }
        }
    }
    row.seeding = is_met.then_some(seeding);
    None
}

fn unvalidated(trouble: Trouble) -> NotRun {
    NotRun::Unplanned(match trouble {
        Trouble::Fail(error) | Trouble::Pause(error) | Trouble::Wait(error) => error,
        Trouble::Lost(reason) => crate::state::CycleError::new("OwnerLost", reason),
    })
}
