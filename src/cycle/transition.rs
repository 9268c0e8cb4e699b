//! What comes next in a cycle. One pure function; nothing here does anything.

use super::pair::Pair;
use crate::config::Verify;
use crate::state::{CycleRecord, Pass, Side, State, Status};
use crate::sync::Cursor;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The work of the state, or of its chunk, is done.
    Done,
    /// Everything before the cursor is planned and stored.
    Reached(Cursor),
    /// The guard lets nobody but a person go on.
    Stopped,
    Approved,
    Rejected,
    Cancelled,
    /// The cycle cannot go on, now or later.
    Failed,
    /// People write to the target from now on, so no share snapshot of it may become a recovery point.
    CutOff,
}

/// What the next state depends on besides the event.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub chunks: u32,
    /// Those of them that move something out of the way.
    pub lifts: u32,
    /// Failures that nobody acknowledged.
    pub failed: u64,
    /// The recovery point is to be read.
    pub proves: bool,
    /// What was found in it that ought not to be.
    pub unproved: bool,
    /// Where this is no backup, but a way back.
    pub restores: Option<Back>,
}

/// A restore, or a failback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    /// Anything of the share that is written to is overwritten or deleted.
    pub removes: bool,
    /// Of a failback: what is read is still written to until then, and in the end the roles swap.
    pub swaps: bool,
}

impl Facts {
    /// Of a cycle with so many chunks and failures.
    pub fn of(pair: &Pair, record: &CycleRecord, chunks: u32, failed: u64) -> Self {
        let planned = &record.planned;
        let removed =
            record.deletes + record.overwrites + planned.metadata + planned.renamed + planned.deleted;
        let swaps = record.failback.is_some();
        let is_back = swaps || record.restore.is_some();
        Self {
            chunks,
            lifts: record.lifts.len() as u32,
            failed,
            proves: match &record.restore {
                Some(restore) => restore.drill.is_some(),
                None => pair.settings.verify != Verify::None,
            },
            unproved: record.is_unverified(),
            restores: is_back.then_some(Back { removes: removed > 0, swaps }),
        }
    }
}

/// The state after `event`. A finished cycle stays finished, and once the target share snapshot may exist nothing
/// but the end follows: neither a cancellation nor a failure takes a recovery point back.
pub fn after(state: State, event: Event, facts: Facts) -> State {
    match facts.restores {
        Some(back) => brought_back(state, event, facts, back),
        None => backed_up(state, event, facts),
    }
}

/// The same where something is brought back: there is no recovery point to take, and the share snapshot of the target comes
/// before the first write, if anything is lost by the writes. In a failback, the roles swap after the last one.
fn brought_back(state: State, event: Event, facts: Facts, Back { removes, swaps }: Back) -> State {
    let is_agreed = matches!(
        (&state, &event),
        (State::Guarding, Event::Done) | (State::AwaitingApproval, Event::Approved)
    );
    let is_drill = facts.proves && !swaps;
    match (state, event) {
        (State::Finished(status), _) => State::Finished(status),
        (State::MakingRoom { before: Side::Source }, Event::Done) if !swaps => {
            State::Planning { cursor: None }
        }
        (_, _) if is_agreed && removes && facts.chunks > 0 => State::TargetSnapshot,
        (State::TargetSnapshot, Event::Done) => apply(facts),
        (State::TargetSnapshot | State::Proving, Event::Cancelled) => State::Finished(Status::Cancelled),
        (State::Proving, Event::Failed) => State::Finished(Status::Failed),
        (State::Proving, Event::Done) if facts.unproved || facts.failed > 0 => {
            State::Finished(Status::CompletedWithErrors)
        }
        (State::Proving, Event::Done) => State::Finished(Status::Succeeded),
        (state, event) => match backed_up(state, event, facts) {
            State::MakingRoom { before: Side::Target } if swaps => State::Swapping { cursor: None },
            // what did not come back hides nothing else
            State::MakingRoom { before: Side::Target } | State::Finished(Status::CompletedWithErrors)
                if is_drill =>
            {
                State::Proving
            }
            State::MakingRoom { before: Side::Target } => State::Finished(Status::Succeeded),
            next => next,
        },
    }
}

fn backed_up(state: State, event: Event, facts: Facts) -> State {
    let last = facts.chunks.saturating_sub(1);
    match (state, event) {
        (State::Finished(status), _) => State::Finished(status),
        (State::TargetSnapshot, Event::Cancelled) => State::TargetSnapshot,
        (State::Proving, Event::Cancelled) => State::Proving,
        (State::Proving, Event::Failed) => State::Finished(Status::CompletedWithErrors),
        (State::Pruning, Event::Cancelled) => State::Pruning,
        (State::Swapping { cursor }, Event::Cancelled) => State::Swapping { cursor },
        (State::Proving, Event::CutOff) => State::Finished(Status::CompletedWithErrors),
        (State::Pruning, Event::Done | Event::Failed | Event::CutOff) => {
            State::Finished(if facts.unproved { Status::CompletedWithErrors } else { Status::Succeeded })
        }
        (_, Event::Failed) => State::Finished(Status::Failed),
        (_, Event::Cancelled | Event::CutOff) => State::Finished(Status::Cancelled),
        (State::AwaitingApproval, Event::Rejected) => State::Finished(Status::Rejected),
        (State::AwaitingApproval, Event::Approved) => apply(facts),
        (State::AwaitingApproval, _) => State::AwaitingApproval,
        (State::Planning { .. }, Event::Reached(cursor)) => State::Planning { cursor: Some(cursor) },
        (State::Swapping { .. }, Event::Reached(cursor)) => State::Swapping { cursor: Some(cursor) },
        (State::Swapping { .. }, Event::Done) => State::Finished(Status::Succeeded),
        (State::Guarding, Event::Stopped) => State::AwaitingApproval,
        (State::MakingRoom { before: Side::Source }, Event::Done) => State::SourceSnapshot,
        (State::SourceSnapshot, Event::Done) => State::Planning { cursor: None },
        (State::Planning { .. }, Event::Done) => State::Guarding,
        (State::Guarding, Event::Done) => apply(facts),
        (State::Applying { pass: Pass::Lift, chunk }, Event::Done) if chunk + 1 < facts.lifts => {
            State::Applying { pass: Pass::Lift, chunk: chunk + 1 }
        }
        (State::Applying { pass: Pass::Lift, .. }, Event::Done) => {
            State::Applying { pass: Pass::Write, chunk: 0 }
        }
        (State::Applying { pass: Pass::Write, chunk }, Event::Done) if chunk < last => {
            State::Applying { pass: Pass::Write, chunk: chunk + 1 }
        }
        (State::Applying { pass: Pass::Write, .. }, Event::Done) if facts.lifts > 0 => {
            State::Applying { pass: Pass::Lower, chunk: 0 }
        }
        (State::Applying { pass: Pass::Lower, chunk }, Event::Done) if chunk + 1 < facts.lifts => {
            State::Applying { pass: Pass::Lower, chunk: chunk + 1 }
        }
        (State::Applying { pass: Pass::Write | Pass::Lower, .. }, Event::Done) => {
            State::Applying { pass: Pass::Delete, chunk: last }
        }
        (State::Applying { pass, chunk }, Event::Done) if chunk > 0 => {
            State::Applying { pass, chunk: chunk - 1 }
        }
        (State::Applying { pass: Pass::Delete, .. }, Event::Done) => {
            State::Applying { pass: Pass::Finish, chunk: last }
        }
        (State::Applying { .. }, Event::Done) => State::Verifying { chunk: 0 },
        (State::Verifying { chunk }, Event::Done) if chunk < last => State::Verifying { chunk: chunk + 1 },
        (State::Verifying { .. }, Event::Done) => verdict(facts),
        (State::MakingRoom { before: Side::Target }, Event::Done) => State::TargetSnapshot,
        (State::TargetSnapshot, Event::Done) if facts.proves => State::Proving,
        (State::TargetSnapshot | State::Proving, Event::Done) => State::Pruning,
        (state, event) => unreachable!("{event:?} does not happen in {state:?}"),
    }
}

fn apply(facts: Facts) -> State {
    let pass = if facts.lifts > 0 { Pass::Lift } else { Pass::Write };
    if facts.chunks > 0 { State::Applying { pass, chunk: 0 } } else { verdict(facts) }
}

/// The gate before the target share snapshot (P3).
fn verdict(facts: Facts) -> State {
    if facts.failed == 0 {
        State::MakingRoom { before: Side::Target }
    } else {
        State::Finished(Status::CompletedWithErrors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(chunks: u32, lifts: u32, failed: u64) -> Facts {
        Facts { chunks, lifts, failed, proves: false, unproved: false, restores: None }
    }

    fn path(chunks: u32, failed: u64) -> Vec<State> {
        path_of(facts(chunks, 0, failed))
    }

    fn path_of(facts: Facts) -> Vec<State> {
        let mut states = vec![State::MakingRoom { before: Side::Source }];
        while let Some(state) = states.last().filter(|state| !state.is_finished()) {
            let next = after(state.clone(), Event::Done, facts);
            states.push(next);
        }
        states
    }

    fn applying(pass: Pass, chunk: u32) -> State {
        State::Applying { pass, chunk }
    }

    #[test]
    fn chunks_are_written_forward_and_deleted_and_finished_backward() {
        use Pass::{Delete, Finish, Write};
        let states = path(2, 0);
        let expected = [
            applying(Write, 0),
            applying(Write, 1),
            applying(Delete, 1),
            applying(Delete, 0),
            applying(Finish, 1),
            applying(Finish, 0),
            State::Verifying { chunk: 0 },
            State::Verifying { chunk: 1 },
            State::MakingRoom { before: Side::Target },
            State::TargetSnapshot,
            State::Pruning,
            State::Finished(Status::Succeeded),
        ];
        assert_eq!(states[4..], expected);
    }

    #[test]
    fn what_is_in_the_way_is_moved_before_anything_is_written_and_looked_after_before_anything_is_deleted() {
        let states = path_of(facts(3, 2, 0));
        let expected = [applying(Pass::Lift, 0), applying(Pass::Lift, 1), applying(Pass::Write, 0)];
        assert_eq!(states[4..7], expected);
        let lowered = [applying(Pass::Write, 2), applying(Pass::Lower, 0), applying(Pass::Lower, 1)];
        assert_eq!(states[8..11], lowered);
        assert_eq!(states[11], applying(Pass::Delete, 2));
    }

    #[test]
    fn an_empty_plan_goes_straight_to_the_target_share_snapshot() {
        let expected = [
            State::Guarding,
            State::MakingRoom { before: Side::Target },
            State::TargetSnapshot,
            State::Pruning,
            State::Finished(Status::Succeeded),
        ];
        assert_eq!(path(0, 0)[3..], expected);
    }

    #[test]
    fn one_failure_is_enough_to_make_no_recovery_point() {
        for chunks in [0, 1, 3] {
            let states = path(chunks, 1);
            assert!(!states.contains(&State::TargetSnapshot));
            assert_eq!(states.last(), Some(&State::Finished(Status::CompletedWithErrors)));
        }
    }

    #[test]
    fn a_cycle_that_failed_or_was_cancelled_stays_so_but_a_recovery_point_is_never_taken_back() {
        let facts = Facts { proves: true, ..facts(3, 2, 0) };
        for state in path_of(facts).into_iter().filter(|state| !state.is_finished()) {
            for (event, status) in [(Event::Failed, Status::Failed), (Event::Cancelled, Status::Cancelled)] {
                let next = after(state.clone(), event.clone(), facts);
                match (&state, event) {
                    (State::Pruning, Event::Failed) => assert_eq!(next, State::Finished(Status::Succeeded)),
                    (State::Proving, Event::Failed) => {
                        assert_eq!(next, State::Finished(Status::CompletedWithErrors));
                    }
                    (State::Proving | State::Pruning | State::TargetSnapshot, Event::Cancelled) => {
                        assert_eq!(next, state);
                    }
                    _ => {
                        assert_eq!(next, State::Finished(status));
                        assert_eq!(after(next.clone(), Event::Done, facts), next);
                    }
                }
            }
        }
    }

    #[test]
    fn a_recovery_point_is_read_before_anything_is_pruned_and_one_that_differs_is_no_success() {
        for (unproved, status) in [(false, Status::Succeeded), (true, Status::CompletedWithErrors)] {
            for chunks in [0, 1] {
                let states = path_of(Facts { proves: true, unproved, ..facts(chunks, 0, 0) });
                let end = [State::TargetSnapshot, State::Proving, State::Pruning, State::Finished(status)];
                assert!(states.ends_with(&end), "{states:?}");
            }
        }
    }

    #[test]
    fn only_a_person_leads_on_from_a_plan_that_the_guard_stopped() {
        let facts = facts(1, 0, 0);
        let waiting = after(State::Guarding, Event::Stopped, facts);
        assert_eq!(waiting, State::AwaitingApproval);
        assert_eq!(after(waiting.clone(), Event::Done, facts), waiting);
        assert_eq!(after(waiting.clone(), Event::Approved, facts), applying(Pass::Write, 0));
        assert_eq!(after(waiting, Event::Rejected, facts), State::Finished(Status::Rejected));
    }

    fn restore(chunks: u32, failed: u64, removes: bool) -> Vec<State> {
        path_of(Facts { restores: Some(Back { removes, swaps: false }), ..facts(chunks, 0, failed) })
    }

    #[test]
    fn a_restore_takes_its_share_snapshot_before_the_first_write_and_only_if_something_is_lost_by_it() {
        let first =
            [State::MakingRoom { before: Side::Source }, State::Planning { cursor: None }, State::Guarding];
        let last = [State::Verifying { chunk: 0 }, State::Finished(Status::Succeeded)];
        for removes in [false, true] {
            let states = restore(1, 0, removes);
            assert_eq!(states[..3], first);
            assert_eq!(states[3] == State::TargetSnapshot, removes);
            assert!(states.contains(&applying(Pass::Write, 0)));
            assert_eq!(states[states.len() - 2..], last);
        }
        assert_eq!(restore(0, 0, true)[2..], [State::Guarding, State::Finished(Status::Succeeded)]);
        assert_eq!(restore(1, 1, true).last(), Some(&State::Finished(Status::CompletedWithErrors)));
    }

    #[test]
    fn a_drill_is_held_against_the_source_before_it_ends_whatever_did_not_come_back() {
        let cases = [
            (false, 0, Status::Succeeded),
            (true, 0, Status::CompletedWithErrors),
            (false, 1, Status::CompletedWithErrors),
        ];
        for (unproved, failed, status) in cases {
            let restores = Some(Back { removes: false, swaps: false });
            for (chunks, before) in [(1, State::Verifying { chunk: 0 }), (0, State::Guarding)] {
                let states = path_of(Facts { proves: true, unproved, restores, ..facts(chunks, 0, failed) });
                assert!(states.ends_with(&[before, State::Proving, State::Finished(status)]), "{states:?}");
            }
            let facts = Facts { proves: true, unproved, restores, ..facts(1, 0, failed) };
            assert_eq!(after(State::Proving, Event::Failed, facts), State::Finished(Status::Failed));
        }
    }

    #[test]
    fn a_restore_that_is_approved_goes_the_same_way() {
        let back = |removes| Some(Back { removes, swaps: false });
        let facts = |removes| Facts { restores: back(removes), ..facts(1, 0, 0) };
        let approved = |removes| after(State::AwaitingApproval, Event::Approved, facts(removes));
        assert_eq!(approved(true), State::TargetSnapshot);
        assert_eq!(approved(false), applying(Pass::Write, 0));
        let cancelled = after(State::TargetSnapshot, Event::Cancelled, facts(true));
        assert_eq!(cancelled, State::Finished(Status::Cancelled));
    }

    fn failback(chunks: u32, failed: u64, removes: bool) -> Vec<State> {
        path_of(Facts { restores: Some(Back { removes, swaps: true }), ..facts(chunks, 0, failed) })
    }

    #[test]
    fn a_failback_reads_a_share_snapshot_and_swaps_the_roles_only_when_nothing_failed() {
        let states = failback(1, 0, true);
        let first = [State::SourceSnapshot, State::Planning { cursor: None }, State::Guarding];
        assert_eq!(states[1..4], first);
        assert_eq!(states[4..6], [State::TargetSnapshot, applying(Pass::Write, 0)]);
        let last = [State::Swapping { cursor: None }, State::Finished(Status::Succeeded)];
        assert_eq!(states[states.len() - 2..], last);
        assert_eq!(failback(0, 0, false)[4..], last, "roles swap also where nothing differs");
        let failed = failback(1, 1, true);
        assert_eq!(failed.last(), Some(&State::Finished(Status::CompletedWithErrors)));
        assert!(!failed.contains(&last[0]));
    }

    #[test]
    fn what_is_compared_before_the_roles_swap_goes_on_from_its_cursor_and_cannot_be_cancelled() {
        let facts = Facts { restores: Some(Back { removes: true, swaps: true }), ..facts(1, 0, 0) };
        let cursor = Some(Cursor::before("d"));
        let swapping = State::Swapping { cursor: None };
        let further = after(swapping, Event::Reached(Cursor::before("d")), facts);
        assert_eq!(further, State::Swapping { cursor });
        assert_eq!(after(further.clone(), Event::Cancelled, facts), further);
        assert_eq!(after(further, Event::Failed, facts), State::Finished(Status::Failed));
    }

    #[test]
    fn a_cycle_that_is_cut_off_takes_no_share_snapshot_of_the_target_any_more() {
        let facts = facts(1, 0, 0);
        for state in path_of(facts) {
            let expected = match &state {
                State::Pruning => Status::Succeeded,
                State::Finished(status) => *status,
                _ => Status::Cancelled,
            };
            assert_eq!(after(state, Event::CutOff, facts), State::Finished(expected));
        }
    }
}
