//! Names and paths of entries: joining, folding, and the scratch names under which we build.
//!
//! A path is relative to the share's root, with `/` between names; the root itself is the empty path.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

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

/// UTF-16 units in a path, at most.
/// <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-shares--directories--files--and-metadata>
const LONGEST_PATH: usize = 2_048;

const SCRATCH: &str = ".backup-scratch-";

/// Gives out names of ours in the target. Those of one owner of a cycle are never those of another.
#[derive(Debug)]
pub struct ScratchNames {
    cycle: String,
    epoch: u64,
    given: AtomicU64,
}

impl ScratchNames {
    pub fn new(cycle: &str, epoch: u64) -> Self {
        Self { cycle: cycle.to_owned(), epoch, given: AtomicU64::new(0) }
    }

    /// The path of a new scratch name in `directory`, or in the root where it would be too long there.
    pub fn path_in(&self, directory: &str) -> String {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        fitting(directory, format!("{SCRATCH}{}-{}-{number}", self.cycle, self.epoch))
    }

    /// The one scratch path in this cycle of the entry at `path`, for every owner the same: what one of them left
    /// there, the next one finds.
    pub fn path_of(&self, path: &str) -> String {
        let hash = Sha256::digest(path);
        let half: [u8; 8] = std::array::from_fn(|i| hash[i]);
        fitting(parent(path), format!("{SCRATCH}{}-{:016x}", self.cycle, u64::from_be_bytes(half)))
    }
}

fn fitting(directory: &str, name: String) -> String {
    let path = join(directory, &name);
    if path.encode_utf16().count() <= LONGEST_PATH { path } else { name }
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
    fn a_scratch_name_too_long_for_its_directory_lies_in_the_root() {
        let names = ScratchNames::new("20261121T101500123456Z-1a2b3c4d", 1);
        assert_eq!(parent(&names.path_in("a/b")), "a/b");
        assert_eq!(parent(&names.path_in(&"日".repeat(2_000))), "");
    }

    #[test]
    fn scratch_names_are_known_again() {
        let names = ScratchNames::new("20261121T101500123456Z-1a2b3c4d", 1);
        let (first, second) = (names.path_in(""), names.path_in(""));
        assert!(is_scratch(&first) && is_scratch(&second) && first != second);
        assert!(!is_scratch("backup-scratch-7"));
        assert_ne!(first, ScratchNames::new("20261121T101500123456Z-1a2b3c4d", 2).path_in(""));
    }

    #[test]
    fn every_owner_of_a_cycle_knows_the_scratch_path_of_an_entry() {
        let (first, second) = (ScratchNames::new("c", 1), ScratchNames::new("c", 2));
        assert_eq!(first.path_of("d/a"), second.path_of("d/a"));
        assert_ne!(first.path_of("d/a"), first.path_of("d/b"));
        assert_eq!(parent(&first.path_of("d/a")), "d");
        assert_ne!(first.path_of("a"), ScratchNames::new("another", 1).path_of("a"));
    }
}
