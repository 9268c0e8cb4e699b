//! What is deployed is in order, and the check that says so finds what is broken.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::{Options, Outcome};
use crate::infra::{Report, default_folder, granted, report, types_path};
use crate::repository::root;

const SAMPLES: &str = "xtask/src/infra/samples";
const SECURITY: &str = "docs/security.md";
const LEAST_SAMPLES: usize = 25;
/// Found by the descriptions of Azure's types alone.
const NEED_TYPES: [&str; 8] = [
    "member-path",
    "missing-property",
    "out-of-range",
    "read-only-property",
    "unknown-property",
    "unknown-type",
    "wrong-type",
    "wrong-value",
];

pub(super) fn ours(_: &Options) -> Result<Outcome> {
    let found = whole(&default_folder())?;
    println!("   {} files, 0 findings", found.files);
    if !found.types_checked {
        println!("   types were not checked: there is no {}", types_path().display());
    }
    let security = fs::read_to_string(root().join(SECURITY)).context("Reading the table of rights")?;
    let granted = granted(&default_folder())?;
    let untold: Vec<_> = granted.iter().filter(|right| !security.contains(right.as_str())).collect();
    ensure!(granted.len() > 5 && untold.is_empty(), "{SECURITY} does not tell of {untold:?} of {granted:?}");
    Ok(Outcome::Passed)
}

pub(super) fn samples(_: &Options) -> Result<Outcome> {
    let samples = root().join(SAMPLES);
    for unbroken in entries(&samples)?.iter().filter(|path| path.is_file()) {
        whole(unbroken)?;
    }
    let (mut found, mut skipped) = (0, Vec::new());
    for folder in entries(&samples.join("broken"))? {
        let rule = folder.file_name().and_then(|name| name.to_str()).context("A folder without a name")?;
        for sample in entries(&folder)? {
            let report = report(&sample)?;
            if report.findings.is_empty() && !report.types_checked && NEED_TYPES.contains(&rule) {
                skipped.push(sample.display().to_string());
                continue;
            }
            let is_found = !report.findings.is_empty();
            ensure!(is_found, "Nothing was found in {}", sample.display());
            // What else is found would mean that the sample has a second defect, or the check a wrong opinion.
            let others = report.findings.iter().find(|finding| finding.rule() != rule);
            ensure!(others.is_none(), "{}: {others:?} instead of {rule}", sample.display());
            found += 1;
        }
    }
    ensure!(found + skipped.len() >= LEAST_SAMPLES, "There are only {found} samples");
    println!("   {found} broken samples, each found by its rule");
    if !skipped.is_empty() {
        println!("   {} skipped without {}: {}", skipped.len(), types_path().display(), skipped.join(", "));
    }
    Ok(Outcome::Passed)
}

fn whole(path: &Path) -> Result<Report> {
    let report = report(path)?;
    let first = report.findings.first();
    ensure!(
        first.is_none(),
        "{}: {} findings, the first is {first:?}",
        path.display(),
        report.findings.len()
    );
    Ok(report)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("Reading {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
