//! Where the base holds another file at a path, what the service lists as changed of this one says nothing about the
//! target's.

use azure_storage_file_share::RenameOptions;

use super::*;

const OLDER: u64 = 3 * MIB;

async fn put_long(share: &ShareClient, path: &str, size: u64, byte: u8) {
    share.file_client(path).create(&CreateFile { size, ..Default::default() }).await.expect("created");
    write(share, path, 0, &vec![byte; size as usize]).await;
}

async fn append(share: &ShareClient, path: &str, size: u64) {
    let longer =
        azure_storage_file_share::SetFileProperties { resize: Some(size + 512), ..Default::default() };
    share.file_client(path).set_properties(&longer).await.expect("resized");
    write(share, path, size, &[b'+'; 512]).await;
}

#[tokio::test]
async fn accept_sync_engine_logs_that_rotate_never_get_the_ranges_of_each_other() {
    for mode in CopyMode::ALL {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", json!({})).await;
        target.create(&Default::default()).await.expect("the target share is new");
        put_long(&source, "app.log", 2 * MIB, b'1').await;
        put_long(&source, "app.old", OLDER, b'0').await;
        mirror(&stage, &source, &target, mode).await;
        let way = Way { mode, base: Some(base(&source, &target).await), is_plain: true };
        append(&source, "app.log", 2 * MIB).await;
        source.file_client("app.old").delete().await.expect("deleted");
        let options = RenameOptions::default();
        source.file_client("app.log").rename("app.old", &options).await.expect("renamed");
        put_long(&source, "app.log", MIB, b'2').await;
        mirror_so(&stage, &source, &target, &way).await;
    }
}
