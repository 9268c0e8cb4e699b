//! Names and paths of entries: joining, folding, and the scratch names under which we build.
//!
//! A path is relative to the share's root, with `/` between names; the root itself is the empty path.

use std::sync::atomic::{AtomicU64, Ordering};

/// The path of `name` inside `directory`.
pub fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// The directory that holds `path`; the root holds itself.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Names below the root: how deep a path is.
pub fn depth(path: &str) -> usize {
    if path.is_empty() { 0 } else { path.matches('/').count() + 1 }
}

/// The key under which two spellings are one name for the service: simple upper case, one character for one.
/// (The service's own table is not published; NTFS folds this way.)
pub fn fold(name: &str) -> String {
    name.chars()
        .map(|c| {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(single), None) => single,
                _ => c,
            }
        })
        .collect()
}

const SCRATCH: &str = ".backup-scratch-";

/// Gives out names of ours in the target, each once in a cycle.
#[derive(Debug)]
pub struct ScratchNames {
    cycle: String,
    given: AtomicU64,
}

impl ScratchNames {
    pub fn new(cycle: &str) -> Self {
        Self { cycle: cycle.to_owned(), given: AtomicU64::new(0) }
    }

    pub fn next(&self) -> String {
        format!("{SCRATCH}{}-{}", self.cycle, self.given.fetch_add(1, Ordering::Relaxed))
    }
}

/// Whether a name is one of ours. Such names are left out of comparing, and removed.
pub fn is_scratch(name: &str) -> bool {
    name.starts_with(SCRATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_split_at_slashes() {
        assert_eq!(join("", "a"), "a");
        assert_eq!(join("a/b", "c"), "a/b/c");
        assert_eq!((parent("a/b/c"), parent("a"), parent("")), ("a/b", "", ""));
        assert_eq!((depth(""), depth("a"), depth("a/b")), (0, 1, 2));
    }

    #[test]
    fn folding_is_one_to_one() {
        assert_eq!(fold("Straße.TXT"), "STRAßE.TXT");
        assert_eq!(fold("åÄö"), "ÅÄÖ");
        assert_ne!(fold("e\u{301}"), fold("é"), "composed and combining forms are two names");
    }

    #[test]
    fn scratch_names_are_known_again() {
        let names = ScratchNames::new("20261121T101500123456Z-1a2b3c4d");
        let (first, second) = (names.next(), names.next());
        assert!(is_scratch(&first) && is_scratch(&second) && first != second);
        assert!(!is_scratch("backup-scratch-7"));
    }
}
