//! What comes next in a cycle. One pure function; nothing here does anything.

use crate::state::{Pass, State, Status};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The work of the state, or of its chunk, is done.
    Done,
    /// Everything before the item of this path is planned and stored.
    Reached(String),
    /// The cycle cannot go on.
    Failed,
}

/// What the next state depends on besides the event.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub chunks: u32,
    pub failed: u64,
}

/// The state after `event`. A finished cycle stays finished.
pub fn after(state: State, event: Event, facts: Facts) -> State {
    let last = facts.chunks.saturating_sub(1);
    match (state, event) {
        (State::Finished(status), _) => State::Finished(status),
        (_, Event::Failed) => State::Finished(Status::Failed),
        (State::Planning { .. }, Event::Reached(cursor)) => State::Planning { cursor },
        (state, Event::Reached(_)) => unreachable!("{state:?} plans nothing"),
        (State::MakingRoom, Event::Done) => State::SourceSnapshot,
        (State::SourceSnapshot, Event::Done) => State::Planning { cursor: String::new() },
        (State::Planning { .. }, Event::Done) => State::Guarding,
        (State::Guarding, Event::Done) if facts.chunks > 0 => State::Applying { pass: Pass::Write, chunk: 0 },
        (State::Guarding, Event::Done) => verdict(facts),
        (State::Applying { pass: Pass::Write, chunk }, Event::Done) if chunk < last => {
            State::Applying { pass: Pass::Write, chunk: chunk + 1 }
        }
        (State::Applying { pass: Pass::Write, .. }, Event::Done) => {
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
        (State::TargetSnapshot, Event::Done) => State::Finished(Status::Succeeded),
    }
}

/// The gate before the target share snapshot (P3).
fn verdict(facts: Facts) -> State {
    if facts.failed == 0 { State::TargetSnapshot } else { State::Finished(Status::CompletedWithErrors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(chunks: u32, failed: u64) -> Vec<State> {
        let mut states = vec![State::MakingRoom];
        while let Some(state) = states.last().filter(|state| !state.is_finished()) {
            let next = after(state.clone(), Event::Done, Facts { chunks, failed });
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
            State::TargetSnapshot,
            State::Finished(Status::Succeeded),
        ];
        assert_eq!(states[4..], expected);
    }

    #[test]
    fn an_empty_plan_goes_straight_to_the_target_share_snapshot() {
        assert_eq!(
            path(0, 0)[3..],
            [State::Guarding, State::TargetSnapshot, State::Finished(Status::Succeeded)]
        );
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
    fn a_failed_cycle_is_finished_and_stays_so() {
        let facts = Facts { chunks: 3, failed: 0 };
        for state in path(3, 0).into_iter().filter(|state| !state.is_finished()) {
            let failed = after(state, Event::Failed, facts);
            assert_eq!(failed, State::Finished(Status::Failed));
            assert_eq!(after(failed.clone(), Event::Done, facts), failed);
        }
    }
}
