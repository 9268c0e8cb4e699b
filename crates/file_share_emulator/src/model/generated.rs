//! Trees of any size that take no memory: each request is given as much of the tree as it looks at, made anew from
//! names and a seed. Nobody can write there. Every directory above the deepest level has the same number of
//! directories, and every directory the same number of files.

use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;

use super::attributes::Attributes;
use super::clock::Ticks;
use super::extents::Extents;
use super::lease::Lease;
use super::name::{Name, Path};
use super::node::{Child, Children, ContentHeaders, Directory, File, Metadata, Node, Properties};
use super::permission::PermissionKey;
use super::posix::Posix;

/// A page of a listing is cut from all entries of a directory, so there is a most.
const MOST_IN_A_DIRECTORY: u64 = 100_000;
const MOST_ENTRIES: u64 = 1 << 40;
const LARGEST_FILE: u64 = 4 << 40;
/// The file content of all generated shares is cut from one block.
const BLOCK: usize = 1 << 20;
const SHIFTS: usize = 1 << 16;
const TICKS_PER_SECOND: u64 = 10_000_000;
/// 2026-01-01; times lie in the year after it.
const EPOCH: Ticks = Ticks(639_028_224_000_000_000);
const SECONDS_OF_A_YEAR: u64 = 365 * 86_400;

/// What a generated share looks like; `depth=2,directories=10,files=100,size=0..65536,seed=7`, where what is left out
/// is as here but for `depth=1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedTree {
    /// Levels of directories below the root.
    pub depth: u32,
    /// Directories in every directory that is not on the last level.
    pub directories: u64,
    /// Files in every directory, the root included.
    pub files: u64,
    /// Sizes of files, as many of one order of magnitude as of another.
    pub size: RangeInclusive<u64>,
    pub seed: u64,
}

/// The tree in a share, whose permission all entries have.
#[derive(Debug)]
pub(crate) struct Generated {
    tree: GeneratedTree,
    permission: PermissionKey,
    bytes: OnceLock<u64>,
}

impl std::str::FromStr for GeneratedTree {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut tree = Self { depth: 1, directories: 10, files: 100, size: 0..=65_536, seed: 7 };
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').with_context(|| format!("{part} is not NAME=VALUE"))?;
            let number = |value: &str| value.parse::<u64>().with_context(|| format!("{value} is no number"));
            match name {
                "depth" => tree.depth = u32::try_from(number(value)?)?,
                "directories" => tree.directories = number(value)?,
                "files" => tree.files = number(value)?,
                "seed" => tree.seed = number(value)?,
                "size" => {
                    let (least, most) = value.split_once("..").unwrap_or((value, value));
                    tree.size = number(least)?..=number(most)?;
                }
                _ => bail!("A generated share has depth, directories, files, size and seed, but no {name}"),
            }
        }
        tree.check()?;
        Ok(tree)
    }
}

impl GeneratedTree {
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let entries = self.directories.saturating_add(self.files);
        ensure!(entries <= MOST_IN_A_DIRECTORY, "A directory has at most {MOST_IN_A_DIRECTORY} entries");
        ensure!(self.depth <= 200, "A generated share has at most 200 levels");
        ensure!(!self.size.is_empty() && *self.size.end() <= LARGEST_FILE, "Sizes go up to 4 TiB");
        let all = self.directory_count().and_then(|count| count.checked_mul(self.files + 1));
        ensure!(all.is_some_and(|all| all <= MOST_ENTRIES), "A generated share has at most 2^40 entries");
        Ok(())
    }

    fn directory_count(&self) -> Option<u64> {
        let mut of_level = 1_u64;
        (0..self.depth).try_fold(1_u64, |sum, _| {
            of_level = of_level.checked_mul(self.directories)?;
            sum.checked_add(of_level).filter(|sum| *sum <= MOST_ENTRIES)
        })
    }

    /// Directories are numbered like the places of a heap, so a child's number follows from its parent's.
    fn child(&self, directory: u64, place: u64) -> u64 {
        directory * self.directories + 1 + place
    }

    fn directory_id(&self, directory: u64) -> u64 {
        directory * (self.files + 1)
    }

    fn file_id(&self, directory: u64, place: u64) -> u64 {
        self.directory_id(directory) + 1 + place
    }

    fn size_of(&self, id: u64) -> u64 {
        let (least, most) = (*self.size.start(), *self.size.end());
        let share = (mix(self.seed ^ mix(id)) >> 11) as f64 / (1_u64 << 53) as f64;
        let (low, high) = ((least + 1) as f64, (most + 1) as f64);
        ((low * (high / low).powf(share)) as u64 - 1).clamp(least, most)
    }
}

impl Generated {
    pub(crate) fn new(tree: GeneratedTree, permission: PermissionKey) -> Self {
        Self { tree, permission, bytes: OnceLock::new() }
    }

    /// As much of the tree as a request for the path can see: its ancestors with nothing beside them, and what is
    /// there itself, a file with its content or a directory with its entries.
    pub(crate) fn view(&self, path: &Path) -> Arc<Directory> {
        let mut chain = vec![(0, Name::new(""))];
        let mut rest = path;
        while let Some((name, below)) = rest.split_first() {
            let (directory, _) = chain[chain.len() - 1];
            let Some(place) = self.directory_place(chain.len(), name) else { break };
            chain.push((self.tree.child(directory, place), Name::new(&directory_name(place))));
            rest = below;
        }
        let (last, mut name) = chain.pop().expect("the root is never taken out");
        let level = chain.len() as u32;
        let children = match rest {
            [] => self.children(last, level),
            [file] => {
                self.file_place(file).map(|place| entry(self.file(last, place, true))).into_iter().collect()
            }
            _ => Children::new(),
        };
        let mut directory = self.directory(last, children);
        while let Some((parent, parent_name)) = chain.pop() {
            let child = Child { name: name.text.clone(), node: Node::Directory(Arc::new(directory)) };
            directory = self.directory(parent, Children::from([(name.folded.clone(), child)]));
            name = parent_name;
        }
        Arc::new(directory)
    }

    /// Of all files together.
    pub(crate) fn bytes(&self) -> u64 {
        let directories = self.tree.directory_count().unwrap_or(0);
        let of_directory = |directory| {
            (0..self.tree.files)
                .map(move |place| self.tree.size_of(self.tree.file_id(directory, place)))
                .sum::<u64>()
        };
        *self.bytes.get_or_init(|| (0..directories).map(of_directory).sum())
    }

    fn children(&self, directory: u64, level: u32) -> Children {
        let below = if level < self.tree.depth { self.tree.directories } else { 0 };
        let directories = (0..below).map(|place| {
            let child = self.directory(self.tree.child(directory, place), Children::new());
            entry((directory_name(place), Node::Directory(Arc::new(child))))
        });
        directories
            .chain((0..self.tree.files).map(|place| entry(self.file(directory, place, false))))
            .collect()
    }

    fn directory(&self, directory: u64, children: Children) -> Directory {
        let properties = self.properties(self.tree.directory_id(directory), Attributes::DIRECTORY);
        Directory { properties, children }
    }

    fn file(&self, directory: u64, place: u64, with_content: bool) -> (String, Node) {
        let id = self.tree.file_id(directory, place);
        let properties = self.properties(id, Attributes::ARCHIVE);
        let size = self.tree.size_of(id);
        let content = if with_content {
            content(mix(id ^ self.tree.seed), size, properties.modified)
        } else {
            Extents::default()
        };
        let content_type = Some("application/octet-stream".to_owned());
        let file = File {
            size,
            content,
            headers: Arc::new(ContentHeaders { content_type, ..ContentHeaders::default() }),
            lease: Lease::of_file(),
            begun: properties.modified,
            copy: None,
            properties,
        };
        (file_name(place), Node::File(Arc::new(file)))
    }

    fn properties(&self, id: u64, attributes: Attributes) -> Properties {
        let written = EPOCH.plus_seconds(mix(self.tree.seed ^ mix(!id)) % SECONDS_OF_A_YEAR);
        // Different for every entry, since it is the ETag too.
        let modified =
            Ticks(EPOCH.plus_seconds(SECONDS_OF_A_YEAR).0 + id % (SECONDS_OF_A_YEAR * TICKS_PER_SECOND));
        Properties {
            id,
            attributes,
            creation: written,
            last_write: written,
            change: modified,
            made: written,
            modified,
            permission: Some(self.permission.clone()),
            metadata: Metadata::default(),
            posix: None::<Posix>,
        }
    }

    fn directory_place(&self, level: usize, name: &Name) -> Option<u64> {
        let place = name.folded.strip_prefix("DIRECTORY-")?.parse().ok()?;
        let is_there = level <= self.tree.depth as usize && place < self.tree.directories;
        (is_there && *name.folded == *directory_name(place).to_uppercase()).then_some(place)
    }

    fn file_place(&self, name: &Name) -> Option<u64> {
        let place = name.folded.strip_prefix("FILE-")?.strip_suffix(".BIN")?.parse().ok()?;
        (place < self.tree.files && *name.folded == *file_name(place).to_uppercase()).then_some(place)
    }
}

fn directory_name(place: u64) -> String {
    format!("directory-{place:05}")
}

fn file_name(place: u64) -> String {
    format!("file-{place:05}.bin")
}

fn entry((name, node): (String, Node)) -> (Arc<str>, Child) {
    let name = Name::new(&name);
    (name.folded, Child { name: name.text, node })
}

fn content(seed: u64, size: u64, made: Ticks) -> Extents {
    static BYTES: OnceLock<Bytes> = OnceLock::new();
    let bytes = BYTES.get_or_init(|| {
        let words = (0..(BLOCK + SHIFTS) as u64 / 8).flat_map(|word| mix(word).to_le_bytes());
        words.collect::<Vec<u8>>().into()
    });
    let shift = seed as usize % SHIFTS;
    let block = bytes.slice(shift..shift + BLOCK);
    let mut extents = Extents::default();
    for start in (0..size).step_by(BLOCK) {
        let length = (size - start).min(BLOCK as u64) as usize;
        extents.write(start, block.slice(..length), Ticks(made.0 + start / BLOCK as u64));
    }
    extents
}

/// SplitMix64.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_described_in_words_and_its_limits_are_kept() {
        let tree: GeneratedTree = "depth=3,files=7,size=5..9".parse().expect("valid");
        assert_eq!((tree.depth, tree.directories, tree.files, tree.size), (3, 10, 7, 5..=9));
        let bad = ["what=1", "depth", "files=x", "files=100001", "depth=60,directories=2", "size=9..5"];
        for text in bad {
            assert!(text.parse::<GeneratedTree>().is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_stay_inside_their_bounds_and_reach_every_magnitude() {
        let tree: GeneratedTree = "size=10..100000".parse().expect("valid");
        let sizes: Vec<u64> = (0..10_000).map(|id| tree.size_of(id)).collect();
        assert!(sizes.iter().all(|size| (10..=100_000).contains(size)));
        for (least, most) in [(10, 100), (100, 1000), (1000, 10_000), (10_000, 100_001)] {
            let of_magnitude = sizes.iter().filter(|size| (least..most).contains(*size)).count();
            assert!((2000..3000).contains(&of_magnitude), "{of_magnitude} from {least}");
        }
    }
}
