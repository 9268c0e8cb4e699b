//! The handler of the tests. The name of a function says how it answers, `FAKE_START` how it starts.

use std::env;
use std::io::{self, Write};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// One permit for each held invocation that may go on.
static RELEASED: Semaphore = Semaphore::const_new(0);
static ATTEMPTS: AtomicU32 = AtomicU32::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    writeln!(io::stdout(), "Started with {arguments:?} in {}", env::current_dir()?.display())?;
    let start = env::var("FAKE_START").unwrap_or_default();
    match start.split_once(':') {
        Some(("exit", code)) => exit(code),
        Some(("sleep", milliseconds)) => {
            tokio::time::sleep(Duration::from_millis(milliseconds.parse().map_err(io::Error::other)?)).await;
        }
        _ => {}
    }
    let port = env::var("FUNCTIONS_CUSTOMHANDLER_PORT").map_err(io::Error::other)?;
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let router = Router::new()
        .route("/", any(StatusCode::NOT_FOUND))
        .route("/{function}", post(function))
        .route("/api/echo/{*path}", any(echo))
        .route("/api/redirect", any(Redirect::to("/api/echo/elsewhere")))
        .route("/api/release", any(release))
        .route("/api/hang", any(hang))
        .route("/api/crash", any(crash));
    axum::serve(listener, router).await
}

async fn function(Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    match name.as_str() {
        "logs" => logs(&headers, &body).into_response(),
        "hold" => hold(&headers, &body).await,
        "third" if ATTEMPTS.fetch_add(1, Ordering::SeqCst) < 2 => {
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        "third" => logs(&headers, &body).into_response(),
        "environment" => axum::Json(json!({"Logs": environment()})).into_response(),
        "empty" => StatusCode::OK.into_response(),
        "text" => "done".into_response(),
        "error" => (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(json!({"Logs": ["lost"]}))).into_response(),
        "hang" => std::future::pending().await,
        "outputs" => axum::Json(json!({"Outputs": {"audit": "done", "unknown": 1}})).into_response(),
        "prints" => {
            print();
            axum::Json(json!({})).into_response()
        }
        _ => exit(name.trim_start_matches("exit-")),
    }
}

/// Gives the request back as three log lines: headers, body, and who answered.
fn logs(headers: &HeaderMap, body: &[u8]) -> axum::Json<Value> {
    let body = String::from_utf8_lossy(body);
    let worker = env::var("FUNCTIONS_CUSTOMHANDLER_WORKER_ID").unwrap_or_default();
    axum::Json(json!({"Outputs": null, "Logs": [listed(headers).to_string(), body, worker]}))
}

/// Says that it has begun, and answers like `logs` when it is released.
async fn hold(headers: &HeaderMap, body: &[u8]) -> Response {
    // Nobody could be told about a broken console.
    let _broken = writeln!(io::stdout(), "holding");
    match RELEASED.acquire().await {
        Ok(permit) => permit.forget(),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
    logs(headers, body).into_response()
}

async fn hang() {
    // Nobody could be told about a broken console.
    let _broken = writeln!(io::stdout(), "hanging");
    std::future::pending().await
}

async fn release() {
    RELEASED.add_permits(1);
}

fn listed(headers: &HeaderMap) -> Value {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), Value::String(text(value)))).collect()
}

fn environment() -> Vec<String> {
    env::vars().map(|(name, value)| format!("{name}={value}")).collect()
}

async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8_lossy(&body);
    let seen = json!({
        "method": method.as_str(), "uri": uri.to_string(), "headers": listed(&headers), "body": body,
    });
    (StatusCode::IM_A_TEAPOT, [("x-fake", "yes")], axum::Json(seen)).into_response()
}

async fn crash() -> StatusCode {
    exit("7")
}

fn print() {
    // Nobody could be told about a broken console.
    let _broken = writeln!(io::stdout(), "plain");
    let _broken = writeln!(io::stderr(), "a warning");
    let _broken = writeln!(io::stderr(), "a mistake");
}

fn exit(code: &str) -> ! {
    let _broken = writeln!(io::stderr(), "last words of {code}");
    process::exit(code.parse().unwrap_or(99))
}
