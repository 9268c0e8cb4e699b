//! Shares that allow 500 requests a second, and 10,000 new files: all that is allowed is used, and hardly more is asked.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use faults::Limit;
use serde_json::json;

use crate::bench::Options;
use crate::bench::control::Counters;
use crate::bench::duel::say;
use crate::bench::field::{Field, PAIR, SHARE, SOURCE};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;

const PER_SECOND: f64 = 500.0;
const DIRECTORIES: u64 = 100;
const FILES_IN_EACH: u64 = 100;
/// What is asked before the client has found its pace is not judged.
const SETTLING: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_millis(100);
const LEAST_USED: f64 = 0.95;
const MOST_REFUSED: f64 = 0.02;
const BUSY: u16 = 503;

/// What was seen at one moment.
struct Sample {
    at: Duration,
    counters: Counters,
}

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let mut field = Field::open(options, &[]).await?;
    let below = (DIRECTORIES / options.part).max(2) - 1;
    let tree = format!("depth=1,directories={below},files={FILES_IN_EACH},size=1024");
    field.control.plant(SOURCE, SHARE, "", &tree).await?;
    field.plan.limits = vec![limit()];
    let app = field.app().await?;
    field.slow_down().await?;
    let samples = watched(&field, app.fire()).await?;
    field.speed_up().await?;
    let cycle = app.cycle(PAIR).await?;
    cycle.succeeded()?;
    field.check(&cycle).await?;

    let files = (below + 1) * FILES_IN_EACH;
    let (from, to) = window(&samples, files)?;
    let seconds = (to.at - from.at).as_secs_f64();
    let (mut most, mut all, mut refused) = (0, 0, 0);
    for account in to.counters.requests.keys() {
        let since = |of: fn(&Counters, &str) -> u64| of(&to.counters, account) - of(&from.counters, account);
        let (asked, busy) = (since(asked), since(busy));
        most = most.max(asked - busy);
        all += asked;
        refused += busy;
    }
    let used = most as f64 / (PER_SECOND * seconds);
    let share = refused as f64 / all as f64;
    say(&format!("{used:.3} of the allowed rate used, {share:.4} refused, in {seconds:.1} s"));
    let mut ratios = Ratios::default();
    ratios.at_least("used", used, LEAST_USED);
    ratios.at_most("refused", share, MOST_REFUSED);
    let ours = json!({"files": files, "allowedPerSecond": PER_SECOND, "used": used, "refused": share,
        "seconds": seconds, "requests": all, "latencyMs": options.latency_ms});
    Ok(Report::new(&options.name, ours, None, ratios, true))
}

/// For every share by itself.
fn limit() -> Limit {
    serde_json::from_value(json!({"iops": PER_SECOND})).expect("a limit")
}

async fn watched<T>(field: &Field, work: impl Future<Output = Result<T>>) -> Result<Vec<Sample>> {
    let started = Instant::now();
    let mut work = std::pin::pin!(work);
    let mut glances = tokio::time::interval(GLANCE);
    let mut samples = Vec::new();
    loop {
        tokio::select! {
            ended = &mut work => return ended.map(|_| samples),
            _ = glances.tick() => {
                let counters = field.control.counters().await?;
                samples.push(Sample { at: started.elapsed(), counters });
            }
        }
    }
}

/// From when it has settled until the last files are on their way: then there is too little left to do.
fn window(samples: &[Sample], files: u64) -> Result<(&Sample, &Sample)> {
    let created = |sample: &Sample| sum(&sample.counters, "Create File");
    let from = samples.iter().find(|sample| sample.at >= SETTLING).context("It was over too soon")?;
    let to = samples.iter().rev().find(|sample| created(sample) < files * 98 / 100);
    let to = to.filter(|to| to.at > from.at).context("It was over too soon")?;
    ensure!(to.at - from.at > SETTLING, "It was over too soon");
    Ok((from, to))
}

fn sum(counters: &Counters, operation: &str) -> u64 {
    counters.requests.values().filter_map(|operations| operations.get(operation)).sum()
}

fn asked(counters: &Counters, account: &str) -> u64 {
    counters.requests.get(account).map_or(0, |operations| operations.values().sum())
}

fn busy(counters: &Counters, account: &str) -> u64 {
    counters.statuses.get(account).and_then(|statuses| statuses.get(&BUSY)).copied().unwrap_or_default()
}
