//! A directory of 10,000 files in 50 directories, moved into another one.

use anyhow::Result;
use azure_storage_file_share::RenameOptions;
use serde_json::json;

use crate::bench::Options;
use crate::bench::duel;
use crate::bench::field::{Field, SHARE, SOURCE};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;

const DIRECTORIES: u64 = 50;
const FILES_IN_EACH: u64 = 200;
/// The directory itself, the one that it left and the one that it came to.
const TOUCHED: u64 = 3;

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let directories = (DIRECTORIES / options.part).max(2);
    let field = Field::open(options, &[]).await?;
    // The moved one is one of its directories.
    let tree = format!("depth=1,directories={},files={FILES_IN_EACH},size=1024", directories - 1);
    field.control.plant(SOURCE, SHARE, "moved-0", &tree).await?;
    for place in PLACES {
        field.control.plant(SOURCE, SHARE, place, "depth=0,files=10,size=1024").await?;
    }
    let source = field.source()?;
    let outcome = duel::steady(options, &field, async |number| {
        let from = source.directory_client(&path(number - 1));
        from.rename(&path(number), &RenameOptions::default()).await?;
        Ok(())
    });
    let outcome = outcome.await?;

    let pages = 2 * (directories + PLACES.len() as u64 + 1);
    let most = 5 * TOUCHED + pages + 40;
    let renames = outcome.ours.of("Rename Directory") + outcome.ours.of("Rename File");
    let mut ratios = Ratios::default();
    ratios.at_most("requests", outcome.ours.requests as f64, most as f64);
    ratios.at_most("renames", renames as f64, 1.0);
    ratios.at_most("bytes", outcome.ours.bytes as f64, 0.0);
    let shape = json!({"files": directories * FILES_IN_EACH, "directories": directories, "touchedDirectories": TOUCHED,
        "listPages": pages, "renames": renames, "requestsAllowed": most});
    outcome.report(options, shape, ratios)
}

const PLACES: [&str; 2] = ["one", "other"];

/// After so many moves; each is to another directory, under another name.
fn path(moves: u64) -> String {
    match moves {
        0 => "moved-0".to_owned(),
        _ => format!("{}/moved-{moves}", PLACES[moves as usize % PLACES.len()]),
    }
}
