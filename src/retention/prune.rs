//! Pruning after a cycle that succeeded: what nothing wants any more goes, whether room is needed or not.

use std::collections::BTreeSet;

use super::keep::wanted;
use super::point::{Point, Protected};
use super::room::{Deletion, Why, in_order};
use super::rules::Retention;

/// What goes after a cycle that succeeded, each list in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruning {
    pub source: Vec<Deletion>,
    pub target: Vec<Deletion>,
}

/// Recovery points that no keep rule wants go from the target, and with them their partners from the source. So do
/// source share snapshots that belong to no recovery point: of failed cycles, and partners left over. What is older than
/// all recovery points stays until room is needed: where the target was lost, nothing else holds those states.
pub fn prune(source: &[Point], target: &[Point], protected: &Protected, rules: &Retention) -> Pruning {
    let of_target = match &rules.keep {
        None => Vec::new(),
        Some(keep) => {
            let wanted = wanted(protected.recovery_points(), keep);
            in_order(target, |point| {
                let cycle = protected.deletable(point)?;
                let is_unwanted = protected.has_recovery_point(cycle) && !wanted.contains(cycle);
                is_unwanted.then_some(Why::Unwanted)
            })
        }
    };
    let of_target = at_most(rules, of_target);
    let dropped: BTreeSet<&str> = of_target.iter().map(|deletion| deletion.cycle.as_str()).collect();
    let of_source = in_order(source, |point| {
        let cycle = protected.deletable(point)?;
        match () {
            () if !protected.has_recovery_point(cycle) => (!protected.is_remnant(cycle)).then_some(Why::Lone),
            () if dropped.contains(cycle) => Some(Why::Unwanted),
            () => None,
        }
    });
    Pruning { source: at_most(rules, of_source), target: of_target }
}

fn at_most(rules: &Retention, mut deletions: Vec<Deletion>) -> Vec<Deletion> {
    deletions.truncate(rules.max_deletes_per_cycle.unwrap_or(usize::MAX));
    deletions
}
