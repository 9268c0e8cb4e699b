//! A folder full of what makes file shares hard: many files, odd names, the sizes around every limit, a sparse file.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, Result};

use crate::content::Content;

/// Names that both Azure and this machine's file systems take.
const NAMES: [&str; 16] = [
    "plain.txt",
    "with space.txt",
    " leading space",
    "50% off.pdf",
    "100%25",
    "issue #42",
    "a+b=c & d",
    "it's “quoted”; @home~1.doc",
    "trailing dots..",
    "dot.",
    "caf\u{e9}",
    "cafe\u{301}",
    "Ωμέγα straße 日本語",
    "\u{1f980}\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "[brackets] {braces} (parens) $1 ^!",
    "UPPER and lower",
];
const SIZES: [u64; 8] = [0, 1, 511, 512, 513, 1000, 4096, 20_000];
const MIB: u64 = 1 << 20;
const FILES_IN_A_DIRECTORY: usize = 160;

#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    pub files: u64,
    pub bytes: u64,
}

/// Writes a folder with at least this many files. The folder must not exist yet.
pub fn write_sample(folder: &Path, files: usize) -> Result<Sample> {
    fs::create_dir(folder).with_context(|| format!("Creating {}", folder.display()))?;
    let mut sample = Sample::default();
    fs::create_dir_all(folder.join("empty/also empty/deeper"))?;
    for (i, size) in [4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB + 7].into_iter().enumerate() {
        sample.write(&folder.join(format!("around 4 MiB {i}")), i as u64, size)?;
    }
    sample.sparse(&folder.join("sparse 70 MiB"), 70 * MIB)?;
    let long = "long name ".repeat(20);
    sample.write(&folder.join(&long[..200]), 4, 300)?;
    while sample.files < files as u64 {
        let number = sample.files as usize / FILES_IN_A_DIRECTORY;
        let directory = folder
            .join(format!("{} {}", NAMES[number % NAMES.len()], number % 10))
            .join(format!("{number:04}"));
        fs::create_dir_all(&directory)?;
        for i in 0..FILES_IN_A_DIRECTORY {
            let seed = sample.files;
            let name = format!("{:03} {}", i / NAMES.len(), NAMES[i % NAMES.len()]);
            sample.write(&directory.join(name), seed, SIZES[(i / 3) % SIZES.len()])?;
        }
    }
    Ok(sample)
}

impl Sample {
    fn write(&mut self, path: &Path, seed: u64, size: u64) -> Result<()> {
        let bytes = Content::generated(seed, size).read(0..size)?;
        fs::write(path, bytes).with_context(|| format!("Writing {}", path.display()))?;
        self.count(size);
        Ok(())
    }

    fn sparse(&mut self, path: &Path, size: u64) -> Result<()> {
        let mut file = File::create(path)?;
        file.set_len(size)?;
        for (seed, at) in [(1, 0), (2, 33 * MIB + 100), (3, size - 513)] {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&Content::generated(seed, 513).read(0..513)?)?;
        }
        self.count(size);
        Ok(())
    }

    fn count(&mut self, size: u64) {
        self.files += 1;
        self.bytes += size;
    }
}
