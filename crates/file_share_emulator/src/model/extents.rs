//! The content of a file as the extents that were written or cleared, each with the moment it was. What was never
//! touched costs nothing and reads as zeros; List Ranges sees pages of 512 bytes.

use std::ops::Range;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::clock::Ticks;

pub(crate) const PAGE: u64 = 512;
/// The longest piece of zeros handed out at once, so that a hole of any size is read without allocating it.
const ZEROS: &[u8] = &[0; 256 * 1024];

/// Extents in order of their offset; they never overlap and never lie beyond the size of the file. Most files
/// have one, so a sorted vector is smaller than a map and as quick.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extents(Vec<Extent>);

#[derive(Clone, Debug)]
pub(super) struct Extent {
    pub(super) start: u64,
    /// The write or clear that made it. No two share one, so equal moments mean equal content.
    pub(super) made: Ticks,
    data: Data,
}

#[derive(Clone, Debug)]
enum Data {
    Written(Bytes),
    /// Cleared, which a diff tells from never written.
    Hole(u64),
}

impl Extent {
    fn written(start: u64, made: Ticks, data: Bytes) -> Self {
        Self { start, made, data: Data::Written(data) }
    }

    pub(super) fn is_written(&self) -> bool {
        matches!(self.data, Data::Written(_))
    }

    fn length(&self) -> u64 {
        match &self.data {
            Data::Written(data) => data.len() as u64,
            Data::Hole(length) => *length,
        }
    }

    pub(super) fn end(&self) -> u64 {
        self.start + self.length()
    }

    fn part(&self, range: Range<u64>) -> Self {
        let data = match &self.data {
            Data::Written(_) => Data::Written(self.bytes(range.clone())),
            Data::Hole(_) => Data::Hole(range.end - range.start),
        };
        Self { start: range.start, made: self.made, data }
    }

    /// As much of a range as can be had without copying.
    fn bytes(&self, range: Range<u64>) -> Bytes {
        match &self.data {
            Data::Written(data) => {
                data.slice((range.start - self.start) as usize..(range.end - self.start) as usize)
            }
            Data::Hole(_) => zeros(range.end - range.start),
        }
    }
}

/// One extent as it is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Piece {
    start: u64,
    length: u64,
    made: Ticks,
    from: Origin,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Origin {
    /// Written along, from this byte on.
    Data(u64),
    /// In the earlier content already.
    Kept,
    Hole,
}

fn zeros(length: u64) -> Bytes {
    Bytes::from_static(&ZEROS[..length.min(ZEROS.len() as u64) as usize])
}

impl Extents {
    pub(crate) fn write(&mut self, offset: u64, data: Bytes, now: Ticks) {
        if !data.is_empty() {
            self.replace(offset..offset + data.len() as u64, vec![Extent::written(offset, now, data)]);
        }
    }

    /// Releases whole pages; the unaligned edges become written zeros.
    pub(crate) fn clear(&mut self, range: Range<u64>, now: Ticks) {
        let first_page = range.start.next_multiple_of(PAGE);
        let last_page = range.end - range.end % PAGE;
        let edge = |edge: Range<u64>| Extent::written(edge.start, now, zeros(edge.end - edge.start));
        let hole = |hole: Range<u64>| Extent {
            start: hole.start,
            made: now,
            data: Data::Hole(hole.end - hole.start),
        };
        let mut extents = match first_page <= last_page {
            true => {
                vec![edge(range.start..first_page), hole(first_page..last_page), edge(last_page..range.end)]
            }
            false => vec![edge(range.clone())],
        };
        extents.retain(|extent| extent.length() > 0);
        self.replace(range, extents);
    }

    /// Drops what lies beyond the new size.
    pub(crate) fn truncate(&mut self, size: u64) {
        self.replace(size..u64::MAX, Vec::new());
    }

    /// The allocated pages, joined where they touch and cut at the end of the file.
    pub(crate) fn allocated(&self, size: u64) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for extent in self.0.iter().filter(|extent| extent.is_written()) {
            let start = extent.start - extent.start % PAGE;
            let end = extent.end().next_multiple_of(PAGE).min(size);
            match ranges.last_mut() {
                Some(last) if last.end >= start => last.end = last.end.max(end),
                _ => ranges.push(start..end),
            }
        }
        ranges
    }

    pub(crate) fn allocated_bytes(&self) -> u64 {
        self.0.iter().filter(|extent| extent.is_written()).map(Extent::length).sum()
    }

    /// `data` is given what the earlier content does not hold, and says where it put it.
    pub(crate) fn pieces(&self, earlier: Option<&Self>, mut data: impl FnMut(Bytes) -> u64) -> Vec<Piece> {
        let piece = |extent: &Extent| {
            let is_kept = earlier.and_then(|earlier| earlier.at(extent.start)).is_some_and(|earlier| {
                earlier.is_written() && earlier.made == extent.made && earlier.end() >= extent.end()
            });
            let from = match &extent.data {
                Data::Hole(_) => Origin::Hole,
                Data::Written(_) if is_kept => Origin::Kept,
                Data::Written(bytes) => Origin::Data(data(bytes.clone())),
            };
            Piece { start: extent.start, length: extent.length(), made: extent.made, from }
        };
        self.0.iter().map(piece).collect()
    }

    /// From what [`Extents::pieces`] gave. Nothing where that does not fit.
    pub(crate) fn assemble(pieces: &[Piece], earlier: &Self, data: &Bytes) -> Option<Self> {
        let extent = |piece: &Piece| {
            let Piece { start, length, made, from } = *piece;
            let end = start.checked_add(length)?;
            let bytes = match from {
                Origin::Hole => return Some(Extent { start, made, data: Data::Hole(length) }),
                Origin::Data(at) => {
                    let (at, length) = (usize::try_from(at).ok()?, usize::try_from(length).ok()?);
                    data.get(at..at.checked_add(length)?).map(|bytes| data.slice_ref(bytes))?
                }
                Origin::Kept => earlier.at(start).filter(|extent| extent.end() >= end)?.bytes(start..end),
            };
            Some(Extent::written(start, made, bytes))
        };
        pieces.iter().map(extent).collect::<Option<_>>().map(Self)
    }

    /// The next piece of content from `at`, at most up to `end`.
    pub(crate) fn piece(&self, at: u64, end: u64) -> Bytes {
        let next = self.0.get(self.first_ending_after(at)).filter(|extent| extent.start < end);
        match next {
            Some(extent) if extent.start <= at => extent.bytes(at..extent.end().min(end)),
            _ => zeros(next.map_or(end, |extent| extent.start) - at),
        }
    }

    /// One buffer with the content of a range; without copying where one extent holds it.
    pub(crate) fn read(&self, range: Range<u64>) -> Bytes {
        let length = (range.end - range.start) as usize;
        let first = self.piece(range.start, range.end);
        if first.len() == length {
            return first;
        }
        let mut whole = Vec::with_capacity(length);
        whole.extend_from_slice(&first);
        while whole.len() < length {
            whole.extend_from_slice(&self.piece(range.start + whole.len() as u64, range.end));
        }
        whole.into()
    }

    /// The extent that holds a byte.
    pub(super) fn at(&self, at: u64) -> Option<&Extent> {
        self.0.get(self.first_ending_after(at)).filter(|extent| extent.start <= at)
    }

    /// Where the next extent begins or ends.
    pub(super) fn next_edge(&self, after: u64) -> Option<u64> {
        let extent = self.0.get(self.first_ending_after(after))?;
        Some(if extent.start > after { extent.start } else { extent.end() })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Extent> {
        self.0.iter()
    }

    /// Puts extents in the place of all that a range holds; what sticks out at its ends stays.
    fn replace(&mut self, range: Range<u64>, with: Vec<Extent>) {
        let first = self.first_ending_after(range.start);
        let last = self.0.partition_point(|extent| extent.start < range.end).max(first);
        let replaced = &self.0[first..last];
        let before = replaced.first().filter(|extent| extent.start < range.start);
        let before = before.map(|extent| extent.part(extent.start..range.start));
        let after = replaced.last().filter(|extent| extent.end() > range.end);
        let after = after.map(|extent| extent.part(range.end..extent.end()));
        self.0.splice(first..last, before.into_iter().chain(with).chain(after));
    }

    fn first_ending_after(&self, at: u64) -> usize {
        self.0.partition_point(|extent| extent.end() <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ticks = Ticks(1);

    fn content(extents: &Extents, size: u64) -> Vec<u8> {
        extents.read(0..size).to_vec()
    }

    #[test]
    fn a_write_replaces_only_what_it_covers() {
        let mut extents = Extents::default();
        extents.write(0, Bytes::from_static(b"aaaaaaaa"), NOW);
        extents.write(2, Bytes::from_static(b"bb"), NOW);
        extents.write(6, Bytes::from_static(b"cccc"), NOW);
        assert_eq!(content(&extents, 12), b"aabbaacccc\0\0");
    }

    #[test]
    fn never_written_pages_are_not_listed_however_large_the_file() {
        let mut extents = Extents::default();
        let size = 4 << 40;
        extents.write(1 << 30, Bytes::from_static(b"x"), NOW);
        extents.write(size - 1, Bytes::from_static(b"y"), NOW);
        assert_eq!(extents.allocated(size), [(1 << 30)..(1 << 30) + 512, size - 512..size]);
        assert_eq!(extents.allocated_bytes(), 2);
    }

    #[test]
    fn clearing_frees_whole_pages_and_zeroes_the_edges() {
        let mut extents = Extents::default();
        extents.write(0, Bytes::from(vec![7; 2048]), NOW);
        extents.clear(500..1540, NOW);
        assert_eq!(extents.allocated(2048), [0..512, 1536..2048]);
        let content = content(&extents, 2048);
        assert!(content[..500].iter().all(|byte| *byte == 7));
        assert!(content[500..1540].iter().all(|byte| *byte == 0));
        assert!(content[1540..].iter().all(|byte| *byte == 7));
    }

    #[test]
    fn clearing_inside_one_page_writes_zeros() {
        let mut extents = Extents::default();
        extents.clear(10..20, NOW);
        assert_eq!(extents.allocated(1024), vec![0..512]);
    }

    #[test]
    fn allocated_ranges_end_with_the_file() {
        let mut extents = Extents::default();
        extents.write(0, Bytes::from_static(b"hello, share"), NOW);
        assert_eq!(extents.allocated(12), vec![0..12]);
    }

    #[test]
    fn what_was_cut_off_reads_as_zeros_after_growing_again() {
        let mut extents = Extents::default();
        extents.write(0, Bytes::from_static(b"abcdef"), NOW);
        extents.truncate(3);
        assert_eq!(content(&extents, 6), b"abc\0\0\0");
    }
}
