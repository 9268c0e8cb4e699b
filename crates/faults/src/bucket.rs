//! A token bucket: so much at once, so much a second. Its time is tokio's, so a test can stop it.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    capacity: f64,
    /// Below zero when more was taken than was there.
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub(crate) fn new(per_second: f64, capacity: f64) -> Self {
        Self { per_second, capacity, tokens: capacity, filled: Instant::now() }
    }

    /// How long until so many tokens are there.
    pub(crate) fn wait_for(&mut self, tokens: f64) -> Duration {
        let now = Instant::now();
        let passed = now.duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.capacity);
        self.filled = now;
        Duration::try_from_secs_f64(((tokens - self.tokens) / self.per_second).max(0.0))
            .unwrap_or(Duration::MAX)
    }

    pub(crate) fn take(&mut self, tokens: f64) {
        self.tokens -= tokens;
    }
}
