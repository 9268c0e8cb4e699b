//! Literal entries for the tests of this module.

use azure_storage_file_share::{ETag, Entry, EntryKind, FileAttributes, FileId, FileTime, PermissionKey};

fn time() -> FileTime {
    "2026-03-01T02:03:04.0000005Z".parse().expect("a well-formed time")
}

pub fn file(name: &str, size: u64) -> Entry {
    Entry {
        name: name.to_owned(),
        kind: EntryKind::File { size },
        file_id: FileId(7),
        etag: ETag::from("\"0x1\""),
        attributes: FileAttributes::ARCHIVE,
        creation_time: time(),
        last_write_time: time(),
        change_time: time(),
        permission_key: PermissionKey::from("1*1"),
    }
}

pub fn directory(name: &str) -> Entry {
    Entry { kind: EntryKind::Directory, attributes: FileAttributes::DIRECTORY, ..file(name, 0) }
}
