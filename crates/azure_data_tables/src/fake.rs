//! An HTTP client that keeps what was asked and answers what it was told, for tests without a service.

use crate::{ClientOptions, Credential, RetryOptions, SharedKey, TableClient, TableServiceClient};
use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use url::Url;

/// The published key of a well-known emulator, so no secret.
pub(crate) const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer(u16, Vec<(&'static str, &'static str)>, String),
    /// The request was sent, the answer did not come.
    Lost,
}

#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

#[derive(Debug, Default)]
pub(crate) struct FakeHttp {
    /// The last one stays.
    replies: Mutex<VecDeque<Reply>>,
    sent: Mutex<Vec<Sent>>,
}

pub(crate) fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer(status, vec![("date", "Wed, 18 Nov 2026 22:01:07 GMT")], body.to_owned())
}

impl FakeHttp {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        Arc::new(Self { replies: Mutex::new(replies.into_iter().collect()), ..Default::default() })
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().expect("no test panics with it").clone()
    }

    pub(crate) fn last(&self) -> Sent {
        self.sent().pop().expect("something was sent")
    }

    pub(crate) fn table(self: &Arc<Self>, name: &str) -> TableClient {
        let endpoint = Url::parse("https://account.table.core.windows.net/").expect("a URL");
        let credential = Credential::SharedKey(SharedKey::new("account", KEY).expect("base64"));
        let options = ClientOptions { retry: RetryOptions::default(), http: Some(self.clone()) };
        let service = TableServiceClient::new(&endpoint, "account", credential, options);
        service.expect("a client").table_client(name)
    }
}

#[async_trait]
impl HttpClient for FakeHttp {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let headers = request.headers().iter();
        self.sent.lock().expect("no test panics with it").push(Sent {
            method: request.method().to_string(),
            url: request.url().to_string(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned()))
                .collect(),
            body: match request.body() {
                Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).expect("text"),
                Body::SeekableStream(_) => String::new(),
            },
        });
        let mut replies = self.replies.lock().expect("no test panics with it");
        let reply = if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() };
        match reply.expect("there is always one left") {
            Reply::Answer(status, lines, body) => {
                let mut headers = Headers::new();
                for (name, value) in lines {
                    headers.insert(HeaderName::from_static(name), value);
                }
                Ok(AsyncRawResponse::from_bytes(status.into(), headers, body))
            }
            Reply::Lost => Err(Error::with_message(ErrorKind::Io, "reset")),
        }
    }
}
