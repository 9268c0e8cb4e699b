//! The handler as it is deployed: bytes of its zip, time from the start of its process to its first answer, and the most memory it
//! takes while it has nothing to do but to be asked by the timer that resumes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use functions_host::Package;
use serde_json::json;

use crate::bench::Options;
use crate::bench::field::Field;
use crate::bench::figures::{Ratios, median};
use crate::bench::report::Report;
use crate::package;

/// Starts for each run that is asked for.
const STARTS: u64 = 7;
const IDLE: Duration = Duration::from_secs(5);
const FIRST_ANSWER_MS: f64 = 200.0;
const PEAK_RSS_MIB: f64 = 40.0;

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let packed = package::make_default()?;
    let mut field = Field::open(options, &[]).await?;
    let package = Package::unpack(&packed.zip, &field.folder.path().join("package"))?;
    let handler = package.root().join("handler");
    let handler_bytes = handler.metadata().context("The zip has no handler")?.len();
    field.set_handler(handler);
    let (mut answers, mut peaks) = (Vec::new(), Vec::new());
    for _ in 0..options.runs * STARTS {
        let started = Instant::now();
        let app = field.app().await?;
        answers.push(started.elapsed().as_secs_f64() * 1e3);
        app.kill().await?;
    }
    for _ in 0..options.runs {
        let app = field.app().await?;
        let status = app.fire_timer("resume-timer").await?;
        ensure!(status.is_success(), "The timer that resumes was answered with {status}");
        tokio::time::sleep(IDLE).await;
        peaks.push(app.usage()?.peak_rss_kib as f64 / 1024.0);
        app.kill().await?;
    }
    let (answer, slowest) = (median(answers.iter().copied()), answers.iter().copied().fold(0.0, f64::max));
    let peak = peaks.iter().copied().fold(0.0, f64::max);
    let mut ratios = Ratios::default();
    ratios.at_most("firstAnswer", answer, FIRST_ANSWER_MS);
    ratios.at_most("peakRss", peak, PEAK_RSS_MIB);
    let ours = json!({"zipBytes": packed.bytes, "handlerBytes": handler_bytes, "starts": answers.len(),
        "firstAnswerMs": answer, "slowestFirstAnswerMs": slowest, "idlePeakRssMib": peak});
    Ok(Report::new(&options.name, ours, None, ratios, true))
}
