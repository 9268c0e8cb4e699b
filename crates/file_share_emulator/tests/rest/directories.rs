use crate::client::world;

#[tokio::test]
async fn a_directory_is_created_once_under_an_existing_parent() {
    let world = world().await;
    let one = &world.one;
    let created =
        one.put("/share/Dir?restype=directory").header("x-ms-file-attributes", "Hidden").send().await;
    let created = created.expect(201);
    assert_eq!(created.header("x-ms-file-attributes"), "Hidden | Directory");
    assert_eq!(created.header("x-ms-file-id"), "13835128424026341376");
    assert_eq!(created.header("x-ms-file-parent-id"), "0");
    assert!(!created.header("x-ms-file-permission-key").is_empty());
    one.put("/share/dir?restype=directory").send().await.refused(409, "ResourceAlreadyExists");
    one.put("/share/x/y?restype=directory").send().await.refused(404, "ParentNotFound");
    one.put("/other/x?restype=directory").send().await.refused(404, "ShareNotFound");
    one.create_file("/share/file", 0).send().await.expect(201);
    one.put("/share/file?restype=directory").send().await.refused(409, "ResourceTypeMismatch");
    one.put("/share/file/x?restype=directory").send().await.refused(404, "ParentNotFound");
}

#[tokio::test]
async fn a_set_preserves_what_is_not_sent() {
    let world = world().await;
    let one = &world.one;
    let created = one
        .put("/share/dir?restype=directory")
        .header("x-ms-file-attributes", "Hidden")
        .header("x-ms-file-creation-time", "2001-02-03T04:05:06.0000007Z")
        .header("x-ms-file-last-write-time", "2002-02-03T04:05:06.0000007Z")
        .send()
        .await
        .expect(201);
    let set = one
        .put("/share/dir?restype=directory&comp=properties")
        .header("x-ms-file-last-write-time", "2003-02-03T04:05:06.0000007Z")
        .header("x-ms-file-change-time", "2004-02-03T04:05:06.0000007Z")
        .send()
        .await
        .expect(200);
    let read = one.get("/share/dir?restype=directory").send().await.expect(200);
    assert_eq!(read.header("etag"), set.header("etag"));
    assert!(read.header("etag") > created.header("etag"), "the ETag shows the request, not the change time");
    assert_eq!(read.header("x-ms-file-attributes"), "Hidden | Directory");
    assert_eq!(read.header("x-ms-file-creation-time"), "2001-02-03T04:05:06.0000007Z");
    assert_eq!(read.header("x-ms-file-last-write-time"), "2003-02-03T04:05:06.0000007Z");
    assert_eq!(read.header("x-ms-file-change-time"), "2004-02-03T04:05:06.0000007Z");
    assert_eq!(read.header("x-ms-file-permission-key"), created.header("x-ms-file-permission-key"));
}

#[tokio::test]
async fn the_root_is_read_and_set_but_never_made_or_deleted() {
    let world = world().await;
    let one = &world.one;
    for path in ["/share?restype=directory", "/share/?restype=directory"] {
        let root = one.get(path).send().await.expect(200);
        assert_eq!((root.header("x-ms-file-id"), root.header("x-ms-file-parent-id")), ("0", "0"));
        assert_eq!(root.header("x-ms-file-attributes"), "Directory");
        assert!(!root.headers.contains_key("x-ms-file-permission-key"), "a fresh root has no key");
    }
    one.put("/share?restype=directory&comp=properties")
        .header("x-ms-file-attributes", "Hidden")
        .header("x-ms-file-permission", "O:SYG:SYD:(A;;FA;;;SY)")
        .send()
        .await
        .expect(200);
    one.put("/share?restype=directory&comp=metadata").header("x-ms-meta-a", "1").send().await.expect(200);
    let root = one.get("/share?restype=directory").send().await.expect(200);
    assert_eq!(
        (root.header("x-ms-file-attributes"), root.header("x-ms-meta-a")),
        ("Hidden | Directory", "1")
    );
    let child = one.put("/share/child?restype=directory").send().await.expect(201);
    assert_eq!(child.header("x-ms-file-permission-key"), root.header("x-ms-file-permission-key"));
    one.put("/share?restype=directory").send().await.refused(409, "ResourceAlreadyExists");
    one.delete("/share?restype=directory").send().await.refused(409, "CannotDeleteFileOrDirectory");
}

#[tokio::test]
async fn only_an_empty_directory_is_deleted() {
    let world = world().await;
    let one = &world.one;
    one.put("/share/dir?restype=directory").send().await.expect(201);
    one.create_file("/share/dir/file", 0).send().await.expect(201);
    one.delete("/share/dir?restype=directory").send().await.refused(409, "DirectoryNotEmpty");
    one.delete("/share/dir/file?restype=directory").send().await.refused(409, "ResourceTypeMismatch");
    one.delete("/share/dir/file").send().await.expect(202);
    one.delete("/share/dir?restype=directory").send().await.expect(202);
    one.delete("/share/dir?restype=directory").send().await.refused(404, "ResourceNotFound");
    one.get("/share/dir?restype=directory").send().await.refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn changes_below_leave_the_directory_alone() {
    let world = world().await;
    let one = &world.one;
    let before = one.put("/share/dir?restype=directory").send().await.expect(201);
    one.create_file("/share/dir/file", 0).send().await.expect(201);
    one.delete("/share/dir/file").send().await.expect(202);
    let after = one.get("/share/dir?restype=directory").send().await.expect(200);
    for name in ["etag", "x-ms-file-last-write-time", "x-ms-file-change-time"] {
        assert_eq!(after.header(name), before.header(name), "{name}");
    }
}

#[tokio::test]
async fn bad_attributes_and_times_are_named_in_the_refusal() {
    let world = world().await;
    for (name, value) in [
        ("x-ms-file-attributes", "ReadOnly|None|Directory"),
        ("x-ms-file-attributes", "Temporary"),
        ("x-ms-file-creation-time", "yesterday"),
        ("x-ms-file-permission-key", "7"),
    ] {
        let refused = world.one.put("/share/dir?restype=directory").header(name, value).send().await;
        assert_eq!(refused.refused(400, "InvalidHeaderValue").elements("HeaderName"), [name]);
    }
}

#[tokio::test]
async fn metadata_is_replaced_as_a_whole_and_checked() {
    let world = world().await;
    let one = &world.one;
    one.put("/share/dir?restype=directory").header("x-ms-meta-a", "1").send().await.expect(201);
    one.put("/share/dir?restype=directory&comp=metadata").header("x-ms-meta-b", "2").send().await.expect(200);
    let read = one.get("/share/dir?restype=directory&comp=metadata").send().await.expect(200);
    assert_eq!((read.header("x-ms-meta-a"), read.header("x-ms-meta-b")), ("", "2"));
    let set = |name: &str, value: &str| {
        one.put("/share/dir?restype=directory&comp=metadata").header(name, value).send()
    };
    set("x-ms-meta-", "1").await.refused(400, "EmptyMetadataKey");
    set("x-ms-meta-1a", "1").await.refused(400, "InvalidMetadata");
    set("x-ms-meta-a", &"x".repeat(9000)).await.refused(400, "MetadataTooLarge");
}
