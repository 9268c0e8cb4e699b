//! Properties and contents at random, the edges more often than chance would have it.

use std::sync::Arc;

use azure_storage_file_share::{ContentHeaders, FileAttributes, FileTime, Metadata};
use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::content::Content;
use crate::sddl::random_sddl;
use crate::tree::{Entry, Properties};

const MIB: u64 = 1 << 20;

pub(super) fn properties(rng: &mut impl RngExt, directory: bool) -> Properties {
    Properties {
        attributes: Some(attributes(rng, directory)),
        creation_time: rng.random_bool(0.7).then(|| time(rng)),
        last_write_time: rng.random_bool(0.7).then(|| time(rng)),
        change_time: rng.random_bool(0.2).then(|| time(rng)),
        permission: rng.random_bool(0.5).then(|| permission(rng)),
        metadata: if rng.random_bool(0.3) { metadata(rng) } else { Metadata::new() },
    }
}

pub(super) fn file(rng: &mut impl RngExt, large: bool) -> Entry {
    Entry::file(properties(rng, false), content(rng, large), headers(rng))
}

pub(super) fn content(rng: &mut impl RngExt, large: bool) -> Content {
    let seed = rng.random();
    match rng.random_range(0..20) {
        0 if large => {
            let size = [4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB][rng.random_range(0..4)];
            Content::generated(seed, size)
        }
        1 if large => sparse(seed, 20 * MIB + 513, rng.random_range(0..19 * MIB), rng.random_range(1..MIB)),
        2 => sparse(seed, 200_000, rng.random_range(0..100_000), rng.random_range(1..5000)),
        3 => Content::sparse(seed, rng.random_range(1..100_000), []),
        4..7 => Content::default(),
        7..12 => Content::generated(seed, rng.random_range(510..=514)),
        _ => Content::generated(seed, rng.random_range(1..20_000)),
    }
}

fn sparse(seed: u64, size: u64, start: u64, length: u64) -> Content {
    Content::sparse(seed, size, [start..start + length, size - 700..size])
}

pub(super) fn attributes(rng: &mut impl RngExt, directory: bool) -> FileAttributes {
    use FileAttributes as A;
    const SOME: [FileAttributes; 6] =
        [A::READ_ONLY, A::HIDDEN, A::SYSTEM, A::ARCHIVE, A::NOT_CONTENT_INDEXED, A::OFFLINE];
    let none = if directory { A::DIRECTORY } else { A::NONE };
    (0..rng.random_range(0..3)).fold(none, |all, _| all.with(*SOME.choose(rng).expect("there are some")))
}

/// Between 1980 and 2040, to the tick.
pub(super) fn time(rng: &mut impl RngExt) -> FileTime {
    const DAY: u64 = 24 * 3600 * 10_000_000;
    let ticks = rng.random_range(722_815 * DAY..744_730 * DAY);
    FileTime::from_ticks(ticks).expect("before the year 9999")
}

pub(super) fn permission(rng: &mut impl RngExt) -> Arc<str> {
    random_sddl(rng).into()
}

/// Lower-case names: an HTTP client may send no others.
pub(super) fn metadata(rng: &mut impl RngExt) -> Metadata {
    let names = ["project", "owner", "case_number", "checksum"];
    let value = |rng: &mut _| format!("value {} = 100%; \"quoted\"", RngExt::random_range(rng, 0..1000));
    (0..rng.random_range(0..4)).map(|i| (names[i].to_owned(), value(rng))).collect()
}

pub(super) fn headers(rng: &mut impl RngExt) -> ContentHeaders {
    let types = ["text/plain; charset=utf-8", "application/octet-stream", "image/png"];
    let mut some = |value: &str| rng.random_bool(0.2).then(|| value.to_owned());
    ContentHeaders {
        content_encoding: some("gzip"),
        content_language: some("de, en"),
        content_disposition: some("attachment; filename=\"a b.txt\""),
        cache_control: some("no-cache"),
        content_md5: some("1B2M2Y8AsgTpgAmY7PhCfg=="),
        content_type: Some(types[rng.random_range(0..types.len())].into()),
    }
}
