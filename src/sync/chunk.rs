//! Cutting the plan into chunks: the unit of checkpointing, of retry and of distribution.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::item::{Item, Over, Work};

/// Entries that applying a chunk handles, at most; one directory with more is a chunk of its own.
const ENTRIES: u64 = 1_000;
/// Bytes that applying a chunk copies, at most; one file with more is a chunk of its own.
const BYTES: u64 = 1 << 30;
/// What a chunk may take when stored, by a generous estimate per item.
const STORED: usize = 256 * 1024;

/// A stretch of the plan, in the order of the walk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    pub items: Vec<Item>,
}

/// Collects items until they fill a chunk. Those that are tried first are collected beside.
#[derive(Debug, Default)]
pub struct ChunkBuilder {
    first: HashSet<String>,
    urgent: Filling,
    next: Filling,
}

impl ChunkBuilder {
    /// Items at or below a path in `first` that depend on no other item go into a chunk of their own, as far as it has room.
    pub fn new(first: HashSet<String>) -> Self {
        Self { first, ..Self::default() }
    }

    /// Adds an item; returns the chunk before it if that one is full now.
    pub fn push(&mut self, item: Item) -> Option<Chunk> {
        if self.is_first(&item.path) && stands_alone(&item) && self.urgent.has_room(&item) {
            self.urgent.add(item);
            return None;
        }
        let before = if self.next.has_room(&item) { None } else { self.flush() };
        self.next.add(item);
        before
    }

    /// A directory that could not be listed is tried first with what is in it.
    fn is_first(&self, path: &str) -> bool {
        let above = path.match_indices('/').map(|(end, _)| &path[..end]);
        !self.first.is_empty() && above.chain([path]).any(|path| self.first.contains(path))
    }

    /// What is collected so far, if anything is.
    pub fn flush(&mut self) -> Option<Chunk> {
        let Filling { chunk, .. } = std::mem::take(&mut self.next);
        (!chunk.items.is_empty()).then_some(chunk)
    }

    /// What is tried first, as far as it is collected.
    pub fn flush_urgent(&mut self) -> Option<Chunk> {
        let Filling { chunk, .. } = std::mem::take(&mut self.urgent);
        (!chunk.items.is_empty()).then_some(chunk)
    }
}

/// A chunk that grows.
#[derive(Debug, Default)]
struct Filling {
    chunk: Chunk,
    entries: u64,
    bytes: u64,
    stored: usize,
}

impl Filling {
    fn has_room(&self, item: &Item) -> bool {
        let (entries, bytes) = item.weight();
        self.entries + entries <= ENTRIES
            && self.bytes.saturating_add(bytes) <= BYTES
            && self.stored + stored(item) <= STORED
    }

    fn add(&mut self, item: Item) {
        let (entries, bytes) = item.weight();
        self.entries += entries;
        self.bytes = self.bytes.saturating_add(bytes);
        self.stored += stored(&item);
        self.chunk.items.push(item);
    }
}

/// An entry has a dozen short fields beside its name.
fn stored(item: &Item) -> usize {
    640 + 2 * item.path.len()
}

/// Whether an item may be carried out before all others. Files of directories to be made are no items, so its directory
/// is there.
fn stands_alone(item: &Item) -> bool {
    match &item.work {
        Work::CopyFile { over, .. } => matches!(over, Over::Nothing | Over::File(_)),
        Work::SetFile { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::item::{Reason, Seen};
    use crate::sync::testing::{directory, file};

    fn copy(size: u64) -> Item {
        let work = Work::CopyFile { source: file("f", size), over: Over::Nothing };
        Item { path: "f".to_owned(), reason: Reason::Added, work }
    }

    fn lengths(sizes: impl IntoIterator<Item = u64>) -> Vec<usize> {
        let mut builder = ChunkBuilder::default();
        let mut chunks: Vec<_> = sizes.into_iter().filter_map(|size| builder.push(copy(size))).collect();
        chunks.extend(builder.flush());
        chunks.iter().map(|chunk| chunk.items.len()).collect()
    }

    #[test]
    fn a_chunk_holds_no_more_than_it_may() {
        assert!(lengths([]).is_empty());
        assert_eq!(lengths([BYTES / 2, BYTES / 2, 1]), [2, 1]);
        assert!(lengths(std::iter::repeat_n(1, 5_000)).iter().all(|length| *length <= 1_000));
        assert!(
            serde_json::to_vec(&Chunk { items: vec![copy(1); lengths([1; 5_000])[0]] }).unwrap().len()
                <= STORED
        );
    }

    fn item(path: &str, work: Work) -> Item {
        Item { path: path.to_owned(), reason: Reason::Added, work }
    }

    fn first(paths: &[&str]) -> HashSet<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    fn paths(chunk: &Chunk) -> Vec<&str> {
        chunk.items.iter().map(|item| item.path.as_str()).collect()
    }

    #[test]
    fn what_failed_last_time_and_depends_on_nothing_is_tried_first() {
        let (source, seen) = (file("f", 1), Seen::of(&file("f", 1)));
        let tree = Over::Tree { seen: Seen::of(&directory("f")), built: "s".to_owned() };
        let copy = |over| Work::CopyFile { source: file("f", 1), over };
        let items = [
            item("new", copy(Over::Nothing)),
            item("over", copy(Over::File(seen.clone()))),
            item("set", Work::SetFile { source, target: seen.clone() }),
            item("flip", copy(tree)),
            item("gone", Work::DeleteFile { target: seen, successor: None }),
            item("touch", Work::TouchDirectory { source: directory("touch") }),
            item("other", copy(Over::Nothing)),
        ];
        let mut builder =
            ChunkBuilder::new(first(&["new", "over", "set", "flip", "gone", "touch", "absent"]));
        assert!(items.into_iter().all(|item| builder.push(item).is_none()));
        assert_eq!(paths(&builder.flush().expect("the rest")), ["flip", "gone", "touch", "other"]);
        assert_eq!(paths(&builder.flush_urgent().expect("these")), ["new", "over", "set"]);
        assert_eq!((builder.flush(), builder.flush_urgent()), (None, None));
    }

    #[test]
    fn a_directory_that_failed_last_time_is_tried_first_with_what_is_in_it() {
        let copy = |path| item(path, Work::CopyFile { source: file("f", 1), over: Over::Nothing });
        let mut builder = ChunkBuilder::new(first(&["d", ""]));
        assert!(
            ["a", "d/b", "d/e/c", "dd", "e/d/f"].into_iter().all(|path| builder.push(copy(path)).is_none())
        );
        assert_eq!(paths(&builder.flush_urgent().expect("these")), ["d/b", "d/e/c"]);
        assert_eq!(paths(&builder.flush().expect("the rest")), ["a", "dd", "e/d/f"]);
    }

    #[test]
    fn what_is_tried_first_is_bounded_too_and_the_rest_goes_the_normal_way() {
        let sizes = [BYTES / 2, 2 * BYTES, BYTES / 2, 1];
        let mut builder = ChunkBuilder::new(first(&["f"]));
        let mut chunks: Vec<_> = sizes.into_iter().filter_map(|size| builder.push(copy(size))).collect();
        chunks.extend(builder.flush());
        let urgent = builder.flush_urgent().expect("what had room");
        assert_eq!(urgent.items, [copy(BYTES / 2), copy(BYTES / 2)]);
        assert_eq!(chunks, [2 * BYTES, 1].map(|size| Chunk { items: vec![copy(size)] }));
    }

    #[test]
    fn what_is_too_large_for_any_chunk_is_one_by_itself() {
        assert_eq!(lengths([1, 3 * BYTES, 1]), [1, 1, 1]);
    }
}
