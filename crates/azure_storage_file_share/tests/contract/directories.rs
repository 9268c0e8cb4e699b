use crate::world::*;
use azure_storage_file_share::*;

fn dated() -> SmbProperties {
    SmbProperties {
        attributes: Some(FileAttributes::HIDDEN.with(FileAttributes::DIRECTORY)),
        creation_time: Some(time(TIME)),
        last_write_time: Some(time("2002-02-03T04:05:06.0000001Z")),
        change_time: Some(time("2003-02-03T04:05:06.0000001Z")),
        permission_key: None,
        permission: None,
    }
}

fn assert_dated(written: &Written) {
    assert_eq!(written.attributes, FileAttributes::HIDDEN.with(FileAttributes::DIRECTORY));
    assert_eq!(written.creation_time, time(TIME));
    assert_eq!(written.last_write_time, time("2002-02-03T04:05:06.0000001Z"));
    assert_eq!(written.change_time, time("2003-02-03T04:05:06.0000001Z"));
    assert!(!written.permission_key.is_empty());
}

#[tokio::test]
async fn a_directory_is_created_with_its_properties_and_metadata() {
    let world = World::new().await;
    let directory = world.share.directory_client("a");
    let options = CreateDirectory { smb: dated(), metadata: metadata([("colour", "blue")]) };
    let written = directory.create(&options).await.expect("a new directory");
    assert_dated(&written);
    let read = directory.get_properties().await.expect("its properties");
    assert_eq!(read, DirectoryProperties { written, metadata: options.metadata.clone() });
    assert_code(directory.create(&options).await, ErrorKind::AlreadyExists, "ResourceAlreadyExists");
}

#[tokio::test]
async fn directories_are_not_created_on_the_way() {
    let world = World::new().await;
    let deep = world.share.directory_client("a/b");
    assert_code(deep.create(&CreateDirectory::default()).await, ErrorKind::NotFound, "ParentNotFound");
    let parent = world.directory("a").await.get_properties().await.expect("the parent");
    let written = deep.create(&CreateDirectory::default()).await.expect("a new directory");
    assert_eq!(written.parent_id, Some(parent.written.file_id));
}

#[tokio::test]
async fn properties_and_metadata_are_set_apart() {
    let world = World::new().await;
    let directory = world.directory("a").await;
    assert_dated(&directory.set_properties(&dated()).await.expect("new properties"));
    directory.set_metadata(&metadata([("a", "1"), ("b", "2")])).await.expect("new metadata");
    let etag = directory.set_metadata(&metadata([("c", "3")])).await.expect("other metadata");
    let read = directory.get_properties().await.expect("its properties");
    assert_eq!((read.metadata, read.written.etag), (metadata([("c", "3")]), etag));
    assert_eq!(read.written.last_write_time, time("2002-02-03T04:05:06.0000001Z"));
}

#[tokio::test]
async fn the_root_has_properties_too() {
    let world = World::new().await;
    let root = world.share.root_directory_client();
    let before = root.get_properties().await.expect("the root");
    assert_eq!((before.written.file_id, before.written.parent_id), (FileId::ROOT, Some(FileId::ROOT)));
    root.set_properties(&dated()).await.expect("new properties");
    root.set_metadata(&metadata([("a", "1")])).await.expect("new metadata");
    let after = root.get_properties().await.expect("the root");
    assert_eq!((after.written.creation_time, after.metadata), (time(TIME), metadata([("a", "1")])));
}

#[tokio::test]
async fn only_an_empty_directory_is_deleted() {
    let world = World::new().await;
    let directory = world.directory("a").await;
    let file = world.file("a/b", "").await;
    assert_code(directory.delete().await, ErrorKind::Conflict, "DirectoryNotEmpty");
    file.delete().await.expect("a 202");
    directory.delete().await.expect("a 202");
    assert_code(directory.delete().await, ErrorKind::NotFound, "ResourceNotFound");
    assert_code(directory.get_properties().await, ErrorKind::NotFound, "ResourceNotFound");
}
