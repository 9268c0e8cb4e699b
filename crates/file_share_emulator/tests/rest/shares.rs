use std::time::Duration;

use file_share_emulator::Config;

use crate::client::{world, world_with};

#[tokio::test]
async fn a_share_is_created_once_and_answers_its_properties() {
    let world = world().await;
    let created = world
        .one
        .put("/data?restype=share")
        .header("x-ms-share-quota", "32")
        .header("x-ms-meta-purpose", "tests")
        .send()
        .await
        .expect(201);
    let read = world.one.get("/data?restype=share").send().await.expect(200);
    assert_eq!(read.header("etag"), created.header("etag"));
    assert_eq!(read.header("x-ms-share-quota"), "32");
    assert_eq!(read.header("x-ms-meta-purpose"), "tests");
    world.one.put("/data?restype=share").send().await.refused(409, "ShareAlreadyExists");
    world.one.put("/Data?restype=share").send().await.refused(400, "InvalidResourceName");
    world.one.get("/other?restype=share").send().await.refused(404, "ShareNotFound");
}

#[tokio::test]
async fn metadata_and_quota_are_set_and_move_the_etag() {
    let world = world().await;
    let before = world.one.get("/share?restype=share").send().await.expect(200);
    let set = world
        .one
        .put("/share?restype=share&comp=metadata")
        .header("x-ms-meta-a", "1")
        .send()
        .await
        .expect(200);
    assert_ne!(set.header("etag"), before.header("etag"));
    world
        .one
        .put("/share?restype=share&comp=properties")
        .header("x-ms-share-quota", "7")
        .send()
        .await
        .expect(200);
    let read = world.one.get("/share?restype=share").send().await.expect(200);
    assert_eq!((read.header("x-ms-meta-a"), read.header("x-ms-share-quota")), ("1", "7"));
    let metadata = world.one.get("/share?restype=share&comp=metadata").send().await.expect(200);
    assert_eq!(metadata.header("x-ms-meta-a"), "1");
    let bad = world.one.put("/share?restype=share&comp=properties").header("x-ms-share-quota", "0");
    assert_eq!(
        bad.send().await.refused(400, "InvalidHeaderValue").elements("HeaderName"),
        ["x-ms-share-quota"]
    );
}

#[tokio::test]
async fn changes_of_files_leave_the_share_alone() {
    let world = world().await;
    let before = world.one.get("/share?restype=share").send().await.expect(200);
    world.one.create_file("/share/file", 10).send().await.expect(201);
    let after = world.one.get("/share?restype=share").send().await.expect(200);
    assert_eq!(after.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn a_protocol_is_named_where_it_was_asked_for() {
    let world = world().await;
    let read = world.one.get("/share?restype=share").send().await.expect(200);
    assert_eq!(read.header("x-ms-enabled-protocols"), "");
    world.one.put("/smb?restype=share").header("x-ms-enabled-protocols", "SMB").send().await.expect(201);
    let read = world.one.get("/smb?restype=share").send().await.expect(200);
    assert_eq!(read.header("x-ms-enabled-protocols"), "SMB");
}

#[tokio::test]
async fn an_account_without_large_shares_gives_five_tebibytes() {
    let world = world_with(Config { largest_quota_gib: 5120, ..Config::default() }).await;
    let read = world.one.get("/share?restype=share").send().await.expect(200);
    assert_eq!(read.header("x-ms-share-quota"), "5120");
    let more = world.one.put("/more?restype=share").header("x-ms-share-quota", "5121");
    more.send().await.refused(400, "InvalidHeaderValue");
}

#[tokio::test]
async fn a_share_that_is_being_removed_can_be_deleted_again() {
    let world = world().await;
    for _ in 0..2 {
        world.one.delete("/share?restype=share").send().await.expect(202);
        world.one.get("/share?restype=share").send().await.refused(404, "ShareNotFound");
    }
    world.emulator.advance_clock(Duration::from_secs(60));
    world.one.delete("/share?restype=share").send().await.refused(404, "ShareNotFound");
}

#[tokio::test]
async fn statistics_count_written_bytes() {
    let world = world().await;
    world.one.create_file("/share/file", 1 << 40).send().await.expect(201);
    world.one.put_range("/share/file", 5, b"0123456789").send().await.expect(201);
    let stats = world.one.get("/share?restype=share&comp=stats").send().await.expect(200);
    assert_eq!(stats.elements("ShareUsageBytes"), ["10"]);
}

#[tokio::test]
async fn shares_are_listed_by_name_with_prefix_and_pages() {
    let world = world().await;
    for name in ["zebra", "share-b", "share-a"] {
        world.one.put(&format!("/{name}?restype=share")).send().await.expect(201);
    }
    let page = world.one.get("/?comp=list&prefix=share&maxresults=2").send().await.expect(200);
    assert_eq!(page.elements("Name"), ["share", "share-a"]);
    assert_eq!(page.elements("NextMarker"), ["/one/share-b"]);
    let page = world.one.get("/?comp=list&prefix=share&marker=%2Fone%2Fshare-b").send().await.expect(200);
    assert_eq!(page.elements("Name"), ["share-b"]);
    assert!(page.text().ends_with("</Shares><NextMarker /></EnumerationResults>"));
    world.one.delete("/share-b?restype=share").send().await.expect(202);
    let page = world.one.get("/?comp=list&marker=%2Fone%2Fshare-b").send().await.expect(200);
    assert_eq!(page.elements("Name"), ["zebra"]);
    world.one.get("/?comp=list&marker=nowhere").send().await.refused(400, "InvalidContinuationToken");
    world.one.get("/?comp=list&include=everything").send().await.refused(400, "InvalidQueryParameterValue");
}

#[tokio::test]
async fn what_is_not_implemented_says_so_in_the_service_format() {
    let world = world().await;
    let link = world.one.put("/share/file?restype=symboliclink").send().await.refused(501, "NotImplemented");
    assert!(link.text().contains("The emulator does not implement links on SMB shares"));
    world.one.put("/share/file?comp=lease1").send().await.refused(400, "InvalidQueryParameterValue");
    world.one.get("/share/file?restype=folder").send().await.refused(400, "InvalidQueryParameterValue");
    world.one.get("/share").send().await.refused(400, "InvalidUri");
    world.one.request(reqwest::Method::PATCH, "/share/file").send().await.refused(405, "UnsupportedHttpVerb");
}
