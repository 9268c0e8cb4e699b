//! Random trees and random edits. The same generator state makes the same ones.

mod edits;
mod names;
mod values;

use rand::RngExt;

use crate::tree::{Entry, Tree};

pub use edits::{Row, random_edits};

/// How large a random tree becomes.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub directories: usize,
    pub files: usize,
    /// Whether sizes around 4 MiB and long sparse files occur.
    pub large_files: bool,
}

pub fn random_tree(rng: &mut impl RngExt, shape: Shape) -> Tree {
    let mut tree = Tree::default();
    for _ in 0..shape.directories {
        let path = names::new_path(rng, &tree);
        tree.insert(&path, Entry::directory(values::properties(rng, true)));
    }
    for _ in 0..shape.files {
        let path = names::new_path(rng, &tree);
        tree.insert(&path, values::file(rng, shape.large_files));
    }
    tree
}

/// Any of the items, or none if there are none.
fn pick<T>(rng: &mut impl RngExt, items: impl IntoIterator<Item = T>) -> Option<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    if items.is_empty() { None } else { Some(items.swap_remove(rng.random_range(0..items.len()))) }
}
