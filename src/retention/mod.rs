//! Which share snapshots of a pair may go, so that no cycle ever fails for lack of them.
//!
//! Pure: listings and rules in, deletions with their reasons out. Never among them: what is not ours, what is leased by
//! anybody, the newest recovery point, the last verified one, the base and the share snapshots of the running cycle.
//! Listing, deleting and logging are `cycle`'s.

mod keep;
mod point;
mod prune;
mod room;
mod rules;
#[cfg(test)]
mod tests;

pub use point::{Owner, Point, Protected, Side};
pub use prune::{Pruning, prune};
pub use room::{Deletion, Room, Why, make_room};
pub use rules::{AZURE_LIMIT, Keep, Retention};
