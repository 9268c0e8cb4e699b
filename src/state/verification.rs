//! What is remembered of a pair's verifications between its cycles.

use azure_storage_file_share::ShareSnapshotId;
use serde::{Deserialize, Serialize};

use super::{CycleRecord, is_within};
use crate::sync::{Cursor, Failure, Proof, ProofEnd, ProofPlace};

/// By default nothing was ever verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verification {
    /// Of samples.
    pub round: Option<Round>,
    /// When a round last came to its end, and when that one had begun; ISO 8601, UTC.
    pub covered: Option<Covered>,
    /// Files of the target whose data is not the source's, although their listings are equal: the next cycle copies them
    /// whole.
    pub damaged: Vec<String>,
    /// Recovery points that did not hold what they should, oldest first.
    pub failed: Vec<FailedPoint>,
}

/// Share snapshots that a share may have.
const POINTS: usize = 200;

impl Verification {
    /// What a cycle with a recovery point came to, and what failed in it, as far as that is known.
    pub fn learn(&mut self, cycle: &CycleRecord, failures: Option<&[Failure]>) {
        let gone = |point: &FailedPoint| cycle.pruned.iter().any(|pruned| pruned.snapshot == point.target);
        self.failed.retain(|point| !gone(point));
        let has_failed =
            |path: &str| failures.is_none_or(|all| all.iter().any(|failed| is_within(path, &failed.path)));
        let Some(proof) = &cycle.proof else {
            // they were copied whole, and nobody wants to know more
            self.damaged.retain(|path| has_failed(path));
            return;
        };
        let is_found = |path: &str| proof.found.iter().any(|found| found.path == path);
        let mut unread = self.damaged.split_off(self.damaged.len().min(proof.place.again as usize));
        self.damaged.retain(|path| is_found(path) || has_failed(path));
        self.damaged.append(&mut unread);
        let found = proof.found.iter().filter(|found| found.is_damaged).map(|found| found.path.clone());
        let found: Vec<String> = found.filter(|path| !self.damaged.contains(path)).collect();
        self.damaged.extend(found);
        if let Some(target) = cycle.target_snapshot.clone().filter(|_| cycle.is_unverified()) {
            self.failed.push(FailedPoint { cycle: cycle.id.clone(), target });
            let old = self.failed.len().saturating_sub(POINTS);
            self.failed.drain(..old);
        }
        let round = cycle.round.as_deref();
        let since = round.map_or(&cycle.started_at, |round| &round.since).clone();
        if proof.end == Some(ProofEnd::Whole) {
            let until = cycle.ended_at.clone().unwrap_or_default();
            self.covered = Some(Covered { since, until });
        }
        if let Some(round) = round {
            self.round = (proof.end != Some(ProofEnd::Whole)).then(|| round.and(proof));
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Samples that together read the whole share once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Round {
    /// ISO 8601, UTC.
    pub since: String,
    /// The next sample begins here.
    pub place: ProofPlace,
    /// What the samples have read and passed so far.
    pub files: u64,
    pub bytes: u64,
    pub entries: u64,
}

impl Round {
    /// With what one more sample came to.
    pub fn and(&self, proof: &Proof) -> Self {
        let again = u64::from(proof.place.again);
        Self {
            since: self.since.clone(),
            place: ProofPlace {
                // the next sample is of other share snapshots, whose listings may know other markers
                walk: proof.place.walk.clone().map(Cursor::of_any_listing),
                offset: proof.place.offset,
                ..ProofPlace::default()
            },
            files: self.files + proof.files.saturating_sub(again),
            bytes: self.bytes + proof.bytes,
            entries: self.entries + proof.entries,
        }
    }
}

/// A whole round. Public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    pub since: String,
    pub until: String,
}

/// A recovery point whose verification found something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedPoint {
    pub cycle: String,
    pub target: ShareSnapshotId,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::state::{State, Status};
    use crate::sync::ProofFound;

    const NONE: Option<&[Failure]> = Some(&[]);

    /// A cycle that read some of its recovery point, and found these.
    fn cycle(id: &str, found: &[&str], again: u32, end: ProofEnd, round: &Verification) -> CycleRecord {
        let found = found.iter().map(|path| ProofFound { path: (*path).to_owned(), is_damaged: true });
        let walk = (end != ProofEnd::Whole).then(|| Cursor::before(id));
        let place = ProofPlace { again, walk, ..ProofPlace::default() };
        let since = Round { since: format!("began {id}"), ..Round::default() };
        let proof = Proof { files: 10, place, found: found.collect(), end: Some(end), ..Proof::default() };
        CycleRecord {
            id: id.to_owned(),
            state: State::Finished(Status::Succeeded),
            ended_at: Some(format!("ended {id}")),
            target_snapshot: Some(id.to_owned().into()),
            proof: Some(Box::new(proof)),
            round: Some(Box::new(round.round.clone().unwrap_or(since))),
            ..CycleRecord::default()
        }
    }

    #[test]
    fn samples_make_a_round_and_the_next_one_begins_anew() {
        let mut known = Verification::default();
        for id in ["a", "b"] {
            known.learn(&cycle(id, &[], 0, ProofEnd::Sampled, &known), NONE);
        }
        let round = known.round.clone().expect("it goes on");
        assert_eq!((round.since.as_str(), round.files), ("began a", 20));
        assert_eq!(round.place.walk, Some(Cursor::before("b")));
        known.learn(&cycle("c", &[], 0, ProofEnd::Whole, &known), NONE);
        let covered = Covered { since: "began a".to_owned(), until: "ended c".to_owned() };
        assert_eq!((known.round.clone(), known.covered.clone()), (None, Some(covered)));
        known.learn(&cycle("d", &[], 0, ProofEnd::Sampled, &known), NONE);
        assert_eq!(known.round.expect("a new one").since, "began d");
    }

    #[test]
    fn a_sample_of_other_share_snapshots_knows_no_marker_of_their_listings() {
        let walk = json!({
            "directory": "d", "item": "k",
            "part": {
                "after": "k", "source": {"Marker": "m"}, "target": {"Marker": "m"},
                "sums": {"files": 0, "bytes": 0, "held": 0, "shown": null, "own": true},
            },
        });
        let walk = Some(serde_json::from_value(walk).expect("a cursor"));
        let place = ProofPlace { walk, offset: 7, entries: 5_000, ..ProofPlace::default() };
        let next = Round::default().and(&Proof { place, ..Proof::default() }).place;
        let walk = Some(Cursor { item: "k".to_owned(), ..Cursor::before("d") });
        assert_eq!(next, ProofPlace { walk, offset: 7, ..ProofPlace::default() });
    }

    #[test]
    fn a_damaged_file_is_forgotten_when_it_was_copied_and_read_and_no_sooner() {
        let mut known = Verification::default();
        known.learn(&cycle("a", &["x", "y"], 0, ProofEnd::Whole, &known), NONE);
        assert_eq!(known.damaged, ["x", "y"]);
        // it read the first again, and found another one before it was broken off
        known.learn(&cycle("b", &["z"], 1, ProofEnd::Broken, &known), NONE);
        assert_eq!(known.damaged, ["y", "z"]);
        known.learn(&cycle("c", &["z"], 2, ProofEnd::Whole, &known), NONE);
        assert_eq!(known.damaged, ["z"]);
        let failed: Vec<_> = known.failed.iter().map(|point| point.cycle.as_str()).collect();
        assert_eq!(failed, ["a", "b", "c"]);
        known.learn(&CycleRecord { proof: None, ..cycle("d", &[], 0, ProofEnd::Whole, &known) }, NONE);
        assert_eq!(known.damaged, Vec::<String>::new());
    }

    #[test]
    fn a_damaged_file_that_could_not_be_copied_or_read_again_is_not_forgotten() {
        let damaged = |known: &mut Verification| known.damaged = vec!["d/x".to_owned(), "y".to_owned()];
        let failures = [Failure::new("d", "AuthorizationFailure", "")];
        for proof in [false, true] {
            let mut known = Verification::default();
            damaged(&mut known);
            let mut cycle = cycle("a", &[], 2, ProofEnd::Whole, &known);
            cycle.proof = cycle.proof.filter(|_| proof);
            known.learn(&cycle, Some(&failures));
            assert_eq!(known.damaged, ["d/x"]);
            // what failed is not known
            damaged(&mut known);
            known.learn(&cycle, None);
            assert_eq!(known.damaged, ["d/x", "y"]);
        }
        let mut known = Verification::default();
        damaged(&mut known);
        let mut cycle = cycle("a", &["y"], 2, ProofEnd::Whole, &known);
        cycle.proof.as_mut().expect("it has one").found[0].is_damaged = false;
        known.learn(&cycle, NONE);
        assert_eq!(known.damaged, ["y"]);
    }
}
