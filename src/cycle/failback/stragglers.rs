//! Whoever did not stop to write to the target when the roles had swapped back: the first cycle after that would overwrite or delete
//! what he wrote, which nothing else holds.

use crate::cycle::failover::is_known_to_have_written;
use crate::cycle::run::{Cycle, Result};
use crate::state::{CycleRecord, HISTORY};
use crate::sync::{PermissionMap, Shares};

use super::compare::{Compared, compare};

impl Cycle<'_> {
    /// Where the target is not what the end of a failback left, and no cycle wrote to it since: a path of it that the plan may spoil.
    pub(in crate::cycle) async fn written_since_swap(
        &mut self,
        record: &CycleRecord,
    ) -> Result<Option<String>> {
        let planned = &record.planned;
        let spoils = record.deletes + record.overwrites + planned.metadata + planned.renamed > 0;
        let Some(base) = record.base.as_ref().filter(|_| spoils) else { return Ok(None) };
        let Some(swapped_by) = &base.swapped_by else { return Ok(None) };
        let cycles = self.store.cycles(self.pair.name(), HISTORY).await?;
        let mut since = cycles.iter().take_while(|(id, _)| id > swapped_by);
        if since.any(|(_, read)| is_known_to_have_written(read)) {
            return Ok(None);
        }
        let (target, blind) = (&self.pair.target, PermissionMap::blind().into());
        let both = Shares::new(
            target.with_snapshot(&base.target),
            target.clone(),
            blind,
            self.pair.unsettled.clone(),
        );
        let both = both.excluding(self.pair.exclude());
        Ok(match compare(&both, &self.scratch, None, self.deadline).await? {
            Compared::Equal => None,
            Compared::Differs(path) => Some(path),
            // nothing is known of what lies behind
            Compared::Until(_) => Some(String::new()),
        })
    }
}
