//! What people do in the source share between two cycles, or before the first.

use anyhow::Result;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Serialize;
use share_tree::{Edit, LiveShare, Row, Tree, random_edits};

/// How often each kind of edit is made between the first cycle and the second. The order lets moves and deletions meet entries
/// that were changed before.
pub(crate) const ALL: [(Row, usize); 20] = [
    (Row::FileNew, 8),
    (Row::TreeNew, 2),
    (Row::FileReplaced, 10),
    (Row::FileRangeWritten, 10),
    (Row::FileResized, 2),
    (Row::FileTouched, 3),
    (Row::FileAttributes, 3),
    (Row::FilePermission, 3),
    (Row::DirectoryPermission, 2),
    (Row::RootPermission, 1),
    (Row::FileMetadata, 3),
    (Row::FileHeaders, 2),
    (Row::DirectoryLastWriteTime, 2),
    (Row::FileReadOnly, 2),
    (Row::FileMoved, 8),
    (Row::FileCase, 2),
    (Row::DirectoryCase, 1),
    (Row::FileToDirectory, 1),
    (Row::FileDeleted, 10),
    (Row::ReadOnlyDeleted, 1),
];
const SEED: u64 = 2;

/// Edits by what they do to an entry.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Edits {
    pub(crate) put: u64,
    pub(crate) written: u64,
    pub(crate) set: u64,
    pub(crate) moved: u64,
    pub(crate) deleted: u64,
}

pub(crate) async fn make(share: &LiveShare, tree: &mut Tree, rows: &[(Row, usize)]) -> Result<Edits> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut made = Edits::default();
    let rows = rows.iter().flat_map(|(row, times)| std::iter::repeat_n(*row, *times));
    for row in rows {
        for edit in random_edits(&mut rng, tree, row).into_iter().flatten() {
            share.apply(tree, &edit).await?;
            made.count(&edit);
        }
    }
    Ok(made)
}

impl Edits {
    fn count(&mut self, edit: &Edit) {
        *match edit {
            Edit::Put { .. } => &mut self.put,
            Edit::WriteRange { .. } | Edit::Resize { .. } => &mut self.written,
            Edit::Set { .. } => &mut self.set,
            Edit::Rename { .. } => &mut self.moved,
            Edit::Delete { .. } => &mut self.deleted,
        } += 1;
    }
}
