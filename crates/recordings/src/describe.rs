//! What a recording says of a share, a directory or a file, wherever it says it.

use crate::exchange::{Body, Exchange, Headers, Received};
use crate::target::{Place, Target};
use crate::xml::Element;

const DESCRIBING: [&str; 15] = [
    "x-ms-lease-duration",
    "content-type",
    "content-encoding",
    "content-language",
    "content-disposition",
    "cache-control",
    "content-md5",
    "x-ms-file-attributes",
    "x-ms-share-quota",
    "x-ms-access-tier",
    "x-ms-enabled-protocols",
    "x-ms-root-squash",
    "x-ms-mode",
    "x-ms-owner",
    "x-ms-group",
];

/// A file, directory or share as the first answers after a place in the recording show it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Description {
    /// Under the names that answers use.
    pub(crate) headers: Headers,
    /// By an answer of its own, not only in a listing.
    pub(crate) is_shown: bool,
    pub(crate) size: Option<u64>,
    pub(crate) content: Vec<(u64, Vec<u8>)>,
    pub(crate) allocated: Vec<(u64, u64)>,
}

/// Looks from an exchange on, until the thing is made anew; or, for what a copy looks like, beyond that.
pub(crate) fn describe(
    place: &Place,
    snapshot: Option<&str>,
    through_copies: bool,
    later: &[&Exchange],
) -> Description {
    let mut description = Description::default();
    let mut written = false;
    let mut place = place.clone();
    let mut is_renamed_to = None;
    for (index, exchange) in later.iter().enumerate() {
        let target = &exchange.request.target;
        let source = exchange.header("x-ms-file-rename-source").and_then(Target::of_url);
        if exchange.succeeded() && source.is_some_and(|source| source.place() == place) {
            place = target.place();
            is_renamed_to = Some(index);
            if exchange.header("x-ms-file-attributes").is_some() {
                description.headers.entry("x-ms-file-attributes".to_owned()).or_default();
            }
        }
        if exchange.succeeded()
            && target.parameter("comp").is_some_and(|comp| comp.eq_ignore_ascii_case("list"))
        {
            from_listing(&mut description, &place, exchange);
        }
        let same_snapshot = snapshot.is_none() || target.parameter("sharesnapshot") == snapshot;
        let beyond_end = exchange.response.status == 416;
        if target.place() != place || !(exchange.succeeded() || beyond_end) || !same_snapshot {
            continue;
        }
        let reads = matches!(exchange.request.method.as_str(), "GET" | "HEAD");
        if !reads {
            if is_renamed_to == Some(index) {
                continue;
            }
            let makes = index > 0 && target.parameter("comp").is_none_or(|comp| comp == "rename");
            if makes && !(through_copies && exchange.header("x-ms-copy-source").is_some()) {
                break;
            }
            written = true;
        }
        size(&mut description, exchange);
        let is_plain = target.parameter("comp").is_none_or(|comp| comp.eq_ignore_ascii_case("metadata"));
        if reads && !written && !beyond_end {
            content(&mut description, exchange);
        }
        // What a later answer shows besides was set meanwhile.
        if reads
            && is_plain
            && !beyond_end
            && !description.is_shown
            && (!written || description.headers.is_empty())
        {
            let headers =
                exchange.response.headers.iter().filter(|(name, _)| {
                    DESCRIBING.contains(&name.as_str()) || name.starts_with("x-ms-meta-")
                });
            description.is_shown |= exchange.response.header("x-ms-type").is_some();
            for (name, value) in headers {
                description.headers.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    // A rename that sets the attributes tells nothing of those before.
    description.headers.retain(|name, value| name != "x-ms-file-attributes" || !value.is_empty());
    description
}

/// The size where one is told, else what all ranges need.
fn size(description: &mut Description, exchange: &Exchange) {
    let response = &exchange.response;
    let total = response.header("content-range").and_then(|range| range.rsplit('/').next());
    let is_file = exchange.request.target.parameter("restype").is_none();
    let plain = exchange.request.target.parameter("comp").is_none() && is_file;
    let whole = match exchange.request.method.as_str() {
        "HEAD" | "GET" if plain && response.status == 200 => response.header("content-length"),
        _ => None,
    };
    let told = total.or(whole).or(response.header("x-ms-content-length"));
    if description.size.is_none() {
        description.size = told.and_then(|size| size.parse().ok());
    }
}

fn content(description: &mut Description, exchange: &Exchange) {
    let response = &exchange.response;
    let target = &exchange.request.target;
    if exchange.request.method == "GET"
        && target.parameter("comp").is_none()
        && target.parameter("restype").is_none()
    {
        let start = response
            .header("content-range")
            .and_then(|range| range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok());
        if let Body::Whole(bytes) = &response.body {
            description.content.push((start.unwrap_or_default(), bytes.clone()));
        }
    }
    if target.is("comp", "rangelist") && target.parameter("prevsharesnapshot").is_none() {
        description.allocated.extend(ranges(response));
    }
}

pub(crate) fn ranges(response: &Received) -> Vec<(u64, u64)> {
    ranges_named(response, "Range")
}

/// The ranges of a list under a name, each with the byte behind it.
pub(crate) fn ranges_named(response: &Received, name: &str) -> Vec<(u64, u64)> {
    let Some(list) = Element::parse(response.text()) else { return Vec::new() };
    let range = |range: &Element| {
        let place = |name| range.text_of(name)?.parse::<u64>().ok();
        let (start, end) = (place("Start")?, place("End")?);
        (start <= end).then_some((start, end.saturating_add(1)))
    };
    list.children.iter().filter(|child| child.name == name).filter_map(range).collect()
}

/// What a listing shows of one of its entries or shares.
fn from_listing(description: &mut Description, place: &Place, exchange: &Exchange) {
    let Some(list) = Element::parse(exchange.response.text()) else { return };
    let listed = exchange.request.target.place();
    let entries = list.child("Entries").or(list.child("Shares"));
    for entry in entries.map_or(&[][..], |entries| &entries.children) {
        let name = entry.text_of("Name").unwrap_or_default();
        let is_it = match entry.name.as_str() {
            "Share" => place.path.is_empty() && place.share == name,
            _ => listed.child(&entry_name(entry)) == *place,
        };
        if !is_it || entry.child("Snapshot").is_some() {
            continue;
        }
        let mut put = |header: &str, value: Option<&str>| {
            if let Some(value) = value {
                description.headers.entry(header.to_owned()).or_insert_with(|| value.to_owned());
            }
        };
        let properties = entry.child("Properties").cloned().unwrap_or_default();
        put("x-ms-share-quota", properties.text_of("Quota"));
        put("x-ms-access-tier", properties.text_of("AccessTier"));
        put("x-ms-enabled-protocols", properties.text_of("EnabledProtocols"));
        put("x-ms-root-squash", properties.text_of("RootSquash"));
        put("x-ms-file-attributes", entry.text_of("Attributes"));
        for pair in entry.child("Metadata").map_or(&[][..], |metadata| &metadata.children) {
            put(&format!("x-ms-meta-{}", pair.name.to_lowercase()), Some(&pair.text));
        }
        if description.size.is_none() {
            description.size = properties.text_of("Content-Length").and_then(|size| size.parse().ok());
        }
    }
}

/// A listed name, decoded where it was encoded.
pub(crate) fn entry_name(entry: &Element) -> String {
    let Some(name) = entry.child("Name") else { return String::new() };
    match name.attribute("Encoded") {
        Some("true") => percent_encoding::percent_decode_str(&name.text).decode_utf8_lossy().into_owned(),
        _ => name.text.clone(),
    }
}
