//! Cutting the plan into chunks: the unit of checkpointing, of retry and of distribution.

use serde::{Deserialize, Serialize};

use super::item::Item;

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

/// Collects items until they fill a chunk.
#[derive(Debug, Default)]
pub struct ChunkBuilder {
    chunk: Chunk,
    entries: u64,
    bytes: u64,
    stored: usize,
}

impl ChunkBuilder {
    /// Adds an item; returns the chunk before it if that one is full now.
    pub fn push(&mut self, item: Item) -> Option<Chunk> {
        let (entries, bytes) = item.weight();
        // an entry has a dozen short fields beside its name
        let stored = 640 + 2 * item.path.len();
        let full =
            self.entries + entries > ENTRIES || self.bytes + bytes > BYTES || self.stored + stored > STORED;
        let before = if full { self.flush() } else { None };
        self.entries += entries;
        self.bytes = self.bytes.saturating_add(bytes);
        self.stored += stored;
        self.chunk.items.push(item);
        before
    }

    /// What is collected so far, if anything is.
    pub fn flush(&mut self) -> Option<Chunk> {
        let Self { chunk, .. } = std::mem::take(self);
        (!chunk.items.is_empty()).then_some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::item::{Over, Reason, Work};
    use crate::sync::testing::file;

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

    #[test]
    fn what_is_too_large_for_any_chunk_is_one_by_itself() {
        assert_eq!(lengths([1, 3 * BYTES, 1]), [1, 1, 1]);
    }
}
