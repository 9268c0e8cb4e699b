//! One thing each that a recording takes for granted, made as the recording shows it later.

use anyhow::{Result, ensure};

use crate::describe::Description;
use crate::exchange::Headers;
use crate::script::Step;
use crate::stage::{Stage, fact_of};
use crate::target::{Place, Target};

const LARGEST_RANGE: usize = 4 * 1024 * 1024;
/// Files with more are not made.
const MOST_ALLOCATED: u64 = 64 * 1024 * 1024;
const SOURCE_OF: &str = "source of ";
const SLASH: &str = " in ";
const A_PERMISSION: &str = "O:S-1-5-21-1-2-3-500G:S-1-5-21-1-2-3-513D:(A;;FA;;;SY)";
/// How answers and requests name content headers.
const CONTENT_HEADERS: [(&str, &str); 6] = [
    ("content-type", "x-ms-content-type"),
    ("content-encoding", "x-ms-content-encoding"),
    ("content-language", "x-ms-content-language"),
    ("content-disposition", "x-ms-content-disposition"),
    ("cache-control", "x-ms-cache-control"),
    ("content-md5", "x-ms-content-md5"),
];

impl Stage<'_> {
    pub(crate) async fn share(&mut self, place: &Place, index: usize) -> Result<()> {
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

    pub(crate) async fn directory(&mut self, place: &Place, index: usize) -> Result<()> {
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

    pub(crate) async fn file(&mut self, place: &Place, index: usize) -> Result<()> {
        let target = Target::new(place, &[]);
        if !self.is_open(self.mentioned.get(place), index) || self.is_there("HEAD", &target).await? {
            return Ok(());
        }
        if let Some(parent) = place.parent() {
            self.directory(&parent, index).await?;
        }
        if let Some(text) = self.link_text(place, index) {
            let target = Target::new(place, &[("restype", "symboliclink")]);
            let headers = [("x-ms-link-text".to_owned(), text)];
            self.make("link", "PUT", target, headers.into(), Vec::new()).await?;
            self.mentioned.insert(place.clone(), index);
            return Ok(());
        }
        let description = match copied_to(place) {
            Some(copy) => self.description_of_copy(&copy, index),
            None => self.description(place, None, index),
        };
        let mut headers = kept(&description, &["x-ms-file-attributes", "x-ms-mode"]);
        headers.insert("x-ms-type".to_owned(), "file".to_owned());
        let size = self.size_of(place, &description, index);
        headers.insert("x-ms-content-length".to_owned(), size.to_string());
        for (shown, sent) in CONTENT_HEADERS {
            let value = description.headers.get(shown).map(|value| (sent.to_owned(), value.clone()));
            headers.extend(value);
        }
        self.make("file", "PUT", target, headers, Vec::new()).await?;
        self.mentioned.insert(place.clone(), index);
        let told: usize = description.content.iter().map(|(_, content)| content.len()).sum();
        if (told as u64) < size {
            self.unknown.insert(place.clone());
        }
        // A file that was given no type when its headers were set; Create File always gives one.
        if description.is_shown && !description.headers.contains_key("content-type") {
            let target = Target::new(place, &[("comp", "properties")]);
            let headers = kept(&description, &["x-ms-file-attributes"]);
            self.make("contentHeaders", "PUT", target, headers, Vec::new()).await?;
        }
        self.fill(place, &description).await
    }

    /// What was there before the gap and is not there now was deleted meanwhile.
    pub(crate) async fn absent(&mut self, target: &Target, index: usize) -> Result<()> {
        let place = target.place();
        let last = self.mentioned.get(&place);
        if last.is_none() || !self.is_open(last, index) {
            return Ok(());
        }
        let kind = target.is("restype", "directory").then_some(("restype", "directory"));
        let target = Target::new(&place, kind.as_slice());
        let look = if kind.is_some() { "GET" } else { "HEAD" };
        if self.is_there(look, &target).await? {
            self.make("deletion", "DELETE", target, Headers::new(), Vec::new()).await?;
        }
        Ok(())
    }

    async fn fill(&mut self, place: &Place, description: &Description) -> Result<()> {
        let lengths = description.allocated.iter().map(|(start, end)| end - start);
        let allocated = lengths.fold(0, u64::saturating_add);
        ensure!(
            allocated <= MOST_ALLOCATED,
            "{} has {allocated} bytes of ranges, too many to make",
            place.path
        );
        let zeros =
            description.allocated.iter().map(|(start, end)| (*start, vec![0; (end - start) as usize]));
        for (start, content) in zeros.chain(description.content.iter().cloned()) {
            for (index, piece) in content.chunks(LARGEST_RANGE).enumerate() {
                let first = start.saturating_add((index * LARGEST_RANGE) as u64);
                let range = format!("bytes={first}-{}", first.saturating_add(piece.len() as u64 - 1));
                let headers =
                    [("x-ms-write".to_owned(), "update".to_owned()), ("x-ms-range".to_owned(), range)];
                let target = Target::new(place, &[("comp", "range")]);
                self.make("content", "PUT", target, headers.into(), piece.to_vec()).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn beyond(&mut self, last: &Place, index: usize) -> Result<()> {
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

    pub(crate) async fn read_only(&mut self, place: &Place, index: usize) -> Result<()> {
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

    pub(crate) async fn key(&mut self, share: &Place, key: &str) -> Result<()> {
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

    pub(crate) async fn policies(&mut self, share: &Place, body: &str, index: usize) -> Result<()> {
        let target = Target::new(share, &[("restype", "share"), ("comp", "acl")]);
        self.document("policies", target, body, index).await
    }

    pub(crate) async fn service_properties(&mut self, body: &str, index: usize) -> Result<()> {
        let query = [("restype", "service"), ("comp", "properties")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let target = Target { path: "/".to_owned(), query: query.into() };
        self.document("serviceProperties", target, body, index).await
    }

    async fn document(&mut self, what: &'static str, target: Target, body: &str, index: usize) -> Result<()> {
        if !self.is_open(self.facts.get(&fact_of(&target)), index) {
            return Ok(());
        }
        self.facts.insert(fact_of(&target), index);
        let headers = [("content-type".to_owned(), "application/xml".to_owned())];
        self.make(what, "PUT", target, headers.into(), body.trim_start_matches('\u{FEFF}').into()).await?;
        Ok(())
    }

    pub(crate) async fn snapshot(&mut self, share: &Place, id: &str, index: usize) -> Result<()> {
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

    /// The text of a symbolic link, if it is shown to be one.
    fn link_text(&self, place: &Place, index: usize) -> Option<String> {
        let later = self.steps[index..].iter().map(|step| &step.exchange);
        let mut shown = later.filter(|exchange| exchange.request.target.place() == *place);
        shown.find_map(|exchange| exchange.response.header("x-ms-link-text").map(str::to_owned))
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
}

/// The source of a copy whose source was blotted out: a file of its own, which is what the copy will be.
pub(crate) fn source_of_copy(place: &Place) -> Place {
    Place { share: place.share.clone(), path: format!("{SOURCE_OF}{}", place.path.replace('/', SLASH)) }
}

fn copied_to(source: &Place) -> Option<Place> {
    let path = source.path.strip_prefix(SOURCE_OF)?.replace(SLASH, "/");
    Some(Place { share: source.share.clone(), path })
}

/// The headers that answers and requests name alike, and all metadata.
fn kept(description: &Description, names: &[&str]) -> Headers {
    let is_kept = |name: &str| names.contains(&name) || name.starts_with("x-ms-meta-");
    let headers = description.headers.iter().filter(|(name, _)| is_kept(name));
    headers.map(|(name, value)| (name.clone(), value.clone())).collect()
}
