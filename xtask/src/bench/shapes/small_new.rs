//! 20,000 new files of 16 KiB in 100 directories with 20 descriptors, into an empty target.

use anyhow::Result;
use serde_json::json;

use crate::bench::Options;
use crate::bench::duel;
use crate::bench::field::{Field, SHARE, SOURCE};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;

const DIRECTORIES: u64 = 100;
const FILES_IN_EACH: u64 = 200;
const BYTES: u64 = 16 * 1024;
const DESCRIPTORS: u64 = 20;

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let files_in_each = (FILES_IN_EACH / options.part).max(1);
    let files = DIRECTORIES * files_in_each;
    let outcome = duel::first(options, async || {
        let field = Field::open(options, &[]).await?;
        // The root is one of the directories.
        let shape = format!("depth=1,directories={},files={files_in_each}", DIRECTORIES - 1);
        let tree = format!("{shape},size={BYTES},descriptors={DESCRIPTORS}");
        field.control.plant(SOURCE, SHARE, "", &tree).await?;
        Ok(field)
    });
    let outcome = outcome.await?;
    let most = 2 * files + 6 * DIRECTORIES + 2 * DESCRIPTORS + 40;
    let mut ratios = Ratios::default();
    ratios.at_most("requests", outcome.ours.requests as f64, most as f64);
    outcome.beats(&mut ratios, "azcopyWall", |figures| figures.wall_ms, 5.0);
    let shape = json!({"files": files, "directories": DIRECTORIES, "descriptors": DESCRIPTORS, "requestsAllowed": most});
    outcome.report(options, shape, ratios)
}
