//! New files of several sizes, through the app and by the service itself: up to which size the first is the better way.

use anyhow::Result;
use serde_json::{Value, json};

use crate::bench::Options;
use crate::bench::duel::say;
use crate::bench::field::{Field, SHARE, SOURCE};
use crate::bench::figures::{Figures, Ratios};
use crate::bench::report::Report;

const SIZES_KIB: [u64; 6] = [64, 256, 512, 1024, 2048, 4096];
/// The largest that `auto` takes through the app.
const SMALL_KIB: u64 = 1024;
/// Of all files of a size, and the most of them.
const KIB: u64 = 512 * 1024;
const FILES: u64 = 2_000;

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let mut ratios = Ratios::default();
    let mut sizes = Vec::new();
    for kib in SIZES_KIB {
        let files = (KIB / kib).min(FILES) / options.part;
        let through = copied(options, "streamed", kib, files).await?;
        let beside = copied(options, "server-side", kib, files).await?;
        if kib == SMALL_KIB {
            ratios.at_least("serverSideWall", beside.wall_ms / through.wall_ms, 1.0);
            ratios.at_least("serverSideRequests", beside.requests as f64 / through.requests as f64, 1.0);
        }
        sizes.push(
            json!({"kib": kib, "files": files, "streamed": told(&through), "serverSide": told(&beside)}),
        );
    }
    let ours = json!({"sizes": sizes, "runs": options.runs, "latencyMs": options.latency_ms});
    Ok(Report::new(&options.name, ours, None, ratios, true))
}

/// First cycles in one copy mode, each on an emulator of its own.
async fn copied(options: &Options, mode: &str, kib: u64, files: u64) -> Result<Figures> {
    let mut runs = Vec::new();
    for _ in 0..options.runs {
        let mut field = Field::open(options, &[]).await?;
        field.set_pair(json!({"copy": {"mode": mode}}));
        let tree = format!("depth=0,files={files},size={}", kib * 1024);
        field.control.plant(SOURCE, SHARE, "", &tree).await?;
        let figures = field.ours().await?.figures;
        say(&format!("{files} files of {kib} KiB, {mode}: {figures}"));
        runs.push(figures);
    }
    Ok(Figures::together(&runs).expect("there is at least one run"))
}

fn told(figures: &Figures) -> Value {
    let Figures { requests, wall_ms, cpu_ms, peak_rss_mib, .. } = figures;
    json!({"requests": requests, "wallMs": wall_ms, "cpuMs": cpu_ms, "peakRssMib": peak_rss_mib})
}
