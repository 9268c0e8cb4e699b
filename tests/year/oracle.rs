//! What a cycle has to leave, by the rules of the reference, one share snapshot after another.

use std::collections::{BTreeMap, BTreeSet};

use azure_storage_file_share::ShareSnapshotId;
use time::OffsetDateTime;

use super::listing::{Listing, Point};

/// Of Azure, and of the settings here.
pub const LIMIT: usize = 200;
/// By side, as below.
pub const HEADROOM: [usize; 2] = [20, 10];
pub const SOURCE: usize = 0;
pub const TARGET: usize = 1;

#[derive(Clone, Copy, Debug)]
pub struct Keep {
    pub last: usize,
    pub daily: usize,
    pub weekly: usize,
    pub monthly: usize,
    pub yearly: usize,
}

impl Keep {
    /// The cycles that are wanted of these recovery points.
    pub fn wanted(&self, points: &Listing) -> BTreeSet<String> {
        let day = |taken: OffsetDateTime| taken.unix_timestamp().div_euclid(86_400);
        let of_count = |count, span: &dyn Fn(OffsetDateTime) -> i64| {
            let mut newest: BTreeMap<i64, &String> = BTreeMap::new();
            // oldest first: the last one stays
            newest.extend(points.ours().map(|(cycle, point)| (span(point.taken()), cycle)));
            newest.into_values().rev().take(count).cloned().collect::<Vec<_>>()
        };
        let rules = [
            of_count(self.last, &|taken| taken.unix_timestamp_nanos() as i64),
            of_count(self.daily, &day),
            // the first day of all was a Thursday
            of_count(self.weekly, &|taken| (day(taken) + 3).div_euclid(7)),
            of_count(self.monthly, &|taken| {
                i64::from(taken.year()) * 12 + i64::from(u8::from(taken.month()))
            }),
            of_count(self.yearly, &|taken| taken.year().into()),
        ];
        rules.into_iter().flatten().collect()
    }
}

/// A cycle that works without trouble on what it found.
#[derive(Clone, Debug)]
pub struct Oracle<'a> {
    pub keep: Option<Keep>,
    pub cycle: &'a str,
    pub sides: [Listing; 2],
    /// The cycles whose recovery points it gave up.
    pub given_up: BTreeSet<String>,
    /// How often nothing could go although there was too little room.
    pub blocked: usize,
}

/// There is no place left.
#[derive(Debug, PartialEq)]
pub struct Full;

impl Oracle<'_> {
    /// Up to the source share snapshot, unless an earlier day took it.
    pub fn begin(&mut self, source: Option<&ShareSnapshotId>) -> Result<(), Full> {
        if self.sides[SOURCE].has(self.cycle) {
            return Ok(());
        }
        self.clone().make_room(TARGET)?;
        self.make_room(SOURCE)?;
        if let Some(id) = source {
            self.sides[SOURCE].take(self.cycle, id);
        }
        Ok(())
    }

    pub fn end(&mut self, target: Option<&ShareSnapshotId>) -> Result<(), Full> {
        if !self.sides[TARGET].has(self.cycle) {
            self.make_room(TARGET)?;
            if let Some(id) = target {
                self.sides[TARGET].take(self.cycle, id);
            }
        }
        // what goes from the target is no newer than what was there
        let left_over = self.left_over();
        while let Some(id) = self.unwanted() {
            self.remove(TARGET, &id);
        }
        for (cycle, id) in self.lone() {
            if left_over.contains(&id) || self.given_up.contains(&cycle) {
                self.remove(SOURCE, &id);
            }
        }
        Ok(())
    }

    fn make_room(&mut self, side: usize) -> Result<(), Full> {
        while self.sides[side].0.len() + HEADROOM[side] >= LIMIT {
            let Some(id) = self.next(side) else {
                self.blocked += 1;
                break;
            };
            self.remove(side, &id);
        }
        if self.sides[side].0.len() >= LIMIT { Err(Full) } else { Ok(()) }
    }

    fn remove(&mut self, side: usize, id: &ShareSnapshotId) {
        if side == TARGET {
            let cycle = self.sides[TARGET].ours().find(|(_, point)| point.id == *id).map(|(cycle, _)| cycle);
            self.given_up.extend(cycle.cloned());
        }
        self.sides[side].remove(id);
    }

    /// What goes next for room: of the sources without a recovery point those of failed cycles before those that may be
    /// all that is left of a lost target; else the oldest that is not wanted.
    fn next(&self, side: usize) -> Option<ShareSnapshotId> {
        let wanted = self.keep.map(|keep| keep.wanted(&self.sides[TARGET])).unwrap_or_default();
        let lone = || self.lone().into_iter().map(|(_, id)| id).filter(|_| side == SOURCE);
        let left_over = self.left_over();
        let next = lone().find(|id| left_over.contains(id)).or_else(|| lone().next());
        next.or_else(|| {
            let mut unwanted = self.may_go(side).filter(|(cycle, _)| !wanted.contains(*cycle));
            unwanted.next().map(|(_, point)| point.id.clone())
        })
    }

    /// What goes from the target after a success although there is room.
    fn unwanted(&self) -> Option<ShareSnapshotId> {
        let wanted = self.keep?.wanted(&self.sides[TARGET]);
        self.may_go(TARGET).find(|(cycle, _)| !wanted.contains(*cycle)).map(|(_, point)| point.id.clone())
    }

    /// The sources that may go and have no recovery point.
    fn lone(&self) -> Vec<(String, ShareSnapshotId)> {
        let lone = self.may_go(SOURCE).filter(|(cycle, _)| !self.sides[TARGET].has(cycle));
        lone.map(|(cycle, point)| (cycle.clone(), point.id.clone())).collect()
    }

    /// Those of them with a recovery point before: no lost target took theirs.
    fn left_over(&self) -> BTreeSet<ShareSnapshotId> {
        let oldest = self.sides[TARGET].ours().map(|(cycle, _)| cycle).min();
        let newer = self.lone().into_iter().filter(|(cycle, _)| oldest.is_some_and(|oldest| oldest < cycle));
        newer.map(|(_, id)| id).collect()
    }

    fn may_go(&self, side: usize) -> impl Iterator<Item = (&String, &Point)> {
        let newest = self.sides[TARGET].newest();
        let ours = self.sides[side].ours().filter(|(_, point)| !point.is_leased);
        ours.filter(move |(cycle, _)| newest != Some(cycle) && **cycle != self.cycle)
    }
}
