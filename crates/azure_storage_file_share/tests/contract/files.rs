use crate::world::*;
use azure_storage_file_share::*;

fn content() -> ContentHeaders {
    ContentHeaders {
        content_type: Some("text/plain".to_owned()),
        content_encoding: Some("identity".to_owned()),
        content_language: Some("en, de".to_owned()),
        content_disposition: Some("attachment; filename=\"a b\"".to_owned()),
        cache_control: Some("no-store".to_owned()),
        content_md5: Some("kAFQmDzST7DWlj99KOF/cg==".to_owned()),
    }
}

#[tokio::test]
async fn a_small_file_is_made_whole_in_one_request() {
    let world = World::new().await;
    let permission =
        Permission { value: "O:SYG:SYD:(A;;FA;;;SY)".to_owned(), format: PermissionFormat::Sddl };
    let key = world.share.create_permission(&permission).await.expect("a key");
    let smb = SmbProperties {
        attributes: Some(FileAttributes::NONE),
        creation_time: Some(time(TIME)),
        last_write_time: Some(time("2002-02-03T04:05:06.0000001Z")),
        change_time: Some(time("2003-02-03T04:05:06.0000001Z")),
        permission_key: Some(key),
        permission: None,
    };
    let options = CreateFile {
        smb: smb.clone(),
        content: content(),
        metadata: metadata([("colour", "blue"), ("a_b", "1"), ("a1", "2")]),
        ..with_data("some data")
    };
    let file = world.share.file_client("a");
    let written = file.create(&options).await.expect("a new file");
    assert_eq!(written.attributes, FileAttributes::NONE, "no Archive: the properties were restored");
    assert_eq!(Some(written.creation_time), smb.creation_time);
    assert_eq!(Some(written.last_write_time), smb.last_write_time);
    assert_eq!(Some(written.change_time), smb.change_time);
    assert_eq!(Some(&written.permission_key), smb.permission_key.as_ref());

    let properties = file.get_properties().await.expect("its properties");
    let expected = FileProperties {
        size: 9,
        content: content(),
        metadata: options.metadata,
        written,
        lease_state: Some("available".to_owned()),
        copy: None,
    };
    assert_eq!(properties, expected);
    let downloaded = file.get(None).await.expect("the file");
    assert_eq!((downloaded.bytes.as_ref(), downloaded.properties), (&b"some data"[..], expected));
}

#[tokio::test]
async fn replacing_a_file_keeps_its_id_and_nothing_else() {
    let world = World::new().await;
    let file = world.share.file_client("a");
    let options =
        CreateFile { content: content(), metadata: metadata([("a", "1")]), ..with_data("long data") };
    let first = file.create(&options).await.expect("a new file");
    let second = file.create(&CreateFile { size: 2, ..Default::default() }).await.expect("another");
    assert_eq!(first.file_id, second.file_id);
    assert_ne!(first.etag, second.etag);
    let properties = file.get_properties().await.expect("its properties");
    assert_eq!((properties.size, properties.metadata.len()), (2, 0));
    assert_eq!(properties.content.content_language, None);
    assert_eq!(text_of(&file).await, "\0\0");
}

#[tokio::test]
async fn setting_properties_clears_the_content_headers_that_are_not_sent() {
    let world = World::new().await;
    let file = world.share.file_client("a");
    let options = CreateFile { content: content(), ..with_data("0123456789") };
    let before = file.create(&options).await.expect("a new file");
    let only_type = ContentHeaders { content_type: Some("text/html".to_owned()), ..Default::default() };
    let smb = SmbProperties { last_write_time: Some(time(TIME)), ..Default::default() };
    let set = SetFileProperties { smb, content: only_type.clone(), resize: Some(4) };
    let written = file.set_properties(&set).await.expect("new properties");
    assert_eq!((written.last_write_time, written.creation_time), (time(TIME), before.creation_time));
    assert_eq!(written.attributes, before.attributes);
    let properties = file.get_properties().await.expect("its properties");
    assert_eq!((properties.size, properties.content), (4, only_type));
    assert_eq!(text_of(&file).await, "0123");
}

#[tokio::test]
async fn metadata_is_replaced_whole() {
    let world = World::new().await;
    let file = world.file("a", "data").await;
    file.set_metadata(&metadata([("a", "1"), ("b", " padded "), ("empty", "")])).await.expect("new metadata");
    let read = file.get_properties().await.expect("its properties").metadata;
    assert_eq!(read.get("b").map(String::as_str), Some("padded"), "blanks around a header are not kept");
    let etag = file.set_metadata(&Metadata::new()).await.expect("no metadata");
    let properties = file.get_properties().await.expect("its properties");
    assert_eq!((properties.metadata.len(), properties.written.etag), (0, etag));
}

#[tokio::test]
async fn a_part_of_a_file_is_read() {
    let world = World::new().await;
    let file = world.file("a", "0123456789").await;
    let part = file.get(Some(3..6)).await.expect("a part");
    assert_eq!((part.bytes.as_ref(), part.properties.size), (&b"345"[..], 10));
    let end = file.get(Some(8..1000)).await.expect("the end");
    assert_eq!(end.bytes.as_ref(), b"89");
    assert_code(file.get(Some(10..11)).await, ErrorKind::Invalid, "InvalidRange");
}

#[tokio::test]
async fn a_deleted_file_is_gone() {
    let world = World::new().await;
    let file = world.file("a", "data").await;
    file.delete().await.expect("a 202");
    assert_code(file.delete().await, ErrorKind::NotFound, "ResourceNotFound");
    assert_code(file.get_properties().await, ErrorKind::NotFound, "ResourceNotFound");
    assert_code(file.get(None).await, ErrorKind::NotFound, "ResourceNotFound");
    let orphan = world.share.file_client("no/where").create(&CreateFile::default()).await;
    assert_code(orphan, ErrorKind::NotFound, "ParentNotFound");
}

#[tokio::test]
async fn a_read_only_file_is_written_after_its_attribute_is_cleared() {
    let world = World::new().await;
    let file = world.file("a", "data").await;
    let attributes = |attributes| SetFileProperties {
        smb: SmbProperties { attributes: Some(attributes), ..Default::default() },
        ..Default::default()
    };
    file.set_properties(&attributes(FileAttributes::READ_ONLY)).await.expect("read-only");
    let put = file.put_range(0, "DATA".into(), LastWrite::Now).await;
    assert_code(put, ErrorKind::Conflict, "ReadOnlyAttribute");
    file.set_properties(&attributes(FileAttributes::NONE)).await.expect("writable");
    file.put_range(0, "DATA".into(), LastWrite::Now).await.expect("new data");
    assert_eq!(text_of(&file).await, "DATA");
}
