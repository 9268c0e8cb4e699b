//! The end of a failback: a share snapshot of each side, with the marks of the pair. If they are equal, they are its newest
//! recovery point, and the base of its next cycle.
//!
//! People may have gone on writing to the target, where the data came from, or still write to the source. Either would make a base
//! that is none, so these two are compared with each other before they count, and go again where they differ.

use crate::cycle::run::{Cycle, Result, Worked};
use crate::cycle::transition::Event;
use crate::cycle::trouble::Trouble;
use crate::state::{Addition, CycleError, Side};
use crate::sync::{Cursor, PermissionMap, Shares};

use super::compare::{Compared, compare};
use super::end::remove;
use super::prepare::look;

impl Cycle<'_> {
    pub(in crate::cycle) async fn swap(&mut self, cursor: Option<Cursor>) -> Result<Worked> {
        match self.try_to_swap(cursor).await {
            Err(Trouble::Fail(error)) => {
                for side in [Side::Target, Side::Source] {
                    remove(self.home(), side, &self.id, "The failback did not come to its end").await?;
                }
                Err(error.into())
            }
            swapped => swapped,
        }
    }

    async fn try_to_swap(&mut self, cursor: Option<Cursor>) -> Result<Worked> {
        self.check_settings()?;
        let home = self.home();
        if self.is_fresh {
            let mut room = look(home).await?;
            self.make_room_at_home(&mut room).await?;
        }
        // that of the source comes last: without it the other one is no base of anything
        let target = self.take_snapshot_of(home, Side::Target).await?;
        let source = self.take_snapshot_of(home, Side::Source).await?;
        let is_known = self.live.update(|record| {
            let failback = record.failback.as_mut().expect("this is a failback");
            let (source, target) = (Some(source.clone()), Some(target.clone()));
            let is_known = failback.source == source && failback.target == target;
            (failback.source, failback.target) = (source, target);
            is_known
        });
        let both = Shares::new(
            home.source.with_snapshot(&source),
            home.target.with_snapshot(&target),
            PermissionMap::blind().into(),
            self.pair.unsettled.clone(),
        );
        let both = both.excluding(self.pair.exclude());
        match compare(&both, &self.scratch, cursor.filter(|_| is_known), self.deadline).await? {
            Compared::Equal => Ok(Worked::Event(Event::Done)),
            Compared::Until(cursor) => {
                self.step(Event::Reached(cursor), Addition::default()).await?;
                Ok(Worked::Stepped)
            }
            Compared::Differs(path) => Err(self.told_apart(&both, &path).await?.into()),
        }
    }

    /// Who wrote: the failback had found the source equal to the share snapshot that it read.
    async fn told_apart(&mut self, both: &Shares, path: &str) -> Result<CycleError> {
        let read = self.live.update(|record| record.source_snapshot.clone()).expect("it was read");
        let mut since = both.clone();
        since.source = self.pair.source.with_snapshot(&read);
        let path = if path.is_empty() { "its root" } else { path };
        Ok(match compare(&since, &self.scratch, None, self.deadline).await? {
            Compared::Equal => {
                let detail = format!(
                    "The pair's source was written to while the failback went on ({path}), so what came back there is not what was \
                     brought. Nothing is lost: stop its writers and fail back again, which overwrites what they wrote; it carries only \
                     what differs"
                );
                CycleError::new("SourceWasWritten", detail)
            }
            Compared::Until(_) | Compared::Differs(_) => {
                let detail = format!(
                    "The pair's target was written to while the failback went on ({path}), so the source lacks something of it. Nothing \
                     is lost: stop its writers and fail back again, which carries only the rest"
                );
                CycleError::new("TargetWasWritten", detail)
            }
        })
    }
}
