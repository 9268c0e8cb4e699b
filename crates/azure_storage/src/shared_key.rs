//! Shared Key authorization of the Blob, Queue and File services; that of the Table service is in `shared_key_lite`.
//!
//! A policy that signs every attempt anew, because the date is part of what is signed. The rules are at
//! <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>.

use crate::headers::{AUTHORIZATION, MS_DATE};
use crate::shared_key_lite;
use async_trait::async_trait;
use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};
use azure_core::time::{OffsetDateTime, to_rfc7231};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

#[derive(Clone)]
pub struct SharedKey {
    account: Arc<str>,
    key: Secret,
    scheme: Scheme,
}

#[derive(Clone, Copy)]
enum Scheme {
    SharedKey,
    SharedKeyLiteOfTables,
}

#[derive(Debug, thiserror::Error)]
#[error("The account key is not base64 text")]
pub struct InvalidKey;

impl SharedKey {
    pub fn new(account: &str, key: &str) -> Result<Self, InvalidKey> {
        match azure_core::base64::decode(key) {
            Ok(bytes) if !bytes.is_empty() => {
                let key = Secret::new(key.to_owned());
                Ok(Self { account: account.into(), key, scheme: Scheme::SharedKey })
            }
            _ => Err(InvalidKey),
        }
    }

    /// The same key, signing as the Table service wants it.
    #[must_use]
    pub fn for_tables(self) -> Self {
        Self { scheme: Scheme::SharedKeyLiteOfTables, ..self }
    }

    pub fn account(&self) -> &str {
        &self.account
    }

    /// The base64 of the HMAC-SHA256 of the text.
    pub fn sign(&self, text: &str) -> String {
        hmac_sha256(text, &self.key).expect("the key was decoded when it was taken in")
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedKey").field("account", &self.account).finish_non_exhaustive()
    }
}

#[async_trait]
impl Policy for SharedKey {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let date = to_rfc7231(&OffsetDateTime::now_utc());
        request.insert_header(MS_DATE, date.clone());
        let (scheme, text) = match self.scheme {
            Scheme::SharedKey => ("SharedKey", string_to_sign(&self.account, request)),
            Scheme::SharedKeyLiteOfTables => {
                ("SharedKeyLite", shared_key_lite::string_to_sign(&self.account, &date, request.url()))
            }
        };
        let signature = self.sign(&text);
        request.insert_header(AUTHORIZATION, format!("{scheme} {}:{signature}", self.account));
        next[0].send(ctx, request, &next[1..]).await
    }
}

const SIGNED: [&str; 11] = [
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
];
const CONTENT_LENGTH: usize = 2;
const DATE: usize = 5;

fn string_to_sign(account: &str, request: &Request) -> String {
    let mut signed: [Cow<'_, str>; SIGNED.len()] = Default::default();
    let mut x_ms = Vec::new();
    for (name, value) in request.headers().iter() {
        let (name, value) = (name.as_str(), value.as_str());
        if name.starts_with("x-ms-") {
            x_ms.push((name, value.trim()));
        } else if let Some(line) = SIGNED.iter().position(|signed| *signed == name) {
            signed[line] = value.into();
        }
    }
    // The transport writes the length; an empty body is signed as nothing, and x-ms-date stands in for Date.
    signed[CONTENT_LENGTH] = match request.body().len() {
        None | Some(0) => "".into(),
        Some(length) => length.to_string().into(),
    };
    signed[DATE] = "".into();
    x_ms.sort_unstable_by(|(a, _), (b, _)| collate(a, b));

    let mut text = format!("{}\n{}\n", request.method().as_ref(), signed.join("\n"));
    for (name, value) in x_ms {
        text += &format!("{name}:{value}\n");
    }
    text + &canonicalized_resource(account, request)
}

/// With a path-style endpoint the path begins with the account, which then stands here twice.
fn canonicalized_resource(account: &str, request: &Request) -> String {
    let mut text = format!("/{account}{}", request.url().path());
    let mut query: Vec<(String, Cow<'_, str>)> =
        request.url().query_pairs().map(|(name, value)| (name.to_lowercase(), value)).collect();
    query.sort();
    for (i, (name, value)) in query.iter().enumerate() {
        if i > 0 && query[i - 1].0 == *name {
            text += &format!(",{value}");
        } else {
            text += &format!("\n{name}:{value}");
        }
    }
    text
}

/// The service sorts header names by its own collation, in which an underscore comes before digits and letters.
fn collate(a: &str, b: &str) -> Ordering {
    let weight = |byte: u8| if byte == b'_' { b'/' } else { byte };
    a.bytes().map(weight).cmp(b.bytes().map(weight))
}

#[cfg(test)]
mod tests;
