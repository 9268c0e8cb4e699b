//! The share snapshots of a share, and which of them must stay whatever happens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Which share of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    Source,
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

/// Whose a share snapshot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Somebody else's, as Azure Backup's or another pair's. It counts, and is never touched.
    Foreign,
    /// This pair's, in the role of the side that it was found on.
    Ours { cycle: String },
}

/// One share snapshot of a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The share snapshot's id.
    pub id: String,
    /// The id read as a time: a list need not be in order.
    pub taken: OffsetDateTime,
    pub owner: Owner,
    /// Whoever holds the lease: a pin is a lease of ours.
    pub leased: bool,
}

impl Point {
    /// The cycle that took it, if it is ours.
    pub fn cycle(&self) -> Option<&str> {
        match &self.owner {
            Owner::Ours { cycle } => Some(cycle),
            Owner::Foreign => None,
        }
    }
}

/// Which cycles have a recovery point, and which of them must stay on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected {
    /// When the recovery points were taken, by cycle; in the order of time.
    recovery_points: BTreeMap<String, OffsetDateTime>,
    newest_recovery_point: Option<String>,
    /// The cycle whose recovery point was last read back and found good.
    pub last_verified: Option<String>,
    /// The cycle that the running one goes out from.
    pub base: Option<String>,
    /// The cycle that runs, or waits to be resumed.
    pub running: Option<String>,
    /// The cycles whose recovery points the running one has given up: what is left of them follows.
    pub given_up: BTreeSet<String>,
}

impl Protected {
    /// `target` holds all share snapshots of the target: ours among them are the recovery points.
    pub fn of(target: &[Point]) -> Self {
        let ours = || target.iter().filter_map(|point| Some((point.cycle()?.to_owned(), point.taken)));
        let newest = ours().max_by_key(|(_, taken)| *taken).map(|(cycle, _)| cycle);
        Self { recovery_points: ours().collect(), newest_recovery_point: newest, ..Self::default() }
    }

    pub fn newest_recovery_point(&self) -> Option<&str> {
        self.newest_recovery_point.as_deref()
    }

    pub(super) fn recovery_points(&self) -> &BTreeMap<String, OffsetDateTime> {
        &self.recovery_points
    }

    pub(super) fn has_recovery_point(&self, cycle: &str) -> bool {
        self.recovery_points.contains_key(cycle)
    }

    /// Whether a cycle without a recovery point is older than all that have one. The target may have been lost since, so
    /// its source share snapshot may be the last copy of what it holds. Ids of cycles sort by time; the times of two
    /// shares are those of two clocks.
    pub(super) fn is_remnant(&self, cycle: &str) -> bool {
        let oldest = self.recovery_points.keys().next();
        oldest.is_none_or(|oldest| cycle < oldest.as_str()) && !self.given_up.contains(cycle)
    }

    /// The cycle of a point that may be deleted at all.
    pub(super) fn deletable<'a>(&self, point: &'a Point) -> Option<&'a str> {
        let cycle = point.cycle().filter(|_| !point.leased)?;
        let stays = [&self.newest_recovery_point, &self.last_verified, &self.base, &self.running];
        (!stays.into_iter().flatten().any(|stays| stays == cycle)).then_some(cycle)
    }
}
