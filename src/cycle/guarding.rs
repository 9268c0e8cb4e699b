//! The state before the first write: is the target still the one that was planned against, is there room for what
//! the plan adds, and does a person have to look at it?

use super::guard::guard;
use super::run::{Cycle, Result, Worked, hash};
use super::transition::Event;
use crate::state::CycleError;

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
        // what was planned against one share is not done to another
        let target = if record.planned_chunks() > 0 { Some(self.same_target().await?) } else { None };
        let needed = record.growth + record.replaced;
        if let Some(properties) = target.filter(|_| needed > 0) {
            let statistics = self.pair.target.get_statistics().await?;
            let room = properties.quota_gib.map(|gib| u64::from(gib) << 30);
            if let Some(quota) = room {
                self.pair.seen.fill_target(statistics.usage_bytes, quota);
            }
            if let Some(quota) = room.filter(|quota| statistics.usage_bytes.saturating_add(needed) > *quota) {
                let detail = format!(
                    "The target share holds {} bytes and its quota is {quota}; the plan adds {}, and needs {} more \
                     while it replaces a file. Raise the quota of the target share",
                    statistics.usage_bytes, record.growth, record.replaced
                );
                return Err(CycleError::new("TargetTooSmall", detail).into());
            }
        }
        let Some(stopped) = guard(&self.pair.settings.guard, &record) else {
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
}
