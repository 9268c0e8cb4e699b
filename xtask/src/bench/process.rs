//! The emulator in a process of its own, so that its share of the processor can be told from the benchmark's.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use file_share_emulator::CpuTime;

/// Killed when it is dropped.
#[derive(Debug)]
pub(crate) struct EmulatorProcess {
    child: Child,
    address: SocketAddr,
    /// Kept open, since it prints more than is read here.
    _output: BufReader<ChildStdout>,
}

impl EmulatorProcess {
    /// With one account and further arguments.
    pub(crate) fn start(binary: &Path, account: &str, key: &str, arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(binary)
            .arg("--account")
            .arg(format!("{account}:{key}"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("Starting {}", binary.display()))?;
        let mut output = BufReader::new(child.stdout.take().context("The emulator has no output")?);
        let mut endpoint = String::new();
        output.read_line(&mut endpoint).context("Reading the emulator's endpoint")?;
        let address = endpoint.strip_prefix("http://").and_then(|rest| rest.split('/').next()?.parse().ok());
        match address {
            Some(address) => Ok(Self { child, address, _output: output }),
            None => {
                child.kill().context("Stopping an emulator that did not start")?;
                child.wait()?;
                anyhow::bail!("The emulator printed no endpoint but {endpoint:?}")
            }
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has used of the processor so far.
    pub(crate) fn cpu(&self) -> Result<CpuTime> {
        CpuTime::of(self.child.id())
    }
}

impl Drop for EmulatorProcess {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to do.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}
