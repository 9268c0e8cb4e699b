//! Beginning a drill, and what can be told of drills.

use tokio::time::Instant;

use super::choose::choose;
use super::scratch;
use crate::cycle::pair::Pair;
use crate::cycle::report::CycleReport;
use crate::cycle::restore::{NotRestored, UnderWay};
use crate::cycle::{Backup, Start};
use crate::state::{Acl, Conflict, Destination, Drill, Place, Restore};

impl Backup {
    /// Drills a pair, until it ends or no new work may begin: `deadline`. One that is under way goes on instead.
    pub async fn drill(&self, name: &str, deadline: Instant) -> Result<CycleReport, NotRestored> {
        let pair = self.find(name).ok_or_else(|| NotRestored::UnknownPair(name.to_owned()))?;
        let book = pair.drills().name;
        match self.under_way_beside(&book).await? {
            Some(UnderWay::Whole(made)) => {
                let owner = self.own(&made, deadline).await?;
                return Ok(self.run_as(&made, owner, Start::ResumeOnly, deadline).await?);
            }
            // nobody waits for it, and the next one shows as much
            Some(UnderWay::CutOff(made, why)) => {
                tracing::warn!(pair.name = name, "The drill under way is given up: {why}");
                let given_up = self.cancel(&made, None).await;
                given_up.map_err(|error| NotRestored::Unavailable(error.to_string()))?;
            }
            None => {}
        }
        let restore = self.drill_of(pair).await?;
        let share = self.share_of(pair, &restore.destination)?;
        let made = self.pair_of(pair, restore, share)?;
        let owner = self.own(&made, deadline).await?;
        Ok(self.run_as(&made, owner, Start::New, deadline).await?)
    }

    /// The drills of a pair that are remembered, newest first. `None` where no pair has this name.
    pub async fn drills(&self, name: &str) -> anyhow::Result<Option<Vec<CycleReport>>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        Box::pin(self.cycles_in(&pair.drills())).await.map(Some)
    }

    /// `None` where there is no such drill, too.
    pub async fn drill_report(&self, name: &str, id: &str) -> anyhow::Result<Option<CycleReport>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        match self.record(&pair.drills(), id).await? {
            Some(record) => Ok(Some(self.report(record).await?)),
            None => Ok(None),
        }
    }

    /// What to bring back, and where to: chosen from what the source had, where that is still known, so that something that
    /// is missing in the recovery point is missed.
    async fn drill_of(&self, pair: &Pair) -> Result<Restore, NotRestored> {
        let unavailable = |error: azure_storage::Error| NotRestored::Unavailable(error.to_string());
        let points = crate::cycle::points(pair).await.map_err(unavailable)?;
        let Some(point) = points.into_iter().next() else {
            return Err(NotRestored::NothingToDrill);
        };
        let there = match &point.source {
            Some(source) => pair.source.with_snapshot(source),
            None => pair.target.with_snapshot(&point.target),
        };
        let exclude = pair.exclude();
        let chosen = choose(&there, |path| exclude.covers(path)).await.map_err(unavailable)?;
        let include: Vec<String> = chosen.files.iter().cloned().chain(chosen.folder.clone()).collect();
        if include.is_empty() {
            return Err(NotRestored::NothingToDrill);
        }
        let destination = Destination {
            at: Place::Share,
            account: pair.settings.target.account.clone(),
            share: scratch::name(),
            folder: String::new(),
            create: true,
        };
        Ok(Restore {
            recovery_point: point.cycle,
            snapshot: point.target,
            include,
            destination,
            conflict: Conflict::Overwrite,
            acl: Acl::Keep,
            delete_extra: false,
            approved: true,
            drill: Some(Drill {
                files: chosen.files.len() as u32,
                folder: chosen.folder,
                source: point.source,
            }),
        })
    }
}
