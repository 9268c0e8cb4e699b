//! An HTTP client that keeps what was asked and answers what it was told, for tests without a service.

use crate::{
    ClientOptions, Credential, RequestObserver, RetryOptions, ShareClient, ShareServiceClient, SharedKey,
};
use crate::{Operation, ServiceVersion};
use async_trait::async_trait;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use url::Url;

/// The published key of a well-known emulator, so no secret.
pub(crate) const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Bytes,
}

#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Bytes,
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
    pub(crate) operations: Mutex<Vec<Operation>>,
}

impl FakeHttp {
    /// Answers every request so.
    pub(crate) fn answering(reply: Reply) -> Arc<Self> {
        Self::paging([reply])
    }

    pub(crate) fn paging(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        Arc::new(Self { replies: Mutex::new(replies.into_iter().collect()), ..Default::default() })
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().expect("no test panics with it").clone()
    }

    pub(crate) fn last(&self) -> Sent {
        self.sent().pop().expect("something was sent")
    }

    pub(crate) fn service(self: &Arc<Self>, version: ServiceVersion) -> ShareServiceClient {
        self.service_with(ClientOptions { version, ..Default::default() })
    }

    pub(crate) fn service_with(self: &Arc<Self>, options: ClientOptions) -> ShareServiceClient {
        let endpoint = Url::parse("https://account.file.core.windows.net/").expect("a URL");
        let credential = Credential::SharedKey(SharedKey::new("account", KEY).expect("base64"));
        let options = ClientOptions {
            retry: RetryOptions { attempts: 1, ..Default::default() },
            http: Some(self.clone()),
            observer: Some(self.clone()),
            ..options
        };
        ShareServiceClient::new(&endpoint, "account", credential, options).expect("a client")
    }

    pub(crate) fn share(self: &Arc<Self>) -> ShareClient {
        self.service(ServiceVersion::default()).share_client("share")
    }
}

impl RequestObserver for FakeHttp {
    fn sent(&self, operation: Operation) {
        self.operations.lock().expect("no test panics with it").push(operation);
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
                Body::Bytes(bytes) => bytes.clone(),
                Body::SeekableStream(_) => Bytes::new(),
            },
        });
        let mut replies = self.replies.lock().expect("no test panics with it");
        let reply = if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() };
        let reply = reply.expect("there is always one left");
        let mut headers = Headers::new();
        for (name, value) in reply.headers {
            headers.insert(HeaderName::from(name), value);
        }
        Ok(AsyncRawResponse::from_bytes(reply.status.into(), headers, reply.body))
    }
}
