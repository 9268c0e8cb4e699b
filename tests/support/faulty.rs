//! A transport that fails where a test says so, before or after the request had its effect.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{AsyncRawResponse, HttpClient, Method, Request};

/// What becomes of the request with this number, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    /// It has its effect and its answer is lost.
    Answer,
    /// It is not sent.
    Request,
}

type Rule = Box<dyn Fn(u64, &Method, &str) -> Fault + Send + Sync>;

/// Sends requests, unless the rule says otherwise.
pub struct Faulty {
    rule: Rule,
    sent: AtomicU64,
    http: reqwest::Client,
}

impl Faulty {
    /// `rule` sees the number, the method, and the path with the query.
    pub fn new(rule: impl Fn(u64, &Method, &str) -> Fault + Send + Sync + 'static) -> Self {
        Self { rule: Box::new(rule), sent: AtomicU64::new(0), http: reqwest::Client::new() }
    }

    /// Does not send what `is_meant` names by method, and path with query.
    pub fn failing(is_meant: impl Fn(&Method, &str) -> bool + Send + Sync + 'static) -> Self {
        Self::new(
            move |_, method, request| if is_meant(method, request) { Fault::Request } else { Fault::None },
        )
    }

    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("sent", &self.sent).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Faulty {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let number = self.sent.fetch_add(1, Ordering::SeqCst) + 1;
        let url = request.url();
        let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        match (self.rule)(number, &request.method(), &target) {
            Fault::None => self.http.execute_request(request).await,
            Fault::Request => Err(Error::with_message(ErrorKind::Io, "cut off before")),
            Fault::Answer => {
                self.http.execute_request(request).await?;
                Err(Error::with_message(ErrorKind::Io, "cut off after"))
            }
        }
    }
}
