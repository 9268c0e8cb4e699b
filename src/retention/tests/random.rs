//! Whatever the history: nothing that must stay ever goes, and what may go makes room.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

/// A history in no order: some cycles with both share snapshots, some with one, some of them leased, others between.
fn history(random: &mut StdRng) -> (Vec<Point>, Vec<Point>, Protected) {
    let (mut source, mut target) = (Vec::new(), Vec::new());
    let likely = random.random_range(0.0..1.0);
    for day in 0..random.random_range(0..200) {
        let mut toss = |chance: f64| random.random_bool(chance);
        let mut add = |points: &mut Vec<Point>, point: Point, chance: f64| {
            if toss(chance) {
                let leased = toss(0.05);
                let at = points.len() / 2;
                points.insert(at, Point { leased, ..point });
            }
        };
        add(&mut source, ours(day), likely);
        add(&mut target, ours(day), likely);
        add(&mut source, foreign(day), 0.3);
        add(&mut target, foreign(day), 0.1);
    }
    let mut protected = Protected::of(&target);
    let mut some = || random.random_bool(0.7).then(|| cycle(random.random_range(0..200)));
    (protected.last_verified, protected.base, protected.running) = (some(), some(), some());
    protected.given_up.extend(some());
    (source, target, protected)
}

fn rules(random: &mut StdRng) -> Retention {
    let mut count = || random.random_range(0..20);
    let keep = Keep { last: count(), daily: count(), weekly: count(), monthly: count(), yearly: count() };
    Retention {
        limit: random.random_range(10..=200),
        headroom_source: random.random_range(0..8),
        headroom_target: random.random_range(0..8),
        max_deletes_per_cycle: random.random_bool(0.3).then(|| random.random_range(1..10)),
        allow_policy_override: random.random_bool(0.5),
        keep: random.random_bool(0.6).then_some(keep),
    }
}

/// Each deletion names a point that is there, once, and that may go; they are in the order of need and age.
fn assert_allowed(deletions: &[Deletion], points: &[Point], protected: &Protected, rules: &Retention) {
    let ids: BTreeSet<&str> = deletions.iter().map(|deletion| deletion.id.as_str()).collect();
    assert_eq!(ids.len(), deletions.len());
    for deletion in deletions {
        let point = points.iter().find(|point| point.id == deletion.id).expect("one of the list");
        assert_eq!(point.owner, Owner::Ours { cycle: deletion.cycle.clone() });
        assert!(!point.leased);
        let stays = [&protected.last_verified, &protected.base, &protected.running];
        assert!(!stays.contains(&&Some(deletion.cycle.clone())));
        assert_ne!(protected.newest_recovery_point(), Some(deletion.cycle.as_str()));
        assert!(rules.allow_policy_override || deletion.why != Why::Overridden);
        let newer = protected.recovery_points().values().filter(|taken| **taken > point.taken).count();
        let is_last = rules.keep.is_some_and(|keep| newer < keep.last);
        assert!(!is_last || matches!(deletion.why, Why::Lone | Why::Remnant | Why::Overridden));
    }
    let taken = |deletion: &Deletion| points.iter().find(|point| point.id == deletion.id).map(|p| p.taken);
    assert!(deletions.is_sorted_by_key(|deletion| (deletion.why, taken(deletion))));
}

/// Could this still go? Asked without the code under test.
fn could_go(point: &Point, side: Side, protected: &Protected, rules: &Retention) -> bool {
    let Owner::Ours { cycle } = &point.owner else { return false };
    let lone = side == Side::Source && !protected.has_recovery_point(cycle);
    let is_free = lone || rules.keep.is_none() || rules.allow_policy_override;
    let stays = [&protected.last_verified, &protected.base, &protected.running];
    let newest = protected.newest_recovery_point() == Some(cycle);
    is_free && !point.leased && !newest && !stays.contains(&&Some(cycle.clone()))
}

#[test]
fn accept_cannot_be_broken_5_in_no_history_goes_what_must_stay() {
    for seed in 0..1_000 {
        let mut random = StdRng::seed_from_u64(seed);
        let (source, target, protected) = history(&mut random);
        let rules = rules(&mut random);
        let newest = target.iter().filter(|point| point.cycle().is_some()).max_by_key(|point| point.taken);
        assert_eq!(newest.and_then(Point::cycle), protected.newest_recovery_point(), "seed {seed}");

        for (side, points, headroom) in
            [(Side::Source, &source, rules.headroom_source), (Side::Target, &target, rules.headroom_target)]
        {
            let room = make_room(side, points, &protected, &rules);
            assert_allowed(&room.delete, points, &protected, &rules);
            let left: Vec<&Point> =
                points.iter().filter(|point| room.delete.iter().all(|gone| gone.id != point.id)).collect();
            let is_short = left.len() + headroom >= rules.limit;
            let has_more = left.iter().any(|point| could_go(point, side, &protected, &rules));
            let limit_reached = rules.max_deletes_per_cycle == Some(room.delete.len());
            assert!(!is_short || !has_more || limit_reached, "seed {seed}: it could have made room");
            assert!(
                room.delete.is_empty() || left.len() + headroom + 1 >= rules.limit,
                "seed {seed}: too much"
            );
            assert!(!room.full || left.len() >= rules.limit, "seed {seed}");
            if rules.keep.is_none() || rules.allow_policy_override {
                assert_eq!(room.blocked, is_short && !has_more, "seed {seed}");
            }
        }

        let pruning = prune(&source, &target, &protected, &rules);
        assert_allowed(&pruning.source, &source, &protected, &rules);
        assert_allowed(&pruning.target, &target, &protected, &rules);
        assert!(rules.keep.is_some() || pruning.target.is_empty(), "seed {seed}");
        for deletion in &pruning.source {
            let goes_too = pruning.target.iter().any(|gone| gone.cycle == deletion.cycle);
            let has_older = protected.recovery_points().keys().any(|older| *older < deletion.cycle);
            let is_left_over = has_older || protected.given_up.contains(&deletion.cycle);
            let is_lone = !protected.has_recovery_point(&deletion.cycle);
            assert!(goes_too || (is_lone && is_left_over), "seed {seed}");
        }
    }
}
