//! What requests do to the shares, and the promises: each effect is judged at the moment when it happens.

use time::OffsetDateTime;

use super::guard::Guard;
use super::world::{FOREIGN, Flight, PINNED, Row, SLOTS, World, Write, slot};
use crate::cycle::clearing::protected;
use crate::retention::{Deletion, Keep, Owner, Point, Protected, Retention, make_room, prune};
use crate::state::{Side, State};

/// What broke.
pub type Broken = &'static str;

impl World {
    /// A write of a process takes effect.
    pub fn effect(&mut self, write: Write, epoch: u8) -> Result<(), Broken> {
        if epoch != self.epoch {
            return Err("P5: a write took effect after another owner began");
        }
        match write {
            Write::Copy { content, .. } if self.chunks == 1 => self.content = [content; 2],
            Write::Copy { chunk, content } => self.content[usize::from(chunk)] = content,
            Write::Touch => {}
            Write::Snapshot { side, cycle } => self.take(side, cycle)?,
            Write::DeleteSnapshot { side, slot } => {
                self.judge_deletion(slot.into())?;
                self.of_side_mut(side)[usize::from(slot)] = None;
            }
        }
        Ok(())
    }

    fn take(&mut self, side: Side, cycle: u8) -> Result<(), Broken> {
        let at = slot(cycle);
        if self.of_side(side)[at].is_some() {
            return Err("Two share snapshots of one role in a cycle");
        }
        match side {
            Side::Source => self.source[at] = Some(self.live),
            Side::Target => {
                let row = self.rows[usize::from(cycle)].ok_or("P3: a recovery point of an unknown cycle")?;
                self.judge_recovery_point(&row)?;
                self.target[at] = row.source;
            }
        }
        Ok(())
    }

    fn judge_recovery_point(&self, row: &Row) -> Result<(), Broken> {
        if *row.place.state() != State::TargetSnapshot {
            return Err("P3: a recovery point before everything was applied and verified");
        }
        if row.failed {
            return Err("P3: a recovery point after a failure");
        }
        if self.content.map(Some) != [row.source; 2] {
            return Err("P3: a recovery point that differs from the source share snapshot");
        }
        let writes = |flight: &&Flight| matches!(flight.write, Write::Copy { .. } | Write::Touch);
        if self.flights.iter().flatten().any(|flight| writes(&flight)) {
            return Err("P3: a recovery point while a write is on its way");
        }
        Ok(())
    }

    fn judge_deletion(&self, at: usize) -> Result<(), Broken> {
        match at {
            FOREIGN => Err("P7: what is not ours was deleted"),
            PINNED => Err("P7: what was leased was deleted"),
            _ if self.newest() == Some(at) => Err("P7: the newest recovery point was deleted, or the base"),
            _ if self.named.map(slot) == Some(at) => Err("P7: what the running cycle took was deleted"),
            _ => Ok(()),
        }
    }

    /// Judged when a row is about to be replaced.
    pub fn judge_commit(&self, cycle: u8, row: &Row) -> Result<(), Broken> {
        match self.rows[usize::from(cycle)] {
            Some(stored) if stored.epoch > row.epoch => Err("P5: a stale owner's commit changed a row"),
            _ => Ok(()),
        }
    }

    /// What holds in every world, whatever happens.
    pub fn judge_owners(&self, may_write: impl Fn(u8) -> bool) -> Result<(), Broken> {
        let [one, other] = self.processes.map(|process| may_write(process.left).then_some(process.epoch));
        match (one, other) {
            (Some(_), Some(_)) => Err("P5: two owners whose gates are open"),
            (Some(epoch), None) | (None, Some(epoch)) if epoch != self.epoch => {
                Err("P5: the gate of a stale owner is open")
            }
            _ => Ok(()),
        }
    }

    /// The next share snapshot that a cycle deletes to make room for another one; an error when there is no room.
    pub fn making_room(&self, side: Side, cycle: u8, without: Option<Guard>) -> Result<Option<u8>, ()> {
        let points = self.points(side, without);
        let room = make_room(side, &points, &self.protected(cycle, without), &rules());
        if room.full { Err(()) } else { Ok(room.delete.first().map(number)) }
    }

    /// The next share snapshot that a cycle deletes after it succeeded.
    pub fn pruned(&self, cycle: u8, without: Option<Guard>) -> Option<(Side, u8)> {
        let (source, target) = (self.points(Side::Source, without), self.points(Side::Target, without));
        let unwanted = prune(&source, &target, &self.protected(cycle, without), &rules());
        let first = |side, list: &[Deletion]| list.first().map(|deletion| (side, number(deletion)));
        first(Side::Source, &unwanted.source).or_else(|| first(Side::Target, &unwanted.target))
    }

    fn points(&self, side: Side, without: Option<Guard>) -> Vec<Point> {
        let there = (0..SLOTS).filter(|at| self.of_side(side)[*at].is_some());
        let point = |at: usize| {
            let is_foreign = at == FOREIGN && without != Some(Guard::OwnMark);
            let owner = if is_foreign { Owner::Foreign } else { Owner::Ours { cycle: at.to_string() } };
            let taken = OffsetDateTime::UNIX_EPOCH + time::Duration::days(at as i64);
            let leased = at == PINNED && without != Some(Guard::LeasedStays);
            Point { id: at.to_string(), taken, owner, leased }
        };
        there.map(point).collect()
    }

    fn protected(&self, cycle: u8, without: Option<Guard>) -> Protected {
        let mut target = self.points(Side::Target, without);
        if without == Some(Guard::NewestStays) {
            // as if the newest one were not known to be one
            target.pop();
        }
        protected(&target, &slot(cycle).to_string())
    }
}

/// Every cycle but the first finds its share full, and the last recovery point alone is wanted.
fn rules() -> Retention {
    let keep = Keep { last: 1, ..Keep::default() };
    Retention { limit: 4, headroom_source: 0, headroom_target: 0, keep: Some(keep), ..Retention::default() }
}

fn number(deletion: &Deletion) -> u8 {
    deletion.id.parse().expect("a share snapshot of the model")
}
