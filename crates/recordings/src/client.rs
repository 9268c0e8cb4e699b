//! A client of a few lines that belongs to nobody: it signs with Shared Key and sends what it is told.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use base64::prelude::{BASE64_STANDARD, Engine};
use file_share_emulator::Account;
use hmac::{Hmac, Mac};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::exchange::{Body, Headers, Received};
use crate::target::Target;

/// No recorded request took as long.
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Client {
    account: Account,
    http: reqwest::Client,
}

/// A request before it is dated and signed.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: String,
    pub(crate) target: Target,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    /// By a shared access signature in its URL.
    pub(crate) signs_itself: bool,
}

impl Client {
    /// Trusts the authority behind the emulator's https, in PEM.
    pub(crate) fn new(account: Account, authority: &str) -> Result<Self> {
        let authority = reqwest::Certificate::from_pem(authority.as_bytes())?;
        let http = reqwest::Client::builder().tls_certs_only([authority]).timeout(LONGEST).build()?;
        Ok(Self { account, http })
    }

    pub(crate) async fn send(&self, request: &Outgoing) -> Result<Received> {
        let shown = || format!("{} {}", request.method, request.target);
        let url = self.url(&request.target);
        let url = reqwest::Url::parse(&url).with_context(shown)?;
        let mut headers = request.headers.clone();
        headers.insert("x-ms-date".to_owned(), rfc1123(OffsetDateTime::now_utc()));
        if request.method == "PUT" || request.method == "POST" || !request.body.is_empty() {
            headers.insert("content-length".to_owned(), request.body.len().to_string());
        } else {
            headers.remove("content-length");
        }
        if !request.signs_itself {
            let text = self.string_to_sign(&request.method, url.path(), &request.target, &headers);
            let signature = self.sign(&text)?;
            headers
                .insert("authorization".to_owned(), format!("SharedKey {}:{signature}", self.account.name));
        }
        let method = Method::from_bytes(request.method.as_bytes()).with_context(shown)?;
        let response = self
            .http
            .request(method, url)
            .headers(map(&headers).with_context(shown)?)
            .body(request.body.clone())
            .send()
            .await
            .with_context(shown)?;
        let status = response.status().as_u16();
        let mut received = Headers::new();
        for (name, value) in response.headers() {
            received.insert(name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
        let body = response.bytes().await.with_context(shown)?.to_vec();
        Ok(Received { status, headers: received, body: Body::Whole(body) })
    }

    pub(crate) fn sign(&self, text: &str) -> Result<String> {
        let key = BASE64_STANDARD.decode(&self.account.key).context("The account's key")?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).context("The account's key")?;
        mac.update(text.as_bytes());
        Ok(BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }

    /// A URL of the recorded account, at this one.
    pub(crate) fn url(&self, target: &Target) -> String {
        format!("{}{target}", self.account.https_endpoint)
    }

    pub(crate) fn account_name(&self) -> &str {
        &self.account.name
    }

    fn string_to_sign(&self, method: &str, path: &str, target: &Target, headers: &Headers) -> String {
        let header = |name: &str| headers.get(name).map_or("", |value| value.trim());
        let length = match header("content-length") {
            "0" => "",
            length => length,
        };
        let mut text = format!(
            "{method}\n{}\n{}\n{length}\n{}\n{}\n\n{}\n{}\n{}\n{}\n{}\n",
            header("content-encoding"),
            header("content-language"),
            header("content-md5"),
            header("content-type"),
            header("if-modified-since"),
            header("if-match"),
            header("if-none-match"),
            header("if-unmodified-since"),
            header("range"),
        );
        for (name, value) in headers.iter().filter(|(name, _)| name.starts_with("x-ms-")) {
            text.push_str(&format!("{name}:{}\n", value.trim()));
        }
        text.push_str(&format!("/{}{path}", self.account.name));
        let mut query: Vec<_> =
            target.query.iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        query.sort();
        for (name, value) in query {
            write!(text, "\n{name}:{value}").expect("text can be written");
        }
        text
    }
}

fn map(headers: &Headers) -> Result<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_bytes(value.as_bytes())?);
    }
    Ok(map)
}

/// `Wed, 18 Nov 2026 22:01:07 GMT`
fn rfc1123(time: OffsetDateTime) -> String {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    time.format(&format).unwrap_or_default()
}
