//! Everything that can happen next. A process takes one step at a time, another one takes any number between two of
//! its steps; time passes, requests arrive, people decide.

use super::guard::Guard;
use super::search::Bounds;
use super::shares::Broken;
use super::world::{
    CYCLES, Flight, LEASE, LEASE_TICKS, Process, Row, Step, World, Write, flight_ticks, time,
};
use crate::cycle::gate::may_write;

/// What happened.
#[expect(dead_code, reason = "told in the path to a broken promise, as it is")]
#[derive(Clone, Copy, Debug)]
pub enum Move {
    Tick,
    SourceChanges,
    PersonCancels,
    LateCommitComes,
    LateWriteComes(Write),
    Dies(u8),
    GivesUp(u8),
    AsksForThePair(u8, Answer),
    Renews(u8, Answer),
    Reads(u8),
    TakesOver(u8),
    Names(u8),
    Begins(u8),
    Works(u8, Row, Write, Answer),
    WorksOut(u8, Row),
    Commits(u8, Row, Answer),
    Files(u8),
    Releases(u8),
}

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    /// It happened, and nobody was told.
    Lost,
    /// The same, and it happens later.
    Late,
}

pub type Next = Vec<(Move, Result<World, Broken>)>;

/// Collects what may come after a world.
pub struct Moves<'a> {
    pub world: &'a World,
    pub bounds: Bounds,
    pub next: Next,
}

impl Moves<'_> {
    pub fn all(mut self) -> Next {
        self.time_and_people();
        self.arrivals();
        for process in 0..2 {
            self.process(process);
        }
        self.next
    }

    pub fn has(&self, guard: Guard) -> bool {
        self.bounds.without != Some(guard)
    }

    pub fn add(&mut self, what: Move, change: impl FnOnce(&mut World) -> Result<(), Broken>) {
        let mut world = *self.world;
        let changed = change(&mut world).map(|()| world);
        self.next.push((what, changed));
    }

    /// The same where something goes wrong, which is bounded.
    pub fn add_fault(&mut self, what: Move, change: impl FnOnce(&mut World) -> Result<(), Broken>) {
        if let Some(faults) = self.world.faults.checked_sub(1) {
            self.add(what, |world| {
                world.faults = faults;
                change(world)
            });
        }
    }

    fn time_and_people(&mut self) {
        self.add(Move::Tick, |world| {
            world.left = world.left.saturating_sub(1);
            for process in &mut world.processes {
                process.left = process.left.saturating_sub(1);
            }
            for flight in &mut world.flights {
                *flight =
                    flight.and_then(|flight| Some(Flight { left: flight.left.checked_sub(1)?, ..flight }));
            }
            Ok(())
        });
        if self.world.live == 1 {
            self.add_fault(Move::SourceChanges, |world| {
                world.live = 2;
                Ok(())
            });
        }
        if self.world.named.is_some() && !self.world.cancel {
            self.add_fault(Move::PersonCancels, |world| {
                world.cancel = true;
                Ok(())
            });
        }
    }

    fn arrivals(&mut self) {
        if let Some((cycle, row)) = self.world.late {
            self.add(Move::LateCommitComes, |world| {
                world.judge_commit(cycle, &row)?;
                world.replace(cycle, row);
                Ok(())
            });
        }
        for (number, flight) in self.world.flights.iter().enumerate() {
            let Some(flight) = *flight else { continue };
            self.add(Move::LateWriteComes(flight.write), |world| {
                world.flights[number] = None;
                world.effect(flight.write, flight.epoch)
            });
        }
    }

    fn process(&mut self, me: u8) {
        let process = self.world.processes[usize::from(me)];
        if process.step == Step::Idle {
            return self.asks(me);
        }
        self.add_fault(Move::Dies(me), |world| {
            world.ends(me);
            for flight in world.flights.iter_mut().flatten().filter(|flight| flight.sender == Some(me)) {
                flight.sender = None;
            }
            Ok(())
        });
        if process.step != Step::Leaves {
            self.add(Move::GivesUp(me), |world| {
                world.leaves(me);
                Ok(())
            });
        }
        if process.left < LEASE_TICKS {
            self.renews(me);
        }
        self.step(me, process);
    }

    /// Whether a process that writes the pair's row still owns it, so that the write is done.
    pub fn owns(&self, process: &Process, me: u8) -> bool {
        let world = self.world;
        (world.epoch == process.epoch && world.holder == Some(me)) || !self.has(Guard::OwnerWrites)
    }

    fn asks(&mut self, me: u8) {
        let is_free = self.world.left == 0 || !self.has(Guard::LeaseRunsOut);
        if !is_free || self.world.epoch == self.bounds.epochs {
            return;
        }
        let taken = |world: &mut World, holder| {
            (world.holder, world.left, world.epoch) = (holder, LEASE_TICKS, world.epoch + 1);
        };
        self.add(Move::AsksForThePair(me, Answer::Done), |world| {
            taken(world, Some(me));
            let (epoch, left) = (world.epoch, LEASE_TICKS);
            *world.process(me) = Process { step: Step::Owns, epoch, left, ..Process::default() };
            Ok(())
        });
        self.add_fault(Move::AsksForThePair(me, Answer::Lost), |world| {
            taken(world, None);
            Ok(())
        });
    }

    fn renews(&mut self, me: u8) {
        let process = self.world.processes[usize::from(me)];
        if !self.owns(&process, me) {
            // the gate closes for good
            return self.add(Move::Renews(me, Answer::Done), |world| {
                world.ends(me);
                Ok(())
            });
        }
        self.add(Move::Renews(me, Answer::Done), |world| {
            world.left = LEASE_TICKS;
            world.process(me).left = LEASE_TICKS;
            Ok(())
        });
        if self.world.left < LEASE_TICKS {
            self.add_fault(Move::Renews(me, Answer::Lost), |world| {
                world.left = LEASE_TICKS;
                Ok(())
            });
        }
    }

    /// A request to a share, through the gate. `done` is what the process makes of an answer.
    pub fn send(&mut self, me: u8, write: Write, done: impl Fn(&mut World)) {
        let process = self.world.processes[usize::from(me)];
        if !self.is_open(process.left) {
            return;
        }
        let row = process.row;
        self.add(Move::Works(me, row, write, Answer::Done), |world| {
            world.effect(write, process.epoch)?;
            done(world);
            Ok(())
        });
        self.add_fault(Move::Works(me, row, write, Answer::Lost), |world| {
            world.process(me).has_unknown_outcome |= matches!(write, Write::Snapshot { .. });
            world.effect(write, process.epoch)
        });
        self.lets_fly(me, write);
    }

    /// The request is not answered, and may take effect within its time.
    pub fn lets_fly(&mut self, me: u8, write: Write) {
        let process = self.world.processes[usize::from(me)];
        if !self.is_open(process.left) || self.world.flights.iter().all(Option::is_some) {
            return;
        }
        self.add_fault(Move::Works(me, process.row, write, Answer::Late), |world| {
            world.process(me).has_unknown_outcome |= matches!(write, Write::Snapshot { .. });
            let flight = Flight { write, sender: Some(me), epoch: process.epoch, left: flight_ticks() };
            *world.flights.iter_mut().find(|flight| flight.is_none()).expect("there is one") = Some(flight);
            Ok(())
        });
    }

    pub fn is_open(&self, left: u8) -> bool {
        if self.has(Guard::GateReserve) { may_write(time(left), LEASE) } else { left > 0 }
    }

    pub fn may_begin(&self) -> bool {
        self.world.cycles < CYCLES
    }
}

impl World {
    pub fn process(&mut self, me: u8) -> &mut Process {
        &mut self.processes[usize::from(me)]
    }

    pub fn ends(&mut self, me: u8) {
        *self.process(me) = Process::default();
    }

    pub fn leaves(&mut self, me: u8) {
        let Process { epoch, left, .. } = *self.process(me);
        *self.process(me) = Process { step: Step::Leaves, epoch, left, ..Process::default() };
    }

    /// A new version of a cycle's row: whoever holds an older one holds it in vain.
    pub fn replace(&mut self, cycle: u8, row: Row) {
        self.rows[usize::from(cycle)] = Some(row);
        if self.late.is_some_and(|(late, _)| late == cycle) {
            self.late = None;
        }
        for process in &mut self.processes {
            process.is_current = false;
        }
    }
}
