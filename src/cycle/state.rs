//! Where a cycle stands and what comes next. One pure function; nothing here does anything.

use serde::{Deserialize, Serialize};

use super::report::{Phase, Status};

/// The state of a cycle, as it is stored. Chunks are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    MakingRoom,
    SourceSnapshot,
    /// Everything before `cursor` in the walk is planned.
    Planning {
        cursor: String,
    },
    Guarding,
    Applying {
        pass: Pass,
        chunk: u32,
    },
    Verifying {
        chunk: u32,
    },
    TargetSnapshot,
    Finished(Status),
}

/// Applying goes over the chunks three times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pass {
    /// Forward: creates, copies and replaces.
    Write,
    /// Backward: deletes, children first.
    Delete,
    /// Backward: the times of directories, bottom-up.
    Finish,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The work of the state, or of its chunk, is done.
    Done,
    /// Planning got as far as this directory.
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

impl State {
    /// The state after `event`. A finished cycle stays finished.
    pub fn after(self, event: Event, facts: Facts) -> Self {
        let last = facts.chunks.saturating_sub(1);
        match (self, event) {
            (Self::Finished(status), _) => Self::Finished(status),
            (_, Event::Failed) => Self::Finished(Status::Failed),
            (_, Event::Reached(cursor)) => Self::Planning { cursor },
            (Self::MakingRoom, Event::Done) => Self::SourceSnapshot,
            (Self::SourceSnapshot, Event::Done) => Self::Planning { cursor: String::new() },
            (Self::Planning { .. }, Event::Done) => Self::Guarding,
            (Self::Guarding, Event::Done) if facts.chunks > 0 => {
                Self::Applying { pass: Pass::Write, chunk: 0 }
            }
            (Self::Guarding, Event::Done) => verdict(facts),
            (Self::Applying { pass: Pass::Write, chunk }, Event::Done) if chunk < last => {
                Self::Applying { pass: Pass::Write, chunk: chunk + 1 }
            }
            (Self::Applying { pass: Pass::Write, .. }, Event::Done) => {
                Self::Applying { pass: Pass::Delete, chunk: last }
            }
            (Self::Applying { pass, chunk }, Event::Done) if chunk > 0 => {
                Self::Applying { pass, chunk: chunk - 1 }
            }
            (Self::Applying { pass: Pass::Delete, .. }, Event::Done) => {
                Self::Applying { pass: Pass::Finish, chunk: last }
            }
            (Self::Applying { .. }, Event::Done) => Self::Verifying { chunk: 0 },
            (Self::Verifying { chunk }, Event::Done) if chunk < last => Self::Verifying { chunk: chunk + 1 },
            (Self::Verifying { .. }, Event::Done) => verdict(facts),
            (Self::TargetSnapshot, Event::Done) => Self::Finished(Status::Succeeded),
        }
    }

    pub fn is_finished(&self) -> bool {
        matches!(self, Self::Finished(_))
    }

    pub fn phase(&self) -> Phase {
        match self {
            Self::MakingRoom => Phase::MakingRoom,
            Self::SourceSnapshot => Phase::SourceSnapshot,
            Self::Planning { .. } => Phase::Planning,
            Self::Guarding => Phase::Guarding,
            Self::Applying { .. } => Phase::Applying,
            Self::Verifying { .. } => Phase::Verifying,
            Self::TargetSnapshot => Phase::TargetSnapshot,
            Self::Finished(_) => Phase::Finished,
        }
    }

    pub fn status(&self) -> Option<Status> {
        match self {
            Self::Finished(status) => Some(*status),
            _ => None,
        }
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
            let next = state.clone().after(Event::Done, Facts { chunks, failed });
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
            let failed = state.after(Event::Failed, facts);
            assert_eq!(failed, State::Finished(Status::Failed));
            assert_eq!(failed.clone().after(Event::Done, facts), failed);
        }
    }
}
