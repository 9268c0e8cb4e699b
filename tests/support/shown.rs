//! What a share shows of every entry, as text: two shares are equal if it is. Of a file only what is allocated is
//! read, so that large files with holes cost little.

use std::collections::{BTreeMap, HashMap};

use azure_storage_file_share::{
    EntryKind, FileTime, ListOptions, MAX_RANGE_BYTES, PermissionFormat, PermissionKey, ShareClient, Written,
};
use sha2::{Digest, Sha256};

const PAGE: usize = 512;

/// One entry. The last-write time and the data say whether a file is complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub last_write_time: FileTime,
    pub change_time: FileTime,
    pub data: Option<String>,
    pub permission: String,
    pub properties: String,
}

/// Entries by their path.
pub async fn shown(share: &ShareClient) -> BTreeMap<String, Shown> {
    let (mut all, mut permissions, mut waiting) = (BTreeMap::new(), HashMap::new(), vec![String::new()]);
    while let Some(path) = waiting.pop() {
        let directory = share.directory_client(&path);
        all.insert(path.clone(), self::directory(share, &path, &mut permissions).await);
        let page = directory.list_directories_and_files(&ListOptions::default()).await.expect("a listing");
        assert_eq!(page.next_marker, None, "few entries");
        for entry in page.entries {
            let path = if path.is_empty() { entry.name } else { format!("{path}/{}", entry.name) };
            match entry.kind {
                EntryKind::Directory => waiting.push(path),
                EntryKind::File { .. } => {
                    let shown = file(share, &path, &mut permissions).await;
                    all.insert(path, shown);
                }
            }
        }
    }
    all
}

/// One directory. `permissions` are those known so far.
pub async fn directory(
    share: &ShareClient,
    path: &str,
    permissions: &mut HashMap<PermissionKey, String>,
) -> Shown {
    let found = share.directory_client(path).get_properties().await.expect("there");
    entry(share, &found.written, None, format!("{:?}", found.metadata), permissions).await
}

/// One file. `permissions` are those known so far.
pub async fn file(
    share: &ShareClient,
    path: &str,
    permissions: &mut HashMap<PermissionKey, String>,
) -> Shown {
    let file = share.file_client(path);
    let found = file.get_properties().await.expect("there");
    let mut data = format!("{} bytes", found.size);
    // what is zero may be allocated or not
    let mut runs: Vec<(u64, Vec<u8>)> = Vec::new();
    for range in file.list_ranges().await.expect("ranges").ranges {
        for start in range.clone().step_by(MAX_RANGE_BYTES as usize) {
            let piece = start..range.end.min(start + MAX_RANGE_BYTES);
            let bytes = file.get(Some(piece)).await.expect("readable").bytes;
            for (page, at) in bytes.chunks(PAGE).zip((start..).step_by(PAGE)) {
                match runs.last_mut() {
                    _ if page.iter().all(|byte| *byte == 0) => {}
                    Some((start, run)) if *start + run.len() as u64 == at => run.extend(page),
                    _ => runs.push((at, page.to_vec())),
                }
            }
        }
    }
    data.extend(runs.iter().map(|(at, run)| format!(", {at}: {}", told(run))));
    let properties = format!("{:?} {:?}", found.metadata, found.content);
    entry(share, &found.written, Some(data), properties, permissions).await
}

/// What is long is told apart, and not shown.
fn told(bytes: &[u8]) -> String {
    if bytes.len() <= 1_024 {
        return format!("{:?}", String::from_utf8_lossy(bytes).trim_end_matches('\0'));
    }
    let hash = Sha256::digest(bytes);
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn entry(
    share: &ShareClient,
    written: &Written,
    data: Option<String>,
    properties: String,
    permissions: &mut HashMap<PermissionKey, String>,
) -> Shown {
    let Written { attributes, creation_time, change_time, last_write_time, permission_key: key, .. } =
        written.clone();
    if !permissions.contains_key(&key) && !key.is_empty() {
        let permission = share.get_permission(&key, PermissionFormat::Sddl).await.expect("a permission");
        permissions.insert(key.clone(), permission.value);
    }
    let permission = permissions.get(&key).cloned().unwrap_or_default();
    let properties = format!("{attributes:?} {creation_time} {properties}");
    Shown { last_write_time, change_time, data, permission, properties }
}
