//! The deployable package: handler, host.json, and one first-level folder for each function.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use zip::ZipArchive;

use crate::function_json::{Function, Trigger};
use crate::host_json::HostJson;

/// A package on disk that the host would accept.
#[derive(Clone, Debug)]
pub struct Package {
    root: PathBuf,
    pub(crate) host: HostJson,
    functions: Vec<Function>,
}

impl Package {
    /// Builds a package in a new or empty folder from the repository's `host.json` and
    /// `function-definitions/`, and from a handler that was compiled before.
    pub fn assemble(repository: &Path, handler: &Path, into: &Path) -> anyhow::Result<Package> {
        provide_empty(into)?;
        let installed = into.join("handler");
        copy(handler, &installed)?;
        fs::set_permissions(&installed, fs::Permissions::from_mode(0o755))?;
        copy(&repository.join("host.json"), &into.join("host.json"))?;
        let definitions = repository.join("function-definitions");
        for folder in folders(&definitions)? {
            let name = folder.file_name().context("A listed folder has a name")?;
            let target = into.join(name);
            fs::create_dir(&target)?;
            copy(&folder.join("function.json"), &target.join("function.json"))?;
        }
        Package::read(into)
    }

    /// Opens a zip as the platform does, in a new or empty folder, with the modes that the zip tells.
    pub fn unpack(zip: &Path, into: &Path) -> anyhow::Result<Package> {
        provide_empty(into)?;
        let file = fs::File::open(zip).with_context(|| format!("Opening {}", zip.display()))?;
        let mut archive = ZipArchive::new(file).with_context(|| format!("Reading {}", zip.display()))?;
        archive.extract(into).with_context(|| format!("Unpacking {}", zip.display()))?;
        Package::read(into)
    }

    /// Reads a package as the host does at start, and reports every mistake at once.
    pub fn read(root: &Path) -> anyhow::Result<Package> {
        // A relative command would be looked up in the handler's working directory.
        let root = fs::canonicalize(root).with_context(|| format!("Opening package {}", root.display()))?;
        let text = fs::read_to_string(root.join("host.json"))
            .with_context(|| format!("Reading host.json of package {}", root.display()))?;
        let host = HostJson::parse(&text).map_err(|mistakes| rejected(&root, &mistakes))?;
        let mut functions = Vec::new();
        let mut mistakes = Vec::new();
        for folder in folders(&root)? {
            match read_function(&folder, &host) {
                Ok(function) => functions.extend(function),
                Err(mistake) => mistakes.push(format!("{}: {mistake}", folder.display())),
            }
        }
        mistakes.extend(overlaps(&functions));
        let executable = &host.description.default_executable_path;
        if !executable.contains('%') && find_executable(&root, &host, executable).is_none() {
            mistakes.push(format!("{executable}: no such executable file"));
        }
        if functions.is_empty() && mistakes.is_empty() {
            mistakes.push("There are no functions".to_string());
        }
        if mistakes.is_empty() {
            Ok(Package { root, host, functions })
        } else {
            Err(rejected(&root, &mistakes))
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// In the order of their names.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }
}

fn provide_empty(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("Creating {}", folder.display()))?;
    ensure!(fs::read_dir(folder)?.next().is_none(), "Folder {} is not empty", folder.display());
    Ok(())
}

/// A relative path is looked up below the script root or `workerDirectory`, then on PATH.
pub(crate) fn find_executable(root: &Path, host: &HostJson, executable: &str) -> Option<PathBuf> {
    let base = root.join(host.description.worker_directory.as_deref().unwrap_or_default());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(executable));
    std::iter::once(base.join(executable)).chain(on_path).find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn read_function(folder: &Path, host: &HostJson) -> Result<Option<Function>, String> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<Result<_, _>>())
        .map_err(|error| error.to_string())?;
    let Some(index) = files.iter().position(|file| file == "function.json") else { return Ok(None) };
    files.swap_remove(index);
    if let Some(file) = files.first() {
        return Err(format!("{} stands beside function.json", file.display()));
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(folder.join("function.json")).map_err(|error| error.to_string())?;
    Function::parse(&name, &text, &host.route_prefix, host.is_forwarding).map(Some)
}

fn overlaps(functions: &[Function]) -> Vec<String> {
    let http = |function: &Function| match &function.trigger {
        Trigger::Http(http) => Some((function.name.clone(), http.clone())),
        Trigger::Timer(_) => None,
    };
    let routes: Vec<_> = functions.iter().filter_map(http).collect();
    let mut mistakes = Vec::new();
    for (index, (name, route)) in routes.iter().enumerate() {
        let clashes = routes[..index].iter().filter(|(_, other)| route.overlaps(other));
        mistakes.extend(clashes.map(|(other, _)| format!("Routes of {other} and {name} overlap")));
    }
    mistakes
}

fn folders(parent: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(parent).with_context(|| format!("Listing {}", parent.display()))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.is_file() {
        bail!("{} is missing", from.display());
    }
    fs::copy(from, to).with_context(|| format!("Copying {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn rejected(root: &Path, mistakes: &[String]) -> anyhow::Error {
    anyhow::anyhow!("Package {} is rejected: {}", root.display(), mistakes.join("; "))
}
