//! What a process does with a pair that it owns: the way of an invocation, with the rules of the app.

use super::guard::Guard;
use super::moves::{Answer, Move, Moves};
use super::world::{Place, Process, Row, Step, UNFINISHED, World, Write, slot};
use crate::cycle::take::may_be_taken;
use crate::cycle::take_over::may_take_over;
use crate::cycle::transition::{Event, Facts, after};
use crate::state::{Pass, Side, State, Status};

impl Moves<'_> {
    pub fn step(&mut self, me: u8, process: Process) {
        match process.step {
            Step::Idle => {}
            Step::Owns => self.looks(me, process),
            Step::Named(cycle) => self.add(Move::Begins(me), |world| {
                let row = Row { epoch: process.epoch, ..Row::default() };
                if world.rows[usize::from(cycle)].is_some() {
                    world.leaves(me);
                    return Ok(());
                }
                world.replace(cycle, row);
                world.works(me, cycle, row, false);
                Ok(())
            }),
            Step::Read(cycle) => self.takes_over(me, process, cycle),
            Step::Works(cycle) => self.works(me, process, cycle),
            Step::Commits(cycle) => self.commits(me, process, cycle),
            Step::Files => {
                let owns = self.owns(&process, me);
                self.add(Move::Files(me), |world| {
                    if !owns {
                        world.ends(me);
                        return Ok(());
                    }
                    world.files();
                    world.leaves(me);
                    Ok(())
                });
            }
            Step::Leaves => {
                if self.world.is_settled(me) || !self.has(Guard::SettledBeforeRelease) {
                    let owns = self.owns(&process, me);
                    self.add(Move::Releases(me), |world| {
                        if owns {
                            (world.holder, world.left) = (None, 0);
                        }
                        world.ends(me);
                        Ok(())
                    });
                }
            }
        }
    }

    /// Which cycle is under way?
    fn looks(&mut self, me: u8, process: Process) {
        let named = self.world.named;
        let row = named.and_then(|cycle| Some((cycle, self.world.rows[usize::from(cycle)]?)));
        match row {
            Some((cycle, row)) => self.add(Move::Reads(me), |world| {
                let step = if row.place.state().is_finished() { Step::Files } else { Step::Read(cycle) };
                let process = Process { step, row, is_current: true, ..process };
                *world.process(me) = process;
                Ok(())
            }),
            None if self.may_begin() => {
                let owns = self.owns(&process, me);
                self.add(Move::Names(me), |world| {
                    if !owns {
                        world.ends(me);
                        return Ok(());
                    }
                    let cycle = world.cycles;
                    (world.named, world.cancel, world.cycles) = (Some(cycle), false, cycle + 1);
                    world.process(me).step = Step::Named(cycle);
                    Ok(())
                });
            }
            None => {}
        }
    }

    fn takes_over(&mut self, me: u8, process: Process, cycle: u8) {
        let may =
            may_take_over(process.row.epoch.into(), process.epoch.into()) || !self.has(Guard::EpochCompared);
        let is_current = may && (process.is_current || !self.has(Guard::VersionCompared));
        let bumps = self.has(Guard::TakenOver);
        self.add(Move::TakesOver(me), |world| {
            if !is_current {
                world.leaves(me);
                return Ok(());
            }
            let row = Row { epoch: process.epoch, ..process.row };
            world.judge_commit(cycle, &row)?;
            if bumps {
                world.replace(cycle, row);
            }
            world.works(me, cycle, row, false);
            Ok(())
        });
    }

    fn commits(&mut self, me: u8, process: Process, cycle: u8) {
        let row = process.row;
        if !process.is_current && self.has(Guard::VersionCompared) {
            return self.add(Move::Commits(me, row, Answer::Done), |world| {
                world.leaves(me);
                Ok(())
            });
        }
        self.add(Move::Commits(me, row, Answer::Done), |world| {
            world.judge_commit(cycle, &row)?;
            world.replace(cycle, row);
            world.works(me, cycle, row, true);
            if row.place.state().is_finished() {
                world.process(me).step = Step::Files;
            }
            Ok(())
        });
        self.add_fault(Move::Commits(me, row, Answer::Lost), |world| {
            world.judge_commit(cycle, &row)?;
            world.replace(cycle, row);
            world.leaves(me);
            Ok(())
        });
        if self.world.late.is_none() {
            self.add_fault(Move::Commits(me, row, Answer::Late), |world| {
                world.late = Some((cycle, row));
                world.leaves(me);
                Ok(())
            });
        }
    }

    fn works(&mut self, me: u8, process: Process, cycle: u8) {
        let row = process.row;
        let state = row.place.state();
        if self.world.cancel && (state.can_be_cancelled() || !self.has(Guard::CancelledInTime)) {
            self.works_out(me, cycle, row, Event::Cancelled);
        }
        // a share snapshot that may still come is waited for first
        let takes = matches!(state, State::SourceSnapshot | State::TargetSnapshot);
        let may_fail = *state != State::AwaitingApproval && (!takes || self.world.is_settled(me));
        if may_fail && self.world.faults > 0 {
            self.works_out_badly(me, cycle, row, Event::Failed);
        }
        match state {
            State::MakingRoom { before } => match self.world.making_room(*before, cycle, self.bounds.without)
            {
                Err(()) => self.works_out(me, cycle, row, Event::Failed),
                Ok(Some(slot)) => self.deletes(me, *before, slot),
                Ok(None) => self.works_out(me, cycle, row, Event::Done),
            },
            State::SourceSnapshot => self.takes(me, process, cycle, Side::Source),
            State::TargetSnapshot => self.takes(me, process, cycle, Side::Target),
            State::Planning { .. } => {
                let is_equal = self.world.content.map(Some) == [row.source; 2];
                let chunks = if is_equal { 0 } else { self.bounds.chunks };
                self.works_out(me, cycle, Row { chunks, ..row }, Event::Done);
                self.works_out_badly(me, cycle, Row { chunks, failed: true, ..row }, Event::Done);
            }
            State::Guarding => {
                self.works_out(me, cycle, row, Event::Done);
                self.works_out_badly(me, cycle, row, Event::Stopped);
            }
            State::AwaitingApproval => {
                self.works_out(me, cycle, row, Event::Approved);
                self.works_out(me, cycle, row, Event::Rejected);
            }
            State::Applying { pass, chunk } => {
                let content = row.source.expect("it was taken before the plan");
                let write = match pass {
                    Pass::Write => Write::Copy { chunk: *chunk as u8, content },
                    Pass::Lift | Pass::Lower | Pass::Delete | Pass::Finish => Write::Touch,
                };
                let done = self.after(row, Event::Done);
                self.send(me, write, |world| world.commits(me, cycle, done));
                if let Write::Copy { chunk, .. } = write {
                    // the first request of several, over what a repeat finishes before it comes
                    self.lets_fly(me, Write::Copy { chunk, content: UNFINISHED });
                }
                self.works_out_badly(me, cycle, Row { failed: true, ..row }, Event::Done);
            }
            State::Verifying { chunk } => {
                if self.world.is_settled(me) || !self.has(Guard::SettledBeforeVerifying) {
                    let is_equal = Some(self.world.content[*chunk as usize]) == row.source;
                    let failed = row.failed || !is_equal;
                    let row = self.after(Row { failed, ..row }, Event::Done);
                    self.add(Move::WorksOut(me, row), |world| {
                        world.commits(me, cycle, row);
                        Ok(())
                    });
                }
            }
            State::Proving => self.works_out(me, cycle, row, Event::Done),
            State::Pruning => match self.world.pruned(cycle, self.bounds.without) {
                Some((side, slot)) => self.deletes(me, side, slot),
                None => self.works_out(me, cycle, row, Event::Done),
            },
            // no backup swaps roles
            State::Swapping { .. } | State::Finished(_) => {}
        }
    }

    fn deletes(&mut self, me: u8, side: Side, slot: u8) {
        self.send(me, Write::DeleteSnapshot { side, slot }, |_| {});
    }

    fn takes(&mut self, me: u8, process: Process, cycle: u8, side: Side) {
        if !self.world.is_settled(me) && self.has(Guard::SettledBeforeSnapshot) {
            return;
        }
        let looks = may_be_taken(process.is_fresh, process.has_unknown_outcome) && self.has(Guard::LookFirst);
        let found = self.world.of_side(side)[slot(cycle)];
        let done = |source| {
            let row = if side == Side::Source { Row { source, ..process.row } } else { process.row };
            self.after(row, Event::Done)
        };
        match found.filter(|_| looks) {
            Some(content) => {
                let row = done(Some(content));
                self.add(Move::WorksOut(me, row), |world| {
                    world.commits(me, cycle, row);
                    Ok(())
                });
            }
            None => {
                let row = done(Some(self.world.live));
                self.send(me, Write::Snapshot { side, cycle }, |world| world.commits(me, cycle, row));
            }
        }
    }

    /// Work that asks nothing of the shares is committed at once.
    fn works_out(&mut self, me: u8, cycle: u8, row: Row, event: Event) {
        let row = self.after(row, event);
        let process = Process { row, ..self.world.processes[usize::from(me)] };
        self.commits(me, process, cycle);
    }

    fn works_out_badly(&mut self, me: u8, cycle: u8, row: Row, event: Event) {
        let row = self.after(row, event);
        self.add_fault(Move::WorksOut(me, row), |world| {
            world.commits(me, cycle, row);
            Ok(())
        });
    }

    fn after(&self, row: Row, event: Event) -> Row {
        let failed = u64::from(row.failed && self.has(Guard::NoFailure));
        let (chunks, lifts) = (row.chunks.into(), self.bounds.lifts.into());
        let facts = Facts { chunks, lifts, failed, proves: true, unproved: false, restores: None };
        Row { place: Place::of(&after(row.place.state().clone(), event, facts)), ..row }
    }
}

impl World {
    /// What nobody reads any more is forgotten, so that fewer worlds differ.
    fn files(&mut self) {
        let Some(cycle) = self.named.take() else { return };
        self.cancel = false;
        if let Some(row) = &mut self.rows[usize::from(cycle)] {
            *row = Row {
                place: Place::of(&State::Finished(Status::Failed)),
                epoch: row.epoch,
                ..Row::default()
            };
        }
        for side in [&mut self.source, &mut self.target] {
            side[slot(cycle)] = side[slot(cycle)].and(Some(0));
        }
    }

    fn works(&mut self, me: u8, cycle: u8, row: Row, is_fresh: bool) {
        let process = self.process(me);
        let Process { epoch, left, .. } = *process;
        let step = Step::Works(cycle);
        // it matters nowhere else
        let is_fresh = is_fresh && matches!(row.place.state(), State::SourceSnapshot | State::TargetSnapshot);
        *process = Process { step, epoch, left, row, is_current: true, is_fresh, has_unknown_outcome: false };
    }

    fn commits(&mut self, me: u8, cycle: u8, row: Row) {
        let process = self.process(me);
        *process = Process {
            step: Step::Commits(cycle),
            row,
            is_fresh: false,
            has_unknown_outcome: false,
            ..*process
        };
    }
}
