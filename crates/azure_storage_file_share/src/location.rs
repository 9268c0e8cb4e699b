//! Where a client points: a share or an entry in it, of the live share or of a share snapshot.

use crate::call::Call;
use crate::service::Service;
use crate::{Error, ErrorKind, LeaseId, Operation, ShareSnapshotId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::sync::Arc;
use url::Url;

/// All but what RFC 3986 calls unreserved, in names as in queries: as the official clients do, and nothing on the
/// way can mistake or rewrite any of it, which would void the signature.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Clone)]
pub(crate) struct Location {
    pub(crate) service: Arc<Service>,
    /// Empty at the service itself.
    pub(crate) share: Arc<str>,
    pub(crate) snapshot: Option<ShareSnapshotId>,
    /// Segments joined with `/`, not encoded; empty at the root.
    pub(crate) path: Arc<str>,
    /// The directory that paths are counted from; empty for the root.
    pub(crate) within: Arc<str>,
    /// Without a query.
    pub(crate) url: Url,
    pub(crate) unusable_name: bool,
    /// Named by every request about this file.
    pub(crate) lease: Option<LeaseId>,
}

impl Location {
    pub(crate) fn service(service: Arc<Service>) -> Self {
        let url = service.endpoint.clone();
        Self {
            service,
            share: "".into(),
            snapshot: None,
            path: "".into(),
            within: "".into(),
            url,
            unusable_name: false,
            lease: None,
        }
    }

    pub(crate) fn share(service: Arc<Service>, share: &str) -> Self {
        let mut url = service.endpoint.clone();
        push(&mut url, share);
        let unusable_name = is_unusable(share);
        Self {
            service,
            share: share.into(),
            snapshot: None,
            path: "".into(),
            within: "".into(),
            url,
            unusable_name,
            lease: None,
        }
    }

    /// The share's own root, wherever paths are counted from.
    pub(crate) fn root(&self) -> Self {
        let root = Self::share(self.service.clone(), &self.share).at_snapshot(self.snapshot.clone());
        Self { within: self.within.clone(), ..root }
    }

    /// The directory that paths are counted from.
    pub(crate) fn top(&self) -> Self {
        if self.within.is_empty() { self.root() } else { self.entry("") }
    }

    pub(crate) fn at_snapshot(mut self, snapshot: Option<ShareSnapshotId>) -> Self {
        self.snapshot = snapshot;
        self
    }

    pub(crate) fn holding(mut self, lease: Option<LeaseId>) -> Self {
        self.lease = lease;
        self
    }

    /// The entry at `path`, counted from the directory of this client.
    pub(crate) fn entry(&self, path: &str) -> Self {
        let path = match (&*self.within, path) {
            ("", path) => path.to_owned(),
            (within, "") => within.to_owned(),
            (within, path) => format!("{within}/{path}"),
        };
        let mut entry = Self { path: path.as_str().into(), ..self.root() };
        for segment in path.split('/') {
            push(&mut entry.url, segment);
            entry.unusable_name |= is_unusable(segment);
        }
        entry
    }

    /// An error for load says whether it is about this entry or all of the share: the root is asked.
    pub(crate) async fn blame(&self, error: Error) -> Error {
        if self.path.is_empty() {
            return error.of_the_share();
        }
        let root = self.root();
        let asked = Call::get(&root, Operation::GetDirectoryProperties).query("restype", "directory");
        match Box::pin(asked.send()).await {
            Err(busy) if busy.is_of_the_share() => error.of_the_share(),
            Err(stopped) if stopped.kind == ErrorKind::Stopped => stopped,
            _ => error,
        }
    }

    pub(crate) fn check_name(&self, operation: Operation) -> Result<(), Error> {
        if self.unusable_name {
            return Err(self.refuse(
                operation,
                "InvalidFileOrDirectoryPathName",
                "A name that no URL can carry",
            ));
        }
        Ok(())
    }

    pub(crate) fn refuse(&self, operation: Operation, code: &'static str, reason: &'static str) -> Error {
        Error::refused(operation.name(), self, code, reason)
    }

    /// The full address as a header of another request carries it, signature and all.
    pub(crate) fn address(&self, signature: Option<&str>) -> String {
        let mut url = self.url.clone();
        if let Some(snapshot) = &self.snapshot {
            add_query(&mut url, "sharesnapshot", snapshot.as_str());
        }
        let mut address = String::from(url);
        if let Some(signature) = signature {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(signature);
        }
        address
    }
}

/// An address would drop these without a word and name something else.
fn is_unusable(segment: &str) -> bool {
    matches!(segment, "" | "." | "..")
}

fn push(url: &mut Url, segment: &str) {
    let path = format!("{}/{}", url.path().trim_end_matches('/'), encode(segment));
    url.set_path(&path);
}

pub(crate) fn encode(value: &str) -> impl fmt::Display {
    utf8_percent_encode(value, ENCODED)
}

pub(crate) fn add_query(url: &mut Url, name: &str, value: &str) {
    let pair = format!("{name}={}", encode(value));
    let query = match url.query() {
        Some(query) => format!("{query}&{pair}"),
        None => pair,
    };
    url.set_query(Some(&query));
}

/// As errors name it: `share/dir/file`.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.share.is_empty() {
            return write!(f, "account {}", self.service.account);
        }
        f.write_str(&self.share)?;
        if !self.path.is_empty() {
            write!(f, "/{}", self.path)?;
        }
        match &self.snapshot {
            Some(snapshot) => write!(f, " at {snapshot}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of account {}", self, self.service.account)
    }
}

#[cfg(test)]
mod tests;
