//! 100,000 files in 2,000 directories, and nothing has changed: what a backup does nearly all the time.

use anyhow::Result;
use serde_json::json;

use crate::bench::duel::{self, Outcome};
use crate::bench::field::{Field, SHARE, SOURCE};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;
use crate::bench::{Options, duel::say};

pub(super) const DIRECTORIES: u64 = 2_000;
pub(super) const FILES_IN_EACH: u64 = 50;
/// What a cycle may send besides the pages.
const REQUESTS: u64 = 30;

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let field = open(options).await?;
    let outcome = duel::steady(options, &field, async |_| Ok(())).await?;
    let pages = 2 * directories(options);
    let ratios = ratios(&outcome, pages);
    outcome.report(options, json!({"listPages": pages}), ratios)
}

/// The root is one of the directories.
pub(super) fn directories(options: &Options) -> u64 {
    (DIRECTORIES / options.part).max(2)
}

pub(super) async fn open(options: &Options) -> Result<Field> {
    let field = Field::open(options, &[]).await?;
    let below = directories(options) - 1;
    say(&format!("{} files in {} directories", FILES_IN_EACH * (below + 1), below + 1));
    let tree = format!("depth=1,directories={below},files={FILES_IN_EACH},size=1024");
    field.control.plant(SOURCE, SHARE, "", &tree).await?;
    Ok(field)
}

fn ratios(outcome: &Outcome, pages: u64) -> Ratios {
    let mut ratios = Ratios::default();
    ratios.at_most("requests", outcome.ours.requests as f64, (pages + REQUESTS) as f64);
    outcome.beats(&mut ratios, "azcopyRequests", |figures| figures.requests as f64, 40.0);
    outcome.beats(&mut ratios, "azcopyWall", |figures| figures.wall_ms, 25.0);
    ratios
}
