//! Names and paths of entries: joining, folding, and the scratch names under which we build.
//!
//! A path is relative to the share's root, with `/` between names; the root itself is the empty path.

use std::cmp::Ordering;
use std::sync::atomic::{self, AtomicU64};

use sha2::{Digest, Sha256};

/// The path of `name` inside `directory`.
pub fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// The directory that holds `path`; the root holds itself.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The last name of `path`; that of the root is empty.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Names below the root: how deep a path is.
pub fn depth(path: &str) -> usize {
    if path.is_empty() { 0 } else { path.matches('/').count() + 1 }
}

/// The key under which two spellings are one name for the service: simple upper case, one character for one.
/// (The service's own table is not published; NTFS folds this way.)
pub fn fold(name: &str) -> String {
    name.chars().map(upper).collect()
}

fn upper(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// The order of folded names, in which spellings of one name are equal.
pub fn folded_order(a: &str, b: &str) -> Ordering {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b && a.is_ascii()).count();
    a[same..].chars().map(upper).cmp(b[same..].chars().map(upper))
}

/// The order of the names in a directory, as the walk goes and, as far as is known, the service lists: folded, and
/// spellings of one name by the letter.
pub fn order(a: &str, b: &str) -> Ordering {
    folded_order(a, b).then_with(|| a.cmp(b))
}

/// UTF-16 units in a path, at most.
/// <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-shares--directories--files--and-metadata>
const LONGEST_PATH: usize = 2_048;

const SCRATCH: &str = ".backup-scratch-";

/// Gives out names of ours in the target.
#[derive(Debug)]
pub struct ScratchNames {
    cycle: String,
    epoch: u64,
    given: AtomicU64,
}

impl ScratchNames {
    /// Two owners of a cycle differ in their epoch.
    pub fn new(cycle: &str, epoch: u64) -> Self {
        Self { cycle: cycle.to_owned(), epoch, given: AtomicU64::new(0) }
    }

    /// How the names of this cycle begin, whoever gave them.
    pub fn prefix(&self) -> String {
        format!("{SCRATCH}{}-", self.cycle)
    }

    /// The path of a new scratch name in `directory`, or in the root where it would be too long there. It is never
    /// that of another owner.
    pub fn path_in(&self, directory: &str) -> String {
        let number = self.given.fetch_add(1, atomic::Ordering::Relaxed);
        fitting(directory, format!("{SCRATCH}{}-{}-{number}", self.cycle, self.epoch))
    }

    /// The scratch path that belongs to `path` in this cycle, beside it or in the root. It is the same for every
    /// owner: two items of one plan that name it may have been planned by two.
    pub fn path_for(&self, path: &str) -> String {
        self.known('p', path)
    }

    /// Where the entry at `path` is for a moment while it is renamed or deleted: the same for every owner, so that
    /// what one was cut off at is found by the next.
    pub fn moving_path_for(&self, path: &str) -> String {
        self.known('m', path)
    }

    /// Where the entry at `path` of the target waits for its new place: in the root, whatever moves above it. These names
    /// sort in the order in which the entries have to go there, what lies deepest first.
    pub fn lifted_path_for(&self, path: &str) -> String {
        let rank = LONGEST_PATH - depth(path).min(LONGEST_PATH);
        format!("{SCRATCH}{}-l{rank:04}{:016x}", self.cycle, hash(path))
    }

    fn known(&self, kind: char, path: &str) -> String {
        fitting(parent(path), format!("{SCRATCH}{}-{kind}{:016x}", self.cycle, hash(path)))
    }
}

fn hash(path: &str) -> u64 {
    let hash = Sha256::digest(path);
    u64::from_be_bytes(std::array::from_fn(|i| hash[i]))
}

/// In `directory`, or in the root where the path would be too long.
fn fitting(directory: &str, name: String) -> String {
    let path = join(directory, &name);
    if path.encode_utf16().count() <= LONGEST_PATH { path } else { name }
}

/// Whether a name is one of ours. Such names are left out of comparing, and removed.
pub fn is_scratch(name: &str) -> bool {
    name.starts_with(SCRATCH)
}

/// Whether a name was given by a cycle or a restore, and by nobody else: it holds an id of theirs.
pub fn is_of_a_cycle(name: &str) -> bool {
    let Some(id) = name.strip_prefix(SCRATCH).and_then(|rest| rest.get(..ID)) else { return false };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = (id.get(..8), id.get(8..9), id.get(9..21), id.get(21..23), id.get(23..31), id.get(31..));
    match parts {
        (Some(day), Some("T"), Some(time), Some("Z-"), Some(unique), Some("-")) => {
            is_digits(day) && is_digits(time) && unique.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        _ => false,
    }
}

/// Characters of the id of a cycle, as `20261121T101500123456Z-1a2b3c4d`, and the dash behind it.
const ID: usize = 32;

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
    fn names_are_ordered_as_they_are_folded_and_spellings_by_the_letter() {
        let names = ["", " ", "-", "0", "A", "a", "AB", "aB", "ab", "b", "Z", "_", "É", "é", "日"];
        assert!(names.is_sorted_by(|a, b| order(a, b).is_lt()), "{names:?}");
        assert!(folded_order("aé", "AÉ").is_eq() && folded_order("a", "AB").is_lt());
    }

    #[test]
    fn a_scratch_name_too_long_for_its_directory_lies_in_the_root() {
        let names = ScratchNames::new("20261121T101500123456Z-1a2b3c4d", 1);
        assert_eq!(parent(&names.path_in("a/b")), "a/b");
        assert_eq!(parent(&names.path_in(&"日".repeat(2_000))), "");
    }

    #[test]
    fn every_owner_gives_a_path_the_same_scratch_name() {
        let (one, other) = (ScratchNames::new("c", 1), ScratchNames::new("c", 2));
        one.path_in("a");
        assert_eq!(one.path_for("a/b"), other.path_for("a/b"));
        assert_eq!(one.moving_path_for("a/b"), other.moving_path_for("a/b"));
        assert_ne!(one.moving_path_for("a/b"), one.path_for("a/b"), "one may be built while the other goes");
        assert_ne!(one.path_for("a/b"), one.path_for("a/c"));
        assert_eq!(parent(&one.path_for("a/b")), "a");
        assert!(!one.path_for(&format!("{}/b", "日".repeat(2_040))).contains('/'), "too long there");
        assert!(is_scratch(&one.path_for("b")));
    }

    #[test]
    fn what_lies_deepest_is_lifted_first() {
        let names = ScratchNames::new("c", 1);
        let lifted = ["a/b/c", "a/b", "b/c", "a"].map(|path| names.lifted_path_for(path));
        assert!(lifted[0] < lifted[1].clone().min(lifted[2].clone()), "{lifted:?}");
        assert!(lifted[1].clone().max(lifted[2].clone()) < lifted[3], "{lifted:?}");
        assert!(lifted.iter().all(|path| is_scratch(path) && parent(path).is_empty()));
    }

    #[test]
    fn scratch_names_are_known_again() {
        let names = ScratchNames::new("20261121T101500123456Z-1a2b3c4d", 1);
        let (first, second) = (names.path_in(""), names.path_in(""));
        assert!(is_scratch(&first) && is_scratch(&second) && first != second);
        assert!(!is_scratch("backup-scratch-7"));
        assert!(is_of_a_cycle(&first) && is_of_a_cycle(&names.lifted_path_for("a")));
        for name in
            [".backup-scratch-7", "a", ".backup-scratch-20261121T101500123456Z-1a2b3c4", ".backup-scratch-ä"]
        {
            assert!(!is_of_a_cycle(name), "{name}");
        }
        assert_ne!(first, ScratchNames::new("20261121T101500123456Z-1a2b3c4d", 2).path_in(""));
    }
}
