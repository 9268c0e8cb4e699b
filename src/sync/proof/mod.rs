//! Proves a recovery point: both share snapshots are compared again by their listings, and the data of files is read on
//! both sides and compared. What only reading can show is found here: a byte that flipped with size and times kept.
//!
//! Promises: nothing but the two share snapshots is read. Holes are not read. Of a file, nothing is read behind the first
//! range that differs, but what was under way. Whoever goes on from what was saved finds what one process would have
//! found, and reads no more again than was in flight or not saved yet. Memory holds a few listings and ranges, however
//! large the share is. What a finding means is left to `cycle`.

mod beside;
mod finding;
mod pieces;
mod progress;
mod read;
mod run;
mod steps;

pub use progress::{Found, Proof, ProofEnd, ProofPlace, Proving};
pub use run::prove;
