//! How long an answer takes, by the class of its operation.

use std::time::Duration;

use crate::document::{Class, Latency, Mistake};
use crate::fault::Seen;

impl Class {
    pub(crate) fn of(seen: &Seen<'_>) -> Self {
        match seen.operation {
            "Get File" => Self::Read,
            "Put Range From URL" | "Copy File" => Self::Copy,
            operation if operation.starts_with("List ") => Self::List,
            _ if seen.data_bytes > 0 => Self::Write,
            _ => Self::Metadata,
        }
    }
}

impl Latency {
    pub(crate) fn check(&self) -> Result<(), Mistake> {
        let numbers = [self.ms, self.jitter_ms, self.ms_per_mib];
        match numbers.iter().all(|ms| (0.0..=3_600_000.0).contains(ms)) {
            true => Ok(()),
            false => Err(Mistake::Number("latency", "from 0 ms to an hour")),
        }
    }

    /// `draw` is from 0 to 1.
    pub(crate) fn of(&self, bytes: u64, draw: f64) -> Duration {
        let ms = self.ms + self.jitter_ms * draw + self.ms_per_mib * bytes as f64 / 1_048_576.0;
        Duration::try_from_secs_f64(ms / 1000.0).unwrap_or(Duration::MAX)
    }
}
