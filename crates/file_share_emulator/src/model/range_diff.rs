//! What happened to the content of a file between two of its states: pages that were written since, and pages that
//! were cleared. A page that was written with the same bytes again counts as written.

use std::collections::BTreeSet;
use std::ops::Range;

use super::extents::{Extents, PAGE};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Written(Range<u64>),
    Cleared(Range<u64>),
}

impl Change {
    pub(crate) fn range(&self) -> &Range<u64> {
        match self {
            Self::Written(range) | Self::Cleared(range) => range,
        }
    }

    /// The part of it inside a window.
    pub(crate) fn within(&self, window: &Range<u64>) -> Option<Self> {
        let range = self.range().start.max(window.start)..self.range().end.min(window.end);
        (!range.is_empty()).then(|| self.with(range))
    }

    fn with(&self, range: Range<u64>) -> Self {
        match self {
            Self::Written(_) => Self::Written(range),
            Self::Cleared(_) => Self::Cleared(range),
        }
    }
}

/// The changes in ascending order, up to the size of the file now. None overlap.
pub(crate) fn between(earlier: &Extents, now: &Extents, size: u64) -> Vec<Change> {
    let extents = earlier.iter().chain(now.iter());
    let mut cuts: BTreeSet<u64> = extents.flat_map(|extent| pages(extent.start, extent.end())).collect();
    cuts.insert(size);
    let cuts: Vec<u64> = cuts.into_iter().filter(|cut| *cut <= size).collect();
    let stretches = cuts.windows(2).map(|pair| pair[0]..pair[1]);
    let mut changes: Vec<Change> = Vec::new();
    for change in stretches.filter_map(|stretch| change(earlier, now, stretch)) {
        match (changes.last_mut(), &change) {
            (Some(Change::Written(last)), Change::Written(next)) if last.end == next.start => {
                last.end = next.end
            }
            (Some(Change::Cleared(last)), Change::Cleared(next)) if last.end == next.start => {
                last.end = next.end
            }
            _ => changes.push(change),
        }
    }
    changes
}

/// Where pages begin and end that an extent touches. The first and the last may hold other extents too, so they
/// are stretches of their own.
fn pages(start: u64, end: u64) -> [u64; 4] {
    let first = start - start % PAGE;
    let last = (end - 1) - (end - 1) % PAGE;
    [first, first + PAGE, last, last + PAGE]
}

/// A stretch is one page, or pages that one extent of each state covers.
fn change(earlier: &Extents, now: &Extents, stretch: Range<u64>) -> Option<Change> {
    let mut at = stretch.start;
    let (mut is_changed, mut is_written) = (false, false);
    while at < stretch.end {
        let (before, after) = (earlier.at(at), now.at(at));
        is_written |= after.is_some_and(|extent| extent.is_written());
        is_changed |= match (before, after) {
            (Some(before), Some(after)) => before.made != after.made,
            (None, Some(_)) => true,
            // Cut off since, and grown again.
            (Some(before), None) => before.is_written(),
            (None, None) => false,
        };
        let ends = [earlier, now].into_iter().filter_map(|extents| extents.next_edge(at));
        at = ends.min().unwrap_or(stretch.end);
    }
    match (is_changed, is_written) {
        (false, _) => None,
        (true, true) => Some(Change::Written(stretch)),
        (true, false) => Some(Change::Cleared(stretch)),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::super::clock::Ticks;
    use super::*;

    const SIZE: u64 = 2048;

    fn written(bytes: usize, at: u64) -> Extents {
        let mut extents = Extents::default();
        extents.write(0, vec![7; bytes].into(), Ticks(at));
        extents
    }

    #[test]
    fn what_was_cleared_since_is_listed_even_where_nothing_was_before() {
        let empty = Extents::default();
        let mut now = written(1536, 1);
        now.clear(512..1024, Ticks(2));
        let expected = [Change::Written(0..512), Change::Cleared(512..1024), Change::Written(1024..1536)];
        assert_eq!(between(&empty, &now, SIZE), expected);
        assert_eq!(between(&written(1536, 1), &now, SIZE), [Change::Cleared(512..1024)]);
        assert_eq!(between(&now, &now, SIZE), []);
    }

    #[test]
    fn equal_bytes_written_again_are_listed() {
        assert_eq!(between(&written(600, 1), &written(600, 2), SIZE), [Change::Written(0..1024)]);
    }

    #[test]
    fn what_was_cut_off_and_grown_again_is_told() {
        let before = written(2048, 1);
        let mut now = before.clone();
        now.truncate(700);
        assert_eq!(between(&before, &now, 2048), [Change::Written(512..1024), Change::Cleared(1024..2048)]);
        assert_eq!(between(&before, &now, 700), [], "the end is told by the size");
    }

    /// Whoever has the earlier content and does what the diff says has the content of now.
    #[test]
    fn a_diff_leads_from_one_state_to_the_other() {
        for seed in 0..200 {
            let mut rng = StdRng::seed_from_u64(seed);
            let (mut extents, mut size, mut tick) = (Extents::default(), 6000, 0);
            let mut edit = |extents: &mut Extents, size: &mut u64| {
                tick += 1;
                let start = rng.random_range(0..*size);
                let end = rng.random_range(start + 1..=*size);
                match rng.random_range(0..5) {
                    0 => {
                        *size = rng.random_range(1..8000);
                        extents.truncate(*size);
                    }
                    1 | 2 => extents.clear(start..end, Ticks(tick)),
                    _ => {
                        let byte = rng.random_range(1..=255);
                        extents.write(start, Bytes::from(vec![byte; (end - start) as usize]), Ticks(tick));
                    }
                }
            };
            (0..5).for_each(|_| edit(&mut extents, &mut size));
            let (earlier, earlier_size) = (extents.clone(), size);
            (0..5).for_each(|_| edit(&mut extents, &mut size));
            let mut mirror = earlier.read(0..earlier_size).to_vec();
            mirror.resize(size as usize, 0);
            let mut last = 0;
            for change in between(&earlier, &extents, size) {
                let range = change.range().clone();
                assert!(last <= range.start && range.start < range.end && range.end <= size, "seed {seed}");
                last = range.end;
                let target = &mut mirror[range.start as usize..range.end as usize];
                match change {
                    Change::Written(_) => target.copy_from_slice(&extents.read(range)),
                    Change::Cleared(_) => target.fill(0),
                }
            }
            assert_eq!(mirror, extents.read(0..size), "seed {seed}");
        }
    }
}
