//! The handler process, spoken to as the host speaks to it.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, RecoveryPoint};
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::process::{Child, Command};

/// Killed when it goes.
pub struct Handler {
    _process: Child,
    address: String,
    http: reqwest::Client,
}

impl Handler {
    pub async fn start(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a free port")
            .port();
        let process = Command::new(env!("CARGO_BIN_EXE_handler"))
            .env_clear()
            .envs(variables)
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the handler starts");
        let handler = Self {
            _process: process,
            address: format!("http://127.0.0.1:{port}"),
            http: reqwest::Client::new(),
        };
        handler.ready().await;
        handler
    }

    /// As the host: ask until the connection is accepted.
    async fn ready(&self) {
        for _ in 0..1_200 {
            if self.http.get(&self.address).send().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("The handler does not answer");
    }

    /// Fires the timer and waits for the answer.
    pub async fn timer(&self) -> StatusCode {
        let envelope = json!({"Data": {"timer": {"IsPastDue": false}}, "Metadata": {}});
        let request = self.http.post(format!("{}/backup-timer", self.address));
        let request = request.header("content-type", "application/json").body(envelope.to_string());
        request.send().await.expect("an answer").status()
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

    async fn get<T: DeserializeOwned>(&self, route: &str) -> T {
        let answer = self.http.get(format!("{}/api/{route}", self.address)).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "GET {route}");
        serde_json::from_slice(&answer.bytes().await.expect("a whole answer")).expect("the report as JSON")
    }
}
