//! Whether the endpoint takes what it is sent. Lines that it has taken need not be on the console as well.

use std::sync::atomic::{AtomicU8, Ordering};

/// Of lines about the way of the telemetry itself: they are for the console alone.
pub(super) const TARGET: &str = "telemetry";

/// Nothing is known before the first answer.
const TAKES: u8 = 1;
const REFUSES: u8 = 2;

#[derive(Debug, Default)]
pub(super) struct Health(AtomicU8);

impl Health {
    pub(super) fn takes(&self) -> bool {
        self.0.load(Ordering::Relaxed) == TAKES
    }

    pub(super) fn taken(&self) {
        if self.0.swap(TAKES, Ordering::Relaxed) == REFUSES {
            tracing::info!(target: TARGET, "Telemetry is taken again");
        }
    }

    /// Said once, until it is taken again.
    pub(super) fn refused(&self, endpoint: &str, why: &str) {
        if self.0.swap(REFUSES, Ordering::Relaxed) != REFUSES {
            tracing::warn!(
                target: TARGET,
                "Telemetry is not taken at {endpoint}: {why}. Until it is, every line is shown here"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_quiet_only_while_lines_are_taken() {
        let health = Health::default();
        assert!(!health.takes());
        health.taken();
        assert!(health.takes());
        health.refused("https://a", "429");
        assert!(!health.takes());
        health.taken();
        assert!(health.takes());
    }
}
