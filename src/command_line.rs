//! `handler pairs`: what the routes tell of recovery points, on a console and without the app. It reads the shares alone: no table
//! is asked, so it works after the app and its state are gone.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::cycle::Backup;
use crate::cycle::find::{EntriesAsked, EntriesPage, FoundEntry, Version};
use crate::cycle::report::{Preview, RecoveryPoint};

/// Nobody waits for an answer at the other end of a platform.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

pub const USAGE: &str = "handler pairs
handler pairs NAME recovery-points
handler pairs NAME entries POINT [--path DIRECTORY] [--glob GLOB]
handler pairs NAME versions PATH
handler pairs NAME diff FROM TO
POINT, FROM and TO are recovery points, by their cycle or the id of their share snapshot. --json prints JSON, an answer a line.
The settings come from the environment, as those of the app; what BACKUP_STATE names is not asked.";

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Names,
    Points { pair: String },
    Entries { pair: String, point: String, path: String, glob: Option<String> },
    Versions { pair: String, path: String },
    Diff { pair: String, from: String, to: String },
}

/// Reads the arguments after `pairs`, and whether JSON is asked for. `None` where they are not understood.
pub fn parse(arguments: &[&str]) -> Option<(Asked, bool)> {
    let (mut plain, mut named, mut json) = (Vec::new(), BTreeMap::new(), false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--json" => json = true,
            name @ ("--path" | "--glob") => {
                named.insert(name, (*rest.next()?).to_owned());
            }
            unknown if unknown.starts_with("--") => return None,
            text => plain.push(text),
        }
    }
    let text = |text: &str| text.to_owned();
    let asked = match plain[..] {
        [pair, "entries", point] => {
            let path = named.remove("--path").unwrap_or_default();
            Asked::Entries { pair: text(pair), point: text(point), path, glob: named.remove("--glob") }
        }
        [] => Asked::Names,
        [pair, "recovery-points"] => Asked::Points { pair: text(pair) },
        [pair, "versions", path] => Asked::Versions { pair: text(pair), path: text(path) },
        [pair, "diff", from, to] => Asked::Diff { pair: text(pair), from: text(from), to: text(to) },
        _ => return None,
    };
    named.is_empty().then_some((asked, json))
}

/// Asks, and writes what was found.
pub async fn answer(backup: &Backup, asked: Asked, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    match asked {
        Asked::Names => {
            let names = backup.names();
            write(out, json, &names, |out| names.iter().try_for_each(|name| writeln!(out, "{name}")))?;
        }
        Asked::Points { pair } => {
            let points = backup.recovery_points(&pair).await?;
            let points = points.ok_or_else(|| anyhow::anyhow!("No pair is called {pair:?}"))?;
            write(out, json, &points, |out| points.iter().try_for_each(|point| write_point(point, out)))?;
        }
        Asked::Entries { pair, point, path, glob } => {
            let mut next = None;
            loop {
                let asked = EntriesAsked { path: path.clone(), glob: glob.clone(), limit: None, next };
                let page: EntriesPage = backup.entries(&pair, &point, asked, deadline).await?;
                write(out, json, &page, |out| {
                    page.entries.iter().try_for_each(|entry| write_entry(entry, out))
                })?;
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
        }
        Asked::Versions { pair, path } => {
            let versions = backup.versions(&pair, &path).await?;
            write(out, json, &versions, |out| {
                versions.iter().try_for_each(|version| write_version(version, out))
            })?;
        }
        Asked::Diff { pair, from, to } => {
            let diff = backup.diff(&pair, &from, &to, deadline).await?;
            write(out, json, &diff, |out| write_diff(&diff, out))?;
        }
    }
    Ok(())
}

fn write<T: Serialize>(
    out: &mut dyn Write,
    json: bool,
    found: &T,
    text: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if !json {
        return text(out);
    }
    serde_json::to_writer(&mut *out, found)?;
    writeln!(out)
}

fn write_point(point: &RecoveryPoint, out: &mut dyn Write) -> io::Result<()> {
    let failed = if point.verify_failed { "  VerifyFailed" } else { "" };
    writeln!(out, "{}  {}{failed}", point.target, point.cycle)
}

fn write_entry(entry: &FoundEntry, out: &mut dyn Write) -> io::Result<()> {
    let size = entry.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
    writeln!(out, "{:>15}  {}  {}", size, entry.last_write_time, entry.path)
}

fn write_version(version: &Version, out: &mut dyn Write) -> io::Result<()> {
    let size = version.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
    let time = version.last_write_time.as_deref().unwrap_or("-");
    writeln!(
        out,
        "{}  {:>9}  {size:>15}  {time}  {}",
        version.target,
        format!("{:?}", version.change),
        version.cycle
    )
}

fn write_diff(diff: &Preview, out: &mut dyn Write) -> io::Result<()> {
    for item in &diff.items {
        writeln!(out, "{:>9}  {:>15}  {}", format!("{:?}", item.change), item.bytes, item.path)?;
    }
    let planned = &diff.planned;
    writeln!(
        out,
        "{} files and {} directories differ in data, {} entries in properties only, {} were renamed, {} are gone",
        planned.copied.files, planned.copied.directories, planned.metadata, planned.renamed, planned.deleted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_the_usage_says() {
        assert_eq!(parse(&["--json"]), Some((Asked::Names, true)));
        let entries = Asked::Entries {
            pair: "p".to_owned(),
            point: "c".to_owned(),
            path: "a".to_owned(),
            glob: Some("*.x".to_owned()),
        };
        assert_eq!(parse(&["p", "entries", "c", "--glob", "*.x", "--path", "a"]), Some((entries, false)));
        let diff = Asked::Diff { pair: "p".to_owned(), from: "a".to_owned(), to: "b".to_owned() };
        assert_eq!(parse(&["p", "diff", "a", "b"]), Some((diff, false)));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for arguments in [
            &["p"][..],
            &["p", "entries"],
            &["p", "entries", "c", "--glob"],
            &["p", "versions", "a", "--path", "b"],
            &["p", "diff", "a"],
            &["--all"],
        ] {
            assert_eq!(parse(arguments), None, "{arguments:?}");
        }
    }
}
