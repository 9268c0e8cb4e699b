//! What a request addresses: share, path and query, with the encoding as it was sent.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// Percent-encoded, from the first slash.
    pub(crate) path: String,
    /// Names as sent, values decoded.
    pub(crate) query: Vec<(String, String)>,
}

/// A share, or something in it. Directories and files are told apart by what is done with them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) share: String,
    /// Decoded, without slashes at the ends; empty for the root.
    pub(crate) path: String,
}

impl Target {
    pub(crate) fn parse(path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into_owned())
        });
        Self { path: path.to_owned(), query: query.collect() }
    }

    /// The part of a URL behind its host, or nothing for what is no URL.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let start = rest.find('/')?;
        Some(Self::parse(&rest[start..]))
    }

    pub(crate) fn new(place: &Place, query: &[(&str, &str)]) -> Self {
        let encoded = |text: &str| utf8_percent_encode(text, VALUE).to_string();
        let mut path = format!("/{}", encoded(&place.share));
        for segment in place.path.split('/').filter(|segment| !segment.is_empty()) {
            path = format!("{path}/{}", encoded(segment));
        }
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { path, query: query.iter().map(owned).collect() }
    }

    pub(crate) fn place(&self) -> Place {
        let path = percent_decode_str(&self.path).decode_utf8_lossy().into_owned();
        let (share, path) =
            path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
        Place { share: share.to_owned(), path: path.trim_end_matches('/').to_owned() }
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.parameter(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// Same operation on the same thing; other parameters may differ.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let like = |name| self.parameter(name) == other.parameter(name);
        self.place() == other.place() && like("restype") && like("comp")
    }

    pub(crate) fn with_query(&self, query: Vec<(String, String)>) -> Self {
        Self { path: self.path.clone(), query }
    }
}

impl Place {
    pub(crate) fn parent(&self) -> Option<Self> {
        if self.path.is_empty() {
            return None;
        }
        let path = self.path.rsplit_once('/').map_or("", |(parent, _)| parent);
        Some(Self { share: self.share.clone(), path: path.to_owned() })
    }

    pub(crate) fn child(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}/{name}", self.path) };
        Self { share: self.share.clone(), path }
    }

    pub(crate) fn root(&self) -> Self {
        Self { share: self.share.clone(), path: String::new() }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        let mut separator = '?';
        for (name, value) in &self.query {
            write!(f, "{separator}{name}={}", utf8_percent_encode(value, VALUE))?;
            separator = '&';
        }
        Ok(())
    }
}
