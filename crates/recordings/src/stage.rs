//! A fresh emulator for one script, and the making of what the script takes for granted.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Result, ensure};

use crate::client::{Client, Outgoing};
use crate::describe::{Description, describe};
use crate::exchange::{Body, Exchange, Headers, Received};
use crate::implied::{self, Need};
use crate::names::Names;
use crate::script::Step;
use crate::target::{Place, Target};

/// The version of what is set up.
const VERSION: &str = "2026-06-06";
const LARGEST_RANGE: usize = 4 * 1024 * 1024;
const SOURCE_OF: &str = "source of ";
const SLASH: &str = " in ";
const A_PERMISSION: &str = "O:S-1-5-21-1-2-3-500G:S-1-5-21-1-2-3-513D:(A;;FA;;;SY)";

#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) client: &'a Client,
    pub(crate) names: Names,
    steps: &'a [Step],
    /// The last step that named something, by what it named.
    mentioned: HashMap<Place, usize>,
    leases: HashMap<String, usize>,
    /// The last recorded lease id of what was leased.
    held: HashMap<String, String>,
    /// Steps before which something happened that is not replayed.
    gaps: Vec<bool>,
    pub(crate) set_ups: BTreeMap<&'static str, u64>,
    /// Where each recorded file id was seen.
    pub(crate) ids: HashMap<String, Place>,
    /// Files whose bytes are not those of the recording.
    unknown: HashSet<Place>,
    keeps_trailing_dots: bool,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(client: &'a Client, steps: &'a [Step]) -> Self {
        let follows =
            |index: usize| index > 0 && steps[index - 1].exchange.seq + 1 >= steps[index].exchange.seq;
        Self {
            client,
            names: Names::default(),
            steps,
            mentioned: HashMap::new(),
            leases: HashMap::new(),
            held: HashMap::new(),
            gaps: (0..steps.len()).map(|index| !follows(index)).collect(),
            set_ups: BTreeMap::new(),
            ids: HashMap::new(),
            unknown: HashSet::new(),
            keeps_trailing_dots: false,
        }
    }

    /// The step was left out: what it did is unknown from here on.
    pub(crate) fn left_out(&mut self, index: usize) {
        if let Some(gap) = self.gaps.get_mut(index + 1) {
            *gap = true;
        }
    }

    /// Makes what the step needs and no step before it could have made.
    pub(crate) async fn set_up(&mut self, index: usize, exchange: &Exchange) -> Result<()> {
        self.keeps_trailing_dots = exchange.header("x-ms-allow-trailing-dot") == Some("true");
        let mut needs = self.needs_of_later(index);
        needs.extend(implied::needs(exchange));
        for need in needs {
            self.meet(&need, index).await?;
        }
        self.mention(exchange, index);
        Ok(())
    }

    /// A share snapshot shows later what is there now; and the pages of one listing show one directory.
    fn needs_of_later(&self, index: usize) -> Vec<Need> {
        let exchange = &self.steps[index].exchange;
        let later = || self.steps[index + 1..].iter().map(|step| &step.exchange);
        let mut needs = Vec::new();
        if let Some(id) = exchange.response.header("x-ms-snapshot") {
            for reader in
                later().filter(|reader| reader.request.target.parameter("sharesnapshot") == Some(id))
            {
                needs.extend(implied::needs(reader));
            }
            needs.retain(|need| matches!(need, Need::Share(_) | Need::Directory(_) | Need::File(_)));
        }
        let mut marker = next_marker(exchange);
        while let Some(wanted) = marker.take() {
            let mut pages = later().filter(|page| page.request.target.parameter("marker") == Some(&wanted));
            if let Some(page) = pages.next() {
                needs.extend(implied::needs(page));
                marker = next_marker(page).filter(|next| *next != wanted);
            }
        }
        needs
    }

    fn mention(&mut self, exchange: &Exchange, index: usize) {
        let sources = ["x-ms-copy-source", "x-ms-file-rename-source"].map(|name| exchange.header(name));
        let sources = sources.into_iter().flatten().filter_map(Target::of_url);
        for target in std::iter::once(exchange.request.target.clone()).chain(sources) {
            let place = target.place();
            self.mentioned.insert(place.root(), index);
            self.mentioned.insert(place, index);
        }
        for need in implied::needs(exchange) {
            if let Need::Directory(place) | Need::File(place) | Need::Share(place) = need {
                self.mentioned.insert(place, index);
            }
        }
        for name in ["x-ms-proposed-lease-id", "x-ms-lease-id"] {
            for id in [exchange.header(name), exchange.response.header(name)].into_iter().flatten() {
                self.leases.insert(id.to_owned(), index);
            }
        }
        if exchange.request.target.is("comp", "lease") {
            self.leases.insert(implied_lease(&exchange.request.target), index);
        }
    }

    /// Remembers what the answer says of the thing, beside what has another value now.
    pub(crate) fn learn(&mut self, exchange: &Exchange, answer: &Received) {
        self.names.learn(&exchange.response, answer);
        let target = &exchange.request.target;
        if let Some(id) = exchange.response.header("x-ms-file-id") {
            self.ids.insert(id.to_owned(), target.place());
        }
        if let Some(id) = exchange.response.header("x-ms-lease-id").filter(|_| target.is("comp", "lease")) {
            self.held.insert(implied_lease(target), id.to_owned());
        }
    }

    pub(crate) fn lease_of(&self, target: &Target) -> Option<String> {
        self.held.get(&implied_lease(target)).cloned()
    }

    /// Whether nothing that was replayed decides if it is there.
    fn is_open(&self, last: Option<&usize>, index: usize) -> bool {
        last.is_none_or(|last| self.gaps[last + 1..=index].iter().any(|gap| *gap))
    }

    async fn meet(&mut self, need: &Need, index: usize) -> Result<()> {
        match need {
            Need::Share(place) => self.share(place, index).await,
            Need::Directory(place) => self.directory(place, index).await,
            Need::File(place) => self.file(place, index).await,
            Need::Beyond(last) => self.beyond(last, index).await,
            Need::ReadOnly(place) => self.read_only(place, index).await,
            Need::Key { share, key } => self.key(share, key).await,
            Need::Lease { on, id } => self.lease(on, id, index).await,
            Need::Snapshot { share, id } => self.snapshot(share, id, index).await,
        }
    }

    async fn share(&mut self, place: &Place, index: usize) -> Result<()> {
        let target = Target::new(place, &[("restype", "share")]);
        if !self.is_open(self.mentioned.get(place), index) || self.is_there("GET", &target).await? {
            return Ok(());
        }
        let description = self.description(place, None, index);
        let mut headers = kept(&description, &["x-ms-share-quota", "x-ms-root-squash"]);
        if let Some(tier) = description.headers.get("x-ms-access-tier") {
            headers.insert("x-ms-access-tier".to_owned(), tier.clone());
        }
        let protocols = match self.is_nfs(place) {
            true => Some("NFS".to_owned()),
            false => description.headers.get("x-ms-enabled-protocols").cloned(),
        };
        headers.extend(protocols.map(|protocols| ("x-ms-enabled-protocols".to_owned(), protocols)));
        self.make("share", "PUT", target, headers, Vec::new()).await?;
        self.mentioned.insert(place.clone(), index);
        Ok(())
    }

    async fn directory(&mut self, place: &Place, index: usize) -> Result<()> {
        if place.path.is_empty() {
            return Ok(());
        }
        let target = Target::new(place, &[("restype", "directory")]);
        if !self.is_open(self.mentioned.get(place), index) || self.is_there("GET", &target).await? {
            return Ok(());
        }
        if let Some(parent) = place.parent() {
            Box::pin(self.directory(&parent, index)).await?;
        }
        let description = self.description(place, None, index);
        let headers = kept(&description, &["x-ms-file-attributes", "x-ms-mode"]);
        self.make("directory", "PUT", target, headers, Vec::new()).await?;
        self.mentioned.insert(place.clone(), index);
        Ok(())
    }

    async fn file(&mut self, place: &Place, index: usize) -> Result<()> {
        let target = Target::new(place, &[]);
        if !self.is_open(self.mentioned.get(place), index) || self.is_there("HEAD", &target).await? {
            return Ok(());
        }
        if let Some(parent) = place.parent() {
            self.directory(&parent, index).await?;
        }
        let shown_at = copied_to(place).unwrap_or_else(|| place.clone());
        let description = self.description(&shown_at, None, index);
        let mut headers = kept(&description, &["x-ms-file-attributes", "x-ms-mode"]);
        headers.insert("x-ms-type".to_owned(), "file".to_owned());
        let size = self.size_of(place, &description, index);
        headers.insert("x-ms-content-length".to_owned(), size.to_string());
        for (shown, sent) in [
            ("content-type", "x-ms-content-type"),
            ("content-encoding", "x-ms-content-encoding"),
            ("content-language", "x-ms-content-language"),
            ("content-disposition", "x-ms-content-disposition"),
            ("cache-control", "x-ms-cache-control"),
            ("content-md5", "x-ms-content-md5"),
        ] {
            let value = description.headers.get(shown).map(|value| (sent.to_owned(), value.clone()));
            headers.extend(value);
        }
        self.make("file", "PUT", target, headers, Vec::new()).await?;
        self.mentioned.insert(place.clone(), index);
        let told: usize = description.content.iter().map(|(_, content)| content.len()).sum();
        if (told as u64) < size {
            self.unknown.insert(place.clone());
        }
        self.fill(place, &description).await
    }

    async fn fill(&mut self, place: &Place, description: &Description) -> Result<()> {
        let zeros =
            description.allocated.iter().map(|(start, end)| (*start, vec![0; (end - start) as usize]));
        for (start, content) in zeros.chain(description.content.iter().cloned()) {
            for (index, piece) in content.chunks(LARGEST_RANGE).enumerate() {
                let first = start + (index * LARGEST_RANGE) as u64;
                let range = format!("bytes={first}-{}", first + piece.len() as u64 - 1);
                let headers =
                    [("x-ms-write".to_owned(), "update".to_owned()), ("x-ms-range".to_owned(), range)];
                let target = Target::new(place, &[("comp", "range")]);
                self.make("content", "PUT", target, headers.into(), piece.to_vec()).await?;
            }
        }
        Ok(())
    }

    async fn beyond(&mut self, last: &Place, index: usize) -> Result<()> {
        let folded = |place: &Place| (place.share.to_uppercase(), place.path.to_uppercase());
        let follows = |place: &Place| place.parent() == last.parent() && folded(place) > folded(last);
        if self.mentioned.keys().any(follows) {
            return Ok(());
        }
        if last.path.is_empty() {
            let place = Place { share: format!("{}0", last.share), path: String::new() };
            return self.share(&place, index).await;
        }
        let place = Place { share: last.share.clone(), path: format!("{}0", last.path) };
        self.file(&place, index).await
    }

    async fn read_only(&mut self, place: &Place, index: usize) -> Result<()> {
        let told = self.steps[..index].iter().any(|step| {
            step.exchange.request.target.place() == *place
                && step.exchange.header("x-ms-file-attributes").is_some()
        });
        if told {
            return Ok(());
        }
        let headers = [("x-ms-file-attributes".to_owned(), "ReadOnly".to_owned())];
        let target = Target::new(place, &[("comp", "properties")]);
        self.make("attributes", "PUT", target, headers.into(), Vec::new()).await?;
        Ok(())
    }

    async fn key(&mut self, share: &Place, key: &str) -> Result<()> {
        if self.names.knows(key) {
            return Ok(());
        }
        let told = self.steps.iter().map(|step| &step.exchange).find(|exchange| {
            exchange.request.method == "GET" && exchange.header("x-ms-file-permission-key") == Some(key)
        });
        let told = told.and_then(|exchange| serde_json::from_str(exchange.response.text()).ok());
        let body: serde_json::Value =
            told.unwrap_or_else(|| serde_json::json!({ "permission": A_PERMISSION, "format": "sddl" }));
        let target = Target::new(share, &[("restype", "share"), ("comp", "filepermission")]);
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let answer =
            self.make("permission", "PUT", target, headers.into(), body.to_string().into_bytes()).await?;
        if let Some(ours) = answer.header("x-ms-file-permission-key") {
            self.names.pair(key, ours);
        }
        Ok(())
    }

    async fn lease(&mut self, on: &Target, id: &str, index: usize) -> Result<()> {
        if self.leases.contains_key(id) || self.leases.contains_key(&implied_lease(on)) {
            return Ok(());
        }
        let mut query = vec![("comp", "lease")];
        query.extend(on.is("restype", "share").then_some(("restype", "share")));
        let headers = [
            ("x-ms-lease-action".to_owned(), "acquire".to_owned()),
            ("x-ms-lease-duration".to_owned(), "-1".to_owned()),
            ("x-ms-proposed-lease-id".to_owned(), id.to_owned()),
        ];
        self.make("lease", "PUT", Target::new(&on.place(), &query), headers.into(), Vec::new()).await?;
        self.leases.insert(id.to_owned(), index);
        Ok(())
    }

    async fn snapshot(&mut self, share: &Place, id: &str, index: usize) -> Result<()> {
        let taken = |step: &Step| {
            step.exchange.response.header("x-ms-snapshot").is_some()
                && step.exchange.request.target.place() == *share
        };
        if self.names.knows(id) || id.is_empty() && self.steps[..index].iter().any(taken) {
            return Ok(());
        }
        let description = self.description(share, Some(id), index);
        let headers = kept(&description, &[]);
        let target = Target::new(share, &[("restype", "share"), ("comp", "snapshot")]);
        let answer = self.make("shareSnapshot", "PUT", target, headers, Vec::new()).await?;
        if let Some(ours) = answer.header("x-ms-snapshot") {
            self.names.pair(id, ours);
        }
        Ok(())
    }

    pub(crate) fn description(&self, place: &Place, snapshot: Option<&str>, index: usize) -> Description {
        let later: Vec<&Exchange> = self.steps[index..].iter().map(|step| &step.exchange).collect();
        describe(place, snapshot, &later)
    }

    /// What an answer tells, else what the ranges need that are written or read.
    pub(crate) fn size_of(&self, place: &Place, description: &Description, index: usize) -> u64 {
        let ends = self.steps[index..].iter().flat_map(|step| {
            let exchange = &step.exchange;
            let source = exchange.header("x-ms-copy-source").and_then(Target::of_url);
            let own = exchange.header("x-ms-range").or(exchange.header("range"));
            let here = exchange.request.target.place() == *place && exchange.succeeded();
            let from = source.is_some_and(|source| source.place() == *place);
            let read = exchange.header("x-ms-source-range").filter(|_| from).and_then(ends_of);
            let too_short = exchange.error_code() == "CannotVerifyCopySource";
            let read = read.map(|(start, end)| if too_short { start } else { end });
            [own.filter(|_| here).and_then(ends_of).map(|(_, end)| end), read]
        });
        let needed = ends.flatten().map(|end| end + 1).max();
        description.size.or(needed).unwrap_or_default()
    }

    /// Follows the bytes that were made up, from file to file.
    pub(crate) fn trace_content(&mut self, exchange: &Exchange) {
        let place = exchange.request.target.place();
        let source = exchange.header("x-ms-copy-source").or(exchange.header("x-ms-file-rename-source"));
        let source = source.and_then(Target::of_url).map(|source| source.place());
        let made_up = exchange.request.body == Body::LeftOut || exchange.request.headers_lost;
        let is_write =
            exchange.request.method == "PUT" && exchange.request.target.parameter("restype").is_none();
        if is_write && (made_up || source.is_some_and(|source| self.unknown.contains(&source))) {
            self.unknown.insert(place);
        }
    }

    pub(crate) fn knows_content(&self, exchange: &Exchange) -> bool {
        !self.unknown.contains(&exchange.request.target.place()) && exchange.response.body != Body::LeftOut
    }

    fn is_nfs(&self, share: &Place) -> bool {
        self.steps.iter().map(|step| &step.exchange).any(|exchange| {
            exchange.request.target.place().share == share.share
                && (exchange.response.header("x-ms-mode").is_some()
                    || exchange.response.header("x-ms-link-text").is_some()
                    || exchange.header("x-ms-mode").is_some()
                    || exchange.header("x-ms-link-text").is_some())
        })
    }

    async fn is_there(&self, method: &str, target: &Target) -> Result<bool> {
        Ok(self.send(method, target.clone(), Headers::new(), Vec::new()).await?.status == 200)
    }

    async fn make(
        &mut self,
        what: &'static str,
        method: &str,
        target: Target,
        headers: Headers,
        body: Vec<u8>,
    ) -> Result<Received> {
        let shown = target.to_string();
        let answer = self.send(method, target, headers, body).await?;
        ensure!(answer.status < 300, "Setting up {what} {shown}: {} {}", answer.status, answer.text());
        *self.set_ups.entry(what).or_default() += 1;
        Ok(answer)
    }

    async fn send(
        &self,
        method: &str,
        target: Target,
        mut headers: Headers,
        body: Vec<u8>,
    ) -> Result<Received> {
        headers.insert("x-ms-version".to_owned(), VERSION.to_owned());
        headers.insert("x-ms-allow-trailing-dot".to_owned(), self.keeps_trailing_dots.to_string());
        self.client
            .send(&Outgoing { method: method.to_owned(), target, headers, body, signs_itself: false })
            .await
    }
}

/// The source of a copy whose source was blotted out: a file of its own, which is what the copy will be.
pub(crate) fn source_of_copy(place: &Place) -> Place {
    Place { share: place.share.clone(), path: format!("{SOURCE_OF}{}", place.path.replace('/', SLASH)) }
}

fn copied_to(source: &Place) -> Option<Place> {
    let path = source.path.strip_prefix(SOURCE_OF)?.replace(SLASH, "/");
    Some(Place { share: source.share.clone(), path })
}

fn ends_of(range: &str) -> Option<(u64, u64)> {
    let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
    Some((start.parse().ok()?, end.parse().ok()?))
}

fn implied_lease(on: &Target) -> String {
    format!("of {} {}", on.path, on.parameter("sharesnapshot").unwrap_or_default())
}

fn next_marker(exchange: &Exchange) -> Option<String> {
    let list = implied::listing(exchange)?;
    list.text_of("NextMarker").filter(|marker| !marker.is_empty()).map(str::to_owned)
}

/// The headers that answers and requests name alike, and all metadata.
fn kept(description: &Description, names: &[&str]) -> Headers {
    let is_kept = |name: &str| names.contains(&name) || name.starts_with("x-ms-meta-");
    let headers = description.headers.iter().filter(|(name, _)| is_kept(name));
    headers.map(|(name, value)| (name.clone(), value.clone())).collect()
}
