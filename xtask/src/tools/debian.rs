//! Shared libraries from Debian packages, unpacked without root. Only what the loader does not find is fetched.

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
                let status = Command::new("dpkg-deb").arg("-x").arg(&file).arg(into).status();
                ensure!(
                    status.context("Starting dpkg-deb")?.success(),
                    "Unpacking {} failed",
                    file.display()
                );
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
    let own = into.with_file_name("apt");
    fs::create_dir_all(own.join("lists/partial"))?;
    fs::create_dir_all(own.join("cache/archives/partial"))?;
    let options = [
        format!("-oDir::State::lists={}", own.join("lists").display()),
        format!("-oDir::Cache={}", own.join("cache").display()),
        "-oAPT::Sandbox::User=".to_owned(),
    ];
    apt_get(&[&options[..], &["update".to_owned()]].concat())?;
    apt_get(&[&options[..], &download].concat())
}
