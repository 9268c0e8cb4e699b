//! AzCopy from its npm package: pinned by the lock file, checked by its hash, with the libraries that it needs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::{debian, folder, npm};

const PROGRAM: &str = "node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64";
const SHA256: &str = "1ab08986f144ff190d68eaf6715a8d4818aae500212b0eca5a70d2f85bbc6b0f";

const RUNS_HERE: bool = cfg!(all(target_os = "linux", target_arch = "x86_64"));

pub(crate) struct AzCopy {
    program: PathBuf,
    libraries: PathBuf,
}

impl AzCopy {
    /// The inner error says why AzCopy cannot be had on this machine.
    pub(crate) fn install() -> Result<Result<Self, String>> {
        if !RUNS_HERE {
            return Ok(Err("this AzCopy is for Linux on x86-64".into()));
        }
        let npm = match npm::install_tools() {
            Ok(npm) => npm,
            Err(error) => return Ok(Err(format!("{error:#}"))),
        };
        let program = program(&npm)?;
        let libraries = debian::provide_libraries(&program, &libraries());
        Ok(libraries.map(|libraries| Self { program, libraries }))
    }

    /// As it was installed before, if it was: nothing is fetched.
    pub(crate) fn installed() -> Result<Option<Self>> {
        let Some(npm) = npm::installed_tools()?.filter(|_| RUNS_HERE) else { return Ok(None) };
        let program = program(&npm)?;
        let libraries = debian::provided_libraries(&program, &libraries());
        Ok(libraries.map(|libraries| Self { program, libraries }))
    }

    /// With its logs and plans in the given folder, and five minutes at most.
    pub(crate) fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new("timeout");
        command.args(["-k", "5", "300"]).arg(&self.program);
        self.prepared(command, folder)
    }

    /// The same without a limit, and with nothing between it and who measures it.
    pub(crate) fn bare(&self, folder: &Path) -> Command {
        self.prepared(Command::new(&self.program), folder)
    }

    /// One command on whole trees, to its end.
    pub(crate) async fn run(&self, folder: &Path, verb: &str, arguments: &[&str]) -> Result<()> {
        let mut command = tokio::process::Command::from(self.command(folder));
        command.arg(verb).args(arguments).arg("--recursive");
        let output = command.output().await.context("Starting AzCopy")?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "AzCopy ended with {}:\n{text}", output.status);
        Ok(())
    }

    fn prepared(&self, mut command: Command, folder: &Path) -> Command {
        command.env("LD_LIBRARY_PATH", &self.libraries);
        command.env("AZCOPY_LOG_LOCATION", folder.join("azcopy-logs"));
        command.env("AZCOPY_JOB_PLAN_LOCATION", folder.join("azcopy-plans"));
        command.env("AZCOPY_DISABLE_SYSLOG", "true").stdin(std::process::Stdio::null());
        command
    }
}

/// The pinned one.
fn program(npm: &Path) -> Result<PathBuf> {
    let program = npm.join(PROGRAM);
    let bytes = fs::read(&program).with_context(|| format!("Reading {}", program.display()))?;
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(hash == SHA256, "{} has the SHA-256 {hash}, which is not the pinned one", program.display());
    // The package's own install script would do this; scripts are not run.
    fs::set_permissions(&program, Permissions::from_mode(0o755))?;
    Ok(program)
}

fn libraries() -> PathBuf {
    folder().join("debian")
}
