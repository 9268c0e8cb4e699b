//! Tables and keys. They sort the way they are read: a cycle with all that belongs to it is one partition, and the
//! history of a pair begins with its newest cycle.

use std::fmt;

/// Names a row; shown as `table partition/row`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub table: Table,
    pub partition: String,
    pub row: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Pairs,
    Cycles,
    History,
}

impl Table {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pairs => "backuppairs",
            Self::Cycles => "backupcycles",
            Self::History => "backuphistory",
        }
    }

    /// What a person can do about a row that cannot be read.
    pub fn instead(self) -> &'static str {
        match self {
            Self::Pairs => {
                "have `startOver` decided: it forgets what this row holds, and no recovery point is lost"
            }
            Self::Cycles => {
                "have `cancel` decided: it ends the cycle, and the next one goes on from its work"
            }
            Self::History => "leave it: only a report is missing",
        }
    }
}

/// Rows whose keys begin alike: from the first key to before the second.
pub(super) struct Range {
    pub from: &'static str,
    pub before: &'static str,
}

/// The one row of a pair that is read with those of all others.
pub(super) const PAIR: Range = Range { from: "pair", before: "pair." };
/// `.` is the character after `-`.
pub(super) const PLAN: Range = Range { from: "plan-", before: "plan." };
pub(super) const FAILED: Range = Range { from: "failed-", before: "failed." };

pub(super) fn pair(pair: &str) -> Key {
    Key { table: Table::Pairs, partition: pair.to_owned(), row: "pair".to_owned() }
}

/// Beside the pair's row.
pub(super) fn permissions(pair: &str) -> Key {
    Key { table: Table::Pairs, partition: pair.to_owned(), row: "permissions".to_owned() }
}

/// A pair's name has no colon, so that no two cycles share a partition.
pub(super) fn partition(pair: &str, cycle: &str) -> String {
    format!("{pair}:{cycle}")
}

pub(super) fn cycle(pair: &str, cycle: &str) -> Key {
    of_cycle(pair, cycle, "cycle".to_owned())
}

/// Chunks are counted from 0, rows from 1.
pub(super) fn chunk(pair: &str, cycle: &str, number: u32) -> Key {
    of_cycle(pair, cycle, format!("plan-{:08}", u64::from(number) + 1))
}

/// `first` is the number of the first failure in the row, from 1.
pub(super) fn failures(pair: &str, cycle: &str, first: u64) -> Key {
    of_cycle(pair, cycle, format!("failed-{first:08}"))
}

pub(super) fn history(pair: &str, cycle: &str) -> Key {
    Key { table: Table::History, partition: pair.to_owned(), row: format!("{}:{cycle}", newest_first(cycle)) }
}

/// A row that nothing reads. No pair has such a name.
pub(super) fn trial() -> Key {
    Key { table: Table::History, partition: ".doctor".to_owned(), row: "trial".to_owned() }
}

/// The cycle that a row of the history is about.
pub(super) fn cycle_of(history_row: &str) -> Option<&str> {
    history_row.split_once(':').map(|(_, cycle)| cycle)
}

fn of_cycle(pair: &str, cycle: &str, row: String) -> Key {
    Key { table: Table::Cycles, partition: partition(pair, cycle), row }
}

/// A cycle's id begins with its time; with every digit taken from nine, later times sort first.
fn newest_first(cycle: &str) -> String {
    let time = cycle.split('-').next().unwrap_or_default();
    let turned = time.chars().map(|char| match char.to_digit(10) {
        Some(digit) => char::from_digit(9 - digit, 10).expect("one digit"),
        None => char,
    });
    turned.collect()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.table.name(), self.partition, self.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_interface() {
        let id = "20261121T101500123456Z-1a2b3c4d";
        assert_eq!(pair("docs").to_string(), "backuppairs docs/pair");
        assert_eq!(permissions("docs").to_string(), "backuppairs docs/permissions");
        assert_eq!(cycle("docs", id).to_string(), format!("backupcycles docs:{id}/cycle"));
        assert_eq!(chunk("docs", id, 0).row, "plan-00000001");
        assert_eq!(failures("docs", id, 38).row, "failed-00000038");
        assert_eq!(history("docs", id).row, format!("79738878T898499876543Z:{id}"));
        assert_eq!(cycle_of(&history("docs", id).row), Some(id));
    }

    #[test]
    fn the_history_begins_with_the_newest_cycle() {
        let times = ["20261121T101500123456Z-ff", "20261121T101500123457Z-00", "20270101T000000000000Z-77"];
        let mut rows: Vec<String> = times.iter().map(|id| history("docs", id).row).collect();
        rows.sort();
        let cycles: Vec<&str> = rows.iter().filter_map(|row| cycle_of(row)).collect();
        assert_eq!(cycles, [times[2], times[1], times[0]]);
    }

    #[test]
    fn a_range_holds_its_rows_and_no_others() {
        let holds = |range: &Range, row: &str| row >= range.from && row < range.before;
        assert!(holds(&PLAN, "plan-00000001") && holds(&PLAN, "plan-99999999"));
        assert!(holds(&FAILED, "failed-00000001") && !holds(&FAILED, "plan-00000001"));
        assert!(!holds(&PLAN, "cycle") && !holds(&FAILED, "cycle"));
    }
}
