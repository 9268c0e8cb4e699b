//! Debian packages, unpacked without root: shared libraries, of which only those are fetched that the loader does not
//! find, and programs with all that this machine lacks of what they depend on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// Library and the packages it is in, by the names of Debian and of newer Ubuntus.
const PACKAGES: [(&str, &[&str]); 10] = [
    ("libsecret-1.so.0", &["libsecret-1-0"]),
    ("libglib-2.0.so.0", &["libglib2.0-0", "libglib2.0-0t64"]),
    ("libgobject-2.0.so.0", &["libglib2.0-0", "libglib2.0-0t64"]),
    ("libgio-2.0.so.0", &["libglib2.0-0", "libglib2.0-0t64"]),
    ("libgmodule-2.0.so.0", &["libglib2.0-0", "libglib2.0-0t64"]),
    ("libgcrypt.so.20", &["libgcrypt20"]),
    ("libgpg-error.so.0", &["libgpg-error0"]),
    ("libffi.so.8", &["libffi8"]),
    ("libpcre2-8.so.0", &["libpcre2-8-0"]),
    ("libmount.so.1", &["libmount1"]),
];

const FOLDER: &str = "usr/lib/x86_64-linux-gnu";

/// The folder for `LD_LIBRARY_PATH`, if nothing is missing.
pub(super) fn provided_libraries(program: &Path, into: &Path) -> Option<PathBuf> {
    let folder = into.join(FOLDER);
    missing_libraries(program, &folder).is_ok_and(|missing| missing.is_empty()).then_some(folder)
}

/// The same with what is missing fetched, or what cannot be had.
pub(super) fn provide_libraries(program: &Path, into: &Path) -> Result<PathBuf, String> {
    let folder = into.join(FOLDER);
    let mut before = Vec::new();
    loop {
        let missing = missing_libraries(program, &folder).map_err(|error| format!("{error:#}"))?;
        if missing.is_empty() {
            return Ok(folder);
        }
        if missing == before {
            return Err(format!("the libraries {} cannot be had", missing.join(", ")));
        }
        for library in &missing {
            unpack(library, into).map_err(|error| format!("{error:#}"))?;
        }
        before = missing;
    }
}

fn missing_libraries(program: &Path, folder: &Path) -> Result<Vec<String>> {
    let output =
        Command::new("ldd").arg(program).env("LD_LIBRARY_PATH", folder).output().context("Starting ldd")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let missing = text.lines().filter_map(|line| line.trim().strip_suffix(" => not found"));
    Ok(missing.map(str::to_owned).collect())
}

fn unpack(library: &str, into: &Path) -> Result<()> {
    let known = PACKAGES.iter().find(|(name, _)| *name == library);
    let (_, packages) = known.with_context(|| format!("No package is known for the library {library}"))?;
    let downloads = into.join("downloads");
    fs::create_dir_all(&downloads)?;
    for package in *packages {
        if download(package, &downloads)? {
            for file in fs::read_dir(&downloads)? {
                let file = file?.path();
                unpack_file(&file, into)?;
                fs::remove_file(file)?;
            }
            return Ok(());
        }
    }
    bail!("No package with the library {library} can be downloaded")
}

/// With the machine's package lists, or with lists of our own where it has none.
fn download(package: &str, into: &Path) -> Result<bool> {
    let apt_get = |arguments: &[String]| {
        let output =
            Command::new("apt-get").args(arguments).current_dir(into).output().context("Starting apt-get")?;
        anyhow::Ok(output.status.success())
    };
    let download = ["download".to_owned(), package.to_owned()];
    if apt_get(&download)? {
        return Ok(true);
    }
    let options = own_lists(&into.with_file_name("apt"))?;
    apt_get(&[&options[..], &["update".to_owned()]].concat())?;
    apt_get(&[&options[..], &download].concat())
}

/// Package lists and packages in a folder of ours, where no root is needed.
fn own_lists(own: &Path) -> Result<[String; 4]> {
    fs::create_dir_all(own.join("lists/partial"))?;
    fs::create_dir_all(own.join("cache/archives/partial"))?;
    Ok([
        format!("-oDir::State::lists={}", own.join("lists").display()),
        format!("-oDir::Cache={}", own.join("cache").display()),
        "-oAPT::Sandbox::User=".to_owned(),
        "-oDebug::NoLocking=1".to_owned(),
    ])
}

/// Unpacks packages, also where they are installed, with what they need and this machine has not.
pub(super) fn unpack_programs(packages: &[&str], into: &Path) -> Result<()> {
    let own = into.with_extension("apt");
    let options = own_lists(&own)?;
    let apt_get = |arguments: &[&str]| {
        let output = Command::new("apt-get").args(&options).args(arguments).output();
        let output = output.context("Starting apt-get")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "apt-get {}: {}", arguments.join(" "), said.trim());
        Ok(())
    };
    apt_get(&["update"])?;
    let install = ["install", "--yes", "--download-only", "--reinstall", "--no-install-recommends"];
    apt_get(&[&install[..], packages].concat())?;
    for file in fs::read_dir(own.join("cache/archives"))? {
        let file = file?.path();
        if file.extension().is_some_and(|it| it == "deb") {
            unpack_file(&file, into)?;
        }
    }
    fs::remove_dir_all(&own).context("Removing the downloaded packages")
}

fn unpack_file(file: &Path, into: &Path) -> Result<()> {
    let status = Command::new("dpkg-deb").arg("-x").arg(file).arg(into).status();
    ensure!(status.context("Starting dpkg-deb")?.success(), "Unpacking {} failed", file.display());
    Ok(())
}
