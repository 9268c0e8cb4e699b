//! The state before the first write: is the target still the one that was planned against, is there room for what
//! the plan adds, and does a person have to look at it?

use super::failback::Stragglers;
use super::guard::shown;
use super::run::{Cycle, Result, Worked, hash};
use super::transition::Event;
use crate::state::{Addition, CycleError, CycleRecord, Stopped};

impl Cycle<'_> {
    /// Stops a plan that looks like a disaster, or does not fit, before its first write.
    pub(super) async fn guard(&mut self) -> Result<Worked> {
        let record = self.live.update(|record| {
            if record.digest.is_empty() {
                // an empty plan has a name as well: it may be one that a person has to approve
                record.digest = hash([]);
            }
            record.clone()
        });
        // what a drill names, the source had
        let is_asked = record.restore.as_ref().is_some_and(|restore| restore.drill.is_none());
        if is_asked && record.source_entries == 0 && record.failed == 0 {
            return Err(nothing_to_restore(&record).into());
        }
        let missing = super::restore::not_found(self.pair, &record).await;
        if !missing.is_empty() {
            let named = record.named + missing.len() as u64;
            self.live.update(|record| record.named = named);
            self.commit(Addition { failures: missing, ..Addition::default() }).await?;
        }
        // what was planned against one share is not done to another
        let needed = record.growth + record.replaced;
        // a restore of a few files is not to cost more requests than they are worth
        let is_little = record.restore.is_some() && needed <= LITTLE && self.has_just_looked();
        let is_due = record.planned_chunks() > 0 && !is_little;
        let target = if is_due { Some(self.same_target().await?) } else { None };
        if let Some(properties) = target.filter(|_| needed > 0) {
            let statistics = self.pair.target.get_statistics().await?;
            let room = properties.quota_gib.map(|gib| u64::from(gib) << 30);
            if let Some(quota) = room {
                self.pair.seen.fill_target(statistics.usage_bytes, quota);
            }
            if let Some(quota) = room.filter(|quota| statistics.usage_bytes.saturating_add(needed) > *quota) {
                let detail = format!(
                    "Share {} of account {} holds {} bytes and its quota is {quota}; the plan adds {}, and needs {} more \
                     while it replaces a file. Raise the quota of this share",
                    self.pair.target.name(),
                    self.pair.target.account(),
                    statistics.usage_bytes,
                    record.growth,
                    record.replaced
                );
                return Err(CycleError::new("TargetTooSmall", detail).into());
            }
        }
        let mut stopped = self.stopped(&record);
        match Box::pin(self.written_since_swap(&record)).await? {
            Stragglers::None => {}
            Stragglers::Stop(why) => {
                stopped.get_or_insert_with(|| shown(&record, Vec::new())).exceeded.push(why);
            }
            Stragglers::Later => return Ok(Worked::Stepped),
        }
        let Some(stopped) = stopped else {
            return Ok(Worked::Event(Event::Done));
        };
        tracing::warn!(
            pair.name = self.pair.name(),
            cycle.id = self.id,
            plan.digest = stopped.digest,
            plan.deletes = stopped.deletes,
            plan.overwrites = stopped.overwrites,
            "The plan waits for a person's approval"
        );
        self.live.update(|record| record.stopped = Some(stopped));
        Ok(Worked::Event(Event::Stopped))
    }

    /// Why a person has to look at the plan: because of the guard, or because whoever restores wanted to see it first, as who fails
    /// back always does.
    fn stopped(&self, record: &CycleRecord) -> Option<Stopped> {
        let guard = &self.pair.settings.guard;
        let is_agreed =
            record.failback.is_none() && record.restore.as_ref().is_none_or(|restore| restore.approved);
        match super::guard::guard(guard, record) {
            None if !is_agreed && record.planned_chunks() > 0 => Some(shown(record, Vec::new())),
            stopped => stopped,
        }
    }
}

/// Bytes that a restore adds without asking how full the share is.
const LITTLE: u64 = 64 << 20;

fn nothing_to_restore(record: &CycleRecord) -> CycleError {
    let point = record.restore.as_ref().map_or("", |restore| restore.recovery_point.as_str());
    let detail = format!(
        "Nothing in recovery point {point} is named by `include`; paths are written from the share's root, as \
         GET /api/pairs/{{pair}}/recovery-points/{point}/entries lists them"
    );
    CycleError::new("NothingToRestore", detail)
}
