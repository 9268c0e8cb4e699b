//! One directory of a million files, of which a thousand changed: memory must not grow with it.

use anyhow::Result;
use serde_json::{Value, json};

use crate::bench::Options;
use crate::bench::churn::Churn;
use crate::bench::control::Named;
use crate::bench::duel::say;
use crate::bench::field::{Field, SHARE, SOURCE, TARGET};
use crate::bench::figures::Ratios;
use crate::bench::peer::Peer;
use crate::bench::report::Report;

const CHANGES: u64 = 1_000;
const MOST_MIB: f64 = 256.0;
/// AzCopy holds all of its target: what it takes for more is known from this.
const ENTRIES_OF_AZCOPY: u64 = 200_000;
const SEED: u64 = 7;

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let entries = options.entries / options.part;
    let field = mirrored(options, entries).await?;
    let ours = field.ours().await?;
    say(&format!("ours {}", ours.figures));
    drop(field);
    let azcopy = azcopy(options).await?;
    let mut ratios = Ratios::default();
    ratios.at_most("peakRss", ours.figures.peak_rss_mib, MOST_MIB);
    ratios.at_least("compared", ours.cycle.compared as f64, entries as f64);
    let mut told = serde_json::to_value(&ours.figures)?;
    told["entries"] = entries.into();
    told["compared"] = ours.cycle.compared.into();
    told["latencyMs"] = options.latency_ms.into();
    Ok(Report::new(&options.name, told, azcopy, ratios, true))
}

/// A target that is like the source, but for the changes since. It is adopted, and its first plan approved.
async fn mirrored(options: &Options, entries: u64) -> Result<Field> {
    let mut field = Field::open(options, &[]).await?;
    field.set_pair(json!({"adoptTarget": true}));
    say(&format!("One directory of {entries} files"));
    field.control.plant(SOURCE, SHARE, "", &format!("depth=0,files={entries},size=1024")).await?;
    let named = |account| Named { account, share: SHARE, snapshot: None };
    field.control.copy(named(SOURCE), named(TARGET)).await?;
    let mut churn = Churn::new(field.source()?, SEED, 0, entries);
    churn.change(1, CHANGES.min(entries / 2)).await?;
    Ok(field)
}

async fn azcopy(options: &Options) -> Result<Option<Value>> {
    let peer = match options.alone {
        true => return Ok(None),
        false => Peer::install()?,
    };
    let peer = match peer {
        Ok(peer) => peer,
        Err(reason) => return Ok(Some(json!({"missing": reason}))),
    };
    let entries = ENTRIES_OF_AZCOPY / options.part;
    // Its time is not judged.
    let field = mirrored(&Options { latency_ms: 1, ..options.clone() }, entries).await?;
    peer.begin_like_ours(&field).await?;
    let figures = peer.run(&field).await?;
    say(&format!("AzCopy {figures}"));
    Ok(Some(json!({"entries": entries, "peakRssMib": figures.peak_rss_mib, "cpuMs": figures.cpu_ms})))
}
