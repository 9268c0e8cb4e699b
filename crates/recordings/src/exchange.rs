//! One recorded exchange as the files hold it: a JSON object a line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::target::Target;

/// Header names are in lower case.
pub(crate) type Headers = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) source: String,
    pub(crate) test: String,
    /// Its place in the recording. Numbers can be missing.
    pub(crate) seq: u64,
    /// The recorder's name of the operation, for the tables of the report.
    pub(crate) operation: String,
    pub(crate) version: String,
    pub(crate) request: Sent,
    pub(crate) response: Received,
}

#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: Target,
    pub(crate) headers: Headers,
    pub(crate) body: Body,
    /// The recorder dropped nearly all headers too, not only the body.
    pub(crate) headers_lost: bool,
    /// About when, by the date of the answer.
    pub(crate) at: Option<OffsetDateTime>,
}

#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Whole(Vec<u8>),
    /// There was one, and it was left out.
    LeftOut,
}

#[derive(Deserialize)]
struct Line {
    source: String,
    test: String,
    seq: u64,
    op: String,
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path_and_query: String,
    headers: Headers,
    body: Option<String>,
    body_b64: Option<String>,
    body_omitted: Option<String>,
    body_note: Option<String>,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    headers: Headers,
    body: Option<String>,
    body_b64: Option<String>,
    body_omitted: Option<String>,
}

impl Exchange {
    /// All exchanges of a folder, file by file, and what is wrong with the lines that hold none.
    pub(crate) fn read_all(folder: &Path) -> Result<(Vec<Self>, Vec<String>)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| format!("Reading {}", folder.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                files.push(path);
            }
        }
        files.sort();
        ensure!(!files.is_empty(), "There are no recordings (*.jsonl) in {}", folder.display());
        let (mut exchanges, mut unreadable) = (Vec::new(), Vec::new());
        for file in files {
            let text = fs::read(&file).with_context(|| format!("Reading {}", file.display()))?;
            let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).enumerate();
            for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
                match Self::read(line) {
                    Ok(exchange) => exchanges.push(exchange),
                    Err(error) => {
                        unreadable.push(format!("{}, line {}: {error:#}", file.display(), number + 1));
                    }
                }
            }
        }
        Ok((exchanges, unreadable))
    }

    fn read(line: &[u8]) -> Result<Self> {
        let line: Line = serde_json::from_slice(line)?;
        let (request, response) = (line.request, line.response);
        let target = Target::parse(&request.path_and_query);
        let of_headers = |headers: &Headers| headers.get("x-ms-version").cloned();
        let of_signature = || target.parameter("sv").map(str::to_owned);
        let version = of_headers(&response.headers).or_else(|| of_headers(&request.headers));
        let version = version.or_else(of_signature).unwrap_or_default();
        let note = request.body_note.as_deref().unwrap_or_default();
        let is_given = request.body.is_some() || request.body_b64.is_some();
        let lost = request.body_omitted.is_some() || !note.is_empty() && !is_given;
        let date = response.headers.get("date").map(|date| date.replace("GMT", "+0000"));
        let at = date.and_then(|date| OffsetDateTime::parse(&date, &Rfc2822).ok());
        Ok(Self {
            source: line.source,
            test: line.test,
            seq: line.seq,
            operation: line.op,
            version,
            request: Sent {
                method: request.method,
                target,
                headers_lost: note.contains("header"),
                headers: request.headers,
                body: body(request.body, request.body_b64, lost)?,
                at,
            },
            response: Received {
                status: response.status,
                headers: response.headers,
                body: body(response.body, response.body_b64, response.body_omitted.is_some())?,
            },
        })
    }

    pub(crate) fn error_code(&self) -> &str {
        self.response.error_code()
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.response.status < 300
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).map(String::as_str)
    }
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// From the header or, as older versions have none, from the body.
    pub(crate) fn error_code(&self) -> &str {
        let from_body = || self.text().split_once("<Code>")?.1.split_once("</Code>").map(|(code, _)| code);
        let in_body = || if self.status >= 400 { from_body().unwrap_or_default() } else { "" };
        self.header("x-ms-error-code").unwrap_or_else(in_body)
    }

    /// None where they were left out.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Whole(bytes) => bytes,
            Body::LeftOut => &[],
        }
    }

    /// Empty where there is no text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }
}

fn body(text: Option<String>, base64: Option<String>, left_out: bool) -> Result<Body> {
    if left_out {
        return Ok(Body::LeftOut);
    }
    Ok(Body::Whole(match (text, base64) {
        (Some(text), _) => text.into_bytes(),
        (None, Some(base64)) => BASE64_STANDARD.decode(base64).context("A body is not base64")?,
        (None, None) => Vec::new(),
    }))
}
