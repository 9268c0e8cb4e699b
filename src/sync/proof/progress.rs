//! How far a proof is: shared by who reads, who saves and who wants it stopped. What is saved is what a whole stretch
//! of the walk came to, so that whoever goes on neither counts nor finds anything twice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::sync::cursor::Cursor;
use crate::sync::failure::Failure;

/// Findings after which a proof ends: what makes so many is no accident of single files.
const FINDINGS: usize = 1_000;
/// The same, by the length of their paths: they are stored with the cycle and with the pair.
const FINDING_BYTES: usize = 256 << 10;

/// Times that a proof waits for what is not answered. Then it counts as not to be read: what never answers is not to keep
/// the next cycle from beginning.
const WAITS: u64 = 60;

/// Everything before it is proved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProofPlace {
    /// Files that were copied again and are read before all others: so many of them are done.
    pub again: u32,
    /// What lies before is done of the next one.
    pub again_offset: u64,
    /// Nothing at the beginning, and at the end.
    pub walk: Option<Cursor>,
    /// Of the file at this place, what lies before is done; all of it where it is as large as it can be.
    pub offset: u64,
    /// Entries of the directory at this place that the walk has passed: a directory counts when it lies behind.
    #[serde(skip_serializing_if = "is_zero")]
    pub entries: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl ProofPlace {
    pub(super) const DONE: u64 = u64::MAX;
}

/// Why nothing more is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProofEnd {
    /// The walk came to its end.
    Whole,
    /// The bytes of one cycle are read.
    Sampled,
    /// There were too many findings.
    TooManyFindings,
    /// One of the share snapshots cannot be read any more.
    Broken,
}

/// An entry that is not what the source's share snapshot holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub path: String,
    /// No listing shows it: it has to be copied although the listings are equal.
    pub is_damaged: bool,
}

/// What is stored of a proof. The default is one that has not begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Proof {
    pub place: ProofPlace,
    /// Files whose data was compared to its end, or to the first difference; and bytes compared.
    pub files: u64,
    pub bytes: u64,
    /// Entries of the source that the walk has passed.
    pub entries: u64,
    /// Of what a sample may spend.
    pub spent: u64,
    /// How often it waited for what was not answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub waits: u64,
    pub found: Vec<Found>,
    pub end: Option<ProofEnd>,
}

impl Proof {
    pub fn is_full(&self) -> bool {
        let bytes: usize = self.found.iter().map(|found| found.path.len()).sum();
        self.found.len() >= FINDINGS || bytes >= FINDING_BYTES
    }

    pub(super) fn is_damaged(&self, path: &str) -> bool {
        self.found.iter().any(|found| found.path == path && found.is_damaged)
    }
}

/// A proof while it is under way.
#[derive(Debug, Default)]
pub struct Proving {
    stopped: AtomicBool,
    moved: Notify,
    state: Mutex<(Proof, Vec<Failure>)>,
}

impl Proving {
    pub fn new(saved: Proof) -> Self {
        Self { state: Mutex::new((saved, Vec::new())), ..Self::default() }
    }

    /// Nothing new is read from now on.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Returns once the next save is further on than the last.
    pub async fn moved(&self) {
        self.moved.notified().await;
    }

    /// What is to be stored, and the findings that are not stored yet.
    pub fn save(&self) -> (Proof, Vec<Failure>) {
        let mut state = self.lock();
        (state.0.clone(), std::mem::take(&mut state.1))
    }

    /// Whether it waits for what is not answered, once more.
    pub(super) fn waits(&self) -> bool {
        let waits = &mut self.lock().0.waits;
        *waits += 1;
        *waits <= WAITS
    }

    pub(super) fn ask<T>(&self, question: impl FnOnce(&Proof) -> T) -> T {
        question(&self.lock().0)
    }

    pub(super) fn advance(&self, change: impl FnOnce(&mut Proof)) {
        change(&mut self.lock().0);
        self.moved.notify_one();
    }

    /// A finding, told once of a path, and once more where its data turns out to differ as well.
    pub(super) fn find(&self, failure: Failure, is_damaged: bool) {
        let (proof, failures) = &mut *self.lock();
        match proof.found.iter_mut().find(|found| found.path == failure.path) {
            Some(known) if known.is_damaged || !is_damaged => return,
            Some(known) => known.is_damaged = true,
            None => proof.found.push(Found { path: failure.path.clone(), is_damaged }),
        }
        failures.push(failure);
    }

    /// Nothing more can be read.
    pub fn break_off(&self, failure: Failure) {
        self.find(failure, false);
        self.advance(|proof| proof.end = Some(ProofEnd::Broken));
    }

    fn lock(&self) -> MutexGuard<'_, (Proof, Vec<Failure>)> {
        self.state.lock().expect("no panic while a proof is held")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_once_and_its_data_counts_whenever_that_is_found() {
        let proving = Proving::default();
        let found = |is_damaged| Found { path: "a".to_owned(), is_damaged };
        proving.find(Failure::new("a", "NotEqual", ""), false);
        assert_eq!(proving.save().0.found, [found(false)]);
        proving.find(Failure::new("a", "NotEqual", ""), false);
        proving.find(Failure::new("a", "ContentDiffers", ""), true);
        proving.find(Failure::new("a", "ContentDiffers", ""), true);
        let (proof, failures) = proving.save();
        assert_eq!(
            (proof.found, failures),
            (vec![found(true)], vec![Failure::new("a", "ContentDiffers", "")])
        );
    }

    #[test]
    fn too_many_findings_are_too_many_by_their_number_or_by_their_paths() {
        let found = |length: usize| Found { path: "x".repeat(length), is_damaged: true };
        let is_full = |found| Proof { found, ..Proof::default() }.is_full();
        assert!(!is_full(vec![found(10); FINDINGS - 1]) && is_full(vec![found(10); FINDINGS]));
        assert!(is_full(vec![found(2_000); 140]));
    }
}
