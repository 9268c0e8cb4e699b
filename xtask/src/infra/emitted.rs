//! What the code emits, as far as queries may name it.

/// The fields that have only so many values, with these.
pub(super) use azure_files_backup::cycle::told_values as values;
use azure_files_backup::telemetry::names::{EVENTS, METRICS};

/// A table of the workspace, with the names of its rows and the fields of each.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) rows: Vec<(&'static str, Vec<&'static str>)>,
}

/// The tables whose rows have names of ours.
pub(super) fn tables() -> Vec<Table> {
    let events = EVENTS.iter().map(|it| (it.name, it.fields.to_vec())).collect();
    let metrics = METRICS.iter().map(|it| (it.name, it.fields.to_vec())).collect();
    vec![Table { name: "AppEvents", rows: events }, Table { name: "AppMetrics", rows: metrics }]
}
