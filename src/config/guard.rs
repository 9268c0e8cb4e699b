//! Field `guard` of a pair: what a plan may do before a person is asked.

use super::fields::Fields;

/// What a plan may do before a person is asked. A plan stops where it exceeds any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Field `maxDeletePercent`, of the target's entries; 100 never stops.
    pub max_delete_percent: u8,
    /// Field `maxDeletes`, entries; no limit where missing.
    pub max_deletes: Option<u64>,
    /// Field `maxOverwritePercent`, of the target's entries; 100 never stops.
    pub max_overwrite_percent: u8,
}

impl Default for Guard {
    fn default() -> Self {
        Self { max_delete_percent: 50, max_deletes: None, max_overwrite_percent: 50 }
    }
}

pub(super) fn read(fields: &mut Fields<'_>) -> Guard {
    let default = Guard::default();
    let Some(mut fields) = fields.object("guard") else { return default };
    let guard = Guard {
        max_delete_percent: fields.whole("maxDeletePercent", 0, 100).unwrap_or(default.max_delete_percent),
        max_deletes: fields.whole("maxDeletes", 0, MOST_ENTRIES),
        max_overwrite_percent: fields
            .whole("maxOverwritePercent", 0, 100)
            .unwrap_or(default.max_overwrite_percent),
    };
    fields.finish();
    guard
}

/// More than a share can hold, and still exact as a JSON number.
const MOST_ENTRIES: u64 = 1 << 53;
