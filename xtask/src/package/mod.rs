//! `cargo xtask package`: the zip that is deployed, the same bytes from the same sources on any machine.

mod archive;
mod build;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use functions_host::Package;
use serde::Serialize;

use crate::{Usage, repository};

const NAME: &str = "azure-files-backup.zip";

pub(crate) struct Options {
    out: PathBuf,
    json: bool,
}

/// What was made, and what is in it.
#[derive(Debug, Serialize)]
pub(crate) struct Packed {
    pub(crate) zip: PathBuf,
    pub(crate) bytes: u64,
    sha256: String,
    functions: Vec<String>,
    contents: Vec<archive::Content>,
}

impl Options {
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self> {
        let mut options = Self { out: default_out(), json: false };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--json" => options.json = true,
                "--out" => match arguments.next() {
                    Some(out) => options.out = out.into(),
                    None => bail!(Usage("--out needs the path of the zip".to_owned())),
                },
                other => {
                    bail!(Usage(format!("{other} is not known; `cargo xtask package [--out FILE] [--json]`")))
                }
            }
        }
        Ok(options)
    }
}

pub(crate) fn main(options: &Options) -> Result<bool> {
    let packed = make(&options.out)?;
    if options.json {
        println!("{}", serde_json::to_string(&packed)?);
        return Ok(true);
    }
    println!("{}: {} bytes, SHA-256 {}", packed.zip.display(), packed.bytes, packed.sha256);
    for content in &packed.contents {
        println!("{:o} {:>10}  {}", content.mode, content.bytes, content.name);
    }
    Ok(true)
}

/// The zip where it lies by default.
pub(crate) fn make_default() -> Result<Packed> {
    make(&default_out())
}

fn make(out: &std::path::Path) -> Result<Packed> {
    let handler = build::handler()?;
    let folder = tempfile::tempdir()?;
    let package = Package::assemble(repository::root(), &handler, folder.path())?;
    let (contents, sha256) = archive::write(package.root(), out)?;
    let zip = out.canonicalize().with_context(|| format!("Opening {}", out.display()))?;
    let functions = package.functions().iter().map(|function| function.name.clone()).collect();
    Ok(Packed { bytes: zip.metadata()?.len(), zip, sha256, functions, contents })
}

fn default_out() -> PathBuf {
    repository::target().join(NAME)
}
