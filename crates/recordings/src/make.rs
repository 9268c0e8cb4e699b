//! Directories and files that a recording takes for granted, made as the recording shows them later.

use anyhow::{Result, ensure};

use crate::describe::Description;
use crate::exchange::Headers;
use crate::implied::{self, Need};
use crate::stage::Stage;
use crate::target::{Place, Target};

const LARGEST_RANGE: usize = 4 * 1024 * 1024;
/// Files with more are not made.
const MOST_ALLOCATED: u64 = 64 * 1024 * 1024;
const SOURCE_OF: &str = "source of ";
const SLASH: &str = " in ";
const OF_ENTRIES: [&str; 4] = ["x-ms-file-attributes", "x-ms-mode", "x-ms-owner", "x-ms-group"];
/// How answers and requests name content headers.
pub(crate) const CONTENT_HEADERS: [(&str, &str); 6] = [
    ("content-type", "x-ms-content-type"),
    ("content-encoding", "x-ms-content-encoding"),
    ("content-language", "x-ms-content-language"),
    ("content-disposition", "x-ms-content-disposition"),
    ("cache-control", "x-ms-cache-control"),
    ("content-md5", "x-ms-content-md5"),
];

impl Stage<'_> {
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
        let headers = kept(&description, &OF_ENTRIES);
        self.make("directory", "PUT", target, headers, Vec::new()).await?;
        self.note_made(place, index);
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
            self.note_made(place, index);
            return Ok(());
        }
        let description = match copied_to(place) {
            Some(copy) => self.description_of_copy(&copy, index),
            None => self.description(place, None, index),
        };
        let mut headers = kept(&description, &OF_ENTRIES);
        headers.insert("x-ms-type".to_owned(), "file".to_owned());
        let size = self.size_of(place, &description, index);
        headers.insert("x-ms-content-length".to_owned(), size.to_string());
        headers.extend(content_headers(&description));
        self.make("file", "PUT", target, headers, Vec::new()).await?;
        self.note_made(place, index);
        let told: usize = description.content.iter().map(|(_, content)| content.len()).sum();
        if (told as u64) < size {
            self.unknown.insert(place.clone());
            self.unwritten.insert(place.clone());
        }
        // Create File always gives a type, and the attribute Archive; both can be gone when properties are set.
        let attributes = description.headers.get("x-ms-file-attributes");
        if description.is_shown
            && (!description.headers.contains_key("content-type")
                || attributes.is_some_and(|attributes| !attributes.contains("Archive")))
        {
            let target = Target::new(place, &[("comp", "properties")]);
            let mut headers = kept(&description, &OF_ENTRIES[..1]);
            headers.extend(content_headers(&description));
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

    pub(crate) async fn fill(&mut self, place: &Place, description: &Description) -> Result<()> {
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

    pub(crate) async fn not_empty(&mut self, place: &Place, index: usize) -> Result<()> {
        let target = Target::new(place, &[("restype", "directory"), ("comp", "list")]);
        let list = self.send("GET", target, Headers::new(), Vec::new()).await?;
        if !list.text().contains("<Entries />") {
            return Ok(());
        }
        let later = self.steps[index..].iter().flat_map(|step| implied::needs(&step.exchange));
        let inside = |inner: &Place| inner.parent().as_ref() == Some(place);
        let shown = later
            .into_iter()
            .find(|need| matches!(need, Need::Directory(inner) | Need::File(inner) if inside(inner)));
        match shown {
            Some(Need::Directory(inner)) => self.directory(&inner, index).await,
            Some(Need::File(inner)) => self.file(&inner, index).await,
            _ => self.file(&place.child("0"), index).await,
        }
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

    /// The text of a symbolic link, if it is shown to be one.
    fn link_text(&self, place: &Place, index: usize) -> Option<String> {
        let later = self.steps[index..].iter().map(|step| &step.exchange);
        let mut shown = later.filter(|exchange| exchange.request.target.place() == *place);
        shown.find_map(|exchange| exchange.response.header("x-ms-link-text").map(decoded))
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The source of a copy whose source was blotted out: a file of its own, which is what the copy will be.
pub(crate) fn source_of_copy(place: &Place) -> Place {
    Place { share: place.share.clone(), path: format!("{SOURCE_OF}{}", place.path.replace('/', SLASH)) }
}

fn copied_to(source: &Place) -> Option<Place> {
    let path = source.path.strip_prefix(SOURCE_OF)?.replace(SLASH, "/");
    Some(Place { share: source.share.clone(), path })
}

/// As requests name them.
fn content_headers(description: &Description) -> Headers {
    let shown = CONTENT_HEADERS.into_iter();
    let value =
        |(shown, sent): (&str, &str)| Some((sent.to_owned(), description.headers.get(shown)?.clone()));
    shown.filter_map(value).collect()
}

/// The headers that answers and requests name alike, and all metadata.
pub(crate) fn kept(description: &Description, names: &[&str]) -> Headers {
    let is_kept = |name: &str| names.contains(&name) || name.starts_with("x-ms-meta-");
    let headers = description.headers.iter().filter(|(name, _)| is_kept(name));
    headers.map(|(name, value)| (name.clone(), value.clone())).collect()
}
