use super::*;
use crate::fake::{FakeHttp, Reply, Sent};
use crate::{ErrorKind, FileAttributes, LastWrite, ServiceVersion, ShareClient};

fn missing() -> Arc<FakeHttp> {
    FakeHttp::answering(Reply { status: 404, ..Default::default() })
}

async fn created(share: &ShareClient, http: &FakeHttp, options: CreateFile) -> Sent {
    share.file_client("a").create(&options).await.expect_err("a 404");
    http.last()
}

fn restored() -> SmbProperties {
    SmbProperties { permission_key: Some("1*2".into()), ..Default::default() }
}

#[tokio::test]
async fn every_request_says_the_version_and_keeps_trailing_dots() {
    let http = missing();
    http.share().file_client("a.").get_properties().await.expect_err("a 404");
    let sent = http.last();
    assert_eq!((sent.method.as_str(), sent.header("x-ms-version")), ("HEAD", Some("2026-06-06")));
    assert_eq!(sent.header("x-ms-allow-trailing-dot"), Some("true"));
    assert!(sent.header("authorization").is_some_and(|value| value.starts_with("SharedKey account:")));
}

#[tokio::test]
async fn a_file_is_created_with_all_it_has_in_one_request() {
    let http = missing();
    let time = "2026-11-18T22:01:07.1234567Z";
    let options = CreateFile {
        size: 3,
        smb: SmbProperties {
            attributes: Some(FileAttributes::READ_ONLY.with(FileAttributes::HIDDEN)),
            creation_time: time.parse().ok(),
            last_write_time: time.parse().ok(),
            change_time: time.parse().ok(),
            permission_key: Some("1*2".into()),
            permission: None,
        },
        content: ContentHeaders {
            content_type: Some("text/plain".to_owned()),
            content_encoding: Some("identity".to_owned()),
            content_language: Some("en".to_owned()),
            content_disposition: Some("inline".to_owned()),
            cache_control: Some("no-store".to_owned()),
            content_md5: Some("kAFQmDzST7DWlj99KOF/cg==".to_owned()),
        },
        metadata: Metadata::from([("Origin".to_owned(), "here".to_owned())]),
        body: Some("abc".into()),
        repeat: Repeat::Safe,
    };
    let sent = created(&http.share(), &http, options).await;
    let expected = [
        ("x-ms-type", "file"),
        ("x-ms-content-length", "3"),
        ("x-ms-file-attributes", "ReadOnly | Hidden"),
        ("x-ms-file-creation-time", time),
        ("x-ms-file-last-write-time", time),
        ("x-ms-file-change-time", time),
        ("x-ms-file-permission-key", "1*2"),
        ("x-ms-file-property-semantics", "Restore"),
        ("x-ms-content-type", "text/plain"),
        ("x-ms-content-encoding", "identity"),
        ("x-ms-content-language", "en"),
        ("x-ms-content-disposition", "inline"),
        ("x-ms-cache-control", "no-store"),
        ("x-ms-content-md5", "kAFQmDzST7DWlj99KOF/cg=="),
        ("x-ms-meta-origin", "here"),
    ];
    for (name, value) in expected {
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
    assert_eq!(sent.header("content-type"), None, "it would become the type of the file");
    assert_eq!(sent.body, "abc");
}

#[tokio::test]
async fn a_restore_is_asked_for_only_where_it_means_something() {
    let http = missing();
    let asked = |sent: Sent| sent.header("x-ms-file-property-semantics").is_some();
    assert!(!asked(created(&http.share(), &http, CreateFile::default()).await));
    let empty_key = SmbProperties { permission_key: Some("".into()), ..Default::default() };
    let sent = created(&http.share(), &http, CreateFile { smb: empty_key, ..Default::default() }).await;
    assert_eq!(sent.header("x-ms-file-permission-key"), None);
    assert!(!asked(sent));
    let old = http.service(ServiceVersion::V2024_11_04).share_client("share");
    assert!(!asked(created(&old, &http, CreateFile { smb: restored(), ..Default::default() }).await));
    assert!(asked(created(&http.share(), &http, CreateFile { smb: restored(), ..Default::default() }).await));
}

#[tokio::test]
async fn what_the_service_would_refuse_for_its_size_is_not_sent() {
    let http = missing();
    let file = http.share().file_client("a");
    let limit = MAX_RANGE_BYTES as usize;
    let with_body = |size: u64, length: usize| CreateFile {
        size,
        body: Some(Bytes::from(vec![0; length])),
        ..Default::default()
    };
    let old = http.service(ServiceVersion::V2024_11_04).share_client("share").file_client("a");
    let refusals = [
        (file.create(&with_body(u64::MAX, limit + 1)).await.err(), "RequestBodyTooLarge"),
        (file.create(&with_body(1, 2)).await.err(), "InvalidRange"),
        (old.create(&with_body(2, 2)).await.err(), "FeatureVersionMismatch"),
        (file.put_range(0, vec![0; limit + 1].into(), LastWrite::Now).await.err(), "RequestBodyTooLarge"),
        (file.put_range(0, Bytes::new(), LastWrite::Now).await.err(), "InvalidRange"),
        (file.clear_range(0, 0, LastWrite::Now).await.err(), "InvalidRange"),
        (file.get(Some(0..MAX_RANGE_BYTES + 1)).await.err(), "RequestBodyTooLarge"),
        (file.get(Some(5..5)).await.err(), "InvalidRange"),
    ];
    for (error, code) in refusals {
        let error = error.expect(code);
        assert!(error.is_code(code) && error.kind == ErrorKind::Invalid, "{error}");
    }
    assert_eq!(http.sent().len(), 0);
    file.clear_range(0, 1 << 40, LastWrite::Now).await.expect_err("a 404");
    assert_eq!(http.last().header("x-ms-range"), Some("bytes=0-1099511627775"));
    assert_eq!(http.last().header("x-ms-write"), Some("clear"));
}

fn part(range: &str, body: &'static str) -> Reply {
    let headers = [
        ("etag", "\"0x1\""),
        ("content-range", range),
        ("content-length", "3"),
        ("content-type", "text/plain"),
        ("content-md5", "of the part"),
        ("x-ms-content-md5", "of the file"),
        ("x-ms-file-attributes", "None"),
        ("x-ms-file-creation-time", "2026-11-18T22:01:07.0000000Z"),
        ("x-ms-file-last-write-time", "2026-11-18T22:01:07.0000000Z"),
        ("x-ms-file-change-time", "2026-11-18T22:01:07.0000000Z"),
        ("x-ms-file-id", "9"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Reply { status: 206, headers: headers.into(), body: body.into() }
}

#[tokio::test]
async fn a_part_of_a_file_tells_of_the_whole() {
    let http = FakeHttp::answering(part("bytes 2-4/1536", "abc"));
    let read = http.share().file_client("a").get(Some(2..5)).await.expect("a part");
    assert_eq!((read.bytes.as_ref(), read.properties.size), (&b"abc"[..], 1536));
    assert_eq!(read.properties.content.content_md5.as_deref(), Some("of the file"));
    assert_eq!(http.last().header("x-ms-range"), Some("bytes=2-4"));
}

#[tokio::test]
async fn fewer_bytes_than_asked_for_are_an_error_unless_the_file_ends() {
    let file = |reply| FakeHttp::answering(reply).share().file_client("a");
    let error = file(part("bytes 2-4/1536", "abc")).get(Some(2..6)).await.expect_err("a byte is missing");
    assert_eq!(error.kind, ErrorKind::Protocol);
    file(part("bytes 2-4/5", "abc")).get(Some(2..1000)).await.expect("the end of the file");
}

#[tokio::test]
async fn attempts_are_told_to_the_observer() {
    let http = missing();
    let share = http.share();
    share.file_client("a").delete().await.expect_err("a 404");
    share.root_directory_client().list_directories_and_files(&Default::default()).await.expect_err("a 404");
    let seen = http.operations.lock().expect("no test panics with it").clone();
    assert_eq!(seen, [Operation::DeleteFile, Operation::ListDirectoriesAndFiles]);
}
