//! The benchmark of the emulator does its work and says all its figures. They are not judged here: a machine that is busy
//! would fail a test of time.

use anyhow::{Context, Result, ensure};

use super::{Options, Outcome, benches};

pub(super) fn check(_: &Options) -> Result<Outcome> {
    let report = benches::report(&["emulator", "--seconds", "1"])?;
    for figure in ["requests", "requestsPerSecond", "cpuMicrosPerRequest", "emulatorCpuShare"] {
        let value = report["ours"][figure].as_f64().with_context(|| format!("No {figure} is told"))?;
        ensure!(value > 0.0, "{figure} is {value}");
    }
    let share = report["ours"]["emulatorCpuShare"].as_f64().unwrap_or_default();
    ensure!(share < 1.0, "Of the processor, {share} is the emulator's");
    Ok(Outcome::Passed)
}
