//! Makes the failures of the Table service look like those of the other storage services, for every attempt, before the
//! retry looks at it.
//!
//! The service names the error code in the body only, not in the header, and answers a transaction that failed with
//! 202 and the failure inside. The code goes to the header, the failed transaction gets the status of its failure, and
//! then one rule decides for all what is repeated. Nothing else of a body goes on from here.

use crate::headers;
use crate::transaction_answer::parts;
use async_trait::async_trait;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, Request, StatusCode};
use azure_storage::headers::{ERROR_CODE, text};
use serde::Deserialize;
use std::sync::{Arc, Mutex};

const MAX_CODE_CHARACTERS: usize = 64;

/// In the `Context` of a request: what its last answer told besides its result.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<Noted>>);

#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    /// The header `Date`.
    pub(crate) date: Option<String>,
    /// The change that a transaction failed for, counted from 0.
    pub(crate) failed_change: Option<usize>,
}

impl Notes {
    pub(crate) fn noted(&self) -> Noted {
        self.0.lock().expect("nobody panics with it").clone()
    }

    fn note(&self, noted: Noted) {
        *self.0.lock().expect("nobody panics with it") = noted;
    }
}

#[derive(Debug)]
pub(crate) struct ShowFailures;

#[async_trait]
impl Policy for ShowFailures {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let note = |noted| {
            if let Some(notes) = ctx.value::<Notes>() {
                notes.note(noted);
            }
        };
        // What an earlier attempt told must not outlive it.
        note(Noted::default());
        let answer = next[0].send(ctx, request, &next[1..]).await?;
        let date = text(answer.headers(), &HeaderName::from_static(headers::DATE)).map(str::to_owned);
        let (answer, failed_change) = show_failure(answer).await?;
        note(Noted { date, failed_change });
        Ok(answer)
    }
}

async fn show_failure(answer: AsyncRawResponse) -> azure_core::Result<(AsyncRawResponse, Option<usize>)> {
    if answer.status().is_success() && answer.status() != StatusCode::Accepted {
        return Ok((answer, None));
    }
    let (mut status, mut headers, body) = answer.try_into_raw_response().await?.deconstruct();
    let mut failure = Failure::read(&body);
    if status == StatusCode::Accepted
        && let Some((inner_status, inner_failure)) = failed_part(&headers, &body)
    {
        (status, failure) = (inner_status, inner_failure);
    }
    if let Some(code) = failure.code.filter(|_| !status.is_success() && text(&headers, &ERROR_CODE).is_none())
    {
        headers.insert(ERROR_CODE, code);
    }
    Ok((AsyncRawResponse::from_bytes(status, headers, body), failure.change))
}

/// An answer that cannot be read is left to the operation, which knows what it asked for.
fn failed_part(headers: &Headers, body: &[u8]) -> Option<(StatusCode, Failure)> {
    let content_type = text(headers, &HeaderName::from_static(headers::CONTENT_TYPE))?;
    let parts = parts(content_type, body).ok()?;
    let failed = parts.iter().find(|part| part.status >= 300)?;
    Some((failed.status.into(), Failure::read(failed.body.as_bytes())))
}

/// <https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2>
#[derive(Default)]
struct Failure {
    code: Option<String>,
    change: Option<usize>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "odata.error")]
    error: OdataError,
}

#[derive(Deserialize)]
struct OdataError {
    code: String,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    value: String,
}

impl Failure {
    fn read(body: &[u8]) -> Self {
        let Ok(Document { error }) = serde_json::from_slice(body) else { return Self::default() };
        let code = Some(error.code).filter(|code| is_code(code));
        // "1:The specified entity already exists."
        let number = |message: Message| message.value.split_once(':')?.0.parse().ok();
        Self { code, change: error.message.and_then(number) }
    }
}

/// Whatever else stands there, a proxy's page or the text of a message, must not get into an error.
fn is_code(text: &str) -> bool {
    (1..=MAX_CODE_CHARACTERS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
