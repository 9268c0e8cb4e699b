//! A proof as far as one invocation gets.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt, future};
use tokio::sync::Semaphore;

use super::progress::{Proof, ProofEnd, ProofPlace, Proving};
use super::read::{PAGE, ROOM, Taken};
use super::steps::{At, Passed, Step, steps};
use crate::sync::doubts::Doubts;
use crate::sync::failure::{Result, SyncError};
use crate::sync::name::ScratchNames;
use crate::sync::progress::End;
use crate::sync::shares::Shares;

/// Pieces read at once, on either side.
const PIECES: usize = 32;

/// What is to be proved.
pub(super) struct Asked<'a> {
    pub(super) shares: &'a Shares,
    /// Files that are read before all others.
    pub(super) again: &'a [String],
    /// What is known of a path, and no finding.
    pub(super) is_known: &'a (dyn Fn(&str) -> bool + Sync),
    /// The comparison asks for such; nothing is ever named so.
    pub(super) scratch: ScratchNames,
    pub(super) room: Semaphore,
}

/// Compares `shares`, two share snapshots that ought to be equal, from where `proving` is to the end, or until it has
/// spent what a sample may. Before that the files `again` are read.
pub async fn prove(
    shares: &Shares,
    again: &[String],
    sample: Option<u64>,
    is_known: &(dyn Fn(&str) -> bool + Sync),
    proving: &Proving,
) -> Result<End> {
    let shares = shares.clone().doubting(Arc::new(Doubts::All));
    let room = Semaphore::new((ROOM / PAGE) as usize);
    let scratch = ScratchNames::new("proof", 0);
    let asked = Asked { shares: &shares, again, is_known, scratch, room };
    let saved = proving.ask(Proof::clone);
    if saved.end.is_some() {
        return Ok(End::Finished);
    }
    let (mut spent, is_spent) = (saved.spent, AtomicBool::new(false));
    let due = steps(&asked, saved).take_while(|step| {
        let cost = step.as_ref().map_or(0, Step::cost);
        // one piece at least, however little a sample may spend
        let is_over = sample.is_some_and(|most| spent > 0 && cost > 0 && spent + cost > most);
        spent += cost;
        is_spent.fetch_or(is_over, Ordering::Relaxed);
        future::ready(!is_over && !proving.is_stopped())
    });
    let mut taken = pin!(due.map(|step| async { asked.take(step?).await }).buffered(PIECES));
    while let Some(taken) = taken.next().await {
        match taken {
            Ok(taken) => match taken.unanswered() {
                Some(failure) if proving.waits() => return Err(SyncError::Unanswered(failure.into())),
                _ => proving.settle(taken),
            },
            // what waited for its turn
            Err(SyncError::Stopped) if proving.is_stopped() => return Ok(End::Stopped),
            Err(error) => return Err(error),
        }
        if proving.ask(|proof| proof.end.is_some()) {
            return Ok(End::Finished);
        }
    }
    if !is_spent.load(Ordering::Relaxed) {
        return Ok(End::Stopped);
    }
    proving.advance(|proof| proof.end = Some(ProofEnd::Sampled));
    Ok(End::Finished)
}

impl Proving {
    fn settle(&self, taken: Taken) {
        let Taken { step, bytes, finding } = taken;
        if let Some((failure, is_damaged)) = finding {
            self.find(failure, is_damaged);
        }
        let cost = step.cost();
        if let Step::Found(failure) = step {
            self.find(failure, false);
            return self.stop_where_full();
        }
        self.advance(|proof| {
            proof.bytes += bytes;
            proof.spent += cost;
            let place = &mut proof.place;
            match step {
                Step::Piece(file, piece) => match &file.at {
                    At::Again(_) => place.again_offset = piece.range.end,
                    At::Walk(cursor) => {
                        (place.walk, place.offset) = (Some(cursor.clone()), piece.range.end);
                    }
                },
                Step::End(file) => {
                    proof.files += 1;
                    match &file.at {
                        At::Again(number) => (place.again, place.again_offset) = (number + 1, 0),
                        At::Walk(cursor) => {
                            (place.walk, place.offset) = (Some(cursor.clone()), ProofPlace::DONE);
                        }
                    }
                }
                Step::Passed(Passed { next, entries, ends_directory }) => {
                    place.entries += entries;
                    if ends_directory {
                        proof.entries += std::mem::take(&mut place.entries);
                    }
                    if next.is_none() {
                        proof.end = Some(ProofEnd::Whole);
                    }
                    (place.walk, place.offset) = (next, 0);
                }
                Step::Found(_) => {}
            }
        });
        self.stop_where_full();
    }

    fn stop_where_full(&self) {
        if self.ask(Proof::is_full) {
            self.advance(|proof| _ = proof.end.get_or_insert(ProofEnd::TooManyFindings));
        }
    }
}
