//! Share snapshots that go: as far as the next one needs their places, and what nobody wants after a good cycle. What
//! may go is decided in [`crate::retention`]; here it is deleted, each one logged before (P7).

use std::collections::BTreeSet;

use azure_storage::ErrorKind;
use azure_storage_file_share::ShareSnapshotId;

use super::pair::Pair;
use super::room::Room;
use super::run::Result;
use super::snapshots::Taken;
use super::told;
use crate::retention::{Deletion, Point, Protected, Retention, make_room, prune};
use crate::state::{Alert, CycleError, CycleRecord, Pruned, Side};

/// How often another share snapshot is tried where one could not be deleted.
const ROUNDS: usize = 5;

/// What became of the share snapshots that stood in the way.
#[derive(Debug, Default)]
pub struct Cleared {
    pub pruned: Vec<Pruned>,
    pub alerts: Vec<Alert>,
}

impl Room {
    /// Deletes the oldest eligible share snapshots of a side as far as the next one needs their places. What went
    /// stands in `cleared`, also where this ends with an error; so below.
    pub async fn make(
        &mut self,
        pair: &Pair,
        cycle: &CycleRecord,
        side: Side,
        cleared: &mut Cleared,
    ) -> Result<()> {
        for _ in 0..ROUNDS {
            let rules = self.rules(pair, cycle, side, cleared);
            let room = make_room(side, &self.found(side).listed.points, &self.protected(cycle), &rules);
            let stays = self.delete(pair, cycle, side, &room.delete, cleared).await?;
            let count = self.found(side).listed.points.len();
            if room.full {
                return Err(full(pair, cycle, side, count).into());
            }
            if room.blocked {
                cleared.alerts.push(blocked(pair, cycle, side, count));
            }
            if !stays {
                return Ok(());
            }
            if room.blocked {
                break;
            }
        }
        // what could not be deleted is not there to make room
        let count = self.found(side).listed.points.len();
        if count >= pair.settings.retention.limit {
            return Err(full(pair, cycle, side, count).into());
        }
        Ok(())
    }

    /// Whether a side has no place left and nothing may go: known before anything is copied.
    pub fn check_not_full(&self, pair: &Pair, cycle: &CycleRecord, side: Side) -> Result<()> {
        let rules = self.rules(pair, cycle, side, &Cleared::default());
        let points = &self.found(side).listed.points;
        if make_room(side, points, &self.protected(cycle), &rules).full {
            return Err(full(pair, cycle, side, points.len()).into());
        }
        Ok(())
    }

    /// After a good cycle: what the keep rules do not want with its partners, and what failed cycles left.
    pub async fn prune(&mut self, pair: &Pair, cycle: &CycleRecord, cleared: &mut Cleared) -> Result<()> {
        let rules = &pair.settings.retention;
        let mut unwanted =
            prune(&self.source.listed.points, &self.target.listed.points, &self.protected(cycle), rules);
        let free = self.source.listed.points.iter().filter(|point| !point.leased);
        let free: BTreeSet<String> = free.filter_map(|point| point.cycle().map(str::to_owned)).collect();
        self.delete(pair, cycle, Side::Source, &unwanted.source, cleared).await?;
        // A recovery point goes with its partner, or both are tried again: alone, that one would look like all that is
        // left of a lost target. One that was leased is kept by whoever did that.
        let stays = |cycle: &str| self.source.listed.ours.iter().any(|taken| taken.cycle == cycle);
        unwanted.target.retain(|deletion| !(free.contains(&deletion.cycle) && stays(&deletion.cycle)));
        self.delete(pair, cycle, Side::Target, &unwanted.target, cleared).await?;
        Ok(())
    }

    /// Deletes share snapshots, each logged before. Answers whether one could not be deleted.
    async fn delete(
        &mut self,
        pair: &Pair,
        cycle: &CycleRecord,
        side: Side,
        deletions: &[Deletion],
        cleared: &mut Cleared,
    ) -> Result<bool> {
        let mut stays = false;
        for deletion in deletions {
            let id = ShareSnapshotId::from(deletion.id.clone());
            let listed = &mut self.found_mut(side).listed;
            // P7: what is not marked as ours is never deleted, whoever asks for it
            let Some(taken) = listed.ours.iter().find(|taken| taken.id == id).cloned() else { continue };
            let share = pair.share(side);
            tracing::warn!(
                pair.name = pair.name(),
                cycle.id = cycle.id,
                share.account = share.account(),
                share.name = share.name(),
                share.snapshot = %id,
                share.snapshot_cycle = taken.cycle,
                reason = %deletion.why,
                "Deleting a share snapshot"
            );
            match share.delete_snapshot(&id).await {
                Ok(()) => {}
                Err(error) if error.is_code("ShareSnapshotNotFound") => {}
                Err(error) if error.kind == ErrorKind::Closed => return Err(error.into()),
                Err(error) => {
                    // leased by somebody since it was listed, or not ours to delete: others may still go
                    let detail = format!("Share snapshot {id} of the {side} share stays: {error}");
                    tracing::warn!(pair.name = pair.name(), alert.code = "PruneFailed", "{detail}");
                    cleared.alerts.push(Alert { code: "PruneFailed".to_owned(), detail });
                    listed
                        .points
                        .iter_mut()
                        .filter(|known| known.id == deletion.id)
                        .for_each(|p| p.leased = true);
                    stays = true;
                    if concerns_all(&error) {
                        break;
                    }
                    continue;
                }
            }
            listed.points.retain(|known| known.id != deletion.id);
            listed.ours.retain(|known| known.id != id);
            let (why, count) = (deletion.why.to_string(), listed.points.len());
            told::snapshot_deleted(pair, Some(&cycle.id), side.role(), share, &id, Some(&taken.cycle), &why);
            told::snapshots_counted(pair, side, count);
            cleared.pruned.push(Pruned { share: side, snapshot: id, cycle: taken.cycle, why });
        }
        Ok(stays)
    }

    fn protected(&self, cycle: &CycleRecord) -> Protected {
        let mut protected = protected(&self.target.listed.points, &cycle.id);
        let mut bad = self.target.listed.verify_failed();
        bad.extend(self.bad.iter().cloned());
        bad.extend(cycle.is_unverified().then(|| cycle.id.clone()));
        let is_good = |taken: &&Taken| !bad.contains(&taken.cycle);
        let good = self.target.listed.ours.iter().filter(is_good).max_by(|a, b| a.id.cmp(&b.id));
        protected.last_verified = good.map(|taken| taken.cycle.clone()).or(protected.last_verified);
        protected.base = self.base.clone().or(protected.base);
        let given_up = cycle.pruned.iter().filter(|pruned| pruned.share == Side::Target);
        protected.given_up = given_up.map(|pruned| pruned.cycle.clone()).collect();
        protected
    }

    fn rules(&self, pair: &Pair, cycle: &CycleRecord, side: Side, cleared: &Cleared) -> Retention {
        let deleted =
            cycle.pruned.iter().chain(&cleared.pruned).filter(|pruned| pruned.share == side).count();
        pair.settings.retention.after(deleted)
    }
}

/// What stays while a cycle runs, whatever the rules say. `target` holds all share snapshots of the target.
pub(super) fn protected(target: &[Point], running: &str) -> Protected {
    let mut protected = Protected::of(target);
    let newest = protected.newest_recovery_point().map(str::to_owned);
    // every recovery point was compared equal before it was taken
    protected.last_verified.clone_from(&newest);
    protected.base = newest;
    protected.running = Some(running.to_owned());
    protected
}

/// Whether the next delete would fare no better: it is not this share snapshot that stands in the way.
fn concerns_all(error: &azure_storage::Error) -> bool {
    use ErrorKind::{NoToken, NotSent, Server, Throttled, Unauthorized, Unknown};
    matches!(error.kind, NoToken | NotSent | Server | Throttled | Unauthorized | Unknown)
}

fn full(pair: &Pair, cycle: &CycleRecord, side: Side, count: usize) -> CycleError {
    let detail = format!(
        "The {side} share has {count} share snapshots, {} is the limit, and none of them may be deleted by this app; delete some \
         that are not needed any more",
        pair.settings.retention.limit
    );
    let error = CycleError::new("SnapshotLimit", detail);
    told::prune_blocked(pair, cycle, side, count, &error);
    error
}

fn blocked(pair: &Pair, cycle: &CycleRecord, side: Side, count: usize) -> Alert {
    let detail = format!(
        "The {side} share of pair {} has {count} share snapshots and none of them may be deleted by this app: foreign, leased, \
         or wanted by the keep rules",
        pair.name()
    );
    tracing::warn!(pair.name = pair.name(), alert.code = "PruneBlocked", "{detail}");
    let error = CycleError::new("PruneBlocked", detail);
    told::prune_blocked(pair, cycle, side, count, &error);
    Alert { code: error.code, detail: error.detail }
}
