//! HTTP requests at the front door, forwarded to the handler as they are.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING, USER_AGENT,
};
use hyper::{HeaderMap, Method, Request, Uri};
use uuid::Uuid;

use crate::HOST_VERSION;
use crate::client::{Body, sized};
use crate::delivery::Deliveries;
use crate::function_json::{Function, Trigger};
use crate::invocation::Outcome;

/// The load balancer in front of the real host cuts a request off after this time; the invocation goes on.
const FRONT_DOOR_LIMIT: Duration = Duration::from_secs(230);

/// What a client at the front door gets.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// The function that was chosen by the route.
    pub function: Option<String>,
    /// Why the host answered instead of the handler.
    pub failure: Option<String>,
}

impl HttpAnswer {
    /// The first header of this name; letter case does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::from_slice(&self.body)
    }

    pub(crate) fn refusal(status: u16, failure: impl Into<String>) -> HttpAnswer {
        let failure = Some(failure.into());
        HttpAnswer { status, headers: Vec::new(), body: Bytes::new(), function: None, failure }
    }
}

impl Deliveries {
    pub(crate) async fn http(
        self: Arc<Self>,
        method: &str,
        path_and_query: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> HttpAnswer {
        let request = match request(method, path_and_query, headers, body) {
            Ok(request) => request,
            Err(mistake) => return HttpAnswer::refusal(400, mistake),
        };
        if self.is_down() {
            return HttpAnswer::refusal(503, "Host is down");
        }
        let Some(function) = self.function_for(&request) else {
            return HttpAnswer::refusal(404, format!("No function for {method} {path_and_query}"));
        };
        let function = Some(function.name.clone());
        let clock = self.clock.clone();
        let invocation = tokio::spawn(async move { self.forward(request).await });
        let answer = match clock.timeout(FRONT_DOOR_LIMIT, invocation).await {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => HttpAnswer::refusal(500, format!("The invocation was lost: {error}")),
            None => HttpAnswer::refusal(504, format!("No answer within {FRONT_DOOR_LIMIT:?}")),
        };
        HttpAnswer { function, ..answer }
    }

    fn function_for(&self, request: &Request<Body>) -> Option<&Function> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        self.functions.iter().find(|function| match &function.trigger {
            Trigger::Http(http) => http.accepts(method, path),
            Trigger::Timer(_) => false,
        })
    }

    /// Whatever the handler answers is relayed and counts as success.
    async fn forward(&self, request: Request<Body>) -> HttpAnswer {
        match self.deliver(request, async |answer| Ok(answer)).await {
            Ok(answer) => HttpAnswer {
                status: answer.status,
                headers: relayed(&answer.headers),
                body: answer.body,
                function: None,
                failure: None,
            },
            Err(Outcome::Failed(reason)) => HttpAnswer::refusal(500, reason),
            Err(_) => HttpAnswer::refusal(500, "The invocation exceeded functionTimeout"),
        }
    }
}

fn request(
    method: &str,
    path_and_query: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<Request<Body>, String> {
    let uri: Uri = path_and_query.parse().map_err(|error| format!("{path_and_query}: {error}"))?;
    let method = Method::from_bytes(method.as_bytes()).map_err(|error| format!("{method}: {error}"))?;
    let mut forwarded = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| format!("{name}: {error}"))?;
        let value = HeaderValue::from_str(value).map_err(|error| format!("{name}: {error}"))?;
        forwarded.append(name, value);
    }
    // A body without a length does not get through.
    let is_chunked = forwarded.remove(TRANSFER_ENCODING).is_some();
    let body = if is_chunked { Bytes::new() } else { body };
    forwarded.remove(CONNECTION);
    forwarded.remove(CONTENT_LENGTH);
    if !body.is_empty() {
        forwarded.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    forwarded.entry(HOST).or_insert(HeaderValue::from_static("localhost"));
    let known = forwarded.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = known.map(|agent| format!("{agent} ")).unwrap_or_default();
    let added = [
        ("user-agent", format!("{agent}Azure-Functions-Host/{HOST_VERSION}")),
        ("x-azure-functions-hostversion", HOST_VERSION.to_string()),
        ("x-azure-functions-invocationid", Uuid::new_v4().to_string()),
    ];
    for (name, value) in added {
        let value = HeaderValue::from_str(&value).map_err(|error| format!("{name}: {error}"))?;
        forwarded.insert(HeaderName::from_static(name), value);
    }
    let mut request = Request::new(sized(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = forwarded;
    Ok(request)
}

/// The answer is buffered, so the headers about its way here are the host's own.
fn relayed(headers: &HeaderMap) -> Vec<(String, String)> {
    let own = |name: &HeaderName| *name == TRANSFER_ENCODING || *name == CONNECTION;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .filter(|(name, _)| !own(name))
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}
