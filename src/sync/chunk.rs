//! Cutting the plan into chunks: the unit of checkpointing, of retry and of distribution.

use std::collections::{BTreeMap, HashSet};
use std::io::{Write, sink};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

use super::item::{Item, Over, Work};

/// Items in a chunk, at most.
const ITEMS: usize = 1_000;
/// Bytes that applying a chunk copies, at most; one file with more is a chunk of its own.
const BYTES: u64 = 1 << 30;
/// What a chunk takes when stored, at most. The store takes a little more: it may pack a little worse than is measured
/// here.
const STORED: usize = 240 * 1024;
/// New directories that a chunk has room for, however much is in them: their files are listed when their turn comes.
const DIRECTORIES: u64 = 16;

/// A stretch of the plan, in the order of the walk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    pub items: Vec<Item>,
    /// Digests of what directories have to show that these items write to, by path, as far as they are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shown: BTreeMap<String, u128>,
}

impl Chunk {
    pub fn of(items: Vec<Item>) -> Self {
        Self { items, ..Self::default() }
    }
}

/// Collects items until they fill a chunk. Those that are tried first, and those put aside, are collected beside.
#[derive(Debug, Default)]
pub struct ChunkBuilder {
    first: HashSet<String>,
    urgent: Filling,
    aside: Filling,
    next: Filling,
}

/// Everything collected up to some item.
#[derive(Debug, Default, PartialEq)]
pub struct Cut {
    pub chunk: Option<Chunk>,
    /// Items that are tried before all others.
    pub urgent: Option<Chunk>,
    /// What the walk put aside: no part of the plan, but what the rest of it is made of.
    pub aside: Option<Chunk>,
}

impl ChunkBuilder {
    /// Items at or below a path in `first` that depend on no other item go into a chunk of their own, as far as it has room.
    pub fn new(first: HashSet<String>) -> Self {
        Self { first, ..Self::default() }
    }

    /// Adds an item; returns what was before it if a chunk is full now. An item that `waits` depends on others, whatever
    /// it is; `shown` knows what a directory has to show.
    pub fn push(&mut self, item: Item, waits: bool, shown: impl Fn(&str) -> Option<u128>) -> Option<Cut> {
        let addition = Addition::of(item, shown);
        if !waits
            && self.is_first(&addition.item.path)
            && stands_alone(&addition.item)
            && self.urgent.has_room(&addition)
        {
            self.urgent.add(addition);
            return None;
        }
        let filling = self.filling(&addition.item);
        let is_full = !filling.chunk.items.is_empty() && !filling.has_room(&addition);
        let before = is_full.then(|| self.flush());
        self.filling(&addition.item).add(addition);
        before
    }

    fn filling(&mut self, item: &Item) -> &mut Filling {
        if matches!(item.work, Work::Loose { .. }) { &mut self.aside } else { &mut self.next }
    }

    /// A directory that could not be listed is tried first with what is in it.
    fn is_first(&self, path: &str) -> bool {
        let above = path.match_indices('/').map(|(end, _)| &path[..end]);
        !self.first.is_empty() && above.chain([path]).any(|path| self.first.contains(path))
    }

    /// Whether anything is collected that is to be carried out.
    pub fn has_begun(&self) -> bool {
        [&self.next, &self.urgent].into_iter().any(|filling| !filling.chunk.items.is_empty())
    }

    /// What is collected so far.
    pub fn flush(&mut self) -> Cut {
        let [chunk, urgent, aside] = [&mut self.next, &mut self.urgent, &mut self.aside].map(Filling::take);
        Cut { chunk, urgent, aside }
    }
}

/// An item with what goes with it.
struct Addition {
    item: Item,
    shown: Vec<(String, u128)>,
    bytes: u64,
    /// As JSON.
    stored: usize,
}

impl Addition {
    fn of(item: Item, shown: impl Fn(&str) -> Option<u128>) -> Self {
        let known = |directory: &str| shown(directory).map(|digest| (directory.to_owned(), digest));
        let shown: Vec<_> = item.written_directories().filter_map(known).collect();
        let (_, bytes) = item.weight();
        let bytes = match item.work {
            Work::NewDirectory { .. } => bytes.min(BYTES / DIRECTORIES),
            _ => bytes,
        };
        let stored = json(&(&item, &shown)).len();
        Self { item, shown, bytes, stored }
    }
}

/// A chunk that grows.
#[derive(Debug, Default)]
struct Filling {
    chunk: Chunk,
    bytes: u64,
    /// What it takes when stored, when that was measured last.
    packed: usize,
    /// What was added since, not packed.
    loose: usize,
}

impl Filling {
    fn take(&mut self) -> Option<Chunk> {
        let Self { chunk, .. } = std::mem::take(self);
        (!chunk.items.is_empty()).then_some(chunk)
    }

    fn has_room(&mut self, next: &Addition) -> bool {
        if self.chunk.items.len() >= ITEMS || self.bytes.saturating_add(next.bytes) > BYTES {
            return false;
        }
        if self.packed + self.loose + next.stored > STORED {
            (self.packed, self.loose) = (packed(&self.chunk), 0);
        }
        self.packed + self.loose + next.stored <= STORED
    }

    fn add(&mut self, addition: Addition) {
        self.bytes = self.bytes.saturating_add(addition.bytes);
        self.loose += addition.stored;
        self.chunk.shown.extend(addition.shown);
        self.chunk.items.push(addition.item);
    }
}

/// Bytes of a chunk as it is stored, in a quick way that packs a little worse.
fn packed(chunk: &Chunk) -> usize {
    let mut deflate = DeflateEncoder::new(sink(), Compression::fast());
    let written = deflate.write_all(&json(chunk)).and_then(|()| deflate.try_finish());
    written.expect("nothing refuses a write here");
    usize::try_from(deflate.total_out()).unwrap_or(usize::MAX)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a plan has a JSON form")
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
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::sync::item::{Reason, Seen};
    use crate::sync::testing::{directory, file};

    fn copy(size: u64) -> Item {
        let work = Work::CopyFile { source: file("f", size), over: Over::Nothing };
        Item { path: "f".to_owned(), reason: Reason::Added, work }
    }

    fn unknown(_: &str) -> Option<u128> {
        None
    }

    fn lengths(sizes: impl IntoIterator<Item = u64>) -> Vec<usize> {
        let mut builder = ChunkBuilder::default();
        let mut cuts: Vec<_> =
            sizes.into_iter().filter_map(|size| builder.push(copy(size), false, unknown)).collect();
        cuts.push(builder.flush());
        let chunks = cuts.iter().filter_map(|cut| cut.chunk.as_ref());
        chunks.map(|chunk| chunk.items.len()).collect()
    }

    #[test]
    fn a_chunk_holds_no_more_than_it_may() {
        assert!(lengths([]).is_empty());
        assert_eq!(lengths([BYTES / 2, BYTES / 2, 1]), [2, 1]);
        assert_eq!(lengths(std::iter::repeat_n(1, 2_500)), [1_000, 1_000, 500]);
    }

    #[test]
    fn a_chunk_is_full_when_it_is_as_large_as_it_may_be_stored() {
        let seed: u64 = rand::random();
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let mut builder = ChunkBuilder::default();
        let mut chunks = Vec::new();
        for _ in 0..1_500 {
            let path: String = (0..700).map(|_| rng.random_range('\u{4e00}'..'\u{9000}')).collect();
            let work = Work::CopyFile { source: file("f", 1), over: Over::Nothing };
            let cut = builder.push(item(&path, work), false, |_| Some(path.len() as u128));
            chunks.extend(cut.and_then(|cut| cut.chunk));
        }
        assert!(chunks.len() > 3, "{} chunks", chunks.len());
        for chunk in chunks {
            let stored = packed(&chunk);
            assert!((STORED / 2..=STORED).contains(&stored), "{stored} bytes");
        }
    }

    #[test]
    fn new_directories_share_a_chunk_however_much_is_in_them() {
        let new = |bytes| {
            let source = directory("d");
            item("d", Work::NewDirectory { source, over: Over::Nothing, files: 5_000_000, bytes })
        };
        let mut builder = ChunkBuilder::default();
        let chunks = (0..40).filter_map(|_| builder.push(new(u64::MAX / 2), false, unknown)?.chunk);
        assert_eq!(chunks.map(|chunk| chunk.items.len()).collect::<Vec<_>>(), [16, 16]);
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
        assert!(items.iter().all(|item| builder.push(item.clone(), false, unknown).is_none()));
        let cut = builder.flush();
        assert_eq!(paths(&cut.chunk.expect("the rest")), ["flip", "gone", "touch", "other"]);
        assert_eq!(paths(&cut.urgent.expect("these")), ["new", "over", "set"]);
        assert_eq!(builder.flush(), Cut::default());
        assert!(items.into_iter().all(|item| builder.push(item, true, unknown).is_none()));
        assert_eq!(builder.flush().urgent, None);
    }

    #[test]
    fn a_directory_that_failed_last_time_is_tried_first_with_what_is_in_it() {
        let copy = |path| item(path, Work::CopyFile { source: file("f", 1), over: Over::Nothing });
        let mut builder = ChunkBuilder::new(first(&["d", ""]));
        assert!(
            ["a", "d/b", "d/e/c", "dd", "e/d/f"]
                .into_iter()
                .all(|path| builder.push(copy(path), false, unknown).is_none())
        );
        let cut = builder.flush();
        assert_eq!(paths(&cut.urgent.expect("these")), ["d/b", "d/e/c"]);
        assert_eq!(paths(&cut.chunk.expect("the rest")), ["a", "dd", "e/d/f"]);
    }

    #[test]
    fn what_is_tried_first_is_bounded_too_and_the_rest_goes_the_normal_way() {
        let sizes = [BYTES / 2, 2 * BYTES, BYTES / 2, 1];
        let mut builder = ChunkBuilder::new(first(&["f"]));
        let mut cuts: Vec<_> =
            sizes.into_iter().filter_map(|size| builder.push(copy(size), false, unknown)).collect();
        cuts.push(builder.flush());
        let (chunks, urgent): (Vec<_>, Vec<_>) = cuts.into_iter().map(|cut| (cut.chunk, cut.urgent)).unzip();
        let urgent: Vec<Item> = urgent.into_iter().flatten().flat_map(|chunk| chunk.items).collect();
        assert_eq!(urgent, [copy(BYTES / 2), copy(BYTES / 2)]);
        let chunks: Vec<Chunk> = chunks.into_iter().flatten().collect();
        assert_eq!(chunks, [2 * BYTES, 1].map(|size| Chunk::of(vec![copy(size)])));
    }

    #[test]
    fn a_chunk_knows_what_the_directories_have_to_show_that_it_writes_to() {
        let source = directory("d");
        let items = [
            item("a/d", Work::NewDirectory { source, over: Over::Nothing, files: 0, bytes: 0 }),
            item("b/f", Work::CopyFile { source: file("f", 1), over: Over::Nothing }),
        ];
        let mut builder = ChunkBuilder::default();
        let known = |directory: &str| (directory != "b").then_some(directory.len() as u128);
        assert!(items.into_iter().all(|item| builder.push(item, false, known).is_none()));
        let shown = builder.flush().chunk.expect("a chunk").shown;
        assert_eq!(shown, [("a".to_owned(), 1), ("a/d".to_owned(), 3)].into());
    }

    #[test]
    fn what_is_too_large_for_any_chunk_is_one_by_itself() {
        assert_eq!(lengths([1, 3 * BYTES, 1]), [1, 1, 1]);
    }

    #[test]
    fn what_is_put_aside_is_kept_apart_and_bounded_as_well() {
        let loose = || item("f", Work::Loose { source: Some(file("f", 1)), target: None, listed_at: None });
        let mut builder = ChunkBuilder::new(first(&["f"]));
        assert_eq!(builder.push(copy(2 * BYTES), true, unknown), None);
        let cuts: Vec<Cut> = (0..=ITEMS).filter_map(|_| builder.push(loose(), false, unknown)).collect();
        assert_eq!(cuts[0].chunk, Some(Chunk::of(vec![copy(2 * BYTES)])));
        assert_eq!(cuts[0].aside.as_ref().map(|chunk| chunk.items.len()), Some(ITEMS));
        let last = builder.flush();
        assert_eq!((last.chunk, last.aside.map(|chunk| chunk.items.len())), (None, Some(1)));
    }
}
