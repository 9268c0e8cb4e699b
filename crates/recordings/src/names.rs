//! What has another value in the replay than in the recording: ids, ETags, keys, markers. Each recorded value is
//! remembered with the one that the emulator answered in its place.

use std::collections::HashMap;

use anyhow::Result;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::client::{Client, Outgoing};
use crate::exchange::{Body, Exchange, Received};
use crate::target::Target;
use crate::xml::Element;

const HEADERS: [&str; 10] = [
    "content-md5",
    "etag",
    "x-ms-content-crc64",
    "x-ms-snapshot",
    "x-ms-lease-id",
    "x-ms-file-permission-key",
    "x-ms-copy-id",
    "x-ms-file-id",
    "x-ms-file-parent-id",
    "x-ms-marker",
];
const ELEMENTS: [&str; 8] =
    ["Version", "NextMarker", "Snapshot", "PermissionKey", "FileId", "DirectoryId", "HandleId", "Value"];
const URLS: [&str; 2] = ["x-ms-copy-source", "x-ms-file-rename-source"];
/// Ours to say, or the recorder's.
const NOT_SENT: [&str; 5] = ["x-ms-date", "date", "content-length", "host", "transfer-encoding"];

#[derive(Debug, Default)]
pub(crate) struct Names {
    replayed: HashMap<String, String>,
}

impl Names {
    pub(crate) fn learn(&mut self, recorded: &Received, replayed: &Received) {
        for name in HEADERS {
            if let (Some(recorded), Some(replayed)) = (recorded.header(name), replayed.header(name)) {
                self.pair(recorded, replayed);
            }
        }
        if let (Some(recorded), Some(replayed)) =
            (Element::parse(recorded.text()), Element::parse(replayed.text()))
        {
            self.learn_elements(&recorded, &replayed);
        }
    }

    pub(crate) fn pair(&mut self, recorded: &str, replayed: &str) {
        // Ids of the root, and other short ones, are the same everywhere.
        if recorded.len() > 2 && !replayed.is_empty() {
            self.replayed.insert(recorded.to_owned(), replayed.to_owned());
        }
    }

    /// What one recording calls by another name than the one that fills its gaps.
    pub(crate) fn alias(&mut self, aliases: &[(String, String)]) {
        for (one, other) in aliases {
            if let (false, Some(replayed)) = (self.knows(one), self.replayed.get(other).cloned()) {
                self.pair(one, &replayed);
            }
        }
    }

    pub(crate) fn knows(&self, recorded: &str) -> bool {
        self.replayed.contains_key(recorded)
    }

    pub(crate) fn translate(&self, recorded: &str) -> String {
        self.replayed.get(recorded).map_or(recorded, String::as_str).to_owned()
    }

    fn learn_elements(&mut self, recorded: &Element, replayed: &Element) {
        if recorded.name == replayed.name && ELEMENTS.contains(&recorded.name.as_str()) {
            self.pair(&recorded.text, &replayed.text);
        }
        for (recorded, replayed) in recorded.children.iter().zip(&replayed.children) {
            self.learn_elements(recorded, replayed);
        }
    }

    /// The recorded request as it is sent now, with whether it signs itself by a shared access signature.
    pub(crate) fn outgoing(
        &self,
        exchange: &Exchange,
        held: &[(&str, Option<String>)],
        client: &Client,
    ) -> Result<Outgoing> {
        let request = &exchange.request;
        let mut headers = request.headers.clone();
        headers.retain(|name, _| !NOT_SENT.contains(&name.as_str()));
        headers.entry("x-ms-version".to_owned()).or_insert_with(|| exchange.version.clone());
        for (name, value) in &mut headers {
            *value = match Target::of_url(value) {
                Some(target) if URLS.contains(&name.as_str()) && is_ours(value) => {
                    client.url(&self.target(&target, exchange, client)?)
                }
                _ => self.translate(value),
            };
        }
        // A lease id of another recording of the test stands for the lease that is held now.
        for (name, held) in held {
            if let (Some(id), Some(held)) = (exchange.header(name), held)
                && exchange.succeeded()
                && !self.knows(id)
            {
                headers.insert((*name).to_owned(), self.translate(held));
            }
        }
        let body = match &request.body {
            Body::Whole(body) => body.clone(),
            Body::LeftOut => made_up(exchange),
        };
        let target = self.target(&request.target, exchange, client)?;
        let signs_itself = target.parameter("sig").is_some();
        Ok(Outgoing { method: request.method.clone(), target, headers, body, signs_itself })
    }

    fn target(&self, target: &Target, exchange: &Exchange, client: &Client) -> Result<Target> {
        let translated = |(name, value): &(String, String)| (name.clone(), self.translate(value));
        let mut target = target.with_query(target.query.iter().map(translated).collect());
        if target.parameter("sv").is_some() {
            target.query.retain(|(name, _)| name != "sig");
            sign(&mut target, exchange, client)?;
        }
        Ok(target)
    }
}

fn is_ours(url: &str) -> bool {
    url.starts_with("https://account.file.core.windows.net")
        || url.starts_with("http://account.file.core.windows.net")
}

/// More than a request may have.
const LONGEST_BODY: usize = 8 * 1024 * 1024;

/// Bytes in the place of those that were left out; the same for the same length.
pub(crate) fn made_up(exchange: &Exchange) -> Vec<u8> {
    let told: Option<usize> = exchange.header("content-length").and_then(|length| length.parse().ok());
    let length = told.unwrap_or_default().min(LONGEST_BODY);
    (0..length).map(|index: usize| (index * 31 % 251) as u8).collect()
}

/// A day, or a time of it with or without seconds.
fn moment(text: &str) -> Option<OffsetDateTime> {
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        17 => format!("{}:00Z", text.trim_end_matches('Z')),
        _ => text.to_owned(),
    };
    OffsetDateTime::parse(&whole, &Rfc3339).ok()
}

/// Signatures are not in the recordings, and what they allowed is over: the same is allowed for as long from now.
fn sign(target: &mut Target, exchange: &Exchange, client: &Client) -> Result<()> {
    let then = exchange.request.at;
    for (name, value) in &mut target.query {
        if let ("st" | "se", Some(time), Some(then)) = (name.as_str(), moment(value), then)
            // What is good until the last of all days stays as it is.
            && let Some(now) = OffsetDateTime::now_utc().checked_add(time - then)
        {
            let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
            *value = now.format(&format)?;
        }
    }
    let field = |name| target.parameter(name).unwrap_or_default();
    let text = if target.parameter("ss").is_some() {
        let fields = ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"].map(field).join("\n");
        let scope = if field("sv") >= "2020-12-06" { format!("{}\n", field("ses")) } else { String::new() };
        format!("{}\n{fields}\n{scope}", client.account_name())
    } else {
        let place = target.place();
        let mut resource = format!("/file/{}/{}", client.account_name(), place.share);
        if field("sr") != "s" {
            resource = format!("{resource}/{}", place.path);
        }
        let before = ["sp", "st", "se"].map(field).join("\n");
        let after = ["si", "sip", "spr", "sv", "rscc", "rscd", "rsce", "rscl", "rsct"].map(field).join("\n");
        format!("{before}\n{resource}\n{after}")
    };
    let signature = client.sign(&text)?;
    target.query.push(("sig".to_owned(), signature));
    Ok(())
}
