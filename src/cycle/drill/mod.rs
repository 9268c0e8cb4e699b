//! A drill: some files and a folder of the newest recovery point come back to a scratch share, and are held there against what the
//! source had then, byte for byte and property for property. It is a restore that clears up behind itself; what it found is
//! kept like the report of any cycle.

mod ask;
mod choose;
mod compare;
mod end;
mod scratch;

pub(super) use self::compare::{acknowledged, has_lost_its_source, shares};
pub(super) use self::end::overdue;
pub(super) use self::scratch::{clear, is_ours, make, sweep_left_behind};

/// Files that are chosen at random, and bytes of them and of the folder, at most.
const FILES: usize = 20;
const BYTES: u64 = 512 << 20;
