//! The entries of a directory, or all below it that match a glob, page by page.

use azure_storage::Error;
use azure_storage_file_share::{ListOptions, ListPage, ShareClient};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::cursor::{Cursor, Place};
use super::{FoundEntry, NotFound, plain};
use crate::config::Exclude as Globs;
use crate::cycle::Backup;

/// Entries in an answer, where nobody asks for fewer.
const LIMIT: usize = 1_000;
/// What one list tells at most.
const MOST: usize = 5_000;
/// Lists spent on one answer.
const LISTS: usize = 200;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct EntriesAsked {
    /// The directory; empty for the root.
    pub path: String,
    /// All below it that match; without one, what lies in the directory itself.
    pub glob: Option<String>,
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntriesPage {
    pub cycle: String,
    pub path: String,
    pub entries: Vec<FoundEntry>,
    /// Asks for the next page; there may be none after an answer without entries, and more after one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Backup {
    /// One page. A search stops after 200 lists or at the deadline, and goes on with `next`.
    pub async fn entries(
        &self,
        pair: &str,
        point: &str,
        asked: EntriesAsked,
        deadline: Instant,
    ) -> Result<EntriesPage, NotFound> {
        let (_, point, share) = self.point(pair, point).await?;
        let path = plain(&asked.path);
        let globs = match &asked.glob {
            Some(glob) => Some(
                Globs::new(&[joined(&path, glob)])
                    .map_err(|error| NotFound::Mistaken(format!("glob: {error}")))?,
            ),
            None => None,
        };
        let limit = asked.limit.unwrap_or(LIMIT).clamp(1, MOST);
        let cursor = match &asked.next {
            Some(text) => Cursor::parse(text).ok_or_else(|| {
                NotFound::Mistaken("next is no place in a list; take it from the answer before".to_owned())
            })?,
            None => Cursor::from(&start(&path, asked.glob.as_deref())),
        };
        let search = Search { share, globs, limit, deadline };
        match search.run(cursor).await {
            Ok((entries, next)) => {
                Ok(EntriesPage { cycle: point.cycle, path, entries, next: next.map(|next| next.to_text()) })
            }
            Err(error) if is_no_directory(&error) => {
                Err(NotFound::Entry { path: format!("{path}/"), point: point.cycle })
            }
            Err(error) => Err(error.into()),
        }
    }
}

struct Search {
    share: ShareClient,
    globs: Option<Globs>,
    limit: usize,
    deadline: Instant,
}

impl Search {
    /// Depth first, in the order of the lists.
    async fn run(&self, mut at: Cursor) -> azure_storage::Result<(Vec<FoundEntry>, Option<Cursor>)> {
        let (mut found, mut lists) = (Vec::new(), 0);
        // what is listed already of the directories on the way
        let mut pages: Vec<Option<ListPage>> = at.0.iter().map(|_| None).collect();
        while let Some(place) = at.0.last_mut() {
            let page = pages.last_mut().expect("one for each place");
            if page.is_none() {
                if lists > 0 && (lists >= LISTS || Instant::now() >= self.deadline) {
                    return Ok((found, Some(at)));
                }
                lists += 1;
                *page = Some(self.list(place).await?);
            }
            let listed = page.as_ref().expect("it was listed");
            let mut deeper = None;
            while let Some(entry) = listed.entries.get(place.done) {
                if found.len() == self.limit {
                    return Ok((found, Some(at)));
                }
                place.done += 1;
                let path = joined(&place.directory, &entry.name);
                if self.globs.as_ref().is_none_or(|globs| globs.matches(&path)) {
                    found.push(FoundEntry::of(path.clone(), entry));
                }
                if self.globs.is_some() && entry.is_directory() {
                    deeper = Some(path);
                    break;
                }
            }
            if let Some(directory) = deeper {
                at.0.push(Place { directory, ..Place::default() });
                pages.push(None);
            } else if let Some(marker) = &listed.next_marker {
                (place.marker, place.done) = (Some(marker.clone()), 0);
                *page = None;
            } else {
                at.0.pop();
                pages.pop();
            }
        }
        Ok((found, None))
    }

    async fn list(&self, place: &Place) -> azure_storage::Result<ListPage> {
        let options = ListOptions { marker: place.marker.clone(), ..Default::default() };
        self.share.directory_client(&place.directory).list_directories_and_files(&options).await
    }
}

/// No directory outside has to be listed: the names before the first sign of a glob are those of directories.
fn start(path: &str, glob: Option<&str>) -> String {
    let names: Vec<&str> = glob.unwrap_or_default().split('/').collect();
    let plain = names.iter().take(names.len().saturating_sub(1));
    let plain = plain.take_while(|name| !name.contains(['*', '?', '[', '{']));
    plain.fold(path.to_owned(), |path, name| joined(&path, name))
}

fn joined(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// There is nothing of this name, or a file.
fn is_no_directory(error: &Error) -> bool {
    ["ResourceNotFound", "ParentNotFound", "ResourceTypeMismatch", "InvalidResourceName"]
        .iter()
        .any(|code| error.is_code(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_begins_where_the_glob_does() {
        assert_eq!(start("", Some("**/x")), "");
        assert_eq!(start("a", Some("b/c/*.txt")), "a/b/c");
        assert_eq!(start("", Some("a/b")), "a");
        assert_eq!(start("a/b", None), "a/b");
    }
}
