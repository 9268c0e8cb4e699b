//! Which moves have to get out of the way: those are lifted to a scratch name in the root before anything else is
//! written, innermost first. All others are renamed in one step when their turn comes in the plan.
//!
//! When all that is lifted is gone, every old place still in use can be reached by its old path until the plan is
//! through with it, and nothing that moves stands where something else comes to stand.

use std::collections::HashSet;

use super::Move;
use crate::sync::item::is_directory;
use crate::sync::name::{fold, parent};

/// Marks what is lifted. `appeared` are the paths at which the source has something that the target has not.
pub fn lift<'a>(moves: &mut [Move], appeared: impl Iterator<Item = &'a str>) {
    let from: HashSet<String> = moves.iter().map(|moved| fold(&moved.from)).collect();
    let taken: HashSet<String> = appeared.map(fold).filter(|path| from.contains(path)).collect();
    let of_directories = |path: fn(&Move) -> &str| {
        let directories = moves.iter().filter(|moved| is_directory(&moved.target));
        directories.map(|moved| fold(path(moved))).collect::<HashSet<_>>()
    };
    let leaving = of_directories(|moved| &moved.from);
    // a directory that stands at the end of a move is renamed away, whatever comes in its place
    let replaced: HashSet<String> = moves.iter().map(|moved| fold(&moved.to)).collect();
    for moved in moves {
        let from = fold(&moved.from);
        moved.is_lifted |= taken.contains(&from)
            || above(&from).any(|directory| leaving.contains(directory) || replaced.contains(directory));
    }
}

/// The directories above a path, without the root.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(parent(path)), |path| Some(parent(path))).take_while(|path| !path.is_empty())
}
