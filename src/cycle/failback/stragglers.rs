//! Whoever did not stop to write to the target when the roles had swapped back: the first cycle after that would overwrite or delete
//! what he wrote, which nothing else holds.

use crate::cycle::failover::{is_known_to_have_written, may_have_written};
use crate::cycle::run::{Cycle, Result};
use crate::state::{Addition, CycleRecord, Exceeded, HISTORY};
use crate::sync::{PermissionMap, Shares};

use super::compare::{Compared, compare};

/// What is found of the target before anything of it is overwritten or deleted.
pub(in crate::cycle) enum Stragglers {
    None,
    /// A person has to look at the plan.
    Stop(Exceeded),
    /// The time is up, and the next invocation goes on with the comparison.
    Later,
}

impl Cycle<'_> {
    /// Where the target is not what the end of a failback left, and no cycle wrote to it since, the plan may spoil it.
    pub(in crate::cycle) async fn written_since_swap(&mut self, record: &CycleRecord) -> Result<Stragglers> {
        let planned = &record.planned;
        let spoils = record.deletes + record.overwrites + planned.metadata + planned.renamed > 0;
        let Some(base) = record.base.as_ref().filter(|_| spoils) else { return Ok(Stragglers::None) };
        let Some(swapped_by) = &base.swapped_by else { return Ok(Stragglers::None) };
        let cycles = self.store.cycles(self.pair.name(), HISTORY).await?;
        let since = || cycles.iter().take_while(|(id, _)| id > swapped_by);
        if since().any(|(_, read)| is_known_to_have_written(read)) {
            return Ok(Stragglers::None);
        }
        let cycle = since().find(|(_, read)| may_have_written(read)).map(|(id, _)| id.clone());
        let (target, blind) = (&self.pair.target, PermissionMap::blind().into());
        let both = Shares::new(
            target.with_snapshot(&base.target),
            target.clone(),
            blind,
            self.pair.unsettled.clone(),
        );
        let both = both.excluding(self.pair.exclude());
        Ok(match compare(&both, &self.scratch, record.unspoilt.as_deref().cloned(), self.deadline).await? {
            Compared::Equal => Stragglers::None,
            Compared::Differs(path) => Stragglers::Stop(Exceeded::TargetWasWritten { path, cycle }),
            Compared::Until(cursor) => {
                self.live.update(|record| record.unspoilt = Some(cursor.into()));
                self.commit(Addition::default()).await?;
                self.has_moved = true;
                Stragglers::Later
            }
        })
    }
}
