//! Listing what of a file is allocated.

use crate::call::Call;
use crate::headers;
use crate::xml::{self, Step, malformed, missing};
use crate::{ETag, Operation, Result, ShareFileClient};
use std::ops::Range;

/// Ascending and without overlap; what is not in it reads as zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeList {
    pub size: u64,
    pub etag: ETag,
    pub ranges: Vec<Range<u64>>,
}

impl ShareFileClient {
    /// <https://learn.microsoft.com/rest/api/storageservices/list-ranges>
    pub async fn list_ranges(&self) -> Result<RangeList> {
        let reply = Call::get(&self.at, Operation::ListRanges).query("comp", "rangelist").send().await?;
        Ok(RangeList {
            size: reply.required(headers::FILE_CONTENT_LENGTH)?,
            etag: reply.etag()?,
            ranges: parse(&reply.answer.body).map_err(|cause| reply.protocol(cause))?,
        })
    }
}

/// Ends are inclusive on the wire.
fn parse(document: &[u8]) -> xml::Result<Vec<Range<u64>>> {
    let mut ranges = Vec::new();
    let (mut start, mut end) = (None, None);
    let mut reached = 0;
    xml::walk(document, |step| {
        match step {
            Step::Close("Ranges/Range/Start", text) => start = Some(xml::parse("Start", text)?),
            Step::Close("Ranges/Range/End", text) => end = Some(xml::parse::<u64>("End", text)?),
            Step::Close("Ranges/Range", _) => {
                let start = start.take().ok_or_else(|| missing("Start"))?;
                let end = end.take().ok_or_else(|| missing("End"))?.saturating_add(1);
                if start < reached || end <= start {
                    return Err(malformed("Ranges are not ascending"));
                }
                reached = end;
                ranges.push(start..end);
            }
            Step::Close("Ranges/NextMarker", text) if !text.is_empty() => {
                return Err(malformed("More ranges than this version pages through"));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(ranges)
}

#[cfg(test)]
mod tests;
