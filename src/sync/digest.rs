//! What a directory holds or shows, in sixteen bytes, whatever the order of its entries.

use azure_storage_file_share::{Entry, EntryKind};
use sha2::{Digest, Sha256};

/// What a directory's files are: names, ids and ETags.
pub fn held<'a>(files: impl IntoIterator<Item = &'a Entry>) -> u128 {
    sum(files, |file, hash| {
        hash.update(format!("{}\n{}\n{}", file.name, file.file_id, file.etag));
    })
}

/// Which entries a directory holds: names and ids, which stay when it is renamed.
pub fn named<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> u128 {
    sum(entries, |entry, hash| hash.update(format!("{}\n{}", entry.name, entry.file_id)))
}

/// What a directory's listing shows of its entries: all that comparing looks at, as one side's listing has it. Nothing
/// where an entry has no permission key: the other side may then show any.
pub fn shown<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Option<u128> {
    let mut is_complete = true;
    let sum = sum(entries, |entry, hash| {
        let size = match entry.kind {
            EntryKind::File { size } => size,
            EntryKind::Directory => u64::MAX,
        };
        is_complete &= !entry.permission_key.is_empty();
        let [created, written, changed] =
            [entry.creation_time, entry.last_write_time, entry.change_time].map(|time| time.ticks());
        hash.update(&entry.name);
        for number in [0, size, u64::from(entry.attributes.bits()), created, written, changed] {
            hash.update(number.to_le_bytes());
        }
        hash.update(entry.permission_key.as_str());
    });
    is_complete.then_some(sum)
}

fn sum<'a>(entries: impl IntoIterator<Item = &'a Entry>, mut feed: impl FnMut(&Entry, &mut Sha256)) -> u128 {
    entries.into_iter().fold(0, |sum: u128, entry| {
        let mut hash = Sha256::new();
        feed(entry, &mut hash);
        let hash = hash.finalize();
        let half: [u8; 16] = std::array::from_fn(|i| hash[i]);
        sum.wrapping_add(u128::from_le_bytes(half))
    })
}

#[cfg(test)]
mod tests {
    use azure_storage_file_share::{ETag, FileAttributes, FileId, PermissionKey};

    use super::*;
    use crate::sync::compare::compare;
    use crate::sync::testing::{directory, file};

    #[test]
    fn what_is_held_knows_names_and_etags_but_no_order() {
        let held = |names: &[&str]| held(&names.iter().map(|name| file(name, 1)).collect::<Vec<_>>());
        assert_eq!(held(&["a", "b"]), held(&["b", "a"]));
        assert_ne!(held(&["a"]), held(&["b"]));
        let changed = Entry { etag: ETag::from("\"0x2\""), ..file("a", 1) };
        assert_ne!(super::held(&[changed]), held(&["a"]));
    }

    #[test]
    fn what_is_shown_differs_wherever_comparing_would_find_a_difference() {
        let plain = file("a", 5);
        let later = plain.change_time.next_tick();
        let same = Entry { file_id: FileId(99), etag: ETag::from("\"0x2\""), ..plain.clone() };
        assert_eq!((compare(&plain, &same), shown([&plain])), (None, shown([&same])));
        for other in [
            Entry { name: "A".to_owned(), ..plain.clone() },
            Entry { kind: EntryKind::Directory, ..plain.clone() },
            file("a", 6),
            Entry { attributes: FileAttributes::HIDDEN, ..plain.clone() },
            Entry { creation_time: later, ..plain.clone() },
            Entry { last_write_time: later, ..plain.clone() },
            Entry { change_time: later, ..plain.clone() },
            Entry { permission_key: PermissionKey::from("2*2"), ..plain.clone() },
        ] {
            assert!(compare(&plain, &other).is_some(), "{other:?}");
            assert_ne!(shown([&plain]), shown([&other]), "{other:?}");
        }
        assert_eq!(shown([&plain, &directory("b")]), shown([&directory("b"), &plain]));
        assert_ne!(shown([&plain]), shown([&plain, &directory("b")]));
    }

    #[test]
    fn what_cannot_be_compared_in_full_has_no_digest() {
        let bare = Entry { permission_key: PermissionKey::default(), ..file("b", 1) };
        assert_eq!(shown([&file("a", 1), &bare]), None);
    }
}
