//! What one process sends: an HTTP proxy of its own, named in its environment, so that every request has a sender.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use azure_core::time::{OffsetDateTime, parse_rfc7231};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Variables;

/// A request as it passed, and when: from before its effect until after it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub method: String,
    pub url: String,
    /// When its sender made it: a request may wait in the process for its connection.
    pub made: OffsetDateTime,
    pub began: Instant,
    /// Nothing while it is under way.
    pub ended: Option<Instant>,
    pub status: u16,
}

impl Sent {
    /// Whether it can change what a share shows. A permission that nothing refers to changes nothing.
    pub fn is_write(&self) -> bool {
        let is_permission = self.url.contains("comp=filepermission");
        !["GET", "HEAD"].contains(&self.method.as_str()) && !self.is_of_tables() && !is_permission
    }

    /// Azurite has an account of its own.
    pub fn is_of_tables(&self) -> bool {
        self.url.contains("/devstoreaccount1/")
    }
}

/// Called after the effect of each write, with its number from 1, before its answer leaves.
type AfterWrite = Box<dyn Fn(u64) + Send + Sync>;

#[derive(Default)]
struct Shared {
    sent: Mutex<Vec<Sent>>,
    writes: Mutex<u64>,
    after_write: Mutex<Option<AfterWrite>>,
    http: reqwest::Client,
}

/// Stands before everything that one process speaks to. It ends when it is dropped.
pub struct Watch {
    shared: Arc<Shared>,
    url: String,
    serving: JoinHandle<()>,
}

impl Watch {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client");
        let shared = Arc::new(Shared { http, ..Shared::default() });
        let app = Router::new().fallback(pass).with_state(shared.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        Self { shared, url, serving }
    }

    /// The same variables, for a process that is watched.
    pub fn variables(&self, variables: &Variables) -> Variables {
        let mut variables = variables.clone();
        variables.insert("HTTP_PROXY".to_owned(), self.url.clone());
        variables
    }

    /// From now on, counted anew.
    pub fn after_write(&self, call: impl Fn(u64) + Send + Sync + 'static) {
        *lock(&self.shared.writes) = 0;
        *lock(&self.shared.after_write) = Some(Box::new(call));
    }

    pub fn sent(&self) -> Vec<Sent> {
        lock(&self.shared.sent).clone()
    }

    pub fn writes(&self) -> Vec<Sent> {
        self.sent().into_iter().filter(Sent::is_write).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let sent = Sent {
        method: head.method.to_string(),
        url: head.uri.to_string(),
        made: made(&head.headers),
        began: Instant::now(),
        ended: None,
        status: 0,
    };
    let is_write = sent.is_write();
    let number = {
        let mut all = lock(&shared.sent);
        all.push(sent);
        all.len() - 1
    };
    let body = to_bytes(body, usize::MAX).await.expect("a whole request");
    let request = shared.http.request(head.method, head.uri.to_string()).headers(head.headers).body(body);
    let answer = request.send().await.expect("an answer");
    let mut response = Response::builder().status(answer.status());
    let headers = response.headers_mut().expect("no header is wrong yet");
    *headers = answer.headers().clone();
    // Of the connection, not of the answer.
    for name in [header::TRANSFER_ENCODING, header::CONNECTION] {
        headers.remove(name);
    }
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("a whole answer");
    {
        let mut all = lock(&shared.sent);
        (all[number].ended, all[number].status) = (Some(Instant::now()), status);
    }
    if is_write {
        let count = {
            let mut writes = lock(&shared.writes);
            *writes += 1;
            *writes
        };
        if let Some(call) = &*lock(&shared.after_write) {
            call(count);
        }
    }
    response.body(Body::from(body)).expect("well-formed")
}

fn made(headers: &HeaderMap) -> OffsetDateTime {
    let date = headers.get("x-ms-date").and_then(|date| date.to_str().ok()).expect("every request is dated");
    parse_rfc7231(date).expect("a date")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while holding it")
}
