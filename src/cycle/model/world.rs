//! What there is: the two rows in the tables, the two shares with their share snapshots, requests on their way, and
//! two processes that may own the pair.

use std::sync::OnceLock;
use std::time::Duration;

use crate::cycle::gate::request_limit;
use crate::state::{Pass, Side, State, Status};

pub const CYCLES: u8 = 2;
/// Share snapshots of each share: somebody else's, one of ours that a person pinned, the newest recovery point, and
/// those of the cycles, in the order of time.
pub const SLOTS: usize = 3 + CYCLES as usize;
/// What a file holds while it is written.
pub const UNFINISHED: u8 = u8::MAX;
pub const FOREIGN: usize = 0;
pub const PINNED: usize = 1;
/// Requests on their way at once.
const FLIGHTS: usize = 2;

const TICK: Duration = Duration::from_secs(30);
pub const LEASE: Duration = Duration::from_secs(60);
pub const LEASE_TICKS: u8 = (LEASE.as_secs() / TICK.as_secs()) as u8;

/// How long a write whose answer was lost may still take effect: held back until the client gives up, two seconds
/// after its limit, and then worked on.
pub fn flight_ticks() -> u8 {
    let longest = 2 * request_limit(LEASE) + Duration::from_secs(2);
    (longest.as_secs() / TICK.as_secs()) as u8
}

pub fn time(ticks: u8) -> Duration {
    TICK * ticks.into()
}

pub fn slot(cycle: u8) -> usize {
    3 + usize::from(cycle)
}

/// A state of a cycle, small enough to be kept by the million.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(u8);

impl Place {
    pub fn of(state: &State) -> Self {
        let number = places().iter().position(|place| place == state).expect("a state within the bounds");
        Self(number as u8)
    }

    pub fn state(self) -> &'static State {
        &places()[usize::from(self.0)]
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.state().fmt(f)
    }
}

/// The first is where a cycle begins. Plans have two chunks at most.
fn places() -> &'static [State] {
    static PLACES: OnceLock<Vec<State>> = OnceLock::new();
    PLACES.get_or_init(|| {
        use Status::{Cancelled, CompletedWithErrors, Failed, Rejected, Succeeded};
        let mut places = vec![State::default(), State::MakingRoom { before: Side::Target }];
        places.extend([State::SourceSnapshot, State::Planning { cursor: None }, State::Guarding]);
        places.extend([State::AwaitingApproval, State::TargetSnapshot, State::Proving, State::Pruning]);
        let ends = [Succeeded, CompletedWithErrors, Failed, Rejected, Cancelled];
        places.extend(ends.map(State::Finished));
        for chunk in 0..2 {
            let passes = [Pass::Lift, Pass::Write, Pass::Lower, Pass::Delete, Pass::Finish];
            places.extend(passes.map(|pass| State::Applying { pass, chunk }));
            places.push(State::Verifying { chunk });
        }
        places
    })
}

/// The row of a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    pub place: Place,
    pub epoch: u8,
    pub failed: bool,
    pub chunks: u8,
    /// What the source share snapshot holds, once its id is stored.
    pub source: Option<u8>,
}

/// What a request to the shares does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Write {
    Copy {
        chunk: u8,
        content: u8,
    },
    /// A deletion or a time of a directory: it must not come late either, whatever it does.
    Touch,
    Snapshot {
        side: Side,
        cycle: u8,
    },
    DeleteSnapshot {
        side: Side,
        slot: u8,
    },
}

/// A write whose answer was lost and that did not take effect yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flight {
    pub write: Write,
    /// The process that knows of it; none once that is dead.
    pub sender: Option<u8>,
    pub epoch: u8,
    /// Ticks within which it may take effect.
    pub left: u8,
}

/// What a process does for the pair. Waiting any time between two steps needs no step of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    #[default]
    Idle,
    Owns,
    /// The pair's row names this new cycle, which has no row yet.
    Named(u8),
    /// The cycle's row was read.
    Read(u8),
    Works(u8),
    /// Work is done that the row does not show yet.
    Commits(u8),
    Files,
    Leaves,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Process {
    pub step: Step,
    pub epoch: u8,
    /// Ticks of the lease that are left by its own clock.
    pub left: u8,
    /// The cycle's row in its memory, and whether the stored one is still the version it was made from.
    pub row: Row,
    pub is_current: bool,
    pub is_fresh: bool,
    /// Snapshot Share was sent and not answered.
    pub has_unknown_outcome: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct World {
    /// Who holds the lease, if anybody knows, and for how many ticks; nobody holds it at zero.
    pub holder: Option<u8>,
    pub left: u8,
    pub epoch: u8,
    pub named: Option<u8>,
    pub cycles: u8,
    pub cancel: bool,
    pub rows: [Option<Row>; CYCLES as usize],
    /// A commit on its way whose sender has given up: it comes only where the row is still the one it replaces.
    pub late: Option<(u8, Row)>,
    /// Of a plan; where it is one, it is the whole content of the target.
    pub chunks: u8,
    /// What the source holds; what its share snapshots hold, and those of the target; what the target holds.
    pub live: u8,
    pub source: [Option<u8>; SLOTS],
    pub target: [Option<u8>; SLOTS],
    pub content: [u8; 2],
    pub flights: [Option<Flight>; FLIGHTS],
    pub processes: [Process; 2],
    /// Things that may still go wrong, or be wanted by a person.
    pub faults: u8,
}

impl World {
    pub fn new(chunks: u8, faults: u8) -> Self {
        let before = [Some(0), Some(0), Some(0), None, None];
        Self {
            holder: None,
            left: 0,
            epoch: 0,
            named: None,
            cycles: 0,
            cancel: false,
            rows: [None; CYCLES as usize],
            late: None,
            chunks,
            live: 1,
            source: before,
            target: before,
            content: [0; 2],
            flights: [None; FLIGHTS],
            processes: [Process::default(); 2],
            faults,
        }
    }

    /// The processes are alike, and so is the order of what is on its way: of all such worlds the first.
    pub fn canonical(mut self) -> Self {
        self.flights.sort_unstable();
        let mut other = self;
        other.processes.swap(0, 1);
        let swapped = |process: Option<u8>| process.map(|process| 1 - process);
        other.holder = swapped(other.holder);
        for flight in other.flights.iter_mut().flatten() {
            flight.sender = swapped(flight.sender);
        }
        other.flights.sort_unstable();
        self.min(other)
    }

    pub fn is_settled(&self, process: u8) -> bool {
        !self.flights.iter().flatten().any(|flight| flight.sender == Some(process))
    }

    pub fn of_side(&self, side: Side) -> &[Option<u8>; SLOTS] {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    pub fn of_side_mut(&mut self, side: Side) -> &mut [Option<u8>; SLOTS] {
        match side {
            Side::Source => &mut self.source,
            Side::Target => &mut self.target,
        }
    }

    /// The newest recovery point.
    pub fn newest(&self) -> Option<usize> {
        (1..SLOTS).rev().find(|slot| self.target[*slot].is_some())
    }
}
