//! The map is the house: ARCHITECTURE.md names what there is, and the packages know only whom it lets them know.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, ensure};

use super::{Options, Outcome};
use crate::repository::{members, root, tracked_files};

/// Who must not know whom, tests aside.
const STRANGERS: [(&str, &[&str]); 7] = [
    ("azure_storage", &["azure_storage_file_share", "azure-files-backup"]),
    ("azure_storage_file_share", &["azure-files-backup", "file_share_emulator"]),
    (
        "file_share_emulator",
        &["azure_storage", "azure_storage_file_share", "azure-files-backup", "azure_core"],
    ),
    ("functions_host", &["azure-files-backup", "azure_storage_file_share"]),
    ("ingestion", &["azure-files-backup", "azure_storage"]),
    ("share_tree", &["azure-files-backup", "file_share_emulator", "functions_host"]),
    ("azure-files-backup", &["file_share_emulator", "functions_host", "ingestion", "share_tree"]),
];

pub(super) fn check(_: &Options) -> Result<Outcome> {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).context("Reading ARCHITECTURE.md")?;
    let mut mistakes = Vec::new();
    for part in parts()?.iter().filter(|part| !map.contains(&format!("`{part}`"))) {
        mistakes.push(format!("The map does not name `{part}`"));
    }
    let files = tracked_files()?;
    for path in paths(&map).into_iter().filter(|path| !is_there(path, &files)) {
        mistakes.push(format!("The map names `{path}`, which is not there"));
    }
    mistakes.extend(acquaintances()?);
    ensure!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    Ok(Outcome::Passed)
}

/// The parts that the map has a line for.
fn parts() -> Result<Vec<String>> {
    let mut parts = Vec::new();
    for folder in ["src", "crates"] {
        for entry in fs::read_dir(root().join(folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let slash = if entry.file_type()?.is_dir() { "/" } else { "" };
            if name != "lib.rs" {
                parts.push(format!("{folder}/{name}{slash}"));
            }
        }
    }
    parts.sort();
    Ok(parts)
}

/// What stands between backticks and is a folder or a source file.
fn paths(map: &str) -> BTreeSet<&str> {
    let quoted = map.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    quoted.filter(|text| !text.contains(' ') && (text.ends_with('/') || text.ends_with(".rs"))).collect()
}

/// The map may leave out the beginning of a path.
fn is_there(path: &str, files: &[String]) -> bool {
    let inside = format!("/{path}");
    files.iter().map(|file| format!("/{file}")).any(|file| match path.ends_with('/') {
        true => file.contains(&inside),
        false => file.ends_with(&inside),
    })
}

fn acquaintances() -> Result<Vec<String>> {
    let packages = members()?;
    let mut mistakes = Vec::new();
    for (name, strangers) in STRANGERS {
        let package = packages.iter().find(|package| package["name"] == name);
        let package = package.with_context(|| format!("There is no package {name}"))?;
        let dependencies = package["dependencies"].as_array().context("A package names no dependencies")?;
        let known =
            dependencies.iter().filter(|it| it["kind"].is_null()).filter_map(|it| it["name"].as_str());
        let met = known.filter(|known| strangers.contains(known));
        mistakes.extend(met.map(|known| format!("{name} must not know {known}")));
    }
    Ok(mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_code() {
        let map = "| `src/main.rs` | `Backup` |\n`GET /`, `application/json`, `xtask/` and `azure_*`";
        assert_eq!(paths(map).into_iter().collect::<Vec<_>>(), ["src/main.rs", "xtask/"]);
    }

    #[test]
    fn the_beginning_of_a_path_may_be_left_out() {
        let files = ["src/sync/apply/copy.rs".to_owned()];
        for path in ["src/", "sync/apply/", "apply/copy.rs", "src/sync/apply/copy.rs"] {
            assert!(is_there(path, &files), "{path}");
        }
        for path in ["crates/", "ply/copy.rs", "sync/apply.rs"] {
            assert!(!is_there(path, &files), "{path}");
        }
    }
}
