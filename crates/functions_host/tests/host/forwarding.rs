//! HTTP requests at the front door.

use serde_json::Value;

use crate::support::{Repository, Running};

async fn echoing() -> Running {
    Repository::new()
        .http("web", "echo/{*path}", &["get", "post"])
        .http("away", "redirect", &[])
        .start()
        .await
}

#[tokio::test]
async fn a_request_is_forwarded_as_it_is() {
    let running = echoing().await;
    let headers = [("Host", "app.example"), ("X-Mine", "kept"), ("User-Agent", "curl/8")];
    let answer = running.host.http("POST", "/api/echo/a%20b/c?x=1&y=%2F", &headers, "body").await;
    let seen = answer.json().expect("JSON");
    assert_eq!(seen["method"], "POST");
    assert_eq!(seen["uri"], "/api/echo/a%20b/c?x=1&y=%2F");
    assert_eq!(seen["body"], "body");
    assert_eq!(seen["headers"]["host"], "app.example");
    assert_eq!(seen["headers"]["x-mine"], "kept");
    assert!(
        seen["headers"]["user-agent"].as_str().expect("text").starts_with("curl/8 Azure-Functions-Host/")
    );
    assert!(seen["headers"]["x-azure-functions-invocationid"].is_string());
    assert_eq!(seen["headers"]["traceparent"], Value::Null);
}

#[tokio::test]
async fn status_headers_and_body_are_relayed() {
    let running = echoing().await;
    let answer = running.host.http("GET", "/api/echo/x", &[], "").await;
    assert_eq!((answer.status, answer.header("X-Fake")), (418, Some("yes")));
    assert_eq!((answer.function.as_deref(), answer.failure), (Some("web"), None));
}

#[tokio::test]
async fn a_chunked_body_is_lost() {
    let running = echoing().await;
    let answer = running.host.http("POST", "/api/echo/x", &[("Transfer-Encoding", "chunked")], "body").await;
    assert_eq!(answer.json().expect("JSON")["body"], "");
}

#[tokio::test]
async fn redirects_are_for_the_client() {
    let running = echoing().await;
    let answer = running.host.http("GET", "/api/redirect", &[], "").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/api/echo/elsewhere")));
}

#[tokio::test]
async fn what_has_no_route_is_not_found() {
    let running = echoing().await;
    for (method, path) in [("GET", "/echo/x"), ("DELETE", "/api/echo/x"), ("GET", "/api/other"), ("GET", "/")]
    {
        let answer = running.host.http(method, path, &[], "").await;
        assert_eq!((answer.status, answer.function), (404, None), "{method} {path}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_http_is_a_bad_request() {
    let running = echoing().await;
    assert_eq!(running.host.http("GET", "/api/a b", &[], "").await.status, 400);
    assert_eq!(running.host.http("GET", "/api/echo/x", &[("X", "\n")], "").await.status, 400);
}
