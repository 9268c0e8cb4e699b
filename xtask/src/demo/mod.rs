//! `cargo demo`: the main job on this machine, from an empty target to a recovery point compared byte for byte.

mod answers;
mod bar;
mod edits;
mod files;
mod numbers;
mod options;
mod staging;
mod voice;

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use azure_storage_file_share::CreateShareOptions;
use serde_json::json;
use share_tree::{LiveShare, Tree, changes, compare, parent, read_back};

use crate::repository;
use crate::stage::{PAIR, Stage};
use crate::tools::AzCopy;
use answers::{CycleDone, PairStatus, RecoveryPoint, Requests, SeedingReport};
pub(crate) use options::Options;
use staging::Staging;
use voice::Voice;

const PAGE: usize = 5_000;
const POLL: Duration = Duration::from_millis(200);

/// Whether the last recovery point is what the source share was.
pub(crate) fn main(options: Options) -> Result<bool> {
    let mut voice = Voice::new(options.json);
    voice.doing("Building the handler");
    let handler = repository::build_handler()?;
    let folder = tempfile::Builder::new().prefix("azure-files-backup-demo-").tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let identical = runtime.block_on(run(&options, &handler, folder.path(), &mut voice));
    if options.keep {
        voice.doing(&format!("The working folder is {}", folder.keep().display()));
    }
    let (identical, last_line) = identical?;
    voice.done(&last_line);
    Ok(identical)
}

async fn run(
    options: &Options,
    handler: &Path,
    folder: &Path,
    voice: &mut Voice,
) -> Result<(bool, serde_json::Value)> {
    let more = if options.seed { json!({"seed": {"share": staging::SHARE}}) } else { json!({}) };
    let stage = Stage::set(handler, folder, options.opened_by(), more).await?;
    if options.identity {
        stage.make_sure_that_keys_are_refused().await?;
        voice.doing(&format!("Both accounts refuse their keys; the state is kept {}", stage.state()));
    }
    let (mut tree, left_out) = files::collect(options.from.as_deref())?;
    let mut staging = if options.seed { Some(Staging::before(&mut tree)?) } else { None };
    voice.doing("Loading the source share");
    let source = stage.source()?;
    source.create(&CreateShareOptions::default()).await?;
    let share = LiveShare::new(source);
    share.load(&mut tree).await?;
    let size = tree.files().filter_map(|(_, entry)| entry.content()).map(|content| content.size()).sum();
    let directories = tree.directories().count() - 1;
    voice.loaded(tree.files().count() as u64, directories as u64, size, &left_out);

    if let Some(staging) = &mut staging {
        // Where no key opens the accounts, nothing signs for AzCopy.
        let azcopy = if options.identity { None } else { AzCopy::installed()? };
        let loaded = staging.load(&stage, azcopy.as_ref(), folder, &tree).await?;
        voice.staged(azcopy.is_some(), loaded);
        let before = tree.clone();
        let edits = staging.go_on(&share, &mut tree).await?;
        voice.changed(&edits, &changes(&before, &tree));
    }

    let first = cycle(&stage, 1, voice).await?;
    if let Some(staging) = &staging {
        let report = seeding(&stage).await?;
        voice.seeding(&report);
        staging.judge(&tree, &first, &report)?;
    }
    let before = tree.clone();
    let edits = edits::make(&share, &mut tree, &edits::ALL).await?;
    let expected = changes(&before, &tree).renaming_files(&before, &tree);
    voice.changed(&edits, &expected);
    let second = cycle(&stage, 2, voice).await?;
    let third = cycle(&stage, 3, voice).await?;

    let points: Vec<RecoveryPoint> = stage.get(&format!("pairs/{PAIR}/recovery-points")).await?;
    voice.recovery_points(&points);
    let identical = judge(&stage, &third, &points, &tree, voice).await?;
    let mut last_line = json!({"event": "done", "identical": identical, "keyless": options.identity, "changes": expected,
        "cycles": [first, second, third], "recoveryPoints": points, "listPages": list_pages(&tree)});
    if options.seed {
        last_line["seeding"] = serde_json::to_value(seeding(&stage).await?)?;
    }
    stage.strike().await?;
    Ok((identical, last_line))
}

async fn seeding(stage: &Stage) -> Result<SeedingReport> {
    stage.get(&format!("pairs/{PAIR}/seeding")).await
}

/// Fires the timer and follows the cycle to its end.
async fn cycle(stage: &Stage, number: usize, voice: &mut Voice) -> Result<CycleDone> {
    voice.doing(&format!("Firing the timer for cycle {number}"));
    stage.take_requests();
    let route = format!("pairs/{PAIR}");
    let mut invocation = std::pin::pin!(stage.fire_timer());
    let mut polls = tokio::time::interval(POLL);
    let invocation = loop {
        tokio::select! {
            ended = &mut invocation => break ended,
            _ = polls.tick() => {
                let status: PairStatus = stage.get(&route).await?;
                if let Some(report) = status.cycle.filter(|_| status.running) {
                    voice.progress(&report);
                }
            }
        };
    };
    let requests = Requests::new(stage.take_requests());
    let status: PairStatus = stage.get(&route).await?;
    let report = status.cycle.context("The app knows of no cycle")?;
    // A cycle without success fails its invocation, and then the report says more.
    if report.status.is_none() {
        invocation?;
    }
    let done = CycleDone {
        id: report.id,
        status: report.status,
        elapsed_ms: report.elapsed_ms,
        compared: report.compared,
        changes: report.done,
        seeded: report.seeded,
        failed: report.failed,
        failures: report.failures,
        error: report.error,
        requests,
    };
    voice.cycle(number, &done);
    Ok(done)
}

/// What one side's listing takes: 5,000 entries a page, and one page for an empty directory.
fn list_pages(tree: &Tree) -> usize {
    let mut children: HashMap<&str, usize> = tree.directories().map(|(path, _)| (path, 0)).collect();
    for (path, _) in tree.iter().filter(|(path, _)| !path.is_empty()) {
        *children.entry(parent(path)).or_default() += 1;
    }
    children.values().map(|number| number.div_ceil(PAGE).max(1)).sum()
}

/// Reads the last recovery point back and compares it with what the source share was made to hold.
async fn judge(
    stage: &Stage,
    last: &CycleDone,
    points: &[RecoveryPoint],
    tree: &Tree,
    voice: &mut Voice,
) -> Result<bool> {
    let Some(point) = points.iter().find(|point| point.cycle == last.id) else {
        voice.doing(&format!("Cycle {} left no recovery point", last.id));
        return Ok(false);
    };
    voice.doing("Reading the last target share snapshot back");
    let found = read_back(&stage.target()?.with_snapshot(&point.target)).await?;
    let differences = compare(tree, &found).await?;
    voice.compared(found.iter().count(), &differences);
    Ok(differences.is_empty())
}
