//! A file of 1 GiB of which 1 MiB changed: once in one piece, once in 256 pieces of 4 KiB.

use anyhow::{Context, Result};
use azure_storage_file_share::{
    LastWrite, RangeChange, Renamed, SetFileProperties, ShareClient, ShareSnapshotId, SmbProperties,
};
use bytes::Bytes;
use serde_json::json;

use crate::bench::Options;
use crate::bench::churn::later;
use crate::bench::duel::{self, Outcome};
use crate::bench::field::{Field, SHARE, SOURCE, TARGET};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;

const BYTES: u64 = 1 << 30;
const CHANGED: u64 = 1 << 20;
const PIECES: u64 = 256;
const FILE: &str = "file-00000.bin";

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let (contiguous, growth) = churned(options, 1).await?;
    let mut ratios = Ratios::default();
    ratios.at_most("contiguousBytes", contiguous.ours.bytes as f64, 1.1 * CHANGED as f64);
    ratios.at_most("contiguousGrowth", growth as f64, 1.1 * CHANGED as f64);
    let (scattered, grown) = churned(options, PIECES).await?;
    ratios.at_most("scatteredBytes", scattered.ours.bytes as f64, CHANGED as f64);
    ratios.at_most("scatteredGrowth", grown as f64, CHANGED as f64);
    let shape = json!({"changedBytes": CHANGED, "growthBytes": growth, "scattered": {"ours": scattered.ours,
        "azcopy": scattered.azcopy, "growthBytes": grown}});
    contiguous.report(options, shape, ratios)
}

/// What the runs cost, and by how much the target share snapshot grew at most.
async fn churned(options: &Options, pieces: u64) -> Result<(Outcome, u64)> {
    let bytes = (BYTES / options.part).max(4 * CHANGED);
    let field = Field::open(options, &[]).await?;
    field.control.plant(SOURCE, SHARE, "", &format!("depth=0,files=1,size={bytes}")).await?;
    let source = field.source()?;
    let change = async |number| change(&source, number, bytes, pieces).await;
    let outcome = duel::steady(options, &field, change).await?;
    let target = field.share(TARGET, SHARE)?;
    let mut growth = 0;
    let taken = target.list_snapshots().await?;
    let mut taken: Vec<ShareSnapshotId> = taken.into_iter().filter_map(|item| item.snapshot).collect();
    taken.sort();
    for pair in taken.windows(2) {
        growth = grown(&target, &pair[0], &pair[1]).await?.max(growth);
    }
    Ok((outcome, growth))
}

/// Pieces of equal length, as far from each other as it goes.
async fn change(source: &ShareClient, run: u64, size: u64, pieces: u64) -> Result<()> {
    let file = source.file_client(FILE);
    let length = CHANGED / pieces;
    for piece in 0..pieces {
        let text = format!("piece {piece} of run {run}, ");
        let body: Bytes = text.bytes().cycle().take(length as usize).collect();
        // A page further in every run, so that a piece covers no page of an earlier one alone.
        let offset = piece * (size / pieces) + run * 4096;
        file.put_range(offset, body, LastWrite::Preserve).await?;
    }
    let content = file.get_properties().await?.content;
    let smb = SmbProperties { last_write_time: Some(later(run)), ..SmbProperties::default() };
    file.set_properties(&SetFileProperties { smb, content, ..SetFileProperties::default() }).await?;
    Ok(())
}

/// What one share snapshot holds that the earlier one does not share with it.
async fn grown(share: &ShareClient, earlier: &ShareSnapshotId, later: &ShareSnapshotId) -> Result<u64> {
    let file = share.with_snapshot(later).file_client(FILE);
    let diff = match file.list_ranges_diff(earlier, Renamed::Refused).await {
        Ok(diff) => diff.changes,
        // Begun anew: nothing of it is shared.
        Err(error) if error.code.as_deref() == Some("FileGenerationMismatch") => {
            let ranges = file.list_ranges().await?.ranges;
            return Ok(ranges.into_iter().map(|range| range.end - range.start).sum());
        }
        Err(error) => return Err(error).context("Asking what the target share snapshot grew by"),
    };
    let written = diff.iter().filter(|change| matches!(change, RangeChange::Written(_)));
    Ok(written.map(|change| change.range().end - change.range().start).sum())
}
