//! A staging share as another tool loaded it some time ago: most files of the source with their times, some that are stale,
//! some that were never in the source, and nothing of the source's properties.

use azure_files_backup::cycle::report::{Amounts, SeedingReport};
use azure_storage_file_share::{ContentHeaders, FileTime, Metadata, ShareClient};
use share_tree::{Content, Entry, Kind, LiveShare, Properties, Tree};

use super::world::World;

const SECOND: u64 = 10_000_000;

pub struct Staged {
    share: ShareClient,
    tree: Tree,
    /// Files with data that are the source's.
    same: Amounts,
    /// All other files of the source.
    others: Amounts,
    /// Files for which the source has none with data.
    only_here: u64,
}

impl Staged {
    /// Fills the staging share of a world from what its source holds.
    pub async fn fill(world: &World) -> Self {
        let share = world.stage.staging().await;
        let (mut tree, mut same, mut others) = (Tree::default(), Amounts::default(), Amounts::default());
        let mut only_here = 1;
        for (path, _) in world.tree.directories().filter(|(path, _)| !path.is_empty()) {
            tree.insert(path, Entry::directory(Properties::default()));
        }
        for (number, (path, entry)) in world.tree.files().enumerate() {
            let bytes = entry.content().map_or(0, Content::size);
            let staged = staged(number, entry);
            let is_same = bytes > 0 && staged.as_ref().is_some_and(|staged| is_same(entry, staged));
            let amounts = if is_same { &mut same } else { &mut others };
            *amounts += Amounts { files: 1, bytes };
            if let Some(staged) = staged {
                only_here += u64::from(bytes == 0 && !staged.is_directory());
                tree.insert(path, staged);
            }
        }
        tree.insert("only in staging", Entry::directory(Properties::default()));
        tree.insert("only in staging/one", loaded(0, Content::generated(1, 100), None));
        LiveShare::new(share.clone()).load(&mut tree).await.expect("the tree is loaded");
        Self { share, tree, same, others, only_here }
    }

    /// Neither it nor our one share snapshot of it holds anything but what was loaded.
    pub async fn assert_untouched(&self, world: &World) {
        let taken = self.share.list_snapshots().await.expect("a list");
        let roles: Vec<_> = taken.iter().map(|item| item.metadata.get("backup_role")).collect();
        assert_eq!(roles, [Some(&"staging".to_owned())], "share snapshots of the staging share");
        let frozen = taken[0].snapshot.as_ref().expect("a share snapshot");
        for share in [&self.share, &self.share.with_snapshot(frozen)] {
            let differences = world.differences(&self.tree, share).await;
            assert!(differences.is_empty(), "{}: {differences:#?}", share.url());
        }
    }

    /// Seeding is over, each file counts once, and what came from where is known.
    pub fn assert_counted(&self, shown: &SeedingReport) {
        self.assert_complete(shown);
        let seeded = &shown.seeded;
        assert_eq!((seeded.from_staging, seeded.from_source), (self.same, self.others), "{seeded:#?}");
        assert_eq!(shown.staging_only, Some(self.only_here));
    }

    pub fn assert_complete(&self, shown: &SeedingReport) {
        assert_eq!((shown.status.as_str(), shown.ended_by), ("Completed", None), "{shown:#?}");
    }
}

/// What became of one file of the source, by its number.
fn staged(number: usize, entry: &Entry) -> Option<Entry> {
    let Kind::File { content, .. } = &entry.kind else { return None };
    let written = entry.properties.last_write_time.expect("it is loaded");
    let moved = |ticks: u64| FileTime::from_ticks(ticks).expect("a time");
    let other = Content::generated(900 + number as u64, content.size());
    let (earlier, later) = (moved(written.ticks() - SECOND), moved(written.ticks() + SECOND));
    match number % 16 {
        3 => None,
        4 => Some(loaded(number, other, Some(earlier))),
        5 => Some(loaded(number, other, Some(later))),
        7 => Some(loaded(number, Content::generated(1, content.size() + 1), Some(written))),
        9 => Some(Entry::directory(Properties::default())),
        _ => Some(loaded(number, content.clone(), Some(written))),
    }
}

/// A file with what the tool gives it.
fn loaded(number: usize, content: Content, last_write_time: Option<FileTime>) -> Entry {
    let metadata = match number % 2 {
        0 => Metadata::from([("loaded".to_owned(), "yes".to_owned())]),
        _ => Metadata::new(),
    };
    let headers = ContentHeaders { content_type: Some("tool/default".to_owned()), ..Default::default() };
    Entry::file(Properties { last_write_time, metadata, ..Properties::default() }, content, headers)
}

fn is_same(source: &Entry, staged: &Entry) -> bool {
    let size = |entry: &Entry| entry.content().map(Content::size);
    source.properties.last_write_time == staged.properties.last_write_time && size(source) == size(staged)
}
