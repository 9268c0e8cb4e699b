//! Every name that telemetry shows: events, metrics, spans, and the fields they carry. `docs/telemetry.md` tells them to
//! operators, and alerts and the workbook ask for them; whatever is not listed here is not sent.

mod events;
mod fields;
mod metrics;
mod spans;
#[cfg(test)]
mod tests;

pub use events::*;
pub use fields::*;
pub use metrics::*;
pub use spans::*;

/// Whether a line of the log may carry this field.
pub fn is_listed(field: &str) -> bool {
    FIELDS.iter().chain(LOG_FIELDS).any(|(name, _)| *name == field)
}

/// Something that happened: a row of `customEvents`.
#[derive(Debug)]
pub struct Event {
    pub name: &'static str,
    pub when: &'static str,
    pub fields: &'static [&'static str],
}

/// A row of `customMetrics`.
#[derive(Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: MetricKind,
    pub unit: &'static str,
    pub means: &'static str,
    pub fields: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Each row says how many more; rows are summed up.
    Counter,
    /// Each row says how many there are.
    Gauge,
    /// Each row says how many there were, with their sum, least and most.
    Histogram,
}

/// Something that took its time: a row of `dependencies`.
#[derive(Debug)]
pub struct Span {
    pub name: &'static str,
    pub means: &'static str,
    pub fields: &'static [&'static str],
}
