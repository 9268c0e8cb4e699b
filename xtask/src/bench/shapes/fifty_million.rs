//! 50 million files in 100,000 directories, computed by the emulator and unchanged. Once they are compared with a target
//! like them, with the process killed in the middle; once they are planned for an empty target.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::bench::Options;
use crate::bench::app::App;
use crate::bench::duel::say;
use crate::bench::field::{Field, PAIR, SHARE, SOURCE, TARGET};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;
use crate::bench::usage::Usage;

/// 317 × 316 directories with the root.
const DIRECTORIES_IN_EACH: u64 = 316;
const FILES_IN_EACH: u64 = 500;
/// Its page of 5,000 holds all of a directory.
const PAGES_OF_EACH: u64 = 1;
const MOST_MIB: f64 = 256.0;
const LEAST_PER_SECOND: f64 = 250_000.0;
const MOST_LOST: Duration = Duration::from_secs(60);
const MOST_PLAN_BYTES: f64 = 50.0 * 1024.0 * 1024.0;
const GLANCE: Duration = Duration::from_secs(1);
const LEASE_SECONDS: u64 = 15;
const LIST: &str = "List Directories and Files";

struct Shape {
    tree: String,
    directories: u64,
    files: u64,
}

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let below = (DIRECTORIES_IN_EACH / options.part).max(2);
    let directories = 1 + below + below * below;
    let tree = format!("depth=2,directories={below},files={FILES_IN_EACH},size=0..65536,seed=3");
    let shape = Shape { tree, directories, files: directories * FILES_IN_EACH };
    let compared = compared(options, &shape).await?;
    let planned = planned(options, &shape).await?;
    let entries = shape.files + shape.directories - 1;
    let per_second = entries as f64 / compared.usage.cpu.as_secs_f64();
    let peak = compared.usage.peak_rss_kib.max(planned.usage.peak_rss_kib) as f64 / 1024.0;
    let mut ratios = Ratios::default();
    ratios.at_most("peakRss", peak, MOST_MIB);
    ratios.at_least("comparedPerCpuSecond", per_second, LEAST_PER_SECOND);
    ratios.at_most("lostSeconds", compared.lost.as_secs_f64(), MOST_LOST.as_secs_f64());
    ratios.at_most("planBytes", planned.bytes as f64, MOST_PLAN_BYTES);
    let ours = json!({
        "files": shape.files, "directories": shape.directories, "latencyMs": options.latency_ms,
        "comparedPerCpuSecond": per_second, "cpuMs": compared.usage.cpu.as_millis() as u64, "peakRssMib": peak,
        "emulatorCpuMs": compared.emulator.as_millis() as u64, "wallMs": compared.wall.as_millis() as u64, "listPages": compared.pages, "repeatedPages": compared.repeated,
        "lostSeconds": compared.lost.as_secs_f64(), "planRows": planned.rows, "planBytes": planned.bytes,
        "planningMs": planned.wall.as_millis() as u64, "planningCpuMs": planned.usage.cpu.as_millis() as u64,
    });
    Ok(Report::new(&options.name, ours, None, ratios, true))
}

struct Compared {
    /// Of both processes.
    usage: Usage,
    wall: Duration,
    emulator: Duration,
    pages: u64,
    repeated: u64,
    /// The time that listing the repeated pages took.
    lost: Duration,
}

/// The target is adopted, so that nothing needs to be copied first.
async fn compared(options: &Options, shape: &Shape) -> Result<Compared> {
    let generated = |account| format!("{account}/{SHARE}:{}", shape.tree);
    let arguments = [SOURCE, TARGET].map(|account| ["--generate".to_owned(), generated(account)]).concat();
    let mut field = Field::open(options, &arguments).await?;
    field.set_pair(json!({"adoptTarget": true}));
    field.set_variable("BACKUP_LEASE_SECONDS", &LEASE_SECONDS.to_string());
    let pages = 2 * shape.directories * PAGES_OF_EACH;

    let app = field.app().await?;
    field.slow_down().await?;
    let started = Instant::now();
    let (before, usage) = tokio::select! {
        ended = app.fire() => anyhow::bail!("It was over with {:?} before it was killed", ended?),
        half = half(&field, &app, pages) => half?,
    };
    app.kill().await?;
    let first = started.elapsed();
    say(&format!(
        "Killed after {before} of {pages} pages, {} s and {} MiB",
        first.as_secs(),
        usage.peak_rss_kib / 1024
    ));
    // a renewal may have been on its way when the process died
    tokio::time::sleep(Duration::from_secs(LEASE_SECONDS + 2)).await;

    let app = field.app().await?;
    let resumed = Instant::now();
    field.fire_to_the_end(&app).await?;
    let wall = first + resumed.elapsed();
    let rest = app.usage()?;
    let cycle = app.cycle(PAIR).await?;
    cycle.succeeded()?;
    let entries = shape.files + shape.directories;
    ensure!(cycle.compared + 1 >= entries, "{} of {entries} entries were compared", cycle.compared);
    let repeated = (lists(&field).await?).saturating_sub(pages);
    let lost = first.mul_f64(repeated as f64 / before.max(1) as f64);
    app.kill().await?;
    let usage = Usage { cpu: usage.cpu + rest.cpu, peak_rss_kib: usage.peak_rss_kib.max(rest.peak_rss_kib) };
    let emulator = field.emulator_cpu()?;
    Ok(Compared { usage, wall, emulator, pages, repeated, lost })
}

/// Waits until half of the pages were listed.
async fn half(field: &Field, app: &App, pages: u64) -> Result<(u64, Usage)> {
    loop {
        let (listed, usage) = (lists(field).await?, app.usage()?);
        if listed >= pages / 2 {
            return Ok((listed, usage));
        }
        tokio::time::sleep(GLANCE / 10).await;
    }
}

async fn lists(field: &Field) -> Result<u64> {
    let counters = field.control.counters().await?;
    Ok(counters.requests.values().filter_map(|operations| operations.get(LIST)).sum())
}

struct Planned {
    usage: Usage,
    wall: Duration,
    rows: usize,
    bytes: usize,
}

/// Up to the first write: the plan is then whole.
async fn planned(options: &Options, shape: &Shape) -> Result<Planned> {
    let arguments = ["--generate".to_owned(), format!("{SOURCE}/{SHARE}:{}", shape.tree)];
    let field = Field::open(options, &arguments).await?;
    let app = field.app().await?;
    field.slow_down().await?;
    let started = Instant::now();
    let usage = tokio::select! {
        ended = app.fire() => anyhow::bail!("It was over with {:?} before it wrote", ended?),
        usage = until_planned(&app) => usage?,
    };
    let wall = started.elapsed();
    let cycle = app.cycle(PAIR).await?;
    app.kill().await?;
    let (rows, bytes) = field.tables.plan_size(PAIR, &cycle.id).await?;
    say(&format!("{rows} rows with {bytes} bytes of plan after {} s", wall.as_secs()));
    Ok(Planned { usage, wall, rows, bytes })
}

async fn until_planned(app: &App) -> Result<Usage> {
    loop {
        match app.state(PAIR).await?.as_str() {
            "" | "MakingRoom" | "SourceSnapshot" | "Planning" => tokio::time::sleep(GLANCE / 4).await,
            "Guarding" | "Applying" => return app.usage(),
            other => return Err(anyhow::anyhow!("The cycle is {other}")).context("A plan was expected"),
        }
    }
}
