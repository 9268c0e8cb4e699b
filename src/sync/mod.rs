//! Makes the target share equal to a share snapshot of the source: plan from listings, apply, verify.
//!
//! Works on what it is handed and returns values: when to start, when to stop and what to remember is decided by
//! `cycle`. No HTTP and no environment here.

mod apply;
mod changes;
mod chunk;
mod compare;
mod cursor;
mod cut_names;
mod digest;
mod directory_plan;
mod doubts;
mod exclude;
mod failure;
mod foremost;
mod hold;
mod item;
mod line;
mod listing;
mod look;
mod merge;
mod moves;
mod name;
mod one_sided;
mod pages;
mod pairing;
mod part;
mod permission;
mod plain;
mod planner;
mod progress;
mod proof;
mod restoring;
mod root;
mod seeded;
mod shares;
mod staging;
mod stream;
#[cfg(test)]
mod testing;
mod verify;
mod verify_restored;
mod walk;
mod way;
mod windows;

pub use apply::{Apply, Cleared, CopyMode};
pub use changes::{Changes, Copied};
pub use chunk::{Chunk, ChunkBuilder};
pub use cursor::Cursor;
pub use cut_names::CutNames;
pub use directory_plan::{Directory, DirectoryPlan};
pub use doubts::Doubts;
pub use exclude::Exclude;
pub use failure::{Cost, FailedPaths, Failure, SyncError};
pub use item::{Change, Item, Over, Reason, Work};
pub use moves::{Found, Loose, Rest, Unpaired, find as find_moves};
pub use name::ScratchNames;
pub use permission::PermissionMap;
pub use plain::Plain;
pub use planner::{Planner, Stretch};
pub use progress::{End, FileCursor, Progress, Saved};
pub use proof::{Found as ProofFound, Proof, ProofEnd, ProofPlace, Proving, prove};
pub use restoring::{Conflict, Restoring, Selection, Wanted};
pub use root::root;
pub use seeded::{Amounts, Seeded};
pub use shares::{Base, Shares};
pub use staging::{MatchBy, Matching, Staging};
pub use verify::verify;
pub use walk::Walk;
