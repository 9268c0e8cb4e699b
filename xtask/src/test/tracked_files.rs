//! Nothing in the repository may depend on the machine where it was written.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::{Options, Outcome};
use crate::repository::{root, tracked_files};

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
    let here = root().display().to_string();
    let forbidden = || FORBIDDEN.into_iter().chain([here.as_str()]);
    let mut found = Vec::new();
    for name in tracked_files()? {
        let bytes = fs::read(root().join(&name)).with_context(|| format!("Reading {name}"))?;
        let text = String::from_utf8_lossy(&bytes);
        let named = forbidden().filter(|it| text.contains(it));
        found.extend(named.map(|it| format!("{name} names {it}")));
    }
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(Outcome::Passed)
}
