use crate::client::{Client, Request, World, world};

async fn world_with_files() -> World {
    let world = world().await;
    let one = &world.one;
    for directory in ["a", "b"] {
        one.put(&format!("/share/{directory}?restype=directory")).send().await.expect(201);
    }
    one.create_file("/share/a/file", 5).header("x-ms-meta-a", "1").body(b"hello").send().await.expect(201);
    one.create_file("/share/b/file", 5).body(b"other").send().await.expect(201);
    world
}

fn rename(one: &Client, source: &str, target: &str, kind: &str) -> Request {
    one.put(&format!("{target}?comp=rename{kind}")).header("x-ms-file-rename-source", &one.url(source))
}

fn rename_file(one: &Client, source: &str, target: &str) -> Request {
    rename(one, source, target, "")
}

fn rename_directory(one: &Client, source: &str, target: &str) -> Request {
    rename(one, source, target, "&restype=directory")
}

#[tokio::test]
async fn a_renamed_file_keeps_all_but_its_change_time() {
    let world = world_with_files().await;
    let one = &world.one;
    let before = one.head("/share/a/file").send().await.expect(200);
    let renamed = rename_file(one, "/share/a/file", "/share/b/New").send().await.expect(200);
    let after = one.head("/share/b/new").send().await.expect(200);
    for name in [
        "x-ms-file-id",
        "x-ms-file-creation-time",
        "x-ms-file-last-write-time",
        "x-ms-meta-a",
        "content-type",
    ] {
        assert_eq!(after.header(name), before.header(name), "{name}");
    }
    assert!(after.header("x-ms-file-change-time") > before.header("x-ms-file-change-time"));
    assert_eq!(after.header("etag"), renamed.header("etag"));
    assert_ne!(after.header("x-ms-file-parent-id"), before.header("x-ms-file-parent-id"));
    one.head("/share/a/file").send().await.refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn a_file_is_replaced_only_when_that_is_asked_for() {
    let world = world_with_files().await;
    let one = &world.one;
    let id = one.head("/share/a/file").send().await.expect(200).header("x-ms-file-id").to_owned();
    let attempt = || rename_file(one, "/share/a/file", "/share/b/FILE");
    attempt().send().await.refused(409, "ResourceAlreadyExists");
    one.put("/share/b/file?comp=properties")
        .header("x-ms-file-attributes", "ReadOnly")
        .send()
        .await
        .expect(200);
    let replace = || attempt().header("x-ms-file-rename-replace-if-exists", "true");
    replace().send().await.refused(409, "ReadOnlyAttribute");
    let replaced = replace().header("x-ms-file-rename-ignore-readonly", "true").send().await.expect(200);
    assert_eq!(replaced.header("x-ms-file-id"), id);
    let listing = one.get("/share/b?restype=directory&comp=list").send().await.expect(200);
    assert_eq!(listing.elements("Name"), ["FILE"]);
    assert_eq!(one.get("/share/b/file").send().await.expect(200).body, b"hello");
}

#[tokio::test]
async fn a_directory_moves_with_everything_below_it() {
    let world = world_with_files().await;
    let one = &world.one;
    let before = one.head("/share/a/file").send().await.expect(200);
    rename_directory(one, "/share/a", "/share/b/a").send().await.expect(200);
    let after = one.head("/share/b/a/file").send().await.expect(200);
    for name in ["x-ms-file-id", "x-ms-file-parent-id", "etag"] {
        assert_eq!(after.header(name), before.header(name), "{name}");
    }
    one.get("/share/a?restype=directory").send().await.refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn impossible_renames_change_nothing() {
    let world = world_with_files().await;
    let one = &world.one;
    rename_directory(one, "/share/a", "/share/a/inside").send().await.refused(400, "InvalidHeaderValue");
    rename_directory(one, "/share/a", "/share/b").send().await.refused(409, "ResourceAlreadyExists");
    rename_directory(one, "/share/none", "/share/c").send().await.refused(404, "ResourceNotFound");
    rename_file(one, "/share/a", "/share/c").send().await.refused(409, "ResourceTypeMismatch");
    rename_file(one, "/share/a/file", "/share/none/file").send().await.refused(404, "ParentNotFound");
    rename_file(one, "/other/a/file", "/share/file").send().await.refused(400, "InvalidHeaderValue");
    let frozen = one
        .put("/share/file?comp=rename")
        .header("x-ms-file-rename-source", &format!("{}?sharesnapshot=2026", one.url("/share/a/file")));
    frozen.send().await.refused(400, "InvalidQueryParameterValue");
    let onto_directory =
        rename_file(one, "/share/a/file", "/share/b").header("x-ms-file-rename-replace-if-exists", "true");
    onto_directory.send().await.refused(409, "ResourceTypeMismatch");
    assert_eq!(one.get("/share/a/file").send().await.expect(200).body, b"hello");
}

#[tokio::test]
async fn a_name_may_change_its_case() {
    let world = world_with_files().await;
    let one = &world.one;
    rename_directory(one, "/share/a", "/share/A").send().await.expect(200);
    let listing = one.get("/share?restype=directory&comp=list").send().await.expect(200);
    assert_eq!(listing.elements("Name"), ["A", "b"]);
    one.head("/share/a/file").send().await.expect(200);
}

#[tokio::test]
async fn properties_sent_with_a_rename_are_set() {
    let world = world_with_files().await;
    let renamed = rename_file(&world.one, "/share/a/file", "/share/a/new")
        .header("x-ms-file-attributes", "None")
        .header("x-ms-file-last-write-time", "2001-02-03T04:05:06.0000007Z")
        .header("x-ms-content-type", "text/plain")
        .header("x-ms-meta-b", "2")
        .send()
        .await
        .expect(200);
    assert_eq!(renamed.header("x-ms-file-attributes"), "None");
    let head = world.one.head("/share/a/new").send().await.expect(200);
    assert_eq!(head.header("x-ms-file-last-write-time"), "2001-02-03T04:05:06.0000007Z");
    assert_eq!(head.header("content-type"), "text/plain");
    assert_eq!((head.header("x-ms-meta-a"), head.header("x-ms-meta-b")), ("", "2"));
}
