//! Listing what of a file is allocated.

use crate::call::Call;
use crate::headers;
use crate::xml::{self, Step, malformed, missing};
use crate::{ETag, Operation, RangeChange, Result, ShareFileClient};
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
        let size = reply.required(headers::FILE_CONTENT_LENGTH)?;
        let ranges = parse_written(&reply.answer.body, size).map_err(|cause| reply.protocol(cause))?;
        Ok(RangeList { size, etag: reply.etag()?, ranges })
    }
}

/// Only a diff may list what was cleared.
fn parse_written(document: &[u8], size: u64) -> xml::Result<Vec<Range<u64>>> {
    let written = parse(document, size)?.into_iter().map(|change| match change {
        RangeChange::Written(range) => Ok(range),
        RangeChange::Cleared(_) => Err(malformed("A cleared range that nobody asked for")),
    });
    written.collect()
}

/// Ends are inclusive on the wire. What lies behind the end of the file is left out: it is nowhere said that the service
/// never lists it, as the rest of a last page, or as what a shrunk file has lost.
pub(crate) fn parse(document: &[u8], size: u64) -> xml::Result<Vec<RangeChange>> {
    let mut changes = Vec::new();
    let (mut start, mut end) = (None, None);
    let mut reached = 0;
    xml::walk(document, |step| {
        match step {
            Step::Close("Ranges/Range/Start" | "Ranges/ClearRange/Start", text) => {
                start = Some(xml::parse("Start", text)?);
            }
            Step::Close("Ranges/Range/End" | "Ranges/ClearRange/End", text) => {
                end = Some(xml::parse::<u64>("End", text)?);
            }
            Step::Close(element @ ("Ranges/Range" | "Ranges/ClearRange"), _) => {
                let start = start.take().ok_or_else(|| missing("Start"))?;
                let end = end.take().ok_or_else(|| missing("End"))?.saturating_add(1);
                if start < reached || end <= start {
                    return Err(malformed("Ranges are not ascending"));
                }
                reached = end;
                let range = start..end.min(size);
                if !range.is_empty() {
                    changes.push(match element {
                        "Ranges/Range" => RangeChange::Written(range),
                        _ => RangeChange::Cleared(range),
                    });
                }
            }
            Step::Close("Ranges/NextMarker", text) if !text.is_empty() => {
                return Err(malformed("More ranges than this version pages through"));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(changes)
}

#[cfg(test)]
mod tests;
