//! What people do in a share, in one line each.

use azure_storage_file_share::{
    CreateDirectory, CreateFile, FileAttributes, LastWrite, ListOptions, RenameOptions, SetFileProperties,
    ShareClient, SmbProperties,
};
use bytes::Bytes;
use futures::{StreamExt, stream};

pub async fn put(share: &ShareClient, path: &str, body: &str) {
    put_with(share, path, body, SmbProperties::default()).await;
}

pub async fn put_with(share: &ShareClient, path: &str, body: &str, smb: SmbProperties) {
    let body = Bytes::from(body.to_owned());
    let options = CreateFile { size: body.len() as u64, body: Some(body), smb, ..Default::default() };
    share.file_client(path).create(&options).await.expect("the file is created");
}

/// Files `0000`, `0001` and so on.
pub async fn put_many(share: &ShareClient, count: usize) {
    let files = (0..count).map(|number| async move { put(share, &format!("{number:04}"), "data").await });
    stream::iter(files).buffer_unordered(16).collect::<()>().await;
}

pub async fn put_read_only(share: &ShareClient, path: &str, body: &str) {
    put(share, path, body).await;
    set(share, path, SmbProperties { attributes: Some(FileAttributes::READ_ONLY), ..Default::default() })
        .await;
}

pub async fn set(share: &ShareClient, path: &str, smb: SmbProperties) {
    let options = SetFileProperties { smb, ..Default::default() };
    share.file_client(path).set_properties(&options).await.expect("set");
}

pub async fn put_directory(share: &ShareClient, path: &str) {
    share.directory_client(path).create(&CreateDirectory::default()).await.expect("the directory is created");
}

/// A directory with all that lead to it.
pub async fn put_directories(share: &ShareClient, path: &str) {
    for (end, _) in path.match_indices('/') {
        put_directory(share, &path[..end]).await;
    }
    put_directory(share, path).await;
}

/// Writes into a file from an offset on.
pub async fn write(share: &ShareClient, path: &str, offset: u64, bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    share.file_client(path).put_range(offset, bytes, LastWrite::Now).await.expect("put");
}

pub async fn remove(share: &ShareClient, path: &str) {
    share.file_client(path).delete().await.expect("deleted");
}

pub async fn rename_directory(share: &ShareClient, from: &str, to: &str) {
    share.directory_client(from).rename(to, &RenameOptions::default()).await.expect("renamed");
}

pub async fn read(share: &ShareClient, path: &str) -> String {
    let downloaded = share.file_client(path).get(None).await.expect("the file is readable");
    String::from_utf8(downloaded.bytes.to_vec()).expect("text")
}

/// Names in a directory, sorted.
pub async fn names(share: &ShareClient, path: &str) -> Vec<String> {
    let (mut names, mut options) = (Vec::new(), ListOptions::default());
    loop {
        let page = share.directory_client(path).list_directories_and_files(&options).await;
        let page = page.expect("a listing");
        names.extend(page.entries.into_iter().map(|entry| entry.name));
        options.marker = page.next_marker;
        if options.marker.is_none() {
            names.sort();
            return names;
        }
    }
}

/// Flips a byte of a file and sets all times back: no listing shows it.
pub async fn flip(share: &ShareClient, path: &str, at: u64) {
    let file = share.file_client(path);
    let byte = file.get(Some(at..at + 1)).await.expect("readable").bytes[0];
    tamper(share, path, async || {
        file.put_range(at, Bytes::from(vec![!byte]), LastWrite::Preserve).await.expect("put");
    })
    .await;
}

/// Does something to a file and sets all times back, as if nothing had happened.
pub async fn tamper(share: &ShareClient, path: &str, write: impl AsyncFnOnce()) {
    let file = share.file_client(path);
    let before = file.get_properties().await.expect("there");
    write().await;
    let smb = SmbProperties {
        creation_time: Some(before.written.creation_time),
        last_write_time: Some(before.written.last_write_time),
        change_time: Some(before.written.change_time),
        ..Default::default()
    };
    let set = SetFileProperties { smb, content: before.content, ..Default::default() };
    file.set_properties(&set).await.expect("set");
}
