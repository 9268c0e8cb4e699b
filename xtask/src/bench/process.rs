//! The emulator in a process of its own, so that its share of the processor can be told from the benchmark's.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use file_share_emulator::CpuTime;
use reqwest::Url;

/// Killed when it is dropped.
#[derive(Debug)]
pub(crate) struct EmulatorProcess {
    child: Child,
    endpoints: Vec<Url>,
    control: Url,
    /// Kept open, because whoever prints into a closed pipe dies of it.
    _output: BufReader<ChildStdout>,
}

impl EmulatorProcess {
    /// With accounts that have one key, and further arguments.
    pub(crate) fn start(binary: &Path, accounts: &[&str], key: &str, arguments: &[String]) -> Result<Self> {
        let mut command = Command::new(binary);
        for account in accounts {
            command.arg("--account").arg(format!("{account}:{key}"));
        }
        let mut child = command
            .args(["--control", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("Starting {}", binary.display()))?;
        let mut output = BufReader::new(child.stdout.take().context("The emulator has no output")?);
        match addresses(&mut output, accounts.len()) {
            Ok((endpoints, control)) => Ok(Self { child, endpoints, control, _output: output }),
            Err(error) => {
                child.kill().context("Stopping an emulator that did not start")?;
                child.wait()?;
                Err(error.context("The emulator did not start"))
            }
        }
    }

    /// Of the first account.
    pub(crate) fn address(&self) -> SocketAddr {
        let port = self.endpoints[0].port().expect("the emulator names its ports");
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Of the accounts, in their order, by http.
    pub(crate) fn endpoints(&self) -> &[Url] {
        &self.endpoints
    }

    pub(crate) fn control(&self) -> &Url {
        &self.control
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

/// Two lines for each account, http and https, and one for the control API.
fn addresses(output: &mut impl BufRead, accounts: usize) -> Result<(Vec<Url>, Url)> {
    let mut lines = output.lines();
    let mut next = || -> Result<String> { Ok(lines.next().context("It printed too few addresses")??) };
    let mut endpoints = Vec::new();
    for _ in 0..accounts {
        endpoints.push(Url::parse(&next()?)?);
        next()?;
    }
    let line = next()?;
    let control = line.strip_prefix("control ").with_context(|| format!("It printed {line:?}"))?;
    Ok((endpoints, Url::parse(control)?))
}
