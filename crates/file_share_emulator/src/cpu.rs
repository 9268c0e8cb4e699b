//! The processor time of a process, as Linux accounts for it. Benchmarks say with it what the emulator's share was.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

/// `USER_HZ`, which is 100 on every architecture that this runs on.
const MILLISECONDS_PER_TICK: u64 = 10;

/// Spent by all threads since the process began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CpuTime {
    pub user_ms: u64,
    pub system_ms: u64,
}

impl CpuTime {
    /// Of this process.
    pub fn own() -> anyhow::Result<Self> {
        Self::read(Path::new("/proc/self/stat"))
    }

    /// Of another process, such as an emulator that a benchmark has started.
    pub fn of(process: u32) -> anyhow::Result<Self> {
        Self::read(Path::new(&format!("/proc/{process}/stat")))
    }

    pub fn total(self) -> Duration {
        Duration::from_millis(self.user_ms + self.system_ms)
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("Reading {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is not as proc(5) says", path.display()))
    }

    /// The 14th and 15th fields; the second is a name in parentheses that may contain anything.
    fn parse(stat: &str) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(')')?;
        let mut ticks = fields.split_ascii_whitespace().skip(11).map(|field| field.parse::<u64>().ok());
        let mut next = || Some(ticks.next()?? * MILLISECONDS_PER_TICK);
        Some(Self { user_ms: next()?, system_ms: next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 123 45 0 0 20 0 4 0 99";
        assert_eq!(CpuTime::parse(stat), Some(CpuTime { user_ms: 1230, system_ms: 450 }));
        assert_eq!(CpuTime::parse("7 (a) S 1"), None);
    }

    #[test]
    fn work_shows_in_the_own_time() {
        let before = CpuTime::own().expect("readable").total();
        while CpuTime::own().expect("readable").total() < before + Duration::from_millis(20) {
            std::hint::black_box((0..100_000_u64).sum::<u64>());
        }
    }
}
