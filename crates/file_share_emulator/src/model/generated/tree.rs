//! What a generated tree looks like, in numbers: how many of what there are, and which entry has which number.

use std::ops::RangeInclusive;

use anyhow::{Context, bail, ensure};

const MOST_IN_A_DIRECTORY: u64 = 100_000_000;
const MOST_ENTRIES: u64 = 1 << 40;
const LARGEST_FILE: u64 = 4 << 40;
const MOST_DESCRIPTORS: u64 = 1000;

/// What a generated share looks like; `depth=2,directories=10,files=100,size=0..65536,descriptors=1,seed=7`, where
/// what is left out is as here but for `depth=1`.
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
    /// Different security descriptors.
    pub descriptors: u64,
    pub seed: u64,
}

impl std::str::FromStr for GeneratedTree {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut tree =
            Self { depth: 1, directories: 10, files: 100, size: 0..=65_536, descriptors: 1, seed: 7 };
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').with_context(|| format!("{part} is not NAME=VALUE"))?;
            let number = |value: &str| value.parse::<u64>().with_context(|| format!("{value} is no number"));
            match name {
                "depth" => tree.depth = u32::try_from(number(value)?)?,
                "directories" => tree.directories = number(value)?,
                "files" => tree.files = number(value)?,
                "descriptors" => tree.descriptors = number(value)?,
                "seed" => tree.seed = number(value)?,
                "size" => {
                    let (least, most) = value.split_once("..").unwrap_or((value, value));
                    tree.size = number(least)?..=number(most)?;
                }
                _ => bail!(
                    "A generated share has depth, directories, files, size, descriptors and seed, but no {name}"
                ),
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
        let descriptors = 1..=MOST_DESCRIPTORS;
        ensure!(
            descriptors.contains(&self.descriptors),
            "A generated share has 1 to {MOST_DESCRIPTORS} descriptors"
        );
        ensure!(self.depth <= 200, "A generated share has at most 200 levels");
        ensure!(!self.size.is_empty() && *self.size.end() <= LARGEST_FILE, "Sizes go up to 4 TiB");
        let all = self.directory_count().and_then(|count| count.checked_mul(self.files + 1));
        ensure!(all.is_some_and(|all| all <= MOST_ENTRIES), "A generated share has at most 2^40 entries");
        Ok(())
    }

    pub(super) fn directory_count(&self) -> Option<u64> {
        let mut of_level = 1_u64;
        (0..self.depth).try_fold(1_u64, |sum, _| {
            of_level = of_level.checked_mul(self.directories)?;
            sum.checked_add(of_level).filter(|sum| *sum <= MOST_ENTRIES)
        })
    }

    /// Directories are numbered like the places of a heap, so a child's number follows from its parent's.
    pub(super) fn child(&self, directory: u64, place: u64) -> u64 {
        directory * self.directories + 1 + place
    }

    pub(super) fn directory_id(&self, directory: u64) -> u64 {
        directory * (self.files + 1)
    }

    pub(super) fn file_id(&self, directory: u64, place: u64) -> u64 {
        self.directory_id(directory) + 1 + place
    }

    /// Directories in a directory of a level, the root's being 0.
    pub(super) fn directories_at(&self, level: u32) -> u64 {
        if level < self.depth { self.directories } else { 0 }
    }

    pub(super) fn entries(&self, level: u32) -> u64 {
        self.directories_at(level) + self.files
    }

    /// The first of the entries, in the order of their names, whose name is not before a folded one.
    pub(super) fn first_from(&self, level: u32, start: &str) -> u64 {
        let below = self.directories_at(level);
        let name = |place: u64| match place < below {
            true => self.directory_name(place),
            false => self.file_name(place - below),
        };
        let (mut first, mut end) = (0, self.entries(level));
        while first < end {
            let middle = first + (end - first) / 2;
            match *name(middle).to_uppercase() < *start {
                true => first = middle + 1,
                false => end = middle,
            }
        }
        first
    }

    pub(super) fn directory_name(&self, place: u64) -> String {
        format!("directory-{place:0width$}", width = digits(self.directories))
    }

    pub(super) fn file_name(&self, place: u64) -> String {
        format!("file-{place:0width$}.bin", width = digits(self.files))
    }

    pub(super) fn descriptor_of(&self, id: u64) -> usize {
        (mix(self.seed ^ mix(id).rotate_left(32)) % self.descriptors) as usize
    }

    pub(super) fn size_of(&self, id: u64) -> u64 {
        let (least, most) = (*self.size.start(), *self.size.end());
        let share = (mix(self.seed ^ mix(id)) >> 11) as f64 / (1_u64 << 53) as f64;
        let (low, high) = ((least + 1) as f64, (most + 1) as f64);
        ((low * (high / low).powf(share)) as u64 - 1).clamp(least, most)
    }
}

/// As many for each name, so that they sort as they are counted.
fn digits(count: u64) -> usize {
    count.saturating_sub(1).checked_ilog10().map_or(1, |log| log as usize + 1).max(5)
}

/// SplitMix64.
pub(super) fn mix(number: u64) -> u64 {
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
        let bad = [
            "what=1",
            "depth",
            "files=x",
            "files=100000001",
            "descriptors=0",
            "depth=60,directories=2",
            "size=9..5",
        ];
        for text in bad {
            assert!(text.parse::<GeneratedTree>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_found_among_millions_and_names_sort_as_they_are_counted() {
        let tree: GeneratedTree = "directories=3,files=2000000".parse().expect("valid");
        assert_eq!(
            (tree.directory_name(2), tree.file_name(7)),
            ("directory-00002".into(), "file-0000007.bin".into())
        );
        for (start, first) in
            [("", 0), ("DIRECTORY-00001", 1), ("E", 3), ("FILE-0000007.BIN", 10), ("G", 2_000_003)]
        {
            assert_eq!(tree.first_from(0, start), first, "{start}");
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
