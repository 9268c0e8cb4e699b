//! `cargo xtask bench`: figures, and whether they are what was promised. The last line of `--json` is for scripts.

mod emulator;
mod load;
mod options;
mod process;
mod signed;

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

pub(crate) use options::Options;

#[derive(Serialize)]
struct Report {
    bench: &'static str,
    ours: Value,
    /// Ours to what was promised; at least 1 is good.
    ratios: BTreeMap<&'static str, f64>,
    pass: bool,
}

pub(crate) fn main(options: &Options) -> Result<bool> {
    let report = match options.name.as_str() {
        "emulator" => emulator::run(options)?,
        other => return Err(options::unknown(other)),
    };
    match options.json {
        true => println!("{}", serde_json::to_string(&report)?),
        false => println!("{}", serde_json::to_string_pretty(&report)?),
    }
    Ok(report.pass)
}
