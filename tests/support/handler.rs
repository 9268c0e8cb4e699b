//! The handler process without a host, spoken to as the host speaks to it.

use std::collections::BTreeMap;
use std::fs;
use std::process::{ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, RecoveryPoint};
use functions_host::ReservedPort;
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::process::{Child, Command};

use super::faulty::cheap_client;

pub type Variables = BTreeMap<String, String>;

/// The host's id of every invocation.
pub const INVOCATION: &str = "0b6f6a0e-6b6c-4c0f-9d9a-6f6a5f0d2c11";
/// Lines of the handler's console that are shown when a test fails.
const LAST_LINES: usize = 20;

fn command(variables: &Variables) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handler"));
    command.env_clear().envs(variables).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs the handler to its end.
pub async fn run(arguments: &[&str], variables: &Variables) -> Output {
    command(variables).args(arguments).output().await.expect("the handler runs")
}

/// A port of one's own. It is kept until the last test has ended, so that nobody else is given it.
pub fn free_port() -> u16 {
    static KEPT: Mutex<Vec<ReservedPort>> = Mutex::new(Vec::new());
    let port = ReservedPort::any().expect("a free port");
    let number = port.number();
    KEPT.lock().expect("nobody panics while holding the ports").push(port);
    number
}

/// What the handler answered to its timer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub content_type: String,
    pub body: Value,
}

/// What the handler wrote.
#[derive(Debug)]
pub struct Console {
    pub stdout: String,
    pub stderr: String,
}

/// A handler that serves. It is killed when it goes, and tells its last words when the test fails.
pub struct Handler {
    process: Child,
    url: String,
    http: reqwest::Client,
    // Files, because nobody has to empty them while the handler runs.
    stdout: NamedTempFile,
    stderr: NamedTempFile,
}

impl Handler {
    pub async fn start(port: u16, variables: &Variables) -> Self {
        let [stdout, stderr] = [(); 2].map(|()| NamedTempFile::new().expect("a file for the console"));
        let stream = |file: &NamedTempFile| Stdio::from(file.reopen().expect("the file is there"));
        let process = command(variables)
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .stdout(stream(&stdout))
            .stderr(stream(&stderr))
            .spawn()
            .expect("the handler starts");
        let url = format!("http://127.0.0.1:{port}");
        let mut handler = Self { process, url, http: cheap_client(), stdout, stderr };
        handler.ready().await;
        handler
    }

    /// As the host: asks every 25 ms, up to 30 s.
    async fn ready(&mut self) {
        for _ in 0..1_200 {
            if self.http.get(&self.url).send().await.is_ok() {
                return;
            }
            let ended = self.process.try_wait().expect("it was started");
            assert_eq!(ended, None, "The handler ended before it answered");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("The handler does not answer");
    }

    /// Without a slash at its end, for requests that only one test makes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Of the process.
    pub fn id(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// Fires the timer with the envelope of the host.
    pub async fn fire(&self) -> Answer {
        self.fire_timer("backup-timer").await
    }

    pub async fn fire_timer(&self, function: &str) -> Answer {
        self.fire_within(function, None).await
    }

    /// The same within an operation of the host.
    pub async fn fire_within(&self, function: &str, traceparent: Option<&str>) -> Answer {
        let timer = json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": null, "IsPastDue": false});
        let sys = json!({"MethodName": function, "UtcNow": "2026-03-01T03:00:00.0481234Z"});
        let envelope = json!({"Data": {"timer": timer}, "Metadata": {"sys": sys}});
        let request = self.http.post(format!("{}/{function}", self.url));
        let request = request
            .header("content-type", "application/json; charset=utf-8")
            .header("x-azure-functions-invocationid", INVOCATION);
        let request = traceparent.into_iter().fold(request, |request, id| request.header("traceparent", id));
        let answer = request.body(envelope.to_string()).send().await.expect("an answer");
        let content_type = answer.headers()["content-type"].to_str().expect("it is ASCII").to_owned();
        let status = answer.status();
        let body = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("it is JSON");
        Answer { status, content_type, body }
    }

    /// Fires a timer; whether an answer came.
    pub async fn send(&self, timer: &str) -> bool {
        let request = self.http.post(format!("{}/{timer}", self.url)).body("{}");
        match request.send().await {
            Ok(answer) => answer.bytes().await.is_ok(),
            Err(_) => false,
        }
    }

    /// Waits for the end of a process that was killed.
    pub async fn dead(mut self) {
        self.process.wait().await.expect("it ends");
    }

    /// Fires the timer; how that ended.
    pub async fn timer(&self) -> StatusCode {
        self.fire().await.status
    }

    /// Fires the timer; the newest cycle of `pair` afterwards.
    pub async fn cycle(&self, pair: &str) -> CycleReport {
        self.timer().await;
        self.newest(pair).await
    }

    pub async fn newest(&self, pair: &str) -> CycleReport {
        let cycles: Vec<CycleReport> = self.get(&format!("pairs/{pair}/cycles")).await;
        cycles.into_iter().next().expect("a cycle ran")
    }

    pub async fn recovery_points(&self, pair: &str) -> Vec<RecoveryPoint> {
        self.get(&format!("pairs/{pair}/recovery-points")).await
    }

    /// Nothing when it dies before it has answered.
    pub async fn try_get<T: DeserializeOwned>(&self, route: &str) -> Option<T> {
        let answer = self.http.get(format!("{}/api/{route}", self.url)).send().await.ok()?;
        serde_json::from_str(&answer.text().await.ok()?).ok()
    }

    pub async fn get<T: DeserializeOwned>(&self, route: &str) -> T {
        let answer = self.http.get(format!("{}/api/{route}", self.url)).send().await.expect("an answer");
        let (status, body) = (answer.status(), answer.text().await.expect("a whole answer"));
        assert_eq!(status, StatusCode::OK, "GET {route}: {body}");
        serde_json::from_str(&body).expect("the report as JSON")
    }

    /// Sends a signal by its name, and waits for the end.
    pub async fn end_with(mut self, signal: &str) -> ExitStatus {
        let id = self.process.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().await.expect("kill runs");
        assert!(sent.success());
        self.process.wait().await.expect("it ends")
    }

    /// Kills it; what it wrote until then.
    pub async fn console(mut self) -> Console {
        self.process.kill().await.expect("it ends");
        let text = |file: &NamedTempFile| fs::read_to_string(file.path()).expect("it is UTF-8");
        Console { stdout: text(&self.stdout), stderr: text(&self.stderr) }
    }
}

impl Drop for Handler {
    #[expect(clippy::print_stdout, reason = "the test runner shows it with the failure")]
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let text = fs::read_to_string(stream.path()).unwrap_or_else(|error| error.to_string());
            let lines: Vec<&str> = text.lines().collect();
            let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
            println!("The handler's {name}, to its end:\n{}", last.join("\n"));
        }
    }
}
