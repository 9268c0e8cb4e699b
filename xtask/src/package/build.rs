//! The handler for the platform: static, because nobody promises which C library is there
//! (docs/decisions/0009-a-static-handler.md).

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::repository;
use crate::tools::pip;

const TARGET: &str = "x86_64-unknown-linux-musl";
const PROFILE: &str = "deployed";
/// For C that tells when it was compiled: 1980, as in the zip.
const EPOCH: &str = "315532800";

pub(super) fn handler() -> Result<PathBuf> {
    provide_target()?;
    let tools = pip::install("zig", &repository::root().join("tools/zig"))?;
    let mut build = repository::cargo();
    build.args(["zigbuild", "--locked", "--profile", PROFILE, "--target", TARGET]);
    build.args(["-p", "azure-files-backup", "--bin", "handler"]);
    build.env("PATH", before_path(tools.join("bin"))?).env("PYTHONPATH", &tools);
    let (flags, c_flags) = unplaced()?;
    build.env("RUSTFLAGS", flags).env("CFLAGS", c_flags).env("SOURCE_DATE_EPOCH", EPOCH);
    repository::built(&mut build, "handler")
}

/// The standard library of the target, unless it is there.
fn provide_target() -> Result<()> {
    let library =
        repository::output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    if PathBuf::from(library.trim()).is_dir() {
        return Ok(());
    }
    let added =
        Command::new("rustup").args(["target", "add", TARGET]).current_dir(repository::root()).status();
    let added = added.context("Starting rustup, which installs the standard library for a static handler")?;
    ensure!(added.success(), "`rustup target add {TARGET}` ended with {added}");
    Ok(())
}

fn before_path(first: PathBuf) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(first).chain(std::env::split_paths(&path)))?)
}

/// Flags that keep the places of this machine out of the binary, for Rust and for C.
fn unplaced() -> Result<(String, String)> {
    let sysroot = repository::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("Cargo has no home")?;
    let places = [
        (repository::target(), "target"),
        (repository::root().to_owned(), "source"),
        (home, "cargo"),
        (PathBuf::from(sysroot.trim()), "rust"),
    ];
    let flags = |option: &str| {
        let flags = places.iter().map(|(place, name)| format!("{option}={}={name}", place.display()));
        flags.collect::<Vec<_>>().join(" ")
    };
    Ok((flags("--remap-path-prefix"), flags("-ffile-prefix-map")))
}
