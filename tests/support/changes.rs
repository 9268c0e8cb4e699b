//! A pair with every kind of change between its source and its target, in as few entries as hold them.

use azure_files_backup::sync::Base;
use azure_storage_file_share::{
    ClientOptions, ContentHeaders, CreateFile, FileAttributes, LastWrite, Metadata, RenameOptions,
    SetFileProperties, ShareClient, SmbProperties,
};
use bytes::Bytes;

use super::*;

/// Pieces of the large files, far apart: one request each.
pub const PIECES: u64 = 7;
const APART: u64 = 4 << 20;

/// The target equals what the source was before. No pair of a handler: only the shares.
pub async fn changed_pair(stage: &Stage, name: &str) -> (ShareClient, ShareClient, Base) {
    let (source, target) = (stage.share(SOURCE, name), stage.share(TARGET, name));
    for share in [&source, &target] {
        share.create(&Default::default()).await.expect("the share is new");
    }
    before(&source).await;
    let snapshot = source.create_snapshot(&Default::default()).await.expect("a share snapshot");
    // without a time limit that a slow machine could miss
    let mirror =
        Mirror::with(stage, (name, name), &snapshot, Faulty::healthy(), ClientOptions::default(), ("0", 1));
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    let base = base(&source, &target).await;
    after(&source).await;
    (source, target, base)
}

async fn before(share: &ShareClient) {
    for directory in ["d", "casing-dir", "casing-dir/sub", "flips", "flips/sub", "gone-dir", "gone-dir/sub"] {
        put_directory(share, directory).await;
    }
    put_directory(share, "gone-dir/empty").await;
    put_directory(share, "gone-one").await;
    let plain =
        ["keep", "changed", "recased", "casing", "meta", "gone", "d/b", "d/gone", "flips/a", "flips/sub/b"];
    let below =
        ["casing-dir/x", "casing-dir/sub/y", "gone-dir/a", "gone-dir/b", "gone-dir/sub/c", "gone-dir/sub/d"];
    for path in plain.into_iter().chain(below) {
        put(share, path, "first").await;
    }
    for path in ["changed-ro", "meta-ro", "gone-ro", "flips-ro", "gone-dir/ro", "gone-one/ro", "recased-ro"] {
        put_read_only(share, path, "first").await;
    }
    for path in ["large-changed", "large-edited"] {
        put_large(share, path, b"first").await;
    }
}

async fn after(share: &ShareClient) {
    for path in ["changed", "recased", "d/b", "casing-dir/x"] {
        put(share, path, "second!").await;
    }
    for path in ["changed-ro", "recased-ro"] {
        writable(share, path).await;
        put_read_only(share, path, "second!").await;
    }
    for (from, to) in [("recased", "Recased"), ("recased-ro", "Recased-RO"), ("casing", "CASING")] {
        rename(share, from, to).await;
    }
    rename_directory(share, "casing-dir", "between").await;
    rename_directory(share, "between", "Casing-Dir").await;
    let metadata = Metadata::from([("project".to_owned(), "one".to_owned())]);
    share.file_client("meta").set_metadata(&metadata).await.expect("set");
    writable(share, "meta-ro").await;
    share.file_client("meta-ro").set_metadata(&metadata).await.expect("set");
    let read_only = Some(FileAttributes::READ_ONLY);
    set(share, "meta-ro", SmbProperties { attributes: read_only, ..Default::default() }).await;
    share.directory_client("d").set_metadata(&metadata).await.expect("set");
    for path in ["gone-ro", "flips-ro", "gone-dir/ro", "gone-one/ro"] {
        writable(share, path).await;
    }
    for path in ["gone", "d/gone", "gone-ro", "flips-ro", "flips/a", "flips/sub/b", "gone-one/ro"] {
        remove(share, path).await;
    }
    for path in ["gone-dir/a", "gone-dir/b", "gone-dir/ro", "gone-dir/sub/c", "gone-dir/sub/d"] {
        remove(share, path).await;
    }
    for path in ["flips/sub", "flips", "gone-dir/sub", "gone-dir/empty", "gone-dir", "gone-one"] {
        share.directory_client(path).delete().await.expect("deleted");
    }
    put(share, "flips", "a file now").await;
    for directory in ["flips-ro", "new-dir", "new-dir/sub", "d/new"] {
        put_directory(share, directory).await;
    }
    for path in ["new", "flips-ro/in", "new-dir/a", "new-dir/sub/b"] {
        put(share, path, "new").await;
    }
    put_read_only(share, "new-dir/ro", "new").await;
    let content = ContentHeaders { content_type: Some("text/plain".to_owned()), ..Default::default() };
    let empty = CreateFile { content, ..Default::default() };
    share.file_client("new-dir/empty").create(&empty).await.expect("created");
    put_large(share, "large-new", b"new").await;
    put_large(share, "large-changed", b"second!").await;
    let edited = share.file_client("large-edited");
    let resized = SetFileProperties { resize: Some((PIECES + 1) * APART), ..Default::default() };
    edited.set_properties(&resized).await.expect("resized");
    for place in [1, 2, PIECES] {
        edited.put_range(place * APART, Bytes::from_static(b"edited"), LastWrite::Now).await.expect("put");
    }
    edited.clear_range(4 * APART, APART, LastWrite::Now).await.expect("cleared");
}

async fn put_large(share: &ShareClient, path: &str, bytes: &'static [u8]) {
    let file = share.file_client(path);
    let sparse = CreateFile { size: PIECES * APART, ..Default::default() };
    file.create(&sparse).await.expect("created");
    for piece in 0..PIECES {
        file.put_range(piece * APART, Bytes::from_static(bytes), LastWrite::Now).await.expect("put");
    }
}

async fn rename(share: &ShareClient, from: &str, to: &str) {
    share.file_client(from).rename("between", &RenameOptions::default()).await.expect("renamed");
    share.file_client("between").rename(to, &RenameOptions::default()).await.expect("renamed");
}

async fn writable(share: &ShareClient, path: &str) {
    let attributes = Some(FileAttributes::ARCHIVE);
    set(share, path, SmbProperties { attributes, ..Default::default() }).await;
}
