//! `cargo xtask bench`: figures, and whether they are what was promised. The last line of `--json` is for scripts.
//! What a benchmark is about runs in processes of its own, ours and AzCopy in turn on the same emulator.

mod app;
mod churn;
mod control;
mod duel;
mod emulator;
mod field;
mod figures;
mod load;
mod options;
mod peer;
mod planted;
mod process;
mod report;
mod shapes;
mod signed;
mod tables;
mod usage;

use anyhow::Result;

pub(crate) use options::Options;
use report::Report;
use shapes::{
    acl, fifty_million, flat, handler, large_churn, large_new, mixed, moved, restore, seeding, small_new,
    threshold, throttled, unchanged,
};

pub(crate) fn main(options: &Options) -> Result<bool> {
    let report = match options.name.as_str() {
        "emulator" => emulator::run(options)?,
        _ => tokio::runtime::Runtime::new()?.block_on(run(options))?,
    };
    match options.json {
        true => println!("{}", serde_json::to_string(&report)?),
        false => println!("{}", serde_json::to_string_pretty(&report)?),
    }
    Ok(report.pass)
}

async fn run(options: &Options) -> Result<Report> {
    match options.name.as_str() {
        "unchanged" => unchanged::run(options).await,
        "small-new" => small_new::run(options).await,
        "mixed" => mixed::run(options).await,
        "large-new" => large_new::run(options).await,
        "large-churn" => large_churn::run(options).await,
        "moved" => moved::run(options).await,
        "acl" => acl::run(options).await,
        "flat" => flat::run(options).await,
        "fifty-million" => fifty_million::run(options).await,
        "handler" => handler::run(options).await,
        "threshold" => threshold::run(options).await,
        "restore" => restore::run(options).await,
        "seeding" => seeding::run(options).await,
        "throttled" => throttled::run(options).await,
        other => Err(options::unknown(other)),
    }
}
