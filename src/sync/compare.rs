//! Whether two entries of one name are equal. The question is "not equal", never "newer".
//!
//! Both entries come from listings; the source's has been translated first (permission key of the target, no
//! sentinel time), so equality is plain.

use azure_storage_file_share::{Entry, FileTime};

use super::item::{Reason, is_directory, size};

/// The last-write time of a file that is not finished (P4). Nobody's tools write this instant.
pub const fn sentinel() -> FileTime {
    // 1997-07-01T00:00:00.7654321Z
    FileTime::from_ticks(630_033_120_007_654_321).expect("a time before year 9999")
}

/// The last-write time that the target gets: the source's own, one tick later where that is the sentinel.
pub fn mirrored_last_write(source: FileTime) -> FileTime {
    if source == sentinel() { source.next_tick() } else { source }
}

/// How a matched pair of entries differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A file here, a directory there.
    Kind,
    /// The data has to be copied.
    Data(Reason),
    /// Only what stands beside the data.
    Metadata(Reason),
}

/// The first difference in order of weight, or `None` when the target's entry needs nothing.
pub fn compare(source: &Entry, target: &Entry) -> Option<Difference> {
    if is_directory(source) != is_directory(target) {
        return Some(Difference::Kind);
    }
    if !is_directory(source) {
        if size(source) != size(target) {
            return Some(Difference::Data(Reason::Size));
        }
        if source.last_write_time != target.last_write_time {
            return Some(Difference::Data(Reason::LastWriteTime));
        }
    }
    metadata(source, target).map(Difference::Metadata)
}

fn metadata(source: &Entry, target: &Entry) -> Option<Reason> {
    let key = &source.permission_key;
    if source.name != target.name {
        Some(Reason::Case)
    } else if source.attributes != target.attributes {
        Some(Reason::Attributes)
    } else if source.creation_time != target.creation_time {
        Some(Reason::CreationTime)
    } else if source.last_write_time != target.last_write_time {
        Some(Reason::LastWriteTime)
    } else if !key.is_empty() && *key != target.permission_key {
        Some(Reason::Permission)
    } else if source.change_time != target.change_time {
        Some(Reason::ChangeTime)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use azure_storage_file_share::{ETag, FileAttributes, FileId, PermissionKey};

    use super::*;
    use crate::sync::testing::{directory, file};

    fn later(time: FileTime) -> FileTime {
        time.next_tick()
    }

    fn check(change: impl FnOnce(&mut Entry), expected: Option<Difference>) {
        let source = file("a", 5);
        let mut target = source.clone();
        change(&mut target);
        assert_eq!(compare(&source, &target), expected);
    }

    #[test]
    fn entries_that_show_the_same_are_equal_whatever_their_ids_and_etags() {
        check(|target| target.file_id = FileId(99), None);
        check(|target| target.etag = ETag::from("\"0x2\""), None);
    }

    #[test]
    fn size_and_last_write_time_decide_about_the_data() {
        check(|target| target.kind = file("a", 6).kind, Some(Difference::Data(Reason::Size)));
        // older or newer makes no difference
        check(
            |t| t.last_write_time = later(t.last_write_time),
            Some(Difference::Data(Reason::LastWriteTime)),
        );
    }

    #[test]
    fn everything_else_is_metadata() {
        let metadata = |reason| Some(Difference::Metadata(reason));
        check(|t| t.attributes = FileAttributes::HIDDEN, metadata(Reason::Attributes));
        check(|t| t.creation_time = later(t.creation_time), metadata(Reason::CreationTime));
        check(|t| t.change_time = later(t.change_time), metadata(Reason::ChangeTime));
        check(|t| t.permission_key = PermissionKey::from("2*2"), metadata(Reason::Permission));
        check(|t| t.name = "A".to_owned(), metadata(Reason::Case));
    }

    #[test]
    fn a_source_without_a_permission_key_has_nothing_to_compare() {
        let target = file("a", 5);
        let source = Entry { permission_key: PermissionKey::default(), ..target.clone() };
        assert_eq!(compare(&source, &target), None);
    }

    #[test]
    fn a_directory_is_no_file_and_its_times_are_metadata() {
        assert_eq!(compare(&file("a", 0), &directory("a")), Some(Difference::Kind));
        let (source, mut target) = (directory("a"), directory("a"));
        target.last_write_time = later(target.last_write_time);
        assert_eq!(compare(&source, &target), Some(Difference::Metadata(Reason::LastWriteTime)));
    }

    #[test]
    fn the_sentinel_is_the_documented_instant() {
        assert_eq!(sentinel().to_string(), "1997-07-01T00:00:00.7654321Z");
    }

    #[test]
    fn a_source_that_bears_the_sentinel_gets_the_next_tick() {
        assert_eq!(mirrored_last_write(sentinel()), later(sentinel()));
        let ordinary = file("a", 1).last_write_time;
        assert_eq!(mirrored_last_write(ordinary), ordinary);
    }
}
