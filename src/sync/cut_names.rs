//! Names of what comes beside others. The service takes a name of so many letters and no more, so the stem of one that would be
//! longer is cut. What it was cut from is kept here; whoever goes on in another process finds it in the recovery point again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use azure_storage_file_share::ListOptions;
use sha2::{Digest, Sha256};

use super::chunk::Chunk;
use super::failure::Result;
use super::shares::Shares;

/// UTF-16 units in a name, at most.
/// <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-shares--directories--files--and-metadata>
const LONGEST: usize = 255;

/// Names that were cut, with those that they were cut from: in whichever directory, one is cut to one.
#[derive(Debug, Default)]
pub struct CutNames(Mutex<HashMap<String, String>>);

impl CutNames {
    pub fn learn(&self, cut: &str, name: &str) {
        self.names().insert(cut.to_owned(), name.to_owned());
    }

    pub fn known(&self, cut: &str) -> Option<String> {
        self.names().get(cut).cloned()
    }

    /// The first name in a path that bears the mark and may have been cut, and from what is not known; with its directory.
    pub fn unknown<'p>(&self, path: &'p str, mark: &str) -> Option<(&'p str, &'p str)> {
        let mut start = 0;
        for name in path.split('/') {
            // a letter may take two units
            if name.contains(mark) && units(name) + 1 >= LONGEST && self.known(name).is_none() {
                return Some((path[..start].trim_end_matches('/'), name));
            }
            start += name.len() + 1;
        }
        None
    }

    fn names(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().expect("no panic while names are held")
    }
}

impl Shares {
    /// Finds out what the names in a chunk were cut from, where another invocation planned it.
    pub async fn learn_cut_names(&self, chunk: &Chunk) -> Result<()> {
        let Some(restoring) = self.restoring.as_ref().filter(|restoring| !restoring.mark.is_empty()) else {
            return Ok(());
        };
        for item in &chunk.items {
            while let Some((directory, cut)) = restoring.cut.unknown(&item.path, &restoring.mark) {
                // what was not cut is its own
                restoring.cut.learn(cut, &cut.replace(&restoring.mark, ""));
                let stem = cut.find(&restoring.mark).and_then(|end| cut[..end].rsplit_once(TELLS));
                let Some((stem, _)) = stem else { continue };
                let mut options = ListOptions { prefix: Some(stem.to_owned()), ..Default::default() };
                loop {
                    let page = self.source_directory(directory).list_directories_and_files(&options).await?;
                    for entry in &page.entries {
                        restoring.name_beside(entry);
                    }
                    let Some(marker) = page.next_marker else { break };
                    options.marker = Some(marker);
                }
            }
        }
        Ok(())
    }
}

/// Stands before what tells names that are cut alike from one another.
const TELLS: char = '~';

/// A name that bears a mark, before its extension if it has one. Where it would be too long, its stem is cut.
pub fn marked(name: &str, mark: &str, is_directory: bool) -> String {
    let at = name.rfind('.').filter(|at| *at > 0 && !is_directory).unwrap_or(name.len());
    let (stem, extension) = name.split_at(at);
    if units(name) + units(mark) <= LONGEST {
        return format!("{stem}{mark}{extension}");
    }
    let hash = Sha256::digest(name);
    let told = format!("{TELLS}{:02x}{:02x}{:02x}{:02x}{mark}", hash[0], hash[1], hash[2], hash[3]);
    // what takes most of a name is no extension
    let extension = if units(extension) > LONGEST / 4 { "" } else { extension };
    let room = LONGEST - units(&told) - units(extension);
    format!("{}{told}{extension}", first(stem, room))
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// As many letters as fit.
fn first(text: &str, room: usize) -> &str {
    let mut used = 0;
    let is_too_much = |letter: char| {
        used += letter.len_utf16();
        used > room
    };
    text.find(is_too_much).map_or(text, |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = " (restored 20261121T101500123456Z-1a2b3c4d)";

    #[test]
    fn the_mark_stands_before_the_extension() {
        assert_eq!(marked("a.b.txt", "!", false), "a.b!.txt");
        assert_eq!(marked(".profile", "!", false), ".profile!");
        assert_eq!(marked("v1.2", "!", true), "v1.2!");
    }

    #[test]
    fn a_name_that_would_be_too_long_keeps_its_extension_and_is_told_from_others() {
        let cut = |letter: &str, count: usize| marked(&format!("{}.docx", letter.repeat(count)), MARK, false);
        for (letter, count) in [("x", 250), ("é", 250), ("\u{1f600}", 125)] {
            let name = cut(letter, count);
            assert!((LONGEST - 1..=LONGEST).contains(&units(&name)), "{name}");
            assert!(name.ends_with(&format!("{MARK}.docx")), "{name}");
            assert_ne!(name, cut(letter, count - 1));
        }
        let fits = "x".repeat(LONGEST - units(MARK));
        assert_eq!(marked(&fits, MARK, false), format!("{fits}{MARK}"));
        let no_extension = format!("a.{}", "x".repeat(250));
        assert!(marked(&no_extension, MARK, false).ends_with(MARK));
    }
}
