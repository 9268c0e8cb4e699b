//! What a missing exchange did to a thing that was there before: when an answer behind a gap shows it otherwise, and no
//! exchange since the gap has decided that, the thing is brought to what the answer shows.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::describe::{Description, describe};
use crate::exchange::{Body, Exchange, Headers, Received};
use crate::make::{CONTENT_HEADERS, source_of_copy};
use crate::stage::Stage;
use crate::target::{Place, Target};

const METADATA: &str = "x-ms-meta-";
pub(crate) const CONTENT: &str = "content";
const COPY: &str = "x-ms-copy-id";
/// As answers name them; requests name the content headers otherwise.
const PROPERTIES: [&str; 16] = [
    "content-type",
    "content-encoding",
    "content-language",
    "content-disposition",
    "cache-control",
    "content-md5",
    "content-length",
    "x-ms-file-attributes",
    "x-ms-mode",
    "x-ms-owner",
    "x-ms-group",
    "x-ms-share-quota",
    "x-ms-access-tier",
    "x-ms-root-squash",
    METADATA,
    CONTENT,
];

impl Stage<'_> {
    /// Remembers what the exchange decides or shows of its own place.
    pub(crate) fn note_decisions(&mut self, exchange: &Exchange, index: usize) {
        let place = exchange.request.target.place();
        for name in decided(exchange) {
            self.decided.insert((place.clone(), name), index);
        }
    }

    /// What is made is made as the recording shows it.
    pub(crate) fn note_made(&mut self, place: &Place, index: usize) {
        self.mentioned.insert(place.clone(), index);
        for name in PROPERTIES {
            self.decided.insert((place.clone(), name), index);
        }
    }

    /// Brings what an answer shows to what it shows, where a missing exchange has decided it.
    pub(crate) async fn catch_up(&mut self, exchange: &Exchange, index: usize) -> Result<()> {
        let target = &exchange.request.target;
        let reads = matches!(exchange.request.method.as_str(), "GET" | "HEAD");
        if !reads || !exchange.succeeded() || target.parameter("sharesnapshot").is_some() {
            return Ok(());
        }
        let place = target.place();
        let restype = target.parameter("restype").filter(|restype| *restype != "symboliclink");
        let whole = match target.parameter("comp") {
            None => true,
            Some("metadata" | "rangelist") => false,
            Some(_) => return Ok(()),
        };
        let query: Vec<_> = restype.map(|restype| ("restype", restype)).into_iter().collect();
        let own = Target::new(&place, &query);
        let mut now = self.look(&own).await?;
        if whole && exchange.response.header(COPY).is_some() && now.header(COPY).is_none() {
            self.copied(&place, &exchange.response, index).await?;
            now = self.look(&own).await?;
        }
        let open = PROPERTIES.into_iter().filter(|name| self.is_undecided(&place, name, index));
        let open: BTreeSet<&str> = open.collect();
        let lease = self.lease_of(target).filter(|_| now.header("x-ms-lease-state") == Some("leased"));
        let lease = lease.map(|id| ("x-ms-lease-id".to_owned(), self.names.translate(&id)));
        let shown = &exchange.response;
        if whole && let Some(mut headers) = properties(&open, shown, &now, restype) {
            headers.extend(lease.clone());
            let target = Target::new(&place, &[&query[..], &[("comp", "properties")]].concat());
            self.make("changedProperties", "PUT", target, headers, Vec::new()).await?;
        }
        let lists_ranges = target.is("comp", "rangelist");
        if !lists_ranges && open.contains(METADATA) && metadata(shown) != metadata(&now) {
            let mut headers = metadata(shown);
            headers.extend(lease);
            let target = Target::new(&place, &[&query[..], &[("comp", "metadata")]].concat());
            self.make("changedMetadata", "PUT", target, headers, Vec::new()).await?;
        }
        if restype.is_none() && open.contains(CONTENT) && exchange.request.method == "GET" {
            self.change_content(&place, exchange).await?;
        }
        Ok(())
    }

    pub(crate) fn is_undecided(&self, place: &Place, name: &'static str, index: usize) -> bool {
        let last = self.decided.get(&(place.clone(), name));
        last.is_some() && (self.is_open(last, index) || self.is_filled_in(last, index))
    }

    async fn look(&self, target: &Target) -> Result<Received> {
        let method = if target.parameter("restype").is_some() { "GET" } else { "HEAD" };
        self.send(method, target.clone(), Headers::new(), Vec::new()).await
    }

    /// It shows that it is a copy, and no recorded request copied it.
    async fn copied(&mut self, place: &Place, shown: &Received, index: usize) -> Result<()> {
        let last = self.decided.get(&(place.clone(), COPY));
        if !self.is_open(last, index) {
            return Ok(());
        }
        let source = source_of_copy(place);
        self.file(&source, index).await?;
        let url = self.client.url(&Target::new(&source, &[]));
        let mut headers = metadata(shown);
        headers.insert("x-ms-copy-source".to_owned(), url);
        headers.insert("x-ms-file-copy-ignore-readonly".to_owned(), "true".to_owned());
        let attributes = shown.header("x-ms-file-attributes");
        headers.extend(attributes.map(|shown| ("x-ms-file-attributes".to_owned(), shown.to_owned())));
        self.make("copy", "PUT", Target::new(place, &[]), headers, Vec::new()).await?;
        if self.unknown.contains(&source) {
            self.unknown.insert(place.clone());
        }
        self.note_made(place, index);
        Ok(())
    }

    async fn change_content(&mut self, place: &Place, exchange: &Exchange) -> Result<()> {
        let told = describe(place, None, false, &[exchange]);
        let missing = Description {
            content: self.not_there(place, told.content).await?,
            allocated: self.not_allocated(place, told.allocated).await?,
            ..Description::default()
        };
        if !missing.allocated.is_empty() {
            self.unknown.insert(place.clone());
        }
        self.fill(place, &missing).await
    }

    async fn not_there(&self, place: &Place, pieces: Vec<(u64, Vec<u8>)>) -> Result<Vec<(u64, Vec<u8>)>> {
        let whole = self.send("GET", Target::new(place, &[]), Headers::new(), Vec::new()).await?;
        let is_there = |(start, piece): &(u64, Vec<u8>)| {
            let start = usize::try_from(*start).ok()?;
            Some(whole.bytes().get(start..start.checked_add(piece.len())?)? == piece.as_slice())
        };
        Ok(pieces.into_iter().filter(|piece| is_there(piece) != Some(true)).collect())
    }

    async fn not_allocated(&self, place: &Place, ranges: Vec<(u64, u64)>) -> Result<Vec<(u64, u64)>> {
        if ranges.is_empty() {
            return Ok(ranges);
        }
        let target = Target::new(place, &[("comp", "rangelist")]);
        let list = self.send("GET", target, Headers::new(), Vec::new()).await?;
        let there = crate::describe::ranges(&list);
        let is_there =
            |(start, end): &(u64, u64)| there.iter().any(|(first, last)| first <= start && end <= last);
        Ok(ranges.into_iter().filter(|range| !is_there(range)).collect())
    }
}

/// Headers of a Set Properties that makes the one what the other shows; nothing if it is that already.
fn properties(
    open: &BTreeSet<&str>,
    shown: &Received,
    now: &Received,
    restype: Option<&str>,
) -> Option<Headers> {
    let is_file = restype.is_none();
    let content_headers = CONTENT_HEADERS.iter().filter(|_| is_file);
    let differs = |name: &str| open.contains(name) && shown.header(name) != now.header(name);
    let mut headers = Headers::new();
    let mut is_other = false;
    for (name, sent) in content_headers {
        is_other |= differs(name);
        let kept = if open.contains(name) { shown } else { now };
        headers.extend(kept.header(name).map(|value| ((*sent).to_owned(), value.to_owned())));
    }
    let size =
        total(shown).filter(|size| is_file && open.contains("content-length") && total(now) != Some(*size));
    if let Some(size) = size {
        is_other = true;
        headers.insert("x-ms-content-length".to_owned(), size.to_string());
    }
    for name in PROPERTIES.into_iter().filter(|name| name.starts_with("x-ms-") && *name != METADATA) {
        if let Some(value) = shown.header(name).filter(|_| differs(name)) {
            is_other = true;
            headers.insert(name.to_owned(), value.to_owned());
        }
    }
    is_other.then_some(headers)
}

fn total(file: &Received) -> Option<u64> {
    let of_range = file.header("content-range").and_then(|range| range.rsplit('/').next());
    of_range.or(file.header("content-length"))?.parse().ok()
}

fn metadata(thing: &Received) -> Headers {
    let pairs = thing.headers.iter().filter(|(name, _)| name.starts_with(METADATA));
    pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What the request decides, or its answer shows.
fn decided(exchange: &Exchange) -> Vec<&'static str> {
    let request = &exchange.request;
    if !exchange.succeeded() || request.target.parameter("sharesnapshot").is_some() {
        return Vec::new();
    }
    let comp = request.target.parameter("comp").unwrap_or_default().to_lowercase();
    let reads = matches!(request.method.as_str(), "GET" | "HEAD");
    let is_file = request.target.parameter("restype").is_none();
    let shows_content = request.method == "GET" && exchange.response.body != Body::LeftOut;
    let is_named = |name: &str| {
        let of_file = is_file && CONTENT_HEADERS.iter().any(|(shown, _)| *shown == name);
        let sent = if name == "content-length" { "x-ms-content-length" } else { name };
        of_file || exchange.header(sent).is_some_and(|value| value != "preserve")
    };
    let properties = PROPERTIES.into_iter();
    match comp.as_str() {
        "" if reads => properties.filter(|name| *name != CONTENT || shows_content).collect(),
        "" | "rename" => properties.chain([COPY]).collect(),
        "metadata" => vec![METADATA],
        "properties" => properties.filter(|name| is_named(name)).collect(),
        "range" => vec![CONTENT],
        "rangelist" if request.target.parameter("prevsharesnapshot").is_none() => vec![CONTENT],
        _ => Vec::new(),
    }
}
