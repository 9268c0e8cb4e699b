//! A script that judges: it is told where the emulator is by a document in `court.json`, and prints one JSON object a line,
//! `{"version": "…"}` once and `{"check": "…"}` or `{"check": "…", "what": "…"}` for each check that held or failed.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tokio::process::Command;

use super::Report;
use super::court::Court;

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Version { version: String },
    Check { check: String, what: Option<String> },
}

/// The path of the document becomes the command's last argument.
pub(super) async fn hear(judge: &'static str, court: &Court, mut command: Command) -> Result<Report> {
    let document = court.folder().join("court.json");
    std::fs::write(&document, court.document()?.to_string())?;
    command.arg(&document).stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    let output = command.output().await.with_context(|| format!("Starting the script of {judge}"))?;
    let text = String::from_utf8(output.stdout).context("Reading what the script said")?;
    let report = read(judge, &text)?;
    ensure!(output.status.success(), "The script ended with {} after {}", output.status, report.summary());
    Ok(report)
}

fn read(judge: &'static str, text: &str) -> Result<Report> {
    let mut report = Report::new(judge, "");
    for line in text.lines() {
        match serde_json::from_str(line).with_context(|| format!("Reading the line {line}"))? {
            Line::Version { version } => report.version = version,
            Line::Check { check, what } => report.record(&check, what.map_or(Ok(()), Err)),
        }
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_counted_and_failures_kept() {
        let said = "{\"version\":\"1.2\"}\n{\"check\":\"a\"}\n{\"check\":\"b\",\"what\":\"404, not 200\"}\n";
        let report = read("js", said).expect("well-formed");
        assert_eq!(report.summary(), "js (1.2): 2 checks, 1 failed");
        assert_eq!(report.failed[0].check, "b");
        assert!(read("js", "Traceback").is_err());
    }
}
