//! A page of List Shares.

use crate::xml::{self, Malformed, Step, malformed, missing};
use crate::{ETag, Metadata, ShareItem, SharesPage};
use azure_core::time::parse_rfc7231;
use time::OffsetDateTime;

const SHARE: &str = "EnumerationResults/Shares/Share";

pub(crate) fn parse(document: &[u8]) -> Result<SharesPage, Malformed> {
    let mut shares = Vec::new();
    let mut next_marker = None;
    let mut draft = Draft::default();
    xml::walk(document, |step| {
        match step {
            Step::Open(SHARE) => draft = Draft::default(),
            Step::Close(SHARE, _) => shares.push(std::mem::take(&mut draft).finish()?),
            Step::Close("EnumerationResults/NextMarker", text) => next_marker = Some(text.to_owned()),
            Step::Close(path, text) => {
                if let Some(property) = path.strip_prefix(SHARE).and_then(|path| path.strip_prefix('/')) {
                    draft.take(property, text)?;
                }
            }
            Step::Open(_) => {}
        }
        Ok(())
    })?;
    let next_marker = next_marker.ok_or_else(|| missing("NextMarker"))?;
    Ok(SharesPage { shares, next_marker: Some(next_marker).filter(|marker| !marker.is_empty()) })
}

/// A share as far as it has been read.
#[derive(Default)]
struct Draft {
    name: Option<String>,
    snapshot: Option<String>,
    etag: Option<ETag>,
    last_modified: Option<OffsetDateTime>,
    quota_gib: Option<u32>,
    enabled_protocols: Option<String>,
    lease_state: Option<String>,
    lease_status: Option<String>,
    lease_duration: Option<String>,
    metadata: Metadata,
}

impl Draft {
    fn take(&mut self, property: &str, text: &str) -> Result<(), Malformed> {
        match property {
            "Name" => self.name = Some(text.to_owned()),
            "Snapshot" => self.snapshot = Some(text.to_owned()),
            "Properties/Etag" => self.etag = Some(text.into()),
            "Properties/Last-Modified" => self.last_modified = Some(parse_rfc7231(text).map_err(malformed)?),
            "Properties/Quota" => self.quota_gib = Some(xml::parse(property, text)?),
            "Properties/EnabledProtocols" => self.enabled_protocols = Some(text.to_owned()),
            "Properties/LeaseState" => self.lease_state = Some(text.to_owned()),
            "Properties/LeaseStatus" => self.lease_status = Some(text.to_owned()),
            "Properties/LeaseDuration" => self.lease_duration = Some(text.to_owned()),
            _ => {
                if let Some(name) = property.strip_prefix("Metadata/") {
                    self.metadata.insert(name.to_owned(), text.to_owned());
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<ShareItem, Malformed> {
        Ok(ShareItem {
            name: self.name.ok_or_else(|| missing("Name"))?,
            snapshot: self.snapshot.filter(|id| !id.is_empty()).map(Into::into),
            etag: self.etag.ok_or_else(|| missing("Etag"))?,
            last_modified: self.last_modified.ok_or_else(|| missing("Last-Modified"))?,
            quota_gib: self.quota_gib,
            enabled_protocols: self.enabled_protocols,
            lease_state: self.lease_state,
            lease_status: self.lease_status,
            lease_duration: self.lease_duration,
            metadata: self.metadata,
        })
    }
}

#[cfg(test)]
mod tests;
