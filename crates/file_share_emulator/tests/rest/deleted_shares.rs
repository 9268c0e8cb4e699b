use std::time::Duration;

use file_share_emulator::{Config, Emulator};

use crate::client::{Answer, Client, World, world, world_with};

const SHARE: &str = "/share?restype=share";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn world_that_retains() -> World {
    world_with(Config { share_retention_days: Some(7), ..Config::default() }).await
}

async fn deleted(client: &Client) -> Answer {
    client.get("/?comp=list&include=deleted,metadata").send().await.expect(200)
}

async fn restore(client: &Client, name: &str, version: &str) -> Answer {
    let request = client.put(&format!("/{name}?restype=share&comp=undelete"));
    let request = request.header("x-ms-deleted-share-name", "share");
    request.header("x-ms-deleted-share-version", version).send().await
}

async fn version(client: &Client) -> String {
    deleted(client).await.elements("Version").first().cloned().expect("a deleted share")
}

#[tokio::test]
async fn a_deleted_share_is_listed_and_comes_back_with_all_it_held() {
    let world = world_that_retains().await;
    let one = &world.one;
    one.create_file("/share/file", 3).body(b"abc").send().await.expect(201);
    one.put("/share?restype=share&comp=metadata").header("x-ms-meta-a", "1").send().await.expect(200);
    let snapshot = one.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    let delete = one.delete(SHARE).header("x-ms-delete-snapshots", "include").send().await.expect(202);
    assert_eq!(delete.header("x-ms-file-share-usage-bytes"), "3");
    assert_eq!(delete.header("x-ms-file-share-snapshot-usage-bytes"), "3");
    one.get(SHARE).send().await.refused(404, "ShareNotFound");
    assert!(one.get("/?comp=list").send().await.expect(200).elements("Name").is_empty());

    world.emulator.advance_clock(DAY);
    let list = deleted(one).await;
    assert_eq!(list.elements("Deleted"), ["true"]);
    assert_eq!(list.elements("RemainingRetentionDays"), ["6"]);
    assert_eq!((list.elements("DeletedTime").len(), list.elements("a")), (1, vec!["1".to_owned()]));
    let version = &list.elements("Version")[0];
    restore(one, "share", "0000000000000001").await.refused(404, "ShareNotFound");
    let restored = restore(one, "share", version).await.expect(201);
    restore(one, "share", version).await.refused(409, "ShareAlreadyExists");
    let read = one.get(SHARE).send().await.expect(200);
    assert_eq!((read.header("etag"), read.header("x-ms-meta-a")), (restored.header("etag"), "1"));
    let id = snapshot.header("x-ms-snapshot");
    assert_eq!(one.get(&format!("/share/file?sharesnapshot={id}")).send().await.expect(200).body, b"abc");
    assert!(deleted(one).await.elements("Deleted").is_empty());
}

#[tokio::test]
async fn a_share_is_restored_beside_a_new_one_under_another_name() {
    let world = world_that_retains().await;
    let one = &world.one;
    one.create_file("/share/old", 0).send().await.expect(201);
    one.delete(SHARE).send().await.expect(202);
    one.put(SHARE).send().await.expect(201);
    let version = version(one).await;
    let list = deleted(one).await;
    assert_eq!(list.elements("Name"), ["share", "share"]);
    assert_eq!(list.elements("Deleted").len(), 1);
    restore(one, "share", &version).await.refused(409, "ShareAlreadyExists");
    restore(one, "Other", &version).await.refused(400, "InvalidResourceName");
    restore(one, "other", &version).await.expect(201);
    one.head("/other/old").send().await.expect(200);
    one.head("/share/old").send().await.refused(404, "ResourceNotFound");
}

#[tokio::test]
async fn a_share_is_lost_after_its_days_or_where_nothing_is_retained() {
    let world = world_that_retains().await;
    world.one.delete(SHARE).send().await.expect(202);
    let version = version(&world.one).await;
    world.emulator.advance_clock(7 * DAY);
    assert!(deleted(&world.one).await.elements("Name").is_empty());
    restore(&world.one, "share", &version).await.refused(404, "ShareNotFound");

    let world = crate::client::world().await;
    let delete = world.one.delete(SHARE).send().await.expect(202);
    assert_eq!(delete.header("x-ms-file-share-usage-bytes"), "");
    assert!(deleted(&world.one).await.elements("Name").is_empty());
}

#[tokio::test]
async fn the_name_of_a_deleted_share_stays_taken_for_as_long_as_was_configured() {
    let config = Config { share_deletion_seconds: 30, share_retention_days: Some(1), ..Config::default() };
    let world = world_with(config).await;
    let one = &world.one;
    one.delete(SHARE).send().await.expect(202);
    one.put(SHARE).send().await.refused(409, "ShareBeingDeleted");
    restore(one, "share", &version(one).await).await.refused(409, "ShareBeingDeleted");
    one.get(SHARE).send().await.refused(404, "ShareNotFound");
    one.delete(SHARE).send().await.expect(202);
    world.emulator.advance_clock(Duration::from_secs(31));
    one.put(SHARE).send().await.expect(201);
}

#[tokio::test]
async fn shares_are_retained_for_a_year_at_most() {
    for (days, starts) in [(0, false), (1, true), (365, true), (366, false)] {
        let config = Config { share_retention_days: Some(days), ..Config::default() };
        assert_eq!(Emulator::start(config).await.is_ok(), starts, "{days}");
    }
}

#[tokio::test]
async fn a_restore_must_name_what_it_restores() {
    let world = world().await;
    let path = "/share?restype=share&comp=undelete";
    let missing = world.one.put(path).send().await.refused(400, "MissingRequiredHeader");
    assert_eq!(missing.elements("HeaderName"), ["x-ms-deleted-share-name"]);
}
