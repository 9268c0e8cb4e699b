//! Listing what of a file is allocated, and what of it changed since a share snapshot.

use crate::call::Call;
use crate::headers;
use crate::reply::Reply;
use crate::xml::{self, Step, malformed, missing};
use crate::{ETag, Operation, Result, ShareFileClient, ShareSnapshotId};
use std::ops::Range;

/// Ascending and without overlap; what is not in it reads as zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeList {
    pub size: u64,
    pub etag: ETag,
    pub ranges: Vec<Range<u64>>,
}

/// Written since the earlier share snapshot, or cleared; both ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeDiff {
    /// Now; what lies beyond it is gone.
    pub size: u64,
    pub etag: ETag,
    pub changed: Vec<Range<u64>>,
    pub cleared: Vec<Range<u64>>,
}

impl ShareFileClient {
    /// <https://learn.microsoft.com/rest/api/storageservices/list-ranges>
    pub async fn list_ranges(&self) -> Result<RangeList> {
        let reply = self.range_list().send().await?;
        let (size, etag, parsed) = read(&reply)?;
        Ok(RangeList { size, etag, ranges: parsed.changed })
    }

    /// Of this file, renamed since or not, against the share snapshot `previous`. A 404 or 409 means that it cannot
    /// be told: the file is new, was made again, or the share snapshot is gone.
    /// <https://learn.microsoft.com/rest/api/storageservices/list-ranges>
    pub async fn list_ranges_diff(&self, previous: &ShareSnapshotId) -> Result<RangeDiff> {
        let call = self.range_list().query("prevsharesnapshot", previous.as_str());
        let reply = call.header(headers::FILE_SUPPORT_RENAME, "true").send().await?;
        let (size, etag, Parsed { changed, cleared }) = read(&reply)?;
        Ok(RangeDiff { size, etag, changed, cleared })
    }

    fn range_list(&self) -> Call<'_> {
        Call::get(&self.at, Operation::ListRanges).query("comp", "rangelist")
    }
}

fn read(reply: &Reply<'_>) -> Result<(u64, ETag, Parsed)> {
    let parsed = parse(&reply.answer.body).map_err(|cause| reply.protocol(cause))?;
    Ok((reply.required(headers::FILE_CONTENT_LENGTH)?, reply.etag()?, parsed))
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    changed: Vec<Range<u64>>,
    cleared: Vec<Range<u64>>,
}

/// In a diff both kinds stand in one ascending sequence. Ends are inclusive on the wire.
pub(crate) fn parse(document: &[u8]) -> xml::Result<Parsed> {
    let mut parsed = Parsed::default();
    let (mut start, mut end) = (None, None);
    let mut reached = 0;
    xml::walk(document, |step| {
        let Step::Close(path, text) = step else { return Ok(()) };
        match path {
            "Ranges/Range/Start" | "Ranges/ClearRange/Start" => start = Some(xml::parse(path, text)?),
            "Ranges/Range/End" | "Ranges/ClearRange/End" => end = Some(xml::parse::<u64>(path, text)?),
            "Ranges/Range" | "Ranges/ClearRange" => {
                let start = start.take().ok_or_else(|| missing("Start"))?;
                let end = end.take().ok_or_else(|| missing("End"))?.saturating_add(1);
                if start < reached || end <= start {
                    return Err(malformed("Ranges are not ascending"));
                }
                reached = end;
                let list = if path == "Ranges/Range" { &mut parsed.changed } else { &mut parsed.cleared };
                list.push(start..end);
            }
            "Ranges/NextMarker" if !text.is_empty() => {
                return Err(malformed("More ranges than this version pages through"));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(parsed)
}

#[cfg(test)]
mod tests;
