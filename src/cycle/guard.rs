//! Does a plan look like a disaster? Decided from its totals alone, before the first write that removes anything.

use crate::config::Guard;
use crate::state::{CycleRecord, Exceeded, Stopped};

/// Why a person has to look at a finished plan before it is applied, if so.
pub fn guard(rules: &Guard, record: &CycleRecord) -> Option<Stopped> {
    let (deletes, overwrites) = (record.deletes, record.overwrites);
    let entries = record.target_entries;
    // of the few entries that a restore is about, one may be all
    let few = if record.restore.is_some() { FEW } else { 0 };
    let beyond = |count: u64, percent: u8| {
        count > few && u128::from(count) * 100 > u128::from(entries) * u128::from(percent)
    };
    let mut exceeded = Vec::new();
    if record.source_entries == 0 && entries > 0 {
        exceeded.push(Exceeded::SourceEmpty);
    }
    if record.adopts {
        exceeded.push(Exceeded::AdoptedTarget);
    }
    if beyond(deletes, rules.max_delete_percent) {
        exceeded.push(Exceeded::MaxDeletePercent { limit: rules.max_delete_percent });
    }
    if let Some(limit) = rules.max_deletes.filter(|limit| deletes > *limit) {
        exceeded.push(Exceeded::MaxDeletes { limit });
    }
    if beyond(overwrites, rules.max_overwrite_percent) {
        exceeded.push(Exceeded::MaxOverwritePercent { limit: rules.max_overwrite_percent });
    }
    (!exceeded.is_empty()).then(|| shown(record, exceeded))
}

/// Entries that a restore may overwrite or delete whatever part of the share they are: whoever restores has named them.
const FEW: u64 = 100;

/// What a person is shown of a plan that waits.
pub fn shown(record: &CycleRecord, exceeded: Vec<Exceeded>) -> Stopped {
    Stopped {
        digest: record.digest.clone(),
        exceeded,
        deletes: record.deletes,
        overwrites: record.overwrites,
        target_entries: record.target_entries,
        samples: record.samples.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(target_entries: u64, deletes: u64, overwrites: u64) -> CycleRecord {
        let mut record = CycleRecord::new("files", "c".to_owned(), String::new());
        record.source_entries = 1;
        record.target_entries = target_entries;
        record.deletes = deletes;
        record.overwrites = overwrites;
        record
    }

    fn rules(max_delete_percent: u8, max_deletes: Option<u64>, max_overwrite_percent: u8) -> Guard {
        Guard { max_delete_percent, max_deletes, max_overwrite_percent }
    }

    #[track_caller]
    fn check(rules: &Guard, record: &CycleRecord, expected: &[Exceeded]) {
        let stopped = guard(rules, record);
        assert_eq!(stopped.map(|stopped| stopped.exceeded).unwrap_or_default(), expected);
    }

    #[test]
    fn a_plan_at_its_thresholds_passes_and_one_more_entry_stops_it() {
        let rules = rules(50, Some(40), 30);
        check(&rules, &record(80, 40, 24), &[]);
        check(
            &rules,
            &record(80, 41, 25),
            &[
                Exceeded::MaxDeletePercent { limit: 50 },
                Exceeded::MaxDeletes { limit: 40 },
                Exceeded::MaxOverwritePercent { limit: 30 },
            ],
        );
    }

    #[test]
    fn a_hundred_percent_never_stops_and_zero_stops_the_first() {
        check(&rules(100, None, 100), &record(10, 10, 10), &[]);
        check(&rules(0, None, 100), &record(1_000_000, 1, 0), &[Exceeded::MaxDeletePercent { limit: 0 }]);
        check(&rules(0, Some(0), 0), &record(0, 0, 0), &[]);
    }

    #[test]
    fn an_emptied_source_waits_whatever_the_thresholds() {
        let mut emptied = record(1, 1, 0);
        emptied.source_entries = 0;
        check(&rules(100, None, 100), &emptied, &[Exceeded::SourceEmpty]);
        let both_empty = CycleRecord { source_entries: 0, ..record(0, 0, 0) };
        check(&rules(100, None, 100), &both_empty, &[]);
    }

    #[test]
    fn the_first_plan_on_an_adopted_target_waits() {
        let mut adopting = record(10, 0, 0);
        adopting.adopts = true;
        check(&rules(100, None, 100), &adopting, &[Exceeded::AdoptedTarget]);
    }
}
