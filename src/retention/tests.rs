//! The rules by example: the vectors of the acceptance, and what else was promised.

mod lost_target;
mod random;
mod year;

use time::OffsetDateTime;
use time::macros::datetime;

use super::*;

/// A day that everything is counted from.
const START: OffsetDateTime = datetime!(2026-01-01 03:00 UTC);

/// Taken on the given day; its id sorts the other way, because lists need not be in order.
fn point(day: i64, owner: Owner) -> Point {
    let id = format!("{:05}-{day}", 99_999 - day);
    Point { id, taken: START + time::Duration::days(day), owner, leased: false }
}

/// Of the cycle of that day.
fn ours(day: i64) -> Point {
    point(day, Owner::Ours { cycle: cycle(day) })
}

fn foreign(day: i64) -> Point {
    Point { id: format!("foreign-{day}"), ..point(day, Owner::Foreign) }
}

fn leased(point: Point) -> Point {
    Point { leased: true, ..point }
}

fn cycle(day: i64) -> String {
    format!("cycle-{day:05}")
}

fn all_ours(days: impl IntoIterator<Item = i64>) -> Vec<Point> {
    days.into_iter().map(ours).collect()
}

/// Recovery points of these days.
fn recovered(days: impl IntoIterator<Item = i64>) -> Protected {
    Protected::of(&all_ours(days))
}

/// The source with the default rules, and a recovery point for each of its points.
fn make_room_on_source(points: &[Point]) -> Room {
    let mut target = points.to_vec();
    target.iter_mut().for_each(|point| point.leased = false);
    make_room(Side::Source, points, &Protected::of(&target), &Retention::default())
}

fn days(deletions: &[Deletion]) -> Vec<i64> {
    let day = |deletion: &Deletion| deletion.cycle.rsplit_once('-').and_then(|(_, day)| day.parse().ok());
    deletions.iter().map(|deletion| day(deletion).expect("a cycle of ours")).collect()
}

fn room_for(delete: impl IntoIterator<Item = i64>, why: Why) -> Room {
    let deletion = |day| Deletion { id: ours(day).id, cycle: cycle(day), why };
    Room { delete: delete.into_iter().map(deletion).collect(), blocked: false, full: false }
}

#[test]
fn accept_cannot_be_broken_5_v1_below_the_threshold_nothing_goes() {
    assert_eq!(make_room_on_source(&all_ours(0..179)), room_for([], Why::Oldest));
}

#[test]
fn accept_cannot_be_broken_5_v2_at_the_threshold_the_oldest_goes() {
    assert_eq!(make_room_on_source(&all_ours(0..180)), room_for([0], Why::Oldest));
    // The order of the list says nothing.
    assert_eq!(make_room_on_source(&all_ours((0..180).rev())), room_for([0], Why::Oldest));
}

#[test]
fn accept_cannot_be_broken_5_v3_foreign_ones_count_and_stay() {
    let mut points: Vec<Point> = (0..30).map(foreign).collect();
    points.extend(all_ours(30..180));
    assert_eq!(make_room_on_source(&points), room_for([30], Why::Oldest));
}

#[test]
fn accept_cannot_be_broken_5_v4_foreign_ones_alone_raise_an_alert() {
    let points: Vec<Point> = (0..180).map(foreign).collect();
    assert_eq!(make_room_on_source(&points), Room { delete: vec![], blocked: true, full: false });
}

#[test]
fn accept_cannot_be_broken_5_v5_a_share_full_of_foreign_ones_fails_the_cycle() {
    let points: Vec<Point> = (0..200).map(foreign).collect();
    assert_eq!(make_room_on_source(&points), Room { delete: vec![], blocked: true, full: true });
}

#[test]
fn accept_cannot_be_broken_5_v6_an_overfull_share_is_brought_below_at_once_or_one_by_one() {
    let points = all_ours(0..195);
    assert_eq!(make_room_on_source(&points), room_for(0..16, Why::Oldest));
    let one_by_one = Retention { max_deletes_per_cycle: Some(1), ..Retention::default() };
    let room = make_room(Side::Source, &points, &recovered(0..195), &one_by_one);
    assert_eq!(room, room_for([0], Why::Oldest));
}

#[test]
fn accept_cannot_be_broken_5_v7_pinned_and_leased_ones_are_passed_over() {
    // A pin is a lease of ours: leased is leased.
    let mut points = vec![leased(ours(0)), leased(ours(1))];
    points.extend(all_ours(2..180));
    assert_eq!(make_room_on_source(&points), room_for([2], Why::Oldest));
}

#[test]
fn accept_cannot_be_broken_5_v8_after_a_failed_cycle_its_lone_source_goes_first() {
    let points = all_ours(0..180);
    // The cycle of day 179 failed.
    let room = make_room(Side::Source, &points, &recovered(0..179), &Retention::default());
    assert_eq!(room, room_for([179], Why::Lone));
    // The newest recovery point survives even where it is the last one that could go.
    let mut points: Vec<Point> = (0..178).map(foreign).collect();
    points.extend(all_ours([178, 179]));
    let rules = Retention { limit: 150, ..Retention::default() };
    let room = make_room(Side::Source, &points, &recovered([178]), &rules);
    assert_eq!((days(&room.delete), room.blocked, room.full), (vec![179], true, true));
}

/// That a failed cycle asks for nothing on the target is the transition's to keep; here is what it would have been, and
/// that a later success makes up for it.
#[test]
fn accept_cannot_be_broken_5_v9_on_the_target_room_is_made_only_for_a_share_snapshot_to_come() {
    let target = all_ours(0..190);
    let before = target.clone();
    let kept = prune(&[], &target, &Protected::of(&target), &Retention::default());
    assert_eq!((kept, &target), (Pruning::default(), &before));
    let room = make_room(Side::Target, &target, &Protected::of(&target), &Retention::default());
    assert_eq!(room, room_for([0], Why::Oldest));
    let room = make_room(Side::Target, &target[1..], &Protected::of(&target), &Retention::default());
    assert_eq!(room, room_for([], Why::Oldest));
}

#[test]
fn the_newest_the_verified_the_base_and_the_running_cycle_stay() {
    let points = all_ours(0..8);
    let mut protected = recovered(0..6);
    protected.last_verified = Some(cycle(0));
    protected.base = Some(cycle(1));
    protected.running = Some(cycle(7));
    let rules = Retention { limit: 3, headroom_source: 0, headroom_target: 0, ..Retention::default() };
    let room = make_room(Side::Source, &points, &protected, &rules);
    assert_eq!(days(&room.delete), [6, 2, 3, 4]);
    assert!(room.blocked && room.full);
    let room = make_room(Side::Target, &points[..6], &protected, &rules);
    assert_eq!(days(&room.delete), [2, 3, 4]);
    assert!(room.blocked && room.full);
}

#[test]
fn what_a_keep_rule_wants_goes_only_with_the_override() {
    let points = all_ours(0..180);
    let keep = Some(Keep { last: 178, ..Keep::default() });
    let mut rules = Retention { keep, ..Retention::default() };
    assert_eq!(make_room(Side::Source, &points, &recovered(0..180), &rules), room_for([0], Why::Unwanted));

    rules.keep = Some(Keep { last: 200, ..Keep::default() });
    let room = make_room(Side::Source, &points, &recovered(0..180), &rules);
    assert_eq!(room, Room { delete: vec![], blocked: true, full: false });
    rules.allow_policy_override = true;
    assert_eq!(make_room(Side::Source, &points, &recovered(0..180), &rules), room_for([0], Why::Overridden));
}

#[test]
fn the_override_takes_the_unwanted_before_the_wanted() {
    // Wanted: day 30, the last of January; day 58, the last of February; day 59, in March.
    let points = all_ours([0, 20, 30, 40, 58, 59]);
    let keep = Some(Keep { monthly: 3, ..Keep::default() });
    let mut rules = Retention { keep, limit: 5, headroom_source: 2, ..Retention::default() };
    let protected = recovered([0, 20, 30, 40, 58, 59]);
    let room = make_room(Side::Source, &points, &protected, &rules);
    assert_eq!(days(&room.delete), [0, 20, 40]);
    assert!(room.blocked && !room.full);
    rules.allow_policy_override = true;
    let room = make_room(Side::Source, &points, &protected, &rules);
    assert_eq!(days(&room.delete), [0, 20, 40, 30]);
    let reasons = room.delete.iter().map(|deletion| deletion.why);
    assert!(reasons.eq([Why::Unwanted, Why::Unwanted, Why::Unwanted, Why::Overridden]));
    assert!(!room.blocked && !room.full);
}

#[test]
fn a_limit_on_deletions_counts_what_the_cycle_deleted_before() {
    let rules = Retention { max_deletes_per_cycle: Some(3), ..Retention::default() };
    let points = all_ours(0..195);
    let room = |deleted| make_room(Side::Source, &points, &recovered(0..195), &rules.after(deleted));
    assert_eq!(days(&room(0).delete), [0, 1, 2]);
    assert_eq!(days(&room(2).delete), [0]);
    // Others could go, so it is not blocked; it is slow because somebody wanted it so.
    assert_eq!(room(4), room_for([], Why::Oldest));
    let unlimited = Retention::default();
    assert_eq!(unlimited.after(9), unlimited);
}

#[test]
fn a_full_share_is_full_whatever_the_limit_on_deletions() {
    let rules = Retention { max_deletes_per_cycle: Some(1), ..Retention::default() };
    let points = all_ours(0..200);
    let room = make_room(Side::Source, &points, &recovered(0..200), &rules.after(1));
    assert_eq!(room, Room { delete: vec![], blocked: false, full: true });
}

#[test]
fn a_lower_limit_is_reached_one_by_one_where_deletions_are_limited() {
    let rules = Retention { limit: 100, max_deletes_per_cycle: Some(1), ..Retention::default() };
    let room = make_room(Side::Source, &all_ours(0..195), &recovered(0..195), &rules);
    assert_eq!(room, room_for([0], Why::Oldest));
}

#[test]
fn a_recovery_point_newer_than_what_is_known_stays() {
    let keep = Some(Keep { last: 1, ..Keep::default() });
    let rules = Retention { keep, limit: 12, ..Retention::default() };
    let (target, known) = (all_ours(0..10), recovered(0..8));
    let room = make_room(Side::Target, &target, &known, &rules);
    assert_eq!(days(&room.delete), (0..7).collect::<Vec<_>>());
    let pruning = prune(&[], &target, &known, &rules);
    assert_eq!(days(&pruning.target), (0..7).collect::<Vec<_>>());
}

#[test]
fn pruning_drops_what_no_rule_wants_on_both_sides() {
    let keep = Some(Keep { last: 2, ..Keep::default() });
    let rules = Retention { keep, ..Retention::default() };
    let target = all_ours([1, 2, 3, 5, 6, 7]);
    // Day 1 lost its source before; day 4 failed; days 5 and 3 are held.
    let mut source = vec![foreign(0), ours(2), ours(3), ours(4), leased(ours(5)), ours(6), ours(7)];
    let mut protected = Protected::of(&target);
    protected.last_verified = Some(cycle(3));
    let pruning = prune(&source, &target, &protected, &rules);
    assert_eq!(days(&pruning.target), [1, 2, 5]);
    assert_eq!(days(&pruning.source), [4, 2]);
    assert_eq!(pruning.source[0].why, Why::Lone);
    assert!(pruning.target.iter().all(|deletion| deletion.why == Why::Unwanted));

    // At the next chance the lease of day 5 is over: its recovery point is gone, so it goes too.
    let target = all_ours([3, 6, 7]);
    source.retain(|point| !days(&pruning.source).iter().any(|day| point.cycle() == Some(&cycle(*day))));
    source.iter_mut().for_each(|point| point.leased = false);
    let mut protected = Protected::of(&target);
    protected.last_verified = Some(cycle(3));
    let pruning = prune(&source, &target, &protected, &rules);
    assert_eq!((days(&pruning.source), days(&pruning.target)), (vec![5], vec![]));
}

#[test]
fn a_pinned_recovery_point_keeps_its_partner() {
    let keep = Some(Keep { last: 1, ..Keep::default() });
    let rules = Retention { keep, ..Retention::default() };
    let target = [leased(ours(0)), ours(1)];
    let pruning = prune(&all_ours([0, 1]), &target, &Protected::of(&target), &rules);
    assert_eq!(pruning, Pruning::default());
}

#[test]
fn without_keep_rules_pruning_drops_only_what_belongs_to_no_recovery_point() {
    let target = all_ours([0, 1, 3]);
    let mut protected = Protected::of(&target);
    protected.running = Some(cycle(4));
    let pruning = prune(&all_ours(0..5), &target, &protected, &Retention::default());
    assert_eq!((days(&pruning.source), days(&pruning.target)), (vec![2], vec![]));
}

#[test]
fn pruning_keeps_to_the_limit_on_deletions() {
    let keep = Some(Keep { last: 1, ..Keep::default() });
    let rules = Retention { keep, max_deletes_per_cycle: Some(2), ..Retention::default() };
    let points = all_ours(0..10);
    let pruning = prune(&points, &points, &Protected::of(&points), &rules);
    assert_eq!((days(&pruning.source), days(&pruning.target)), (vec![0, 1], vec![0, 1]));
}
