//! The shape of `unchanged` with churn: a hundredth of the files changed, came or went.

use anyhow::Result;
use serde_json::json;

use super::unchanged::{self, FILES_IN_EACH};
use crate::bench::Options;
use crate::bench::churn::Churn;
use crate::bench::duel::{self, say};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;

/// Of a hundred changes sixty are of a file's data, twenty new files, and twenty deletions.
const SHARE_OF_FILES: u64 = 100;
const SEED: u64 = 5;

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let field = unchanged::open(options).await?;
    let directories = unchanged::directories(options);
    let changes = (directories * FILES_IN_EACH / SHARE_OF_FILES).max(5);
    say(&format!("{changes} changes before each run, seed {SEED}"));
    let mut churn = Churn::new(field.source()?, SEED, directories - 1, FILES_IN_EACH);
    let mut most_touched = 0;
    let outcome = duel::steady(options, &field, async |number| {
        most_touched = churn.change(number, changes).await?.max(most_touched);
        Ok(())
    });
    let outcome = outcome.await?;
    let pages = 2 * directories;
    let mut ratios = Ratios::default();
    let most = pages as f64 + 2.05 * changes as f64 + 3.0 * most_touched as f64 + 40.0;
    ratios.at_most("requests", outcome.ours.requests as f64, most);
    outcome.beats(&mut ratios, "azcopyWall", |figures| figures.wall_ms, 20.0);
    let shape = json!({"listPages": pages, "changed": changes, "touchedDirectories": most_touched, "requestsAllowed": most});
    outcome.report(options, shape, ratios)
}
