//! What a share shows of every entry, as text: two shares are equal if it is. Of a file only what is allocated is
//! read, so that large files with holes cost little.

use std::collections::{BTreeMap, HashMap};

use azure_storage_file_share::{
    EntryKind, FileTime, ListOptions, PermissionFormat, PermissionKey, ShareClient, Written,
};

/// One entry. The last-write time and the data say whether a file is complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub last_write_time: FileTime,
    pub data: Option<String>,
    pub properties: String,
}

/// Entries by their path.
pub async fn shown(share: &ShareClient) -> BTreeMap<String, Shown> {
    let (mut all, mut permissions, mut waiting) = (BTreeMap::new(), HashMap::new(), vec![String::new()]);
    while let Some(path) = waiting.pop() {
        let directory = share.directory_client(&path);
        let found = directory.get_properties().await.expect("there");
        let properties = properties(share, &found.written, &mut permissions).await;
        let properties = format!("{properties} {:?}", found.metadata);
        let last_write_time = found.written.last_write_time;
        all.insert(path.clone(), Shown { last_write_time, data: None, properties });
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

async fn file(share: &ShareClient, path: &str, permissions: &mut HashMap<PermissionKey, String>) -> Shown {
    let file = share.file_client(path);
    let found = file.get_properties().await.expect("there");
    let mut data = format!("{} bytes", found.size);
    for range in file.list_ranges().await.expect("ranges").ranges {
        let bytes = file.get(Some(range.clone())).await.expect("readable").bytes;
        data += &format!(", {range:?} {:?}", String::from_utf8_lossy(&bytes).trim_end_matches('\0'));
    }
    let properties = properties(share, &found.written, permissions).await;
    let properties = format!("{properties} {:?} {:?}", found.metadata, found.content);
    Shown { last_write_time: found.written.last_write_time, data: Some(data), properties }
}

async fn properties(
    share: &ShareClient,
    written: &Written,
    permissions: &mut HashMap<PermissionKey, String>,
) -> String {
    let Written { attributes, creation_time, change_time, permission_key: key, .. } = written;
    if !permissions.contains_key(key) && !key.is_empty() {
        let permission = share.get_permission(key, PermissionFormat::Sddl).await.expect("a permission");
        permissions.insert(key.clone(), permission.value);
    }
    format!("{attributes:?} {creation_time} {change_time} {:?}", permissions.get(key))
}
