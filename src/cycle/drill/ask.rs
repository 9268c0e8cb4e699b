//! Beginning a drill, and what can be told of drills.

use tokio::time::Instant;

use super::choose::choose;
use super::scratch;
use crate::cycle::pair::Pair;
use crate::cycle::report::{CycleReport, NotRun, RecoveryPoint};
use crate::cycle::restore::NotRestored;
use crate::cycle::{Backup, Start, known};
use crate::state::{Acl, Conflict, CycleError, Destination, Drill, Place, Restore};

impl Backup {
    /// Drills a pair, until it ends or no new work may begin: `deadline`. One that is under way goes on instead.
    pub async fn drill(&self, name: &str, deadline: Instant) -> Result<CycleReport, NotRestored> {
        let pair = self.find(name).ok_or_else(|| NotRestored::UnknownPair(name.to_owned()))?;
        let book = pair.drills().name;
        match self.resume_restore(&book, deadline).await {
            Err(NotRun::NothingToResume) => {}
            resumed => return Ok(resumed?),
        }
        let restore = self.drill_of(pair).await?;
        let share = self.share_of(pair, &restore.destination)?;
        let made = self.pair_of(pair, restore, share)?;
        let owner = self.own(&made, deadline).await?;
        // another one may have begun while this one chose
        if self.unfinished(&made, &owner).await?.is_some() {
            owner.release(|_| {}).await.map_err(CycleError::from)?;
            return Ok(self.resume_restore(&book, deadline).await?);
        }
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
        let chosen = choose(&there, |path| exclude.covers(path)).await;
        let chosen = chosen.map_err(|error| NotRestored::Unavailable(error.to_string()))?;
        let include: Vec<String> = chosen.files.iter().cloned().chain(chosen.folder.clone()).collect();
        if include.is_empty() {
            return Err(NotRestored::NothingToDrill);
        }
        let mut acknowledged = self.acknowledged_in(pair, &point).await?;
        acknowledged.retain(|path| chosen.touches(path));
        let drill = Drill {
            files: chosen.files.len() as u32,
            folder: chosen.folder,
            source: point.source,
            acknowledged,
            too_large: chosen.too_large,
        };
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
            drill: Some(drill),
        })
    }

    /// The failures that a person had accepted when the recovery point was taken. Where the tables do not tell them any more, those
    /// that are accepted now.
    async fn acknowledged_in(&self, pair: &Pair, point: &RecoveryPoint) -> Result<Vec<String>, NotRestored> {
        if point.acknowledged == 0 {
            return Ok(Vec::new());
        }
        let failures = match known(self.store.failures(pair.name(), &point.cycle).await) {
            Err(error) if error.is_unreadable() => Vec::new(),
            failures => failures.map_err(CycleError::from)?,
        };
        let paths = failures.into_iter().filter(|failure| failure.acknowledged).map(|failure| failure.path);
        let paths: Vec<String> = paths.collect();
        if !paths.is_empty() {
            return Ok(paths);
        }
        let row = known(self.store.pair(pair.name()).await).map_err(CycleError::from)?;
        let accepted = row.map(|read| read.record.acknowledged).unwrap_or_default();
        Ok(accepted.into_iter().map(|accepted| accepted.path).collect())
    }
}
