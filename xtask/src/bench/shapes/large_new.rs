//! Four new files of 4 GiB: bytes that move from service to service.

use anyhow::Result;
use serde_json::json;

use crate::bench::Options;
use crate::bench::duel;
use crate::bench::field::{Field, SHARE, SOURCE};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;

const FILES: u64 = 4;
const BYTES: u64 = 4 << 30;
const RANGE: u64 = 4 << 20;
/// Bytes that may pass the handler.
const THROUGH: u64 = 1 << 20;

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let bytes = (BYTES / options.part).next_multiple_of(RANGE);
    let outcome = duel::first(options, async || {
        let field = Field::open(options, &[]).await?;
        let tree = format!("depth=0,files={FILES},size={bytes}");
        field.control.plant(SOURCE, SHARE, "", &tree).await?;
        Ok(field)
    });
    let outcome = outcome.await?;
    let ranges = FILES * (bytes / RANGE);
    let most = ranges + 4 * FILES + 40;
    let mut ratios = Ratios::default();
    ratios.at_most("requests", outcome.ours.requests as f64, most as f64);
    ratios.at_most("bytesThroughHandler", outcome.ours.bytes_through as f64, THROUGH as f64);
    outcome.beats(&mut ratios, "azcopyWall", |figures| figures.wall_ms, 1.0);
    outcome.report(options, json!({"files": FILES, "ranges": ranges, "requestsAllowed": most}), ratios)
}
