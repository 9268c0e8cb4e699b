//! An HTTP client that answers from a script, for the tests of what stands before it.

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::{AsyncRawResponse, HttpClient, Method, Request, Url};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::{Answer, Call, Credential, Pace, Pipeline, Repeat, Result, RetryOptions, SharedKey};
use azure_core::http::Context;
use azure_core::http::policies::Policy;

/// The published key of a well-known emulator, so no secret.
pub(crate) const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

#[derive(Clone, Debug)]
pub(crate) enum Script {
    Answer(u16, &'static [(&'static str, &'static str)]),
    NoConnection,
    LostAnswer,
    Silence,
}

#[derive(Debug)]
pub(crate) struct FakeHttp {
    script: Mutex<VecDeque<Script>>,
    authorizations: Mutex<Vec<String>>,
}

impl FakeHttp {
    pub(crate) fn new(script: impl IntoIterator<Item = Script>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(script.into_iter().collect()), authorizations: Mutex::default() })
    }

    pub(crate) fn attempts(&self) -> usize {
        self.authorizations.lock().expect("no test panics with it").len()
    }

    pub(crate) fn authorizations(&self) -> Vec<String> {
        self.authorizations.lock().expect("no test panics with it").clone()
    }

    pub(crate) async fn send(self: &Arc<Self>, repeat: Repeat) -> Result<Answer> {
        self.send_in(Context::new(), repeat, Vec::new()).await
    }

    pub(crate) async fn send_at(self: &Arc<Self>, pace: &Pace, repeat: Repeat) -> Result<Answer> {
        self.send_by(Context::new(), repeat, Some(pace.clone()), Vec::new()).await
    }

    pub(crate) async fn send_in(
        self: &Arc<Self>,
        context: Context<'_>,
        repeat: Repeat,
        per_try: Vec<Arc<dyn Policy>>,
    ) -> Result<Answer> {
        self.send_by(context, repeat, None, per_try).await
    }

    async fn send_by(
        self: &Arc<Self>,
        context: Context<'_>,
        repeat: Repeat,
        pace: Option<Pace>,
        per_try: Vec<Arc<dyn Policy>>,
    ) -> Result<Answer> {
        let key = SharedKey::new("account", KEY).expect("base64");
        let credential = Credential::SharedKey(key);
        let pipeline =
            Pipeline::new(("test", "0"), self.clone(), RetryOptions::default(), pace, &credential, per_try);
        let call = Call { operation: "Put Range", resource: &"share/a", repeat, context };
        let url = Url::parse("http://localhost/account/share/a?comp=range").expect("a URL");
        pipeline.send(call, Request::new(url, Method::Put)).await
    }
}

#[async_trait]
impl HttpClient for FakeHttp {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let authorization = crate::headers::text(request.headers(), &crate::headers::AUTHORIZATION);
        let authorization = authorization.unwrap_or_default().to_owned();
        self.authorizations.lock().expect("no test panics with it").push(authorization);
        let step = self.script.lock().expect("no test panics with it").pop_front();
        match step.expect("the script is long enough") {
            Script::Answer(status, lines) => {
                let mut headers = Headers::new();
                for (name, value) in lines {
                    headers.insert(HeaderName::from_static(name), *value);
                }
                Ok(AsyncRawResponse::from_bytes(status.into(), headers, ""))
            }
            Script::NoConnection => Err(Error::with_message(ErrorKind::Connection, "refused")),
            Script::LostAnswer => Err(Error::with_message(ErrorKind::Io, "reset")),
            Script::Silence => std::future::pending().await,
        }
    }
}
