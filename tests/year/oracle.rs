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
        for side in [TARGET, SOURCE] {
            while let Some(id) = self.unwanted(side) {
                self.sides[side].remove(&id);
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
            self.sides[side].remove(&id);
        }
        if self.sides[side].0.len() >= LIMIT { Err(Full) } else { Ok(()) }
    }

    /// What goes next for room: a source without a recovery point, else the oldest that is not wanted.
    fn next(&self, side: usize) -> Option<ShareSnapshotId> {
        let wanted = self.keep.map(|keep| keep.wanted(&self.sides[TARGET])).unwrap_or_default();
        let is_lone = |cycle: &String| !self.sides[TARGET].has(cycle);
        let lone = self.may_go(side).find(|(cycle, _)| is_lone(cycle));
        let next = lone.or_else(|| self.may_go(side).find(|(cycle, _)| !wanted.contains(*cycle)));
        next.map(|(_, point)| point.id.clone())
    }

    /// What goes after a success although there is room.
    fn unwanted(&self, side: usize) -> Option<ShareSnapshotId> {
        let wanted = self.keep.map(|keep| keep.wanted(&self.sides[TARGET]));
        let is_unwanted = |cycle: &String| match side {
            TARGET => wanted.as_ref().is_some_and(|wanted| !wanted.contains(cycle)),
            _ => !self.sides[TARGET].has(cycle),
        };
        self.may_go(side).find(|(cycle, _)| is_unwanted(cycle)).map(|(_, point)| point.id.clone())
    }

    fn may_go(&self, side: usize) -> impl Iterator<Item = (&String, &Point)> {
        let newest = self.sides[TARGET].newest();
        let ours = self.sides[side].ours().filter(|(_, point)| !point.is_leased);
        ours.filter(move |(cycle, _)| newest != Some(cycle) && **cycle != self.cycle)
    }
}
