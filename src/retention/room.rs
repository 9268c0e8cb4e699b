//! Making room before a share snapshot is taken: only as much as is needed, the least wanted and oldest first.

use std::fmt;

use super::keep::wanted;
use super::point::{Point, Protected, Side};
use super::rules::{AZURE_LIMIT, Retention};

/// A share snapshot that is to go. It is deleted only where it is still as it was listed, and logged before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The share snapshot's id.
    pub id: String,
    pub cycle: String,
    pub why: Why,
}

/// Why a share snapshot goes. In this order they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// On the source: its cycle failed, or its recovery point was given up.
    Lone,
    /// On the source: the same for one that is older than all recovery points. It may be what is left of a lost target, so
    /// only a need of room gives it up.
    Remnant,
    /// No keep rule wants it.
    Unwanted,
    /// It is the oldest, and the next one needs room.
    Oldest,
    /// The same for one that a keep rule wants, with `allowPolicyOverride`.
    Overridden,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lone => "It belongs to no recovery point",
            Self::Remnant => "It belongs to no recovery point of the target any more, and room is needed",
            Self::Unwanted => "No keep rule wants it",
            Self::Oldest => "It is the oldest, and room is needed",
            Self::Overridden => "Room is needed, and allowPolicyOverride gives it up",
        })
    }
}

/// What makes room for the next share snapshot of a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// To be deleted in this order.
    pub delete: Vec<Deletion>,
    /// The headroom is used up and nothing that may go is left: the alert `PruneBlocked`.
    pub blocked: bool,
    /// There is no place for the next one: `SnapshotLimit`.
    pub full: bool,
}

/// What to delete before the next share snapshot of the share with all these `points`.
pub fn make_room(side: Side, points: &[Point], protected: &Protected, rules: &Retention) -> Room {
    let headroom = match side {
        Side::Source => rules.headroom_source,
        Side::Target => rules.headroom_target,
    };
    let candidates = candidates(side, points, protected, rules);
    let needed = (points.len() + headroom + 1).saturating_sub(rules.limit);
    let deleted = needed.min(rules.max_deletes_per_cycle.unwrap_or(usize::MAX)).min(candidates.len());
    let left = points.len() - deleted;
    let has_more = candidates.len() > deleted;
    Room {
        delete: candidates.into_iter().take(deleted).collect(),
        blocked: deleted < needed && !has_more,
        full: left >= AZURE_LIMIT || (left >= rules.limit && !has_more),
    }
}

/// All that may go to make room, in the order in which they would.
fn candidates(side: Side, points: &[Point], protected: &Protected, rules: &Retention) -> Vec<Deletion> {
    let wanted = rules.keep.as_ref().map(|keep| wanted(protected.recovery_points(), keep));
    let why = |cycle: &str| match &wanted {
        _ if !protected.has_recovery_point(cycle) => match side {
            // That is a recovery point newer than what we know.
            Side::Target => None,
            Side::Source if protected.is_remnant(cycle) => Some(Why::Remnant),
            Side::Source => Some(Why::Lone),
        },
        Some(wanted) if wanted.contains(cycle) => rules.allow_policy_override.then_some(Why::Overridden),
        Some(_) => Some(Why::Unwanted),
        None => Some(Why::Oldest),
    };
    in_order(points, |point| {
        let cycle = protected.deletable(point)?;
        why(cycle)
    })
}

/// The points that go for a reason: by reason, then oldest first.
pub(super) fn in_order(points: &[Point], why: impl Fn(&Point) -> Option<Why>) -> Vec<Deletion> {
    let mut going: Vec<(Why, &Point)> =
        points.iter().filter_map(|point| Some((why(point)?, point))).collect();
    going.sort_by(|(a_why, a), (b_why, b)| (a_why, a.taken, &a.id).cmp(&(b_why, b.taken, &b.id)));
    let deletion = |(why, point): (Why, &Point)| {
        Some(Deletion { id: point.id.clone(), cycle: point.cycle()?.to_owned(), why })
    };
    going.into_iter().filter_map(deletion).collect()
}
