//! The answer to a transaction: HTTP answers in a `multipart/mixed` in a `multipart/mixed`.
//!
//! When all went well there is one for every change; when not, there is one for the change that failed.

use crate::headers;
use crate::{Change, ETag};

/// One of the answers inside.
pub(crate) struct Part<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a str,
    head: &'a str,
}

/// Why an answer is not understood.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Malformed(&'static str);

const BLANK_LINE: &str = "\r\n\r\n";

impl Part<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        find_header(self.head, name)
    }
}

/// The ETags of the rows that were written.
pub(crate) fn etags(parts: &[Part<'_>], changes: &[Change]) -> Result<Vec<Option<ETag>>, Malformed> {
    if parts.len() != changes.len() || parts.iter().any(|part| !(200..300).contains(&part.status)) {
        return Err(Malformed("The answers do not match the changes"));
    }
    let etag = |(part, change): (&Part<'_>, &Change)| match part.header(headers::ETAG) {
        _ if !change.writes() => Ok(None),
        Some(etag) => Ok(Some(etag.into())),
        None => Err(Malformed("An ETag is missing")),
    };
    parts.iter().zip(changes).map(etag).collect()
}

pub(crate) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, Malformed> {
    let text = str::from_utf8(body).map_err(|_| Malformed("The body is no text"))?;
    let mut parts = Vec::new();
    for section in sections(content_type, text)? {
        let (head, inside) = section.split_once(BLANK_LINE).ok_or(Malformed("A part has no head"))?;
        match find_header(head, headers::CONTENT_TYPE) {
            Some(inner) if is_multipart(inner) => {
                for section in sections(inner, inside)? {
                    parts.push(part(section)?);
                }
            }
            // A failure of the whole may stand outside of any change set.
            _ => parts.push(part(section)?),
        }
    }
    Ok(parts)
}

fn part(section: &str) -> Result<Part<'_>, Malformed> {
    let (_, answer) = section.split_once(BLANK_LINE).ok_or(Malformed("A part has no head"))?;
    let (head, body) = answer.split_once(BLANK_LINE).ok_or(Malformed("A part has no answer"))?;
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    let status = status.and_then(|status| status.parse().ok()).ok_or(Malformed("A part has no status"))?;
    Ok(Part { status, body: body.trim_end(), head })
}

/// Only if the last one is ended: what broke off must not pass for less.
fn sections<'a>(content_type: &str, text: &'a str) -> Result<Vec<&'a str>, Malformed> {
    let boundary = boundary(content_type).ok_or(Malformed("A multipart without a boundary"))?;
    let mut found = Vec::new();
    for section in text.split(&format!("--{boundary}")).skip(1) {
        if section.starts_with("--") {
            return Ok(found);
        }
        found.push(section);
    }
    Err(Malformed("The answer breaks off"))
}

fn is_multipart(content_type: &str) -> bool {
    content_type.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
}

fn boundary(content_type: &str) -> Option<&str> {
    let (_, boundary) = content_type.split_once("boundary=").filter(|_| is_multipart(content_type))?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    (!boundary.is_empty()).then_some(boundary)
}

fn find_header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests;
