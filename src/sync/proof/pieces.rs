//! The ranges of a file that are read: what either side has allocated, in pieces of what one request may ask for.

use std::ops::Range;

use azure_storage_file_share::MAX_RANGE_BYTES;

/// A part of a file. A side that has nothing allocated in it is not read: it holds zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) range: Range<u64>,
    pub(super) source: bool,
    pub(super) target: bool,
}

impl Piece {
    pub(super) fn bytes(&self) -> u64 {
        self.range.end - self.range.start
    }
}

/// The pieces of a file, in order. Ranges come sorted, as List Ranges answers them.
#[derive(Debug)]
pub(super) struct Pieces {
    size: u64,
    place: u64,
    /// What is allocated; nothing where that was not asked for, and all of it is read.
    ranges: Option<[Allocated; 2]>,
}

#[derive(Debug)]
struct Allocated {
    ranges: Vec<Range<u64>>,
    next: usize,
}

impl Pieces {
    /// From a place on, of a file whose ranges nobody asked for.
    pub(super) fn all(size: u64, place: u64) -> Self {
        Self { size, place, ranges: None }
    }

    pub(super) fn allocated(size: u64, place: u64, source: Vec<Range<u64>>, target: Vec<Range<u64>>) -> Self {
        let ranges = [source, target].map(|ranges| Allocated { ranges, next: 0 });
        Self { size, place, ranges: Some(ranges) }
    }
}

impl Allocated {
    /// What lies behind a place, up to an end.
    fn hull(&mut self, within: &Range<u64>) -> Option<Range<u64>> {
        while self.ranges.get(self.next).is_some_and(|range| range.end <= within.start) {
            self.next += 1;
        }
        let here = self.ranges[self.next..].iter().take_while(|range| range.start < within.end);
        let (first, last) = here.fold((None, None), |(first, _), range| (first.or(Some(range)), Some(range)));
        Some(first?.start.max(within.start)..last?.end.min(within.end))
    }

    fn next_start(&mut self, place: u64) -> Option<u64> {
        self.hull(&(place..u64::MAX)).map(|rest| rest.start)
    }
}

impl Iterator for Pieces {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if self.place >= self.size {
            return None;
        }
        let Some([source, target]) = &mut self.ranges else {
            let range = self.place..self.size.min(self.place + MAX_RANGE_BYTES);
            self.place = range.end;
            return Some(Piece { range, source: true, target: true });
        };
        let starts = [source.next_start(self.place), target.next_start(self.place)];
        let Some(start) = starts.into_iter().flatten().min().filter(|start| *start < self.size) else {
            self.place = self.size;
            return None;
        };
        let within = start..self.size.min(start + MAX_RANGE_BYTES);
        self.place = within.end;
        let hulls = [source.hull(&within), target.hull(&within)];
        let end = hulls.iter().flatten().map(|hull| hull.end).max()?;
        let [source, target] = hulls.map(|hull| hull.is_some());
        Some(Piece { range: start..end, source, target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn piece(range: Range<u64>, source: bool, target: bool) -> Piece {
        Piece { range, source, target }
    }

    #[expect(clippy::single_range_in_vec_init, reason = "a list of one range is meant")]
    #[test]
    fn what_neither_side_has_allocated_is_not_read_and_what_one_has_is_read_there() {
        let source = vec![0..512, 9 * MIB..10 * MIB];
        let pieces = Pieces::allocated(100 * MIB, 0, source, vec![0..1024, 50 * MIB..55 * MIB]);
        let expected = [
            piece(0..1024, true, true),
            piece(9 * MIB..10 * MIB, true, false),
            piece(50 * MIB..54 * MIB, false, true),
            piece(54 * MIB..55 * MIB, false, true),
        ];
        assert_eq!(pieces.collect::<Vec<_>>(), expected);
        assert_eq!(Pieces::allocated(100 * MIB, 0, vec![], vec![]).count(), 0);
        assert_eq!(
            Pieces::allocated(MIB, 0, vec![0..2 * MIB], vec![]).next(),
            Some(piece(0..MIB, true, false))
        );
    }

    #[test]
    fn pieces_begin_at_a_place_and_are_no_larger_than_a_request_may_ask_for() {
        let pieces: Vec<_> = Pieces::all(9 * MIB, 4 * MIB).collect();
        assert_eq!(pieces, [piece(4 * MIB..8 * MIB, true, true), piece(8 * MIB..9 * MIB, true, true)]);
        assert_eq!(Pieces::all(0, 0).count(), 0);
        assert_eq!(Pieces::all(9 * MIB, 9 * MIB).count(), 0);
        let mut rest = Pieces::allocated(9 * MIB, 5 * MIB, vec![0..MIB, 2 * MIB..6 * MIB], vec![]);
        assert_eq!(rest.next(), Some(piece(5 * MIB..6 * MIB, true, false)));
        assert_eq!(rest.next(), None);
    }
}
