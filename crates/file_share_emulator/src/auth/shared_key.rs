//! Shared Key and Shared Key Lite for the File service: the string to sign is rebuilt from the request.

use std::cmp::Ordering;
use std::fmt::Write;

use super::is_signed;
use crate::error::{self, ServiceError};
use crate::model::account::Account;
use crate::model::clock::Ticks;
use crate::request::Request;

const OLDEST_SECONDS: u64 = 15 * 60;

/// The headers of the string to sign, in its order, between the verb and the `x-ms-` headers.
const SIGNED_HEADERS: [&str; 11] = [
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

pub(crate) fn verify(request: &Request, account: &Account, authorization: &str) -> Result<(), ServiceError> {
    let date = request.header("x-ms-date").or_else(|| request.header("date"));
    let text = date.unwrap_or_default();
    let date = Ticks::parse_rfc1123(text)
        .ok_or_else(|| refused(&format!("The Date header in the request is incorrect: '{text}'")))?;
    if date.seconds_apart(Ticks::wall_clock()) > OLDEST_SECONDS {
        return Err(refused(&format!("Request date header too old: '{text}'")));
    }
    let (scheme, credentials) = authorization.split_once(' ').unwrap_or_default();
    let (name, signature) = credentials.trim().split_once(':').ok_or(error::MALFORMED_AUTHORIZATION)?;
    if name != &*account.name {
        return Err(refused("The account of the Authorization header is not the account of the request"));
    }
    let text = |order| match scheme {
        "SharedKeyLite" => lite_string_to_sign(request, account, order),
        _ => string_to_sign(request, account, order),
    };
    // The service sorts header names by a collation of its own; clients that sort by bytes differ from it only
    // in metadata names with an underscore. Both are accepted.
    let orders: [fn(&str, &str) -> Ordering; 2] = [|left, right| left.cmp(right), collate];
    match orders.into_iter().any(|order| is_signed(&account.key, &text(order), signature)) {
        true => Ok(()),
        false => Err(refused(&format!(
            "The MAC signature found in the HTTP request '{signature}' is not the same as any computed signature. \
             Server used following string to sign: '{}'.",
            text(collate)
        ))),
    }
}

fn refused(detail: &str) -> ServiceError {
    ServiceError::from(error::AUTHENTICATION_FAILED).with("AuthenticationErrorDetail", detail)
}

fn string_to_sign(request: &Request, account: &Account, order: fn(&str, &str) -> Ordering) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(request.method.as_str());
    text.push('\n');
    let dated = request.header("x-ms-date").is_some();
    for name in SIGNED_HEADERS {
        let value = request.header(name).unwrap_or_default();
        let left_out = (name == "content-length" && value == "0") || (name == "date" && dated);
        text.push_str(if left_out { "" } else { value });
        text.push('\n');
    }
    push_canonical_headers(&mut text, request, order);
    text.push('/');
    text.push_str(&account.name);
    text.push_str(&request.raw_path);
    push_canonical_query(&mut text, request);
    text
}

fn lite_string_to_sign(request: &Request, account: &Account, order: fn(&str, &str) -> Ordering) -> String {
    let header = |name| request.header(name).unwrap_or_default();
    let date = if request.header("x-ms-date").is_some() { "" } else { header("date") };
    let (verb, md5, kind) = (&request.method, header("content-md5"), header("content-type"));
    let mut text = format!("{verb}\n{md5}\n{kind}\n{date}\n");
    push_canonical_headers(&mut text, request, order);
    write!(text, "/{}{}", account.name, request.raw_path).expect("writing to a string cannot fail");
    if let Some(comp) = request.query.get("comp") {
        write!(text, "?comp={comp}").expect("writing to a string cannot fail");
    }
    text
}

fn push_canonical_headers(text: &mut String, request: &Request, order: fn(&str, &str) -> Ordering) {
    let mut names: Vec<&str> =
        request.headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("x-ms-")).collect();
    names.sort_by(|left, right| order(left, right));
    for name in names {
        text.push_str(name);
        text.push(':');
        let mut separator = "";
        for value in request.headers.get_all(name) {
            text.push_str(separator);
            text.push_str(String::from_utf8_lossy(value.as_bytes()).trim());
            separator = ",";
        }
        text.push('\n');
    }
}

fn push_canonical_query(text: &mut String, request: &Request) {
    let mut parameters: Vec<&(String, String)> = request.query.iter().collect();
    parameters.sort();
    let mut last = None;
    for (name, value) in parameters {
        let repeated = last == Some(name);
        write!(text, "{}{value}", if repeated { ",".to_owned() } else { format!("\n{name}:") })
            .expect("writing to a string cannot fail");
        last = Some(name);
    }
}

/// Hyphens count only between names that are otherwise equal, and an underscore sorts before digits.
fn collate(left: &str, right: &str) -> Ordering {
    let weights = |name: &str| -> Vec<u8> {
        let letters = name.bytes().filter(|byte| *byte != b'-');
        letters.map(|byte| if byte == b'_' { 0 } else { byte }).collect()
    };
    weights(left).cmp(&weights(right)).then_with(|| left.cmp(right))
}
