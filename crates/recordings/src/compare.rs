//! Whether an answer is the recorded one: status, error code, header names, values where they are neither moments
//! nor ids, and the elements of XML.

use std::collections::BTreeSet;

use crate::exchange::{Body, Exchange, Received};
use crate::xml::Element;

/// Of the transport, of browsers, or sanitised by the recorder.
const NOT_COMPARED: [&str; 14] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-allow-credentials",
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "x-ms-client-request-id",
    "x-ms-request-id",
    "x-ms-version",
];

/// Moments and ids; of these only the presence counts.
const OWN_VALUES: [&str; 17] = [
    "etag",
    "last-modified",
    "x-ms-access-tier-change-time",
    "x-ms-copy-completion-time",
    "x-ms-copy-id",
    "x-ms-copy-source",
    "x-ms-file-change-time",
    "x-ms-file-creation-time",
    "x-ms-file-id",
    "x-ms-file-last-write-time",
    "x-ms-file-parent-id",
    "x-ms-file-permission-key",
    "x-ms-lease-id",
    "x-ms-lease-time",
    "x-ms-share-next-allowed-quota-downgrade-time",
    "x-ms-snapshot",
    "www-authenticate",
];
const OWN_TEXTS: [&str; 22] = [
    "AccessTierChangeTime",
    "ChangeTime",
    "ClientIp",
    "CreationTime",
    "DeletedTime",
    "DirectoryId",
    "Etag",
    "FileId",
    "HandleId",
    "LastAccessTime",
    "Last-Modified",
    "LastReconnectTime",
    "LastSyncTime",
    "LastWriteTime",
    "Marker",
    "NextMarker",
    "NextAllowedQuotaDowngradeTime",
    "OpenTime",
    "PermissionKey",
    "SessionId",
    "Snapshot",
    "Version",
];
/// Digests of content; they mean nothing where the content is made up.
const DIGESTS: [&str; 3] = ["content-md5", "x-ms-content-md5", "x-ms-content-crc64"];

const DIGEST_ELEMENTS: [&str; 4] =
    ["ServerCalculatedCrc", "ServerCalculatedMd5", "UserSpecifiedCrc", "UserSpecifiedMd5"];

/// Every difference in words; none if they match.
pub(crate) fn differences(exchange: &Exchange, replayed: &Received, content_is_known: bool) -> Vec<String> {
    let recorded = &exchange.response;
    let mut found = Vec::new();
    let both = |what: &str, one: &dyn std::fmt::Display, other: &dyn std::fmt::Display| {
        format!("{what}: recorded {one}, replayed {other}")
    };
    if recorded.status != replayed.status {
        found.push(both("status", &recorded.status, &replayed.status));
    }
    if recorded.error_code() != replayed.error_code() {
        found.push(both("x-ms-error-code", &recorded.error_code(), &replayed.error_code()));
    }
    if !found.is_empty() {
        return found;
    }
    headers(recorded, replayed, content_is_known, &mut found);
    if is_file_content(exchange) {
        if exchange.request.method != "HEAD" && content_is_known {
            content(recorded, replayed, &mut found);
        }
        let length = |received: &Received| received.header("content-length").map(str::to_owned);
        if let (Some(one), Some(other)) = (length(recorded), length(replayed))
            && one != other
        {
            found.push(both("content-length", &one, &other));
        }
    } else {
        body(recorded, replayed, content_is_known, &mut found);
    }
    found
}

fn headers(recorded: &Received, replayed: &Received, content_is_known: bool, found: &mut Vec<String>) {
    let names = |received: &Received| -> BTreeSet<String> {
        let names = received.headers.keys().filter(|name| !NOT_COMPARED.contains(&name.as_str()));
        names.cloned().collect()
    };
    let (ours, theirs) = (names(replayed), names(recorded));
    found.extend(theirs.difference(&ours).map(|name| format!("header {name} is missing")));
    found.extend(ours.difference(&theirs).map(|name| {
        format!("header {name} was not recorded: {}", replayed.header(name).unwrap_or_default())
    }));
    for name in theirs.intersection(&ours) {
        let own = OWN_VALUES.contains(&name.as_str())
            || (!content_is_known && DIGESTS.contains(&name.as_str()))
            || name == "x-ms-error-code";
        let (one, other) = (&recorded.headers[name], &replayed.headers[name]);
        if !own && one != other {
            found.push(format!("{name}: recorded {one}, replayed {other}"));
        }
    }
}

/// Bytes of a file, or their number.
fn is_file_content(exchange: &Exchange) -> bool {
    let target = &exchange.request.target;
    matches!(exchange.request.method.as_str(), "GET" | "HEAD")
        && target.parameter("comp").is_none()
        && target.parameter("restype").is_none()
        && exchange.succeeded()
}

fn content(recorded: &Received, replayed: &Received, found: &mut Vec<String>) {
    if let (Body::Whole(one), Body::Whole(other)) = (&recorded.body, &replayed.body)
        && one != other
    {
        found.push(format!(
            "content: recorded {} bytes, replayed {} bytes, or others",
            one.len(),
            other.len()
        ));
    }
}

fn body(recorded: &Received, replayed: &Received, content_is_known: bool, found: &mut Vec<String>) {
    if recorded.body == Body::LeftOut {
        return;
    }
    match (Element::parse(recorded.text()), Element::parse(replayed.text())) {
        (Some(one), Some(other)) => element(&one, &other, &one.name, content_is_known, found),
        _ => {
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            let same = match (read(recorded.text()), read(replayed.text())) {
                (Some(one), Some(other)) => one == other,
                _ => recorded.text() == replayed.text(),
            };
            if !same {
                found.push(format!("body: recorded {}, replayed {}", recorded.text(), replayed.text()));
            }
        }
    }
}

fn element(
    recorded: &Element,
    replayed: &Element,
    path: &str,
    content_is_known: bool,
    found: &mut Vec<String>,
) {
    let attributes = |element: &Element| -> Vec<(String, String)> {
        let own = |name: &str| matches!(name, "ServiceEndpoint" | "ShareSnapshot");
        let value = |(name, value): &(String, String)| {
            (name.clone(), if own(name) { String::new() } else { value.clone() })
        };
        element.attributes.iter().map(value).collect()
    };
    let (one, other) = (attributes(recorded), attributes(replayed));
    if one != other {
        found.push(format!("attributes of {path}: recorded {one:?}, replayed {other:?}"));
    }
    let names = |element: &Element| -> Vec<String> {
        element.children.iter().map(|child| child.name.clone()).collect()
    };
    let (one, other) = (names(recorded), names(replayed));
    if one != other {
        found.push(format!("elements of {path}: recorded {one:?}, replayed {other:?}"));
        return;
    }
    let (one, other) = (text(recorded), text(replayed));
    let means_nothing = !content_is_known && DIGEST_ELEMENTS.contains(&recorded.name.as_str());
    if one != other && !means_nothing {
        found.push(format!("{path}: recorded {one:?}, replayed {other:?}"));
    }
    for (recorded, replayed) in recorded.children.iter().zip(&replayed.children) {
        element(recorded, replayed, &format!("{path}/{}", recorded.name), content_is_known, found);
    }
}

/// Of a moment or an id, only whether there is one; of a message, the sentence.
fn text(element: &Element) -> &str {
    match element.name.as_str() {
        name if OWN_TEXTS.contains(&name) => {
            if element.text.is_empty() {
                ""
            } else {
                "…"
            }
        }
        "Message" => element.text.lines().next().unwrap_or_default(),
        // Behind the sentence come moments and what was signed.
        "AuthenticationErrorDetail" => element.text.split(['[', '\'', '\n']).next().unwrap_or_default(),
        _ => element.text.trim(),
    }
}
