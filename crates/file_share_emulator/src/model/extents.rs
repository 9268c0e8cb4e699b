//! The content of a file as the extents that were written. What was never written costs nothing and reads as
//! zeros; List Ranges sees pages of 512 bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

pub(crate) const PAGE: u64 = 512;
/// The longest piece of zeros handed out at once, so that a hole of any size is read without allocating it.
const ZEROS: &[u8] = &[0; 256 * 1024];

/// Extents by their offset; they never overlap and never lie beyond the size of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extents(BTreeMap<u64, Bytes>);

impl Extents {
    pub(crate) fn write(&mut self, offset: u64, data: Bytes) {
        if !data.is_empty() {
            self.cut_out(offset..offset + data.len() as u64);
            self.0.insert(offset, data);
        }
    }

    /// Releases whole pages; the unaligned edges become written zeros.
    pub(crate) fn clear(&mut self, range: Range<u64>) {
        let first_page = range.start.next_multiple_of(PAGE);
        let last_page = range.end - range.end % PAGE;
        self.cut_out(range.clone());
        if first_page > last_page {
            self.write_zeros(range);
        } else {
            self.write_zeros(range.start..first_page);
            self.write_zeros(last_page..range.end);
        }
    }

    /// Drops what lies beyond the new size.
    pub(crate) fn truncate(&mut self, size: u64) {
        self.cut_out(size..u64::MAX);
    }

    /// The allocated pages, joined where they touch and cut at the end of the file.
    pub(crate) fn allocated(&self, size: u64) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for (start, data) in &self.0 {
            let end = (start + data.len() as u64).next_multiple_of(PAGE).min(size);
            let start = start - start % PAGE;
            match ranges.last_mut() {
                Some(last) if last.end >= start => last.end = last.end.max(end),
                _ => ranges.push(start..end),
            }
        }
        ranges
    }

    pub(crate) fn allocated_bytes(&self) -> u64 {
        self.0.values().map(|data| data.len() as u64).sum()
    }

    /// The next piece of content from `at`, at most up to `end`.
    pub(crate) fn piece(&self, at: u64, end: u64) -> Bytes {
        if let Some((start, data)) = self.0.range(..=at).next_back()
            && start + data.len() as u64 > at
        {
            let from = (at - start) as usize;
            let to = data.len().min((end - start) as usize);
            return data.slice(from..to);
        }
        let next = self.0.range(at..end).next().map_or(end, |(start, _)| *start);
        Bytes::from_static(&ZEROS[..(next - at).min(ZEROS.len() as u64) as usize])
    }

    /// One buffer with the content of a range; without copying where one extent holds it.
    pub(crate) fn read(&self, range: Range<u64>) -> Bytes {
        let first = self.piece(range.start, range.end);
        if first.len() as u64 == range.end - range.start {
            return first;
        }
        let mut whole = Vec::with_capacity((range.end - range.start) as usize);
        whole.extend_from_slice(&first);
        while (whole.len() as u64) < range.end - range.start {
            whole.extend_from_slice(&self.piece(range.start + whole.len() as u64, range.end));
        }
        whole.into()
    }

    fn write_zeros(&mut self, range: Range<u64>) {
        if !range.is_empty() {
            self.0.insert(range.start, Bytes::from_static(&ZEROS[..(range.end - range.start) as usize]));
        }
    }

    fn cut_out(&mut self, range: Range<u64>) {
        if let Some((&start, data)) = self.0.range(..range.start).next_back()
            && start + data.len() as u64 > range.start
        {
            let data = data.clone();
            self.0.insert(start, data.slice(..(range.start - start) as usize));
            if start + data.len() as u64 > range.end {
                self.0.insert(range.end, data.slice((range.end - start) as usize..));
            }
        }
        while let Some((&start, data)) = self.0.range(range.clone()).next() {
            let data = data.clone();
            self.0.remove(&start);
            if start + data.len() as u64 > range.end {
                self.0.insert(range.end, data.slice((range.end - start) as usize..));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(extents: &Extents, size: u64) -> Vec<u8> {
        extents.read(0..size).to_vec()
    }

    #[test]
    fn a_write_replaces_only_what_it_covers() {
        let mut extents = Extents::default();
        extents.write(0, Bytes::from_static(b"aaaaaaaa"));
        extents.write(2, Bytes::from_static(b"bb"));
        extents.write(6, Bytes::from_static(b"cccc"));
        assert_eq!(content(&extents, 12), b"aabbaacccc\0\0");
    }

    #[test]
    fn never_written_pages_are_not_listed_however_large_the_file() {
        let mut extents = Extents::default();
        let size = 4 << 40;
        extents.write(1 << 30, Bytes::from_static(b"x"));
        extents.write(size - 1, Bytes::from_static(b"y"));
        assert_eq!(extents.allocated(size), [(1 << 30)..(1 << 30) + 512, size - 512..size]);
        assert_eq!(extents.allocated_bytes(), 2);
    }

    #[test]
    fn clearing_frees_whole_pages_and_zeroes_the_edges() {
        let mut extents = Extents::default();
        extents.write(0, Bytes::from(vec![7; 2048]));
        extents.clear(500..1540);
        assert_eq!(extents.allocated(2048), [0..512, 1536..2048]);
        let content = content(&extents, 2048);
        assert!(content[..500].iter().all(|byte| *byte == 7));
        assert!(content[500..1540].iter().all(|byte| *byte == 0));
        assert!(content[1540..].iter().all(|byte| *byte == 7));
    }

    #[test]
    fn clearing_inside_one_page_writes_zeros() {
        let mut extents = Extents::default();
        extents.clear(10..20);
        assert_eq!(extents.allocated(1024), vec![0..512]);
    }

    #[test]
    fn allocated_ranges_end_with_the_file() {
        let mut extents = Extents::default();
        extents.write(0, Bytes::from_static(b"hello, share"));
        assert_eq!(extents.allocated(12), vec![0..12]);
    }

    #[test]
    fn what_was_cut_off_reads_as_zeros_after_growing_again() {
        let mut extents = Extents::default();
        extents.write(0, Bytes::from_static(b"abcdef"));
        extents.truncate(3);
        assert_eq!(content(&extents, 6), b"abc\0\0\0");
    }
}
