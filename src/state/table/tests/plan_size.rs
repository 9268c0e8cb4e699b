//! What a plan takes when it is stored.

use azure_storage_file_share::{ETag, Entry, EntryKind, FileAttributes, FileId, FileTime, PermissionKey};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::state::table::row::Packed;
use crate::sync::{ChunkBuilder, Item, Over, Reason, Work};

/// A directory of the source as a listing shows it: what a service makes up is like nothing before it.
fn directory(rng: &mut StdRng, name: String) -> Entry {
    let mut time = || {
        let ticks = 639_000_000_000_000_000 + rng.random_range(0..300_000_000_000_000);
        FileTime::from_ticks(ticks).expect("a time before year 9999")
    };
    let (creation_time, last_write_time, change_time) = (time(), time(), time());
    Entry {
        name,
        kind: EntryKind::Directory,
        file_id: FileId(rng.random()),
        etag: ETag::from(format!("\"0x8DE{:012X}\"", rng.random_range(0..1_u64 << 48)).as_str()),
        attributes: FileAttributes::DIRECTORY,
        creation_time,
        last_write_time,
        change_time,
        permission_key: PermissionKey::from("15147747268494043395*13063095366107246379"),
    }
}

#[test]
fn accept_sync_engine_fifty_million_a_first_plan_of_a_hundred_thousand_directories_takes_50_mib() {
    const DIRECTORIES: usize = 10_000;
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut builder = ChunkBuilder::default();
    let mut chunks = Vec::new();
    for number in 0..DIRECTORIES {
        let path = format!("archive/{:04}/project-{number:06}", number / 100);
        let source = directory(&mut rng, format!("project-{number:06}"));
        let bytes = rng.random_range(0..500 << 20);
        let work = Work::NewDirectory { source, over: Over::Nothing, files: 500, bytes };
        let item = Item { path, reason: Reason::Added, work };
        let digest = rng.random();
        chunks.extend(builder.push(item, false, |_| Some(digest)).and_then(|cut| cut.chunk));
    }
    chunks.extend(builder.flush().chunk);
    let stored: usize = chunks.iter().map(|chunk| Packed::new(chunk).len()).sum();
    let each = stored / DIRECTORIES;
    println!("{} chunks, {each} bytes a directory", chunks.len());
    assert!(each * 100_000 <= 50 << 20, "{each} bytes a directory");
}
