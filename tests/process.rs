//! The handler binary seen from outside: exit codes, console, and what it answers to the host.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::{Child, Command};

pub type Variables = BTreeMap<String, String>;

fn command(variables: &Variables) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handler"));
    command.env_clear().envs(variables).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs the handler to its end.
pub async fn run(arguments: &[&str], variables: &Variables) -> Output {
    command(variables).args(arguments).output().await.expect("the handler runs")
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// What the handler answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: Value,
}

/// A handler that serves; killed when it goes.
pub struct Process {
    child: Child,
    url: String,
}

impl Process {
    pub async fn start(port: u16, variables: &Variables) -> Self {
        let child = command(variables)
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the handler starts");
        let process = Self { child, url: format!("http://127.0.0.1:{port}") };
        // As the host: every 25 ms, up to 30 s.
        for _ in 0..1200 {
            if reqwest::get(&process.url).await.is_ok() {
                return process;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("The handler does not answer");
    }

    /// Fires the timer with the envelope of the host.
    pub async fn fire(&self) -> Answer {
        let timer = json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": null, "IsPastDue": false});
        let sys = json!({"MethodName": "backup-timer", "UtcNow": "2026-03-01T03:00:00.0481234Z"});
        let envelope = json!({"Data": {"timer": timer}, "Metadata": {"sys": sys}});
        let request = reqwest::Client::new()
            .post(format!("{}/backup-timer", self.url))
            .header("content-type", "application/json; charset=utf-8")
            .header("x-azure-functions-invocationid", "0b6f6a0e-6b6c-4c0f-9d9a-6f6a5f0d2c11");
        let answer = request.body(envelope.to_string()).send().await.expect("an answer");
        let content_type = answer.headers()["content-type"].to_str().expect("it is ASCII").to_owned();
        let status = answer.status().as_u16();
        let body = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("it is JSON");
        Answer { status, content_type, body }
    }

    /// Sends a signal by its name, and waits for the end.
    pub async fn end_with(mut self, signal: &str) -> ExitStatus {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().await.expect("kill runs");
        assert!(sent.success());
        self.child.wait().await.expect("it ends")
    }

    /// Kills it; what it wrote to stderr.
    pub async fn console(mut self) -> String {
        self.child.start_kill().expect("it runs");
        let output = self.child.wait_with_output().await.expect("it ends");
        String::from_utf8(output.stderr).expect("it is UTF-8")
    }
}
