//! The demo as acceptance asks for it: run like a user runs it, judged by its last line.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Options, Outcome};

const FILES: usize = 20_000;
/// What an idle cycle may send besides the list pages of both sides.
const IDLE_REQUESTS: u64 = 30;

pub(super) fn demo(_: &Options) -> Result<Outcome> {
    judge(&[]).map(|_| Outcome::Passed)
}

pub(super) fn keyless_demo(_: &Options) -> Result<Outcome> {
    judge(&["--identity"]).map(|_| Outcome::Passed)
}

/// The demo itself judges that each file came from where it had to.
pub(super) fn seeded_demo(_: &Options) -> Result<Outcome> {
    let done = judge(&["--seed"])?;
    let seeded = &done["cycles"][0]["seeded"];
    for from in ["fromStaging", "fromSource", "absent", "newerAtSource", "size"] {
        let files = seeded[from]["files"].as_u64().with_context(|| format!("No {from} is told: {seeded}"))?;
        ensure!(files > 0, "The first cycle counted no file of {from}: {seeded}");
    }
    let of = |from: &str| seeded[from]["files"].as_u64().unwrap_or_default();
    ensure!(of("fromStaging") > 4 * of("fromSource"), "Little came from staging: {seeded}");
    let later = [1, 2].map(|i| &done["cycles"][i]["seeded"]);
    ensure!(later.iter().all(|seeded| seeded.is_null()), "Staging was used again: {later:?}");
    let seeding = &done["seeding"];
    ensure!(seeding["offlineDataTransferStatus"] == "Complete", "Seeding is not over: {seeding}");
    ensure!(seeding["seeded"] == *seeded, "The pair tells of other data: {seeding}");
    Ok(Outcome::Passed)
}

pub(super) fn large_demo(_: &Options) -> Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let sample = folder.path().join("sample");
    share_tree::write_sample(&sample, FILES)?;
    let sample = sample.to_str().context("The temporary folder has no plain name")?;
    judge(&["--from", sample]).map(|_| Outcome::Passed)
}

/// What the demo said last.
fn judge(arguments: &[&str]) -> Result<Value> {
    let output = Command::new(std::env::current_exe()?)
        .args(["demo", "--json"])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .context("Starting the demo")?;
    let text = String::from_utf8(output.stdout).context("Reading what the demo said")?;
    let shown = || text.lines().rev().take(5).collect::<Vec<_>>().join("\n");
    ensure!(output.status.success(), "The demo ended with {}\n{}", output.status, shown());
    let last = text.lines().last().context("The demo said nothing")?;
    let done: Value =
        serde_json::from_str(last).with_context(|| format!("Reading the demo's last line {last}"))?;
    ensure!(done["event"] == "done" && done["identical"] == true, "The demo is not done: {last}");
    let keyless = arguments.contains(&"--identity");
    ensure!(
        done["keyless"] == keyless,
        "The demo was asked for without keys, {keyless}, and says {}",
        done["keyless"]
    );
    let [first, second, third] = [0, 1, 2].map(|i| &done["cycles"][i]);
    for cycle in [first, second, third] {
        ensure!(cycle["status"] == "Succeeded" && cycle["failed"] == 0, "A cycle did not succeed: {cycle}");
    }
    for property in
        ["/copied/files", "/copied/bytes", "/copied/directories", "/metadata", "/renamed", "/deleted"]
    {
        let (made, counted) = (done["changes"].pointer(property), second.pointer(property));
        ensure!(
            made.is_some() && made == counted,
            "The second cycle counted {property} {counted:?} and {made:?} changed"
        );
        let idle = third.pointer(property);
        ensure!(
            idle.is_some_and(|count| *count == 0),
            "The third cycle counted {property} {idle:?} and nothing had changed"
        );
    }
    let other = third["requests"]["other"].as_u64().context("The third cycle names no requests")?;
    ensure!(
        other <= IDLE_REQUESTS,
        "The third cycle sent {other} requests besides lists: {}",
        third["requests"]
    );
    let pages = 2 * done["listPages"].as_u64().context("The demo names no list pages")?;
    let lists = third["requests"]["list"].as_u64().context("The third cycle names no lists")?;
    ensure!(lists <= pages, "The third cycle sent {lists} lists where {pages} pages are enough");
    println!("   {}", done["cycles"]);
    Ok(done)
}
