//! The first cycle of 10,000 files, 1 GiB, of which nine in ten lie in a staging share: what is read in the source account.
//! Then the same source without seeding into another target, which has to end up the same.

use anyhow::{Context, Result, ensure};
use azure_storage_file_share::ShareClient;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::bench::Options;
use crate::bench::control::Named;
use crate::bench::duel::say;
use crate::bench::field::{Field, Ours, SHARE, SOURCE, TARGET};
use crate::bench::figures::{Figures, Ratios};
use crate::bench::planted::Planted;
use crate::bench::report::Report;

const DIRECTORIES: u64 = 100;
const FILES_IN_EACH: u64 = 100;
const BYTES: u64 = (1_u64 << 30).div_ceil(DIRECTORIES * FILES_IN_EACH);
const DESCRIPTORS: u64 = 5;
/// One of so many files is not in the staging share.
const ONE_OF: u64 = 10;
/// What may be read in the source account, by what is not staged.
const MOST: f64 = 1.02;
const STAGING: &str = "staging";
const UNSEEDED: &str = "unseeded";
const AT_ONCE: usize = 32;

/// What one emulator saw.
struct Run {
    seeded: Figures,
    unseeded: Figures,
    /// Where the app says that the data came from.
    told: Value,
    /// Ways in which the two target share snapshots differ.
    differences: u64,
}

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let directories = (DIRECTORIES / options.part).max(2);
    // The root is one of the directories.
    let planted = Planted { directories: directories - 1, files_in_each: FILES_IN_EACH };
    let files = directories * FILES_IN_EACH;
    let missing = files / ONE_OF;
    let mut runs = Vec::new();
    for _ in 0..options.runs {
        runs.push(once(options, planted).await?);
    }

    let together = |of: fn(&Run) -> &Figures| {
        let figures: Vec<Figures> = runs.iter().map(|run| of(run).clone()).collect();
        Figures::together(&figures).expect("there is at least one run")
    };
    let (seeded, unseeded) = (together(|run| &run.seeded), together(|run| &run.unseeded));
    let told: Vec<&Value> = runs.iter().map(|run| &run.told).collect();
    let staged = json!({"files": files - missing, "bytes": (files - missing) * BYTES});
    ensure!(
        told.iter().all(|told| told["fromStaging"] == staged),
        "{staged} is staged, and it says {told:?}"
    );
    let most = MOST * (missing * BYTES) as f64;
    let read = runs.iter().map(|run| run.seeded.source_bytes).max().unwrap_or_default();
    let differences: u64 = runs.iter().map(|run| run.differences).sum();
    let mut ratios = Ratios::default();
    ratios.at_most("sourceBytes", read as f64, most);
    ratios.at_most("identical", differences as f64, 0.0);

    let mut ours = serde_json::to_value(&seeded)?;
    let shape = json!({"runs": options.runs, "latencyMs": options.latency_ms, "files": files, "directories": directories,
        "fileBytes": files * BYTES, "bytesNotStaged": missing * BYTES, "sourceBytesAllowed": most,
        "seeded": told[0], "unseeded": unseeded});
    for (name, value) in shape.as_object().into_iter().flatten() {
        ours[name] = value.clone();
    }
    let azcopy = json!({"missing": "AzCopy has nothing like it: all data comes from the source"});
    Ok(Report::new(&options.name, ours, Some(azcopy), ratios, true))
}

/// Both first cycles on an emulator of their own, each of them compared with the source.
async fn once(options: &Options, planted: Planted) -> Result<Run> {
    let mut field = Field::open(options, &[]).await?;
    let Planted { directories, files_in_each } = planted;
    let tree = format!("depth=1,directories={directories},files={files_in_each},size={BYTES}");
    // Names, data and times are the same on both sides, ACLs are not.
    field.control.plant(SOURCE, SHARE, "", &format!("{tree},descriptors={DESCRIPTORS}")).await?;
    field.control.plant(TARGET, STAGING, "", &tree).await?;
    thin_out(&field.share(TARGET, STAGING)?, planted).await?;

    field.set_pair(json!({"seed": {"share": STAGING}}));
    let seeded = field.ours().await?;
    say(&format!("Seeded: {}; {} bytes of the source", seeded.figures, seeded.figures.source_bytes));
    field.set_target(UNSEEDED);
    let unseeded = field.ours().await?;
    say(&format!("Unseeded: {}; {} bytes of the source", unseeded.figures, unseeded.figures.source_bytes));

    let compared = field.control.differences(ended(SHARE, &seeded), ended(UNSEEDED, &unseeded)).await?;
    let told = seeded.cycle.seeded.context("The cycle does not say where its data came from")?;
    let (seeded, unseeded) = (seeded.figures, unseeded.figures);
    Ok(Run { seeded, unseeded, told, differences: compared.count })
}

/// The target share snapshot of a cycle.
fn ended<'a>(share: &'a str, ours: &'a Ours) -> Named<'a> {
    Named { account: TARGET, share, snapshot: ours.cycle.target_snapshot.as_deref() }
}

/// Takes every tenth file out of the staging share.
async fn thin_out(staging: &ShareClient, planted: Planted) -> Result<()> {
    let files = planted.files().step_by(ONE_OF as usize);
    let delete = async |(directory, file)| -> Result<()> {
        Ok(staging.file_client(&planted.file(directory, file)).delete().await?)
    };
    stream::iter(files).map(Ok).try_for_each_concurrent(AT_ONCE, delete).await
}
