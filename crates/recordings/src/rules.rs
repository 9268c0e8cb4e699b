//! What is left out of the comparison, and why: by what an exchange is, never by the name of a test.

use serde::Serialize;

use crate::exchange::{Body, Exchange};
use crate::target::Target;
use crate::xml::Element;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// The version is older than those whose answers are promised.
    OlderVersion,
    /// A header or a body without which the request is another one was dropped by the recorder.
    RequestNotKept,
    /// It was refused for its credentials, or depends on them, and those are not recorded.
    CredentialsNotKept,
    /// It copies from a service that is not here.
    SourceElsewhere,
    /// It shows the handles of SMB clients.
    OpenHandles,
    /// It names a digest of bytes that are not recorded.
    ContentNotKept,
    /// It shows what exchanges did that are missing, and cannot be told from the others.
    StateNotKept,
}

impl Rule {
    pub(crate) fn of(exchange: &Exchange, oldest: &str) -> Option<Self> {
        let rules = [
            (Self::OlderVersion, exchange.version.as_str() < oldest),
            (Self::RequestNotKept, is_not_kept(exchange)),
            (Self::CredentialsNotKept, is_refused_for_credentials(exchange)),
            (Self::SourceElsewhere, copies_from_elsewhere(exchange)),
            (Self::OpenHandles, shows_handles(exchange)),
        ];
        rules.into_iter().find(|(_, applies)| *applies).map(|(rule, _)| rule)
    }
}

/// A file's content can be made up; what says what to do cannot.
fn is_not_kept(exchange: &Exchange) -> bool {
    let request = &exchange.request;
    let sanitized = |name| exchange.header(name).is_some_and(|value| value == "Sanitized");
    let comp = request.target.parameter("comp").unwrap_or_default().to_lowercase();
    let is_file = request.target.parameter("restype").is_none();
    let lost = request.headers_lost || request.body == Body::LeftOut;
    let body_lost = lost && matches!(comp.as_str(), "acl" | "filepermission") && request.method == "PUT"
        || lost && comp == "properties" && request.target.is("restype", "service") && request.method == "PUT"
        || lost && comp == "userdelegationkey";
    let range_lost =
        request.headers_lost && comp == "range" && is_file && exchange.header("x-ms-range").is_none();
    let source_lost =
        request.headers_lost && comp == "rename" && exchange.header("x-ms-file-rename-source").is_none();
    sanitized("x-ms-copy-source")
        || sanitized("x-ms-file-rename-source")
        || body_lost
        || range_lost
        || source_lost
}

fn is_refused_for_credentials(exchange: &Exchange) -> bool {
    let target = &exchange.request.target;
    let source = exchange.header("x-ms-copy-source").and_then(Target::of_url);
    let is_delegated = |target: &Target| target.parameter("skoid").is_some();
    // A key for delegation is given to tokens only, and what is signed with it cannot be signed without it.
    if target.is("comp", "userdelegationkey")
        || is_delegated(target)
        || source.as_ref().is_some_and(is_delegated)
    {
        return true;
    }
    let wants_intent = exchange.error_code() == "MissingRequiredHeader"
        && exchange.response.text().contains("x-ms-file-request-intent");
    let is_signed_url = target.parameter("sv").is_some();
    let is_refused = matches!(exchange.response.status, 401 | 403) && !is_signed_url;
    is_refused || wants_intent || exchange.header("x-ms-copy-source-authorization").is_some()
}

fn copies_from_elsewhere(exchange: &Exchange) -> bool {
    exchange
        .header("x-ms-copy-source")
        .is_some_and(|url| url.contains("://") && !url.contains("://account.file.core.windows.net"))
}

fn shows_handles(exchange: &Exchange) -> bool {
    let listed = exchange
        .request
        .target
        .is("comp", "listhandles")
        .then(|| Element::parse(exchange.response.text()))
        .flatten()
        .and_then(|list| list.child("Entries").map(|entries| !entries.children.is_empty()));
    let closed = exchange.response.header("x-ms-number-of-handles-closed").is_some_and(|count| count != "0");
    listed.unwrap_or_default() || closed
}
