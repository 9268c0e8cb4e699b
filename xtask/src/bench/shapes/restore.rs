//! 500 files of 100,000, five in each of 100 directories, found by globs in a recovery point and brought back to a new share.

use anyhow::{Context, Result};
use serde_json::json;

use crate::bench::Options;
use crate::bench::control::Named;
use crate::bench::duel::{self, say};
use crate::bench::field::{Field, SHARE, SOURCE, TARGET};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;

const DIRECTORIES: u64 = 100;
const FILES_IN_EACH: u64 = 1_000;
const WANTED_IN_EACH: u64 = 5;
/// Times that are not brought back: those of the new share's root, and of directories on the way, into which something has come.
const OF_ROOT: u64 = 3;
const OF_DIRECTORY: u64 = 2;
/// The same files for both: ours finds them anywhere in the share, and so does `--include-pattern`.
const GLOB: &str = "**/file-0000[0-4].bin";

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let directories = (DIRECTORIES / options.part).max(2);
    let field = Field::open(options, &[]).await?;
    // The root is one of the directories.
    let tree = format!("depth=1,directories={},files={FILES_IN_EACH},size=1024", directories - 1);
    field.control.plant(SOURCE, SHARE, "", &tree).await?;
    say("The first cycle, which is not measured");
    let point = field.prepare().await?;
    let point = point.target_snapshot.context("There is no recovery point")?;

    let wanted = directories * WANTED_IN_EACH;
    let ours = async |number: u64| {
        let share = format!("rescue-{number}");
        let destination = json!({"at": "share", "share": share, "create": true});
        let asked = json!({"recoveryPoint": "latest", "include": [GLOB], "destination": destination, "approve": true});
        let figures = field.restored(asked).await?;
        let there = Named { account: TARGET, share: &share, snapshot: None };
        let from = Named { account: TARGET, share: SHARE, snapshot: Some(&point) };
        let compared = field.control.differences(there, from).await?;
        compared
            .as_many_as(directories * FILES_IN_EACH - wanted + OF_ROOT + OF_DIRECTORY * (directories - 1))?;
        Ok(figures)
    };
    let wanted_names: Vec<String> = (0..WANTED_IN_EACH).map(|file| format!("file-{file:05}.bin")).collect();
    let azcopy = async |peer: &duel::Peer, number: u64| {
        let from = field.share(TARGET, SHARE)?.with_snapshot(&point.as_str().into());
        peer.bring_back(&field, &from, &wanted_names.join(";"), &format!("azcopy-{number}")).await
    };
    let outcome = duel::each(options, ours, azcopy).await?;

    let lists = 2 * directories;
    let most = lists as f64 + 2.05 * wanted as f64 + 6.0 * directories as f64 + 40.0;
    let mut ratios = Ratios::default();
    ratios.at_most("requests", outcome.ours.requests as f64, most);
    outcome.beats(&mut ratios, "requestsBesideAzCopy", |figures| figures.requests as f64, 1.0);
    outcome.beats(&mut ratios, "wall", |figures| figures.wall_ms, 1.0);
    let shape = json!({"files": directories * FILES_IN_EACH, "directories": directories, "restored": wanted,
        "listPages": lists, "requestsAllowed": most});
    outcome.report(options, shape, ratios)
}
