//! The fields of telemetry that have only so many values: whoever asks for another one gets no row, and is told so by nobody
//! else. Texts of people and of the service are not among them.

use std::fmt::Debug;

use super::Decision;
use super::report::{Phase, Standing, Status};
use super::snapshots::{DOCTOR, FAILBACK, FAILOVER, SAFETY, STAGING};
use crate::config::Verify;
use crate::state::{SeedingStatus, Side};
use crate::telemetry::names::*;

/// Of `change`; in this order they are counted.
pub(super) const CHANGES: [&str; 5] = ["copied", "directories", "metadata", "renamed", "deleted"];
pub(super) const REQUEST_KINDS: [&str; 2] = ["list", "other"];

/// Decisions that have routes of their own.
pub(super) const FAILOVERS: [&str; 2] = ["failover", "undoFailover"];

/// Each of these fields with all its values.
pub fn told_values() -> Vec<(&'static str, Vec<String>)> {
    let roles = [Side::Source.role(), Side::Target.role(), STAGING, SAFETY, FAILOVER, FAILBACK, DOCTOR];
    vec![
        (CHANGE, CHANGES.map(str::to_owned).to_vec()),
        (CYCLE_STATE, words(Phase::ALL)),
        (CYCLE_STATE_BEFORE, words(Phase::ALL)),
        (CYCLE_STATUS, words(Status::ALL)),
        (DRILL_STATUS, words(Status::ALL)),
        (DECISION, Decision::NAMES.into_iter().chain(FAILOVERS).map(str::to_owned).collect()),
        (PAIR_STANDING, Standing::ALL.map(|standing| standing.as_str().to_owned()).to_vec()),
        (REQUEST_KIND, REQUEST_KINDS.map(str::to_owned).to_vec()),
        (SEEDING_STATUS, words(SeedingStatus::ALL)),
        (VERIFY_MODE, Verify::NAMES[1..].iter().map(|&mode| mode.to_owned()).collect()),
        (SHARE_ROLE, roles.map(str::to_owned).to_vec()),
    ]
}

fn words<T: Debug, const N: usize>(all: [T; N]) -> Vec<String> {
    all.iter().map(|value| format!("{value:?}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_said_of_a_field_names_all_its_values_or_none() {
        for (field, values) in told_values() {
            let (_, means) = FIELDS.iter().find(|(name, _)| *name == field).expect(field);
            let quoted: BTreeSet<&str> = means.split('`').skip(1).step_by(2).collect();
            let values = values.iter().map(String::as_str).collect();
            let tells_values = !quoted.is_empty() && !means.contains("in the words of");
            assert!(!tells_values || quoted == values, "{field}: {quoted:?} and {values:?}");
        }
    }
}
