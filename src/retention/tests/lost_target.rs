//! The target share was lost, and with it every recovery point: what the source still holds is all that is left of older
//! states.

use super::*;

/// The source after so many days, and a target that was lost before the last one of them.
fn lost(days: i64) -> (Vec<Point>, Vec<Point>) {
    (all_ours(0..days), all_ours([days - 1]))
}

#[test]
fn what_is_older_than_all_recovery_points_is_not_pruned() {
    let (source, target) = lost(9);
    let keep = Some(Keep { last: 1, ..Keep::default() });
    for rules in [Retention::default(), Retention { keep, ..Retention::default() }] {
        assert_eq!(prune(&source, &target, &Protected::of(&target), &rules), Pruning::default());
    }
    // whatever comes after: what a failed cycle left goes, and the rest stays
    let (source, target) = (all_ours(0..12), all_ours([8, 9, 11]));
    let pruning = prune(&source, &target, &Protected::of(&target), &Retention::default());
    assert_eq!(days(&pruning.source), [10]);
    let rules = Retention { keep, ..Retention::default() };
    let pruning = prune(&source, &target, &Protected::of(&target), &rules);
    assert_eq!((days(&pruning.source), days(&pruning.target)), (vec![10, 8, 9], vec![8, 9]));
}

#[test]
fn where_there_is_no_recovery_point_nothing_is_pruned() {
    let pruning = prune(&all_ours(0..9), &[], &Protected::default(), &Retention::default());
    assert_eq!(pruning, Pruning::default());
}

#[test]
fn a_partner_of_what_the_cycle_gave_up_is_pruned_however_old() {
    let (source, target) = (all_ours(0..5), all_ours([2, 3, 4]));
    let mut protected = Protected::of(&target);
    protected.given_up = [cycle(1)].into();
    let pruning = prune(&source, &target, &protected, &Retention::default());
    assert_eq!((days(&pruning.source), days(&pruning.target)), (vec![1], vec![]));
    assert_eq!(pruning.source[0].why, Why::Lone);
}

#[test]
fn they_make_room_oldest_first_and_after_what_failed_cycles_left() {
    let (mut source, mut target) = lost(178);
    assert_eq!(make_room(Side::Source, &source, &Protected::of(&target), &Retention::default()).delete, []);
    // the cycle of day 178 failed
    source.extend(all_ours([178, 179, 180]));
    target.extend(all_ours([179, 180]));
    let room = make_room(Side::Source, &source, &Protected::of(&target), &Retention::default());
    let delete = [room_for([178], Why::Lone).delete, room_for([0], Why::Remnant).delete].concat();
    assert_eq!(room, Room { delete, blocked: false, full: false });
    // no keep rule wants them
    let keep = Some(Keep { last: 150, ..Keep::default() });
    let rules = Retention { keep, ..Retention::default() };
    assert_eq!(make_room(Side::Source, &source, &Protected::of(&target), &rules), room);
}

#[test]
fn a_target_that_is_not_made_anew_costs_no_cycle() {
    let room = make_room(Side::Source, &all_ours(0..180), &Protected::default(), &Retention::default());
    assert_eq!(room, room_for([0], Why::Remnant));
}
