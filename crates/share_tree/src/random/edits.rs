//! One random edit for each way in which a source can come to differ from its mirror.

use azure_storage_file_share::FileAttributes;
use bytes::Bytes;
use rand::RngExt;

use super::{names, pick, values};
use crate::edit::{Edit, Setting};
use crate::tree::{Entry, Tree, join, parent};

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Row {
    FileNew,
    DirectoryNew,
    TreeNew,
    FileReplaced,
    FileRangeWritten,
    FileResized,
    FileTouched,
    FileAttributes,
    FileReadOnly,
    FileCreationTime,
    FileChangeTime,
    FilePermission,
    FileMetadata,
    FileHeaders,
    DirectoryAttributes,
    DirectoryCreationTime,
    DirectoryLastWriteTime,
    DirectoryPermission,
    DirectoryMetadata,
    RootProperties,
    RootPermission,
    RootMetadata,
    FileDeleted,
    DirectoryDeleted,
    FileToDirectory,
    DirectoryToFile,
    FileCase,
    DirectoryCase,
    FileMoved,
    DirectoryMoved,
    ReadOnlyReplaced,
    ReadOnlyDeleted,
    CaseAndData,
}

impl Row {
    pub const ALL: [Self; 33] = [
        Self::FileNew,
        Self::DirectoryNew,
        Self::TreeNew,
        Self::FileReplaced,
        Self::FileRangeWritten,
        Self::FileResized,
        Self::FileTouched,
        Self::FileAttributes,
        Self::FileReadOnly,
        Self::FileCreationTime,
        Self::FileChangeTime,
        Self::FilePermission,
        Self::FileMetadata,
        Self::FileHeaders,
        Self::DirectoryAttributes,
        Self::DirectoryCreationTime,
        Self::DirectoryLastWriteTime,
        Self::DirectoryPermission,
        Self::DirectoryMetadata,
        Self::RootProperties,
        Self::RootPermission,
        Self::RootMetadata,
        Self::FileDeleted,
        Self::DirectoryDeleted,
        Self::FileToDirectory,
        Self::DirectoryToFile,
        Self::FileCase,
        Self::DirectoryCase,
        Self::FileMoved,
        Self::DirectoryMoved,
        Self::ReadOnlyReplaced,
        Self::ReadOnlyDeleted,
        Self::CaseAndData,
    ];
}

/// The edits of one row, to be made in their order; `None` when the tree has nothing to make them on.
pub fn random_edits(rng: &mut impl RngExt, tree: &Tree, row: Row) -> Option<Vec<Edit>> {
    let file = pick(rng, tree.files()).map(|(path, _)| path.to_owned());
    let directory = pick(rng, tree.directories().skip(1)).map(|(path, _)| path.to_owned());
    let locked =
        |entry: &Entry| entry.properties.attributes.is_some_and(|it| it.contains(FileAttributes::READ_ONLY));
    let read_only =
        pick(rng, tree.files().filter(|(_, entry)| locked(entry))).map(|(path, _)| path.to_owned());
    let set = |path: String, setting| vec![Edit::Set { path, setting }];
    Some(match row {
        Row::FileNew => vec![put(names::new_path(rng, tree), values::file(rng, false))],
        Row::DirectoryNew => vec![put(names::new_path(rng, tree), new_directory(rng))],
        Row::TreeNew => {
            let top = names::new_path(rng, tree);
            let (middle, file) = (join(&top, "middle"), join(&top, "middle/file"));
            vec![
                put(top, new_directory(rng)),
                put(middle, new_directory(rng)),
                put(file, values::file(rng, false)),
            ]
        }
        Row::FileReplaced => vec![put(file?, values::file(rng, false))],
        Row::ReadOnlyReplaced => vec![put(read_only?, values::file(rng, false))],
        Row::FileRangeWritten => {
            let (path, entry) = pick(rng, tree.files().filter(|(_, entry)| size(entry) > 0))?;
            let offset = rng.random_range(0..size(entry));
            let length = rng.random_range(1..=(size(entry) - offset).min(3000));
            let bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
            vec![Edit::WriteRange { path: path.to_owned(), offset, bytes: Bytes::from(bytes) }]
        }
        Row::FileResized => vec![Edit::Resize { path: file?, size: rng.random_range(0..3000) }],
        Row::FileTouched => set(file?, Setting::LastWriteTime(values::time(rng))),
        Row::FileAttributes => set(file?, Setting::Attributes(values::attributes(rng, false))),
        Row::FileReadOnly => set(file?, Setting::Attributes(FileAttributes::READ_ONLY)),
        Row::FileCreationTime => set(file?, Setting::CreationTime(values::time(rng))),
        Row::FileChangeTime => set(file?, Setting::ChangeTime(values::time(rng))),
        Row::FilePermission => set(file?, Setting::Permission(values::permission(rng))),
        Row::FileMetadata => set(file?, Setting::Metadata(values::metadata(rng))),
        Row::FileHeaders => set(file?, Setting::Headers(values::headers(rng))),
        Row::DirectoryAttributes => set(directory?, Setting::Attributes(values::attributes(rng, true))),
        Row::DirectoryCreationTime => set(directory?, Setting::CreationTime(values::time(rng))),
        Row::DirectoryLastWriteTime => set(directory?, Setting::LastWriteTime(values::time(rng))),
        Row::DirectoryPermission => set(directory?, Setting::Permission(values::permission(rng))),
        Row::DirectoryMetadata => set(directory?, Setting::Metadata(values::metadata(rng))),
        Row::RootProperties => {
            let mut edits = set(String::new(), Setting::Attributes(values::attributes(rng, true)));
            edits.extend(set(String::new(), Setting::CreationTime(values::time(rng))));
            edits
        }
        Row::RootPermission => set(String::new(), Setting::Permission(values::permission(rng))),
        Row::RootMetadata => set(String::new(), Setting::Metadata(values::metadata(rng))),
        Row::FileDeleted => vec![Edit::Delete { path: file? }],
        Row::ReadOnlyDeleted => vec![Edit::Delete { path: read_only? }],
        Row::DirectoryDeleted => vec![Edit::Delete { path: directory? }],
        Row::FileToDirectory => {
            let path = file?;
            let inside = put(join(&path, "inside"), values::file(rng, false));
            vec![Edit::Delete { path: path.clone() }, put(path, new_directory(rng)), inside]
        }
        Row::DirectoryToFile => {
            let path = directory?;
            vec![Edit::Delete { path: path.clone() }, put(path, values::file(rng, false))]
        }
        Row::FileCase => vec![case(file?)?],
        Row::DirectoryCase => vec![case(directory?)?],
        Row::FileMoved => vec![Edit::Rename { from: file?, to: names::new_path(rng, tree) }],
        Row::DirectoryMoved => vec![moved(rng, tree, directory?)?],
        Row::CaseAndData => {
            let renamed = case(file?)?;
            let Edit::Rename { to: path, .. } = renamed.clone() else { return None };
            vec![renamed, Edit::Resize { path, size: rng.random_range(0..3000) }]
        }
    })
}

fn put(path: String, entry: Entry) -> Edit {
    Edit::Put { path, entry }
}

fn new_directory(rng: &mut impl RngExt) -> Entry {
    Entry::directory(values::properties(rng, true))
}

fn size(entry: &Entry) -> u64 {
    entry.content().map_or(0, |content| content.size())
}

fn case(from: String) -> Option<Edit> {
    let directory = parent(&from).to_owned();
    let name = from.rsplit('/').next()?;
    let to = join(&directory, &names::in_other_case(name)?);
    Some(Edit::Rename { from, to })
}

/// Not into itself.
fn moved(rng: &mut impl RngExt, tree: &Tree, from: String) -> Option<Edit> {
    let inside = format!("{from}/");
    let elsewhere = |path: &&str| *path != from && !path.starts_with(&inside);
    let directory = pick(rng, tree.directories().map(|(path, _)| path).filter(elsewhere))?.to_owned();
    let to = join(&directory, &names::new_name(rng, tree, &directory));
    Some(Edit::Rename { from, to })
}
