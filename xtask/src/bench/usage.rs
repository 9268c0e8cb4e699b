//! What a process takes of the machine, as Linux accounts for it.

use std::path::Path;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use file_share_emulator::CpuTime;

/// A zombie still tells its processor time, but no longer its memory: that is read on the way.
const GLANCE: Duration = Duration::from_millis(5);

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    pub(crate) peak_rss_kib: u64,
}

impl Usage {
    /// Of a process that runs.
    pub(crate) fn of(process: u32) -> Result<Self> {
        Ok(Self { cpu: CpuTime::of(process)?.total(), peak_rss_kib: peak_rss_kib(process)? })
    }
}

/// Waits for the end of a process; what it took until then. Beyond the limit it is killed.
pub(crate) fn to_the_end(mut child: Child, limit: Duration) -> Result<(ExitStatus, Usage)> {
    let (mut usage, started) = (Usage::default(), Instant::now());
    while !has_ended(child.id())? {
        if started.elapsed() > limit {
            child.kill().context("Killing a process that takes too long")?;
        }
        // It may end between two glances.
        usage.peak_rss_kib = peak_rss_kib(child.id()).unwrap_or(usage.peak_rss_kib);
        std::thread::sleep(GLANCE);
    }
    usage.cpu = CpuTime::of(child.id())?.total();
    Ok((child.wait().context("Waiting for a process that has ended")?, usage))
}

fn has_ended(process: u32) -> Result<bool> {
    let stat = read(process, "stat")?;
    let (_, fields) = stat.rsplit_once(')').context("A process has no state")?;
    Ok(fields.trim_start().starts_with('Z'))
}

fn peak_rss_kib(process: u32) -> Result<u64> {
    let status = read(process, "status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    number.with_context(|| format!("Process {process} tells no peak of its memory"))
}

fn read(process: u32, file: &str) -> Result<String> {
    let path = Path::new("/proc").join(process.to_string()).join(file);
    std::fs::read_to_string(&path).with_context(|| format!("Reading {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_that_has_ended_still_tells_what_it_took() {
        let busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exit 3";
        let child = Command::new("sh").args(["-c", busy]).spawn().expect("a shell");
        let (status, usage) = to_the_end(child, Duration::from_secs(60)).expect("it ends");
        assert_eq!(status.code(), Some(3));
        assert!(usage.cpu > Duration::ZERO && usage.peak_rss_kib > 0, "{usage:?}");
    }
}
