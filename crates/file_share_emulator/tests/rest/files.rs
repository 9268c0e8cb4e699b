use crate::client::{Client, world};

async fn attributes_after_create(one: &Client, headers: &[(&str, &str)]) -> String {
    let mut create = one.create_file("/share/file", 0);
    for (name, value) in headers {
        create = create.header(name, value);
    }
    let attributes = create.send().await.expect(201).header("x-ms-file-attributes").to_owned();
    one.put("/share/file?comp=properties").header("x-ms-file-attributes", "None").send().await.expect(200);
    attributes
}

#[tokio::test]
async fn a_file_is_created_with_its_content_and_read_back() {
    let world = world().await;
    let one = &world.one;
    let created = one
        .create_file("/share/file", 12)
        .header("x-ms-content-type", "text/plain")
        .header("x-ms-content-language", "de")
        .header("x-ms-meta-a", "1")
        .header("x-ms-file-last-write-time", "2001-02-03T04:05:06.0000007Z")
        .body(b"hello")
        .send()
        .await
        .expect(201);
    assert_eq!(created.header("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
    let read = one.get("/share/file").send().await.expect(200);
    assert_eq!(read.body, b"hello\0\0\0\0\0\0\0");
    assert_eq!((read.header("content-type"), read.header("content-language")), ("text/plain", "de"));
    assert_eq!(read.header("x-ms-file-last-write-time"), "2001-02-03T04:05:06.0000007Z");
    let head = one.head("/share/file").send().await.expect(200);
    assert_eq!((head.header("content-length"), head.header("x-ms-meta-a")), ("12", "1"));
    assert_eq!((head.header("x-ms-type"), head.body.len()), ("File", 0));
}

#[tokio::test]
async fn a_body_needs_room_a_new_version_and_its_digest() {
    let world = world().await;
    let create = |size| world.one.create_file("/share/file", size).body(b"hello");
    create(4).send().await.refused(400, "InvalidHeaderValue");
    create(5).header("x-ms-version", "2025-11-05").send().await.refused(400, "InvalidHeaderValue");
    create(5).header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==").send().await.refused(400, "Md5Mismatch");
    let large = world.one.create_file("/share/file", 5 << 20).body(&vec![0; (4 << 20) + 1]).send().await;
    assert_eq!(large.refused(413, "RequestBodyTooLarge").elements("MaxLimit"), ["4194304"]);
    world.one.head("/share/file").send().await.refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn create_over_a_file_replaces_it_and_keeps_its_id_and_spelling() {
    let world = world().await;
    let one = &world.one;
    let first =
        one.create_file("/share/File", 5).header("x-ms-meta-a", "1").body(b"hello").send().await.expect(201);
    let second = one.create_file("/share/FILE", 3).send().await.expect(201);
    assert_eq!(second.header("x-ms-file-id"), first.header("x-ms-file-id"));
    let read = one.get("/share/file").send().await.expect(200);
    assert_eq!((read.body.as_slice(), read.header("x-ms-meta-a")), (&b"\0\0\0"[..], ""));
    let listing = one.get("/share?restype=directory&comp=list").send().await.expect(200);
    assert_eq!(listing.elements("Name"), ["File"]);
}

#[tokio::test]
async fn create_names_what_is_in_the_way() {
    let world = world().await;
    let one = &world.one;
    one.put("/share/dir?restype=directory").send().await.expect(201);
    one.create_file("/share/dir", 0).send().await.refused(409, "ResourceTypeMismatch");
    one.create_file("/share/no/file", 0).send().await.refused(404, "ParentNotFound");
    one.put("/share/file").send().await.refused(400, "MissingRequiredHeader");
    one.create_file("/share/file", (4 << 40) + 1).send().await.refused(400, "InvalidHeaderValue");
    let negative = one.put("/share/file").header("x-ms-type", "file").header("x-ms-content-length", "-1");
    negative.send().await.refused(400, "OutOfRangeInput");
    one.get("/share/dir").send().await.refused(404, "ResourceNotFound");
    one.delete("/share/dir").send().await.refused(409, "ResourceTypeMismatch");
}

#[tokio::test]
async fn new_adds_archive_and_restore_keeps_what_was_sent() {
    let world = world().await;
    let one = &world.one;
    let restore = ("x-ms-file-property-semantics", "Restore");
    let permission = ("x-ms-file-permission", "O:SYG:SYD:(A;;FA;;;SY)");
    let hidden = ("x-ms-file-attributes", "Hidden");
    assert_eq!(attributes_after_create(one, &[]).await, "Archive");
    assert_eq!(attributes_after_create(one, &[hidden]).await, "Hidden | Archive");
    assert_eq!(attributes_after_create(one, &[restore, permission]).await, "None");
    assert_eq!(attributes_after_create(one, &[restore, permission, hidden]).await, "Hidden");
    assert_eq!(attributes_after_create(one, &[restore, hidden]).await, "Hidden | Archive", "no permission");
    let old = ("x-ms-version", "2025-11-05");
    assert_eq!(attributes_after_create(one, &[restore, permission, old]).await, "Archive");
}

#[tokio::test]
async fn set_properties_clears_content_headers_that_are_absent() {
    let world = world().await;
    let one = &world.one;
    let created = one
        .create_file("/share/file", 5)
        .header("x-ms-content-type", "text/plain")
        .header("x-ms-cache-control", "no-cache")
        .body(b"hello")
        .send()
        .await
        .expect(201);
    one.put("/share/file?comp=properties").header("x-ms-content-language", "de").send().await.expect(200);
    let head = one.head("/share/file").send().await.expect(200);
    assert_eq!(head.header("content-language"), "de");
    assert!(!head.headers.contains_key("content-type") && !head.headers.contains_key("cache-control"));
    assert_eq!(head.header("x-ms-file-last-write-time"), created.header("x-ms-file-last-write-time"));
    assert_eq!(head.header("x-ms-file-attributes"), "Archive");
}

#[tokio::test]
async fn a_resize_cuts_and_grows_with_zeros() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 5).body(b"hello").send().await.expect(201);
    for size in ["2", "4"] {
        one.put("/share/file?comp=properties").header("x-ms-content-length", size).send().await.expect(200);
    }
    assert_eq!(one.get("/share/file").send().await.expect(200).body, b"he\0\0");
}

#[tokio::test]
async fn the_default_and_the_requests_own_content_type_are_stored() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/a", 0).send().await.expect(201);
    one.create_file("/share/b", 0).header("content-type", "application/xml").send().await.expect(201);
    let kind = |path: &str| one.head(path).send();
    assert_eq!(kind("/share/a").await.expect(200).header("content-type"), "application/octet-stream");
    assert_eq!(kind("/share/b").await.expect(200).header("content-type"), "application/xml");
}

#[tokio::test]
async fn a_read_only_file_refuses_changes_until_the_attribute_is_cleared() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 5).header("x-ms-file-attributes", "ReadOnly").send().await.expect(201);
    one.put_range("/share/file", 0, b"hello").send().await.refused(409, "ReadOnlyAttribute");
    one.put("/share/file?comp=metadata").send().await.refused(409, "ReadOnlyAttribute");
    one.create_file("/share/file", 5).send().await.refused(409, "ReadOnlyAttribute");
    one.delete("/share/file").send().await.refused(409, "CannotDeleteFileOrDirectory");
    one.put("/share/file?comp=properties").header("x-ms-file-attributes", "None").send().await.expect(200);
    one.put_range("/share/file", 0, b"hello").send().await.expect(201);
    one.delete("/share/file").send().await.expect(202);
}

#[tokio::test]
async fn names_are_found_in_any_case_and_with_an_escaped_slash() {
    let world = world().await;
    let one = &world.one;
    one.put("/share/D%C3%AFr?restype=directory").send().await.expect(201);
    one.create_file("/share/d%C3%8Fr%2Ffile%2525", 1).send().await.expect(201);
    one.head("/share/D%C3%8FR/FILE%2525").send().await.expect(200);
    one.head("/share/D%C3%8FR/FILE%25").send().await.refused(404, "ResourceNotFound");
    one.head("/share/D%ff").send().await.refused(400, "InvalidUri");
}

#[tokio::test]
async fn trailing_dots_count_only_when_they_are_allowed() {
    let world = world().await;
    let one = &world.one;
    let allowed = ("x-ms-allow-trailing-dot", "true");
    one.create_file("/share/a.", 1).header(allowed.0, allowed.1).send().await.expect(201);
    one.create_file("/share/a", 2).send().await.expect(201);
    assert_eq!(one.head("/share/a.").send().await.expect(200).header("content-length"), "2");
    let dotted = one.head("/share/a.").header(allowed.0, allowed.1).send().await.expect(200);
    assert_eq!(dotted.header("content-length"), "1");
}

#[tokio::test]
async fn a_body_in_frames_is_refused_plainly() {
    let world = world().await;
    let framed = world.one.create_file("/share/file", 5).body(b"hello");
    let framed = framed.header("x-ms-structured-body", "XSM/1.0; properties=crc64").send().await;
    framed.refused(501, "NotImplemented");
}

#[tokio::test]
async fn who_only_resizes_a_file_keeps_its_content_headers() {
    let world = world().await;
    let one = &world.one;
    one.create_file("/share/file", 10).header("x-ms-content-type", "text/plain").send().await.expect(201);
    let resize = || one.put("/share/file?comp=properties").header("x-ms-content-length", "5");
    resize().send().await.expect(200);
    assert_eq!(one.head("/share/file").send().await.expect(200).header("content-type"), "text/plain");
    resize().header("x-ms-content-language", "en").send().await.expect(200);
    assert_eq!(one.head("/share/file").send().await.expect(200).header("content-type"), "");
}
