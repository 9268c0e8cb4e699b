//! A moment that must not be missed by a machine that slept.

use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A moment by both clocks of this machine. The monotonic one does not count a pause of the virtual machine, the wall
/// clock may be set; whichever is later has to be believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deadline {
    monotonic: Instant,
    wall: SystemTime,
}

impl Deadline {
    pub fn after(time: Duration) -> Self {
        Self { monotonic: Instant::now() + time, wall: SystemTime::now() + time }
    }

    /// The moment that much before; long ago, where that is before the clocks began.
    pub fn less(self, time: Duration) -> Self {
        let monotonic = self.monotonic.checked_sub(time).unwrap_or_else(Instant::now);
        Self { monotonic, wall: self.wall.checked_sub(time).unwrap_or(SystemTime::UNIX_EPOCH) }
    }

    /// Nothing once it has passed by either clock.
    pub fn left(&self) -> Duration {
        let wall = self.wall.duration_since(SystemTime::now()).unwrap_or_default();
        self.monotonic.saturating_duration_since(Instant::now()).min(wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn either_clock_ends_it() {
        let soon = Deadline::after(MINUTE);
        assert!(soon.left() > MINUTE / 2 && soon.left() <= MINUTE);
        let slept = Deadline { wall: SystemTime::now() - Duration::from_secs(1), ..soon };
        assert_eq!(slept.left(), Duration::ZERO);
        let set_back = Deadline { monotonic: Instant::now(), ..soon };
        assert_eq!(set_back.left(), Duration::ZERO);
    }

    #[tokio::test]
    async fn what_is_less_by_more_than_is_left_has_passed() {
        let soon = Deadline::after(MINUTE);
        assert!(soon.less(MINUTE / 2).left() <= MINUTE / 2);
        assert_eq!(soon.less(MINUTE).left(), Duration::ZERO);
        assert_eq!(soon.less(Duration::MAX).left(), Duration::ZERO);
    }
}
