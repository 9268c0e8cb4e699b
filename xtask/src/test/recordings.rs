//! The emulator answers what the real service answered, wherever the recordings of that are at hand.

use anyhow::{Result, ensure};
use recordings::OLDEST_VERSION;

use super::{Options, Outcome};
use crate::recordings::{MATCHED, REPLAYABLE, default_folder, replay, summary};

pub(super) fn check(_: &Options) -> Result<Outcome> {
    let folder = default_folder();
    if !folder.is_dir() {
        return Ok(Outcome::DidNotRun(format!("there are no recordings in {}", folder.display())));
    }
    let report = replay(&folder, OLDEST_VERSION)?;
    println!("   {}", summary(&report));
    let first = report.mismatches.first().map(|first| format!("{first:?}")).unwrap_or_default();
    ensure!(report.matched_share() >= MATCHED, "Too few match, the first that does not is {first}");
    ensure!(report.replayable_share() >= REPLAYABLE, "Too few can be replayed: {:?}", report.excluded);
    Ok(Outcome::Passed)
}
