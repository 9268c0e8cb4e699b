//! The handler in a process of its own, spoken to as the host speaks to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use functions_host::ReservedPort;
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::usage::Usage;

const READY_WITHIN: Duration = Duration::from_secs(30);

/// Killed when it is dropped.
pub(super) struct App {
    process: Child,
    port: ReservedPort,
    http: Client,
}

/// What the benchmarks read of a cycle's report.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cycle {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) status: Option<String>,
    pub(super) compared: u64,
    pub(super) seeded: Option<Value>,
    pub(super) failed: u64,
    pub(super) failures: Vec<Value>,
    pub(super) source_snapshot: Option<String>,
    pub(super) target_snapshot: Option<String>,
    pub(super) guard: Option<Value>,
    pub(super) error: Option<Value>,
}

#[derive(Deserialize)]
struct Pair {
    cycle: Option<Cycle>,
}

impl App {
    /// Its console goes into `log`.
    pub(super) async fn start(
        binary: &Path,
        settings: &BTreeMap<String, String>,
        log: &Path,
        http: Client,
    ) -> Result<Self> {
        let port = ReservedPort::any()?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let process = Command::new(binary)
            .env_clear()
            .envs(settings)
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.number().to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("Starting {}", binary.display()))?;
        let mut app = Self { process, port, http };
        let ready = tokio::time::timeout(READY_WITHIN, app.answers()).await;
        ready.context("The handler does not answer")??;
        Ok(app)
    }

    async fn answers(&mut self) -> Result<()> {
        while self.http.get(self.url("")).send().await.is_err() {
            let ended = self.process.try_wait()?;
            ensure!(ended.is_none(), "The handler ended before it answered");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Fires the timer that starts a cycle, to the end of the invocation.
    pub(super) async fn fire(&self) -> Result<StatusCode> {
        self.fire_timer("backup-timer").await
    }

    pub(super) async fn fire_timer(&self, function: &str) -> Result<StatusCode> {
        let timer = json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": null, "IsPastDue": false});
        let sys = json!({"MethodName": function, "UtcNow": "2026-03-01T03:00:00.0481234Z"});
        let envelope = json!({"Data": {"timer": timer}, "Metadata": {"sys": sys}});
        let request = self.http.post(self.url(function)).body(envelope.to_string());
        Ok(request.send().await.context("Firing the timer")?.status())
    }

    /// The newest cycle of the pair.
    pub(super) async fn cycle(&self, pair: &str) -> Result<Cycle> {
        let status: Pair = self.get(&format!("pairs/{pair}")).await?;
        status.cycle.context("The app knows of no cycle")
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T> {
        let answer = self.http.get(self.url(&format!("api/{route}"))).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status == StatusCode::OK, "GET /api/{route} answered {status}: {text}");
        serde_json::from_str(&text).with_context(|| format!("GET /api/{route} answered {text}"))
    }

    pub(super) async fn decide(&self, pair: &str, decision: Value) -> Result<()> {
        self.post(&format!("pairs/{pair}/decisions"), &decision).await.map(drop)
    }

    /// To its end.
    pub(super) async fn restore(&self, pair: &str, asked: Value) -> Result<Cycle> {
        let told = self.post(&format!("pairs/{pair}/restores"), &asked).await?;
        serde_json::from_str(&told).with_context(|| format!("The restore answered {told}"))
    }

    async fn post(&self, route: &str, body: &Value) -> Result<String> {
        let answer = self.http.post(self.url(&format!("api/{route}"))).body(body.to_string()).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status == StatusCode::OK, "{body} was answered with {status}: {text}");
        Ok(text)
    }

    /// How the newest cycle stands, while it runs.
    pub(super) async fn state(&self, pair: &str) -> Result<String> {
        let status: Pair = self.get(&format!("pairs/{pair}")).await?;
        Ok(status.cycle.map(|cycle| cycle.state).unwrap_or_default())
    }

    pub(super) fn usage(&self) -> Result<Usage> {
        Usage::of(self.process.id().context("The handler has ended")?)
    }

    pub(super) async fn kill(mut self) -> Result<()> {
        self.process.kill().await.context("Killing the handler")
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port.number())
    }
}

impl Cycle {
    /// Where the plan waits for a person.
    pub(super) fn waits_with_digest(&self) -> Option<&str> {
        let guard = self.guard.as_ref().filter(|_| self.state == "AwaitingApproval")?;
        guard["digest"].as_str()
    }

    /// A figure of anything less is not quoted.
    pub(super) fn succeeded(&self) -> Result<()> {
        let Self { state, status, error, guard, failed, .. } = self;
        ensure!(
            status.as_deref() == Some("Succeeded") && *failed == 0,
            "Cycle {} is {state} with status {status:?}, {failed} failures, error {error:?}, guard {guard:?}: {:?}",
            self.id,
            self.failures.iter().take(3).collect::<Vec<_>>()
        );
        Ok(())
    }
}
