//! `handler pairs`: what recovery points hold.

use std::io::{self, Write};

use serde::Serialize;

use super::arguments::Arguments;
use super::place::Place;
use crate::cycle::find::{EntriesAsked, EntriesPage, FoundEntry, Version};
use crate::cycle::report::{Preview, RecoveryPoint};

pub const USAGE: &str = "handler pairs
handler pairs NAME recovery-points
handler pairs NAME entries POINT [--path DIRECTORY] [--glob GLOB]
handler pairs NAME versions PATH
handler pairs NAME diff FROM TO
POINT, FROM and TO are recovery points, by their cycle or the id of their share snapshot. --json prints JSON, an answer a line.
--app https://NAME.azurewebsites.net asks the app, opened by the function key in BACKUP_APP_KEY. Without it the shares are asked:
the settings come from the environment, as those of the app, and what BACKUP_STATE names is not asked.";

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Names,
    Points { pair: String },
    Entries { pair: String, point: String, path: String, glob: Option<String> },
    Versions { pair: String, path: String },
    Diff { pair: String, from: String, to: String },
}

/// How it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct How {
    pub app: Option<String>,
    pub json: bool,
}

/// Reads the arguments after `pairs`. `None` where they are not understood.
pub fn parse(arguments: &[&str]) -> Option<(Asked, How)> {
    let mut read = Arguments::read(arguments, &["--path", "--glob", "--app"], &["--json"])?;
    let how = How { app: read.take("--app"), json: read.is_set("--json") };
    let text = |text: &str| text.to_owned();
    let asked = match read.plain[..] {
        [pair, "entries", point] => {
            let path = read.take("--path").unwrap_or_default();
            Asked::Entries { pair: text(pair), point: text(point), path, glob: read.take("--glob") }
        }
        [] => Asked::Names,
        [pair, "recovery-points"] => Asked::Points { pair: text(pair) },
        [pair, "versions", path] => Asked::Versions { pair: text(pair), path: text(path) },
        [pair, "diff", from, to] => Asked::Diff { pair: text(pair), from: text(from), to: text(to) },
        _ => return None,
    };
    read.is_empty().then_some((asked, how))
}

/// Asks, and writes what was found.
pub async fn answer(place: &Place, asked: Asked, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    match asked {
        Asked::Names => {
            let names = place.names().await?;
            write(out, json, &names, |out| names.iter().try_for_each(|name| writeln!(out, "{name}")))?;
        }
        Asked::Points { pair } => {
            let points = place.points(&pair).await?;
            write(out, json, &points, |out| points.iter().try_for_each(|point| write_point(point, out)))?;
        }
        Asked::Entries { pair, point, path, glob } => {
            let mut next = None;
            loop {
                let asked = EntriesAsked { path: path.clone(), glob: glob.clone(), limit: None, next };
                let page: EntriesPage = place.entries(&pair, &point, asked).await?;
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
            let versions = place.versions(&pair, &path).await?;
            write(out, json, &versions, |out| {
                versions.iter().try_for_each(|version| write_version(version, out))
            })?;
        }
        Asked::Diff { pair, from, to } => {
            let diff = place.diff(&pair, &from, &to).await?;
            write(out, json, &diff, |out| write_diff(&diff, out))?;
        }
    }
    Ok(())
}

pub(super) fn write<T: Serialize>(
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

pub(super) fn write_diff(diff: &Preview, out: &mut dyn Write) -> io::Result<()> {
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
        let how = |json| How { app: None, json };
        assert_eq!(parse(&["--json"]), Some((Asked::Names, how(true))));
        let entries = Asked::Entries {
            pair: "p".to_owned(),
            point: "c".to_owned(),
            path: "a".to_owned(),
            glob: Some("*.x".to_owned()),
        };
        assert_eq!(
            parse(&["p", "entries", "c", "--glob", "*.x", "--path", "a"]),
            Some((entries, how(false)))
        );
        let diff = Asked::Diff { pair: "p".to_owned(), from: "a".to_owned(), to: "b".to_owned() };
        let asked = parse(&["--app", "https://a"]).expect("it is understood");
        assert_eq!(asked.1.app.as_deref(), Some("https://a"));
        assert_eq!(parse(&["p", "diff", "a", "b"]), Some((diff, how(false))));
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
