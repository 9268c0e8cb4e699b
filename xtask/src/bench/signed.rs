//! Requests signed once with Shared Key and sent as often as wanted: their dates are good for 15 minutes.

use std::fmt::Write;
use std::time::SystemTime;

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use time::OffsetDateTime;
use time::macros::format_description;

const VERSION: &str = "2026-06-06";

#[derive(Debug)]
pub(crate) struct Signer {
    account: String,
    key: Vec<u8>,
    date: String,
}

/// What varies between requests. Headers are `x-ms-*`, in order of their names; the query in that of its parameters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plain<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

impl Signer {
    pub(crate) fn new(account: &str, key: &[u8]) -> Self {
        let format = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let now = OffsetDateTime::from(SystemTime::now());
        let date = now.format(&format).expect("now can be written");
        Self { account: account.to_owned(), key: key.to_owned(), date }
    }

    /// The bytes on the wire.
    pub(crate) fn sign(&self, plain: &Plain<'_>) -> Vec<u8> {
        let Plain { method, path, query, headers, body } = *plain;
        let mut headers: Vec<(&str, &str)> = headers.to_vec();
        headers.extend([("x-ms-date", &*self.date), ("x-ms-version", VERSION)]);
        headers.sort_unstable();
        let length = if body.is_empty() { String::new() } else { body.len().to_string() };
        let mut text = format!("{method}\n\n\n{length}\n\n\n\n\n\n\n\n\n");
        for (name, value) in &headers {
            writeln!(text, "{name}:{value}").expect("writing to a string cannot fail");
        }
        write!(text, "/{0}/{0}{path}", self.account).expect("writing to a string cannot fail");
        for (name, value) in query {
            write!(text, "\n{name}:{value}").expect("writing to a string cannot fail");
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());

        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut head = format!("{method} /{}{path}{mark}{} HTTP/1.1\r\n", self.account, query.join("&"));
        head.push_str("host: 127.0.0.1\r\n");
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").expect("writing to a string cannot fail");
        }
        if method == "PUT" {
            write!(head, "content-length: {}\r\n", body.len()).expect("writing to a string cannot fail");
        }
        write!(head, "authorization: SharedKey {}:{signature}\r\n\r\n", self.account)
            .expect("writing to a string cannot fail");
        [head.as_bytes(), body].concat()
    }
}
