//! The browser, and what it saw.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use crate::repository;
use crate::tools::{Chromium, Unavailable, folder, npm};

/// Desktop, dark, phone and forced colours.
pub(super) const VIEWS: usize = 4;
/// A page of our own on which everything is wrong: what is not found on it would be found nowhere.
pub(super) const CONTROL: &str = "control";
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) struct Page {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) title: String,
}

/// What was seen of a page in one view.
#[derive(Debug, Deserialize)]
pub(super) struct Look {
    pub(super) name: String,
    view: String,
    status: u16,
    title: String,
    requests: Vec<String>,
    /// Errors and warnings.
    console: Vec<String>,
    /// Of the page's policy.
    pub(super) violations: Vec<String>,
    pub(super) axe: Vec<String>,
    /// It is wider than the screen.
    overflow: bool,
}

impl Look {
    pub(super) fn complaints(&self, page: &Page) -> Vec<String> {
        let Self { view, status, title, requests, console, violations, axe, overflow, .. } = self;
        let mut complaints = Vec::new();
        let mut complain = |what: String| complaints.push(format!("{} ({view}): {what}", page.name));
        if *status != 200 || *title != page.title {
            complain(format!("{status} with the title {title:?}, not {:?}", page.title));
        }
        if requests.len() != 1 {
            complain(format!("{} requests: {requests:?}", requests.len()));
        }
        for (what, found) in [("console", console), ("policy", violations), ("axe", axe)] {
            if !found.is_empty() {
                complain(format!("{what}: {}", found.join("; ")));
            }
        }
        if *overflow {
            complain("wider than the screen".to_owned());
        }
        complaints
    }
}

pub(super) struct Browser {
    chromium: Chromium,
    packages: PathBuf,
}

impl Browser {
    /// The inner error says why there is none on this machine.
    pub(super) fn install() -> Result<Result<Self, String>> {
        let packages = match npm::install("browser", &repository::root().join("xtask/browser")) {
            Ok(packages) => packages,
            Err(error) if error.is::<Unavailable>() => return Ok(Err(format!("{error:#}"))),
            Err(error) => return Err(error),
        };
        Ok(Chromium::install().map(|chromium| Self { chromium, packages }))
    }

    /// In every view, the control page besides.
    pub(super) async fn look(&self, pages: &[Page]) -> Result<Vec<Look>> {
        let scripts = repository::root().join("xtask/browser");
        let pictures = folder().join("dashboard");
        std::fs::create_dir_all(&pictures)?;
        let control =
            json!({"name": CONTROL, "url": format!("file://{}", scripts.join("control.html").display())});
        let pages = pages.iter().map(|page| json!({"name": page.name, "url": page.url}));
        let task = json!({
            "packages": self.packages,
            "program": self.chromium.program(),
            "environment": self.chromium.environment(),
            "pages": pages.chain([control]).collect::<Vec<_>>(),
            "pictures": pictures,
        });
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), task.to_string())?;
        let mut node = Command::new("node");
        node.arg(scripts.join("look.mjs")).arg(file.path()).kill_on_drop(true);
        let output = tokio::time::timeout(PATIENCE, node.output()).await;
        let output = output.context("The browser is not done in time")?.context("Starting node")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "The browser ended with {}: {said}", output.status);
        serde_json::from_slice(&output.stdout).context("Reading what the browser saw")
    }
}
