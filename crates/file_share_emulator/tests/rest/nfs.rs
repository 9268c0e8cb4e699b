//! Shares for NFS: owner, group and mode in the place of attributes and permissions, and links.

use crate::client::{World, world};

async fn nfs() -> World {
    let world = world().await;
    world.one.put("/nfs?restype=share").header("x-ms-enabled-protocols", "NFS").send().await.expect(201);
    world
}

#[tokio::test]
async fn files_and_directories_have_owner_group_and_mode() {
    let world = nfs().await;
    let one = &world.one;
    let directory = one.put("/nfs/dir?restype=directory").send().await.expect(201);
    assert_eq!(directory.header("x-ms-mode"), "0755");
    assert_eq!(directory.header("x-ms-file-file-type"), "Directory");
    assert_eq!(directory.header("x-ms-file-parent-id"), "1");
    assert_eq!(directory.header("x-ms-file-attributes"), "");
    assert_eq!(directory.header("x-ms-file-permission-key"), "");
    let create = one.create_file("/nfs/dir/file", 10).header("x-ms-owner", "345").header("x-ms-group", "123");
    let file = create.header("x-ms-mode", "7777").send().await.expect(201);
    assert_eq!(file.header("x-ms-file-file-type"), "Regular");
    assert_eq!(file.header("x-ms-link-count"), "");

    let set = one.put("/nfs/dir/file?comp=properties").header("x-ms-owner", "0").send().await.expect(200);
    assert_eq!(set.header("x-ms-file-file-type"), "");
    let read = one.head("/nfs/dir/file").send().await.expect(200);
    let posix = ["x-ms-owner", "x-ms-group", "x-ms-mode", "x-ms-link-count"].map(|name| read.header(name));
    assert_eq!(posix, ["0", "123", "7777", "1"]);
    one.put("/nfs/dir/file?comp=properties")
        .header("x-ms-mode", "9")
        .send()
        .await
        .refused(400, "InvalidHeaderValue");
}

#[tokio::test]
async fn a_copy_has_the_owner_and_mode_of_a_new_file_unless_others_are_asked_for() {
    let world = nfs().await;
    let one = &world.one;
    let create = one.create_file("/nfs/source", 10).header("x-ms-owner", "345").header("x-ms-group", "123");
    create.header("x-ms-mode", "0111").send().await.expect(201);
    let source = one.url("/nfs/source");
    let posix = async |headers: &[(&str, &str)]| {
        let copy = one.put("/nfs/copy").header("x-ms-copy-source", &source);
        headers.iter().fold(copy, |copy, (name, value)| copy.header(name, value)).send().await.expect(202);
        let read = one.head("/nfs/copy").send().await.expect(200);
        ["x-ms-owner", "x-ms-group", "x-ms-mode"].map(|name| read.header(name).to_owned())
    };
    assert_eq!(posix(&[]).await, ["0", "0", "0664"]);
    let (owner, mode) = ("x-ms-file-owner-copy-mode", "x-ms-file-mode-copy-mode");
    assert_eq!(posix(&[(owner, "source"), (mode, "source")]).await, ["345", "123", "0111"]);
    let given = [(owner, "override"), ("x-ms-owner", "7"), ("x-ms-group", "8")];
    assert_eq!(posix(&given).await, ["7", "8", "0664"]);
}

#[tokio::test]
async fn headers_of_the_other_protocol_are_refused() {
    let world = nfs().await;
    let one = &world.one;
    let attributes = one.create_file("/nfs/file", 1).header("x-ms-file-attributes", "Hidden");
    attributes.send().await.refused(400, "UnsupportedHeader");
    one.create_file("/share/file", 1)
        .header("x-ms-mode", "0644")
        .send()
        .await
        .refused(400, "UnsupportedHeader");
    let early = one.create_file("/nfs/file", 1).header("x-ms-version", "2025-01-05");
    early.send().await.refused(400, "FeatureVersionMismatch");
}

#[tokio::test]
async fn a_symbolic_link_tells_where_it_leads() {
    let world = nfs().await;
    let link = "/nfs/link?restype=symboliclink";
    let created = world.one.put(link).header("x-ms-link-text", "dir/file").send().await.expect(201);
    assert_eq!(created.header("x-ms-file-file-type"), "SymLink");
    assert_eq!(created.header("x-ms-mode"), "0777");
    assert_eq!(created.header("x-ms-request-server-encrypted"), "false");
    let read = world.one.get(link).send().await.expect(200);
    assert_eq!(read.header("x-ms-link-text"), "dir%2Ffile");
    world.one.put(link).header("x-ms-link-text", "x").send().await.refused(409, "ResourceAlreadyExists");
}

#[tokio::test]
async fn a_hard_link_is_a_second_name_of_the_same_file() {
    let world = nfs().await;
    let one = &world.one;
    let file = one.create_file("/nfs/file", 5).body(b"hello").send().await.expect(201);
    for (name, target, links) in [("a", "/file", "2"), ("b", "/nfs/file", "3")] {
        let link = one.put(&format!("/nfs/{name}?restype=hardlink")).header("x-ms-type", "file");
        let link = link.header("x-ms-file-target-file", target).send().await.expect(201);
        assert_eq!(link.header("x-ms-link-count"), links);
        assert_eq!(link.header("x-ms-file-id"), file.header("x-ms-file-id"));
        assert_eq!(one.get(&format!("/nfs/{name}")).send().await.expect(200).body, b"hello");
    }
    let nowhere = one.put("/nfs/c?restype=hardlink").header("x-ms-file-target-file", "/nowhere");
    nowhere.send().await.refused(404, "ResourceNotFound");
}
