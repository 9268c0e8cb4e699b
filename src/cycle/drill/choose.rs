//! What a drill brings back: files found by walking down at random, and a folder of those that were seen on the way.

use std::collections::BTreeSet;

use azure_storage_file_share::{Entry, EntryKind, ListOptions, ShareClient};

use super::{BYTES, FILES};
use crate::config::is_glob;
use crate::state::is_within;
use crate::sync::SyncError;

/// Walks that end at no file are as many as those that do, at most.
const WALKS: usize = 2 * FILES;
/// Directories on the way down.
const DEPTH: usize = 100;
/// Files of a folder.
const IN_FOLDER: usize = 200;

/// Paths from the root.
#[derive(Debug, Default)]
pub struct Chosen {
    pub files: Vec<String>,
    pub folder: Option<String>,
    /// Files that were met, each larger than all that a drill may bring.
    pub too_large: u32,
}

impl Chosen {
    /// Whether an entry is among what was chosen, or holds or is held by some of it.
    pub fn touches(&self, path: &str) -> bool {
        let holds = |chosen: &String| is_within(chosen, path) || is_within(path, chosen);
        self.files.iter().chain(&self.folder).any(holds)
    }
}

/// Some files and a folder of a share snapshot; all of it together is no larger than a drill may be. Nothing of an empty share. What
/// cannot be listed is not chosen from, as long as something else is found.
pub async fn choose(share: &ShareClient, is_left_out: impl Fn(&str) -> bool) -> Result<Chosen, SyncError> {
    let (mut chosen, mut bytes, mut refused) = (Chosen::default(), 0, None);
    let mut too_large = BTreeSet::new();
    for _ in 0..WALKS {
        if chosen.files.len() == FILES {
            break;
        }
        let mut directory = String::new();
        for _ in 0..DEPTH {
            let entries = match some_page(share, &directory).await {
                Err(error) if !error.ends_the_pass() => {
                    refused = Some(error);
                    break;
                }
                entries => entries?,
            };
            let path = |entry: &Entry| join(&directory, &entry.name);
            // what means something in a glob could mean more than this file
            let usable: Vec<&Entry> =
                entries.iter().filter(|entry| !is_left_out(&path(entry)) && !is_glob(&entry.name)).collect();
            let files: Vec<(&Entry, u64)> =
                usable.iter().filter_map(|entry| Some((*entry, size(entry)?))).collect();
            if chosen.folder.is_none() && !directory.is_empty() {
                let all: u64 = files.iter().map(|(_, size)| size).sum();
                let is_flat = files.len() == entries.len() && (1..=IN_FOLDER).contains(&files.len());
                if is_flat && bytes + all <= BYTES / 2 {
                    bytes += all;
                    chosen.folder = Some(directory.clone());
                    break;
                }
            }
            let Some(entry) = usable.get(random_below(usable.len())).copied() else { break };
            match size(entry) {
                None => directory = path(entry),
                Some(size) => {
                    let path = path(entry);
                    if size > BYTES {
                        too_large.insert(path.clone());
                    }
                    let is_in_folder = chosen.folder.as_ref().is_some_and(|folder| *folder == directory);
                    if bytes + size <= BYTES && !is_in_folder && !chosen.files.contains(&path) {
                        bytes += size;
                        chosen.files.push(path);
                    }
                    break;
                }
            }
        }
    }
    chosen.too_large = too_large.len() as u32;
    match refused {
        Some(error) if chosen.files.is_empty() && chosen.folder.is_none() => Err(error),
        _ => Ok(chosen),
    }
}

/// The first page of a directory: in one of more entries than that, those behind are never chosen.
async fn some_page(share: &ShareClient, directory: &str) -> Result<Vec<Entry>, SyncError> {
    let mut options = ListOptions::default();
    loop {
        let page = share.directory_client(directory).list_directories_and_files(&options).await?;
        if !page.entries.is_empty() || page.next_marker.is_none() {
            return Ok(page.entries);
        }
        options.marker = page.next_marker;
    }
}

fn size(entry: &Entry) -> Option<u64> {
    match entry.kind {
        EntryKind::File { size } => Some(size),
        EntryKind::Directory => None,
    }
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// The randomness of an id is good enough to choose by.
fn random_below(count: usize) -> usize {
    (uuid::Uuid::new_v4().as_u128() % count.max(1) as u128) as usize
}
