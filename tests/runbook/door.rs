//! What stands before a deployed app: whoever brings no function key is shown out, and nobody is in while the app is not.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const KEY: &str = "a function key==";

struct Inside {
    app: Mutex<Option<String>>,
    http: reqwest::Client,
}

/// It ends when it is dropped.
pub struct Door {
    inside: Arc<Inside>,
    url: String,
    serving: JoinHandle<()>,
}

impl Door {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let inside = Arc::new(Inside { app: Mutex::default(), http });
        let app = Router::new().fallback(enter).with_state(inside.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        Self { inside, url, serving }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the app is from now on.
    pub fn lead_to(&self, app: Option<&str>) {
        *self.inside.app.lock().expect("nobody panics with it") = app.map(str::to_owned);
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn enter(State(inside): State<Arc<Inside>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if head.headers.get("x-functions-key").is_none_or(|key| key != KEY) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let app = inside.app.lock().expect("nobody panics with it").clone();
    let Some(app) = app else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let path = head.uri.path_and_query().map(|path| path.as_str()).unwrap_or_default();
    let body = to_bytes(body, usize::MAX).await.expect("a whole request");
    let answer = inside.http.request(head.method, format!("{app}{path}")).body(body).send().await;
    let answer = answer.expect("an answer");
    let mut response = Response::builder().status(answer.status());
    for name in ["content-type", "location"] {
        if let Some(value) = answer.headers().get(name) {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await.expect("a whole answer");
    response.body(Body::from(body)).expect("well-formed")
}
