//! Nothing in the repository may depend on the machine where it was written.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Options, Outcome};
use crate::repository::root;

/// Registries, and the places where machines keep people's folders. Split, so that this file does not name them.
const FORBIDDEN: [&str; 8] = [
    concat!("registry.", "npmjs"),
    concat!("static.", "crates.io"),
    concat!("pypi.", "org"),
    concat!("deb.", "debian.org"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/tm", "p/"),
    concat!("/Us", "ers/"),
];

pub(super) fn check(_: &Options) -> Result<Outcome> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let output = output.context("Starting git")?;
    ensure!(output.status.success(), "git ls-files failed");
    let names = String::from_utf8(output.stdout).context("Reading the names of tracked files")?;
    let mut forbidden: Vec<String> = FORBIDDEN.iter().map(ToString::to_string).collect();
    forbidden.push(root().display().to_string());
    let mut found = Vec::new();
    for name in names.split_terminator('\0') {
        // A file may have been deleted and not yet committed.
        let Ok(bytes) = fs::read(root().join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        found.extend(
            forbidden.iter().filter(|it| text.contains(it.as_str())).map(|it| format!("{name} names {it}")),
        );
    }
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(Outcome::Passed)
}
