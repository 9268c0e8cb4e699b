use crate::world::*;
use azure_storage_file_share::*;
use file_share_emulator::Config;

#[tokio::test]
async fn a_share_snapshot_keeps_what_was_there() {
    let world = World::new().await;
    let file = world.file("a", "before").await;
    let id = world.share.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    file.create(&with_data("after, and longer")).await.expect("an overwrite");
    world.file("b", "new").await;

    let then = world.share.with_snapshot(&id);
    assert_eq!(then.snapshot(), Some(&id));
    assert_eq!(text_of(&then.file_client("a")).await, "before");
    let names: Vec<_> =
        listed(&then.root_directory_client()).await.into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["a"]);
    assert_code(then.file_client("b").get_properties().await, ErrorKind::NotFound, "ResourceNotFound");
    assert_eq!(then.file_client("a").list_ranges().await.expect("its ranges").size, 6);
    then.root_directory_client().get_properties().await.expect("the root as it was");
    then.get_properties().await.expect("the share as it was");
}

#[tokio::test]
async fn share_snapshots_are_listed_with_their_own_metadata() {
    let world = World::new().await;
    let longer = world.service.share_client("share-2");
    longer.create(&CreateShareOptions::default()).await.expect("a share of a longer name");
    longer.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    let first =
        world.share.create_snapshot(&metadata([("backup_cycle", "1")])).await.expect("a share snapshot");
    let second =
        world.share.create_snapshot(&metadata([("backup_cycle", "2")])).await.expect("a share snapshot");
    assert!(first < second);
    let listed = world.share.list_snapshots().await.expect("a list");
    let listed: Vec<_> = listed.into_iter().map(|item| (item.snapshot, item.metadata)).collect();
    let expected =
        [(Some(first), metadata([("backup_cycle", "1")])), (Some(second), metadata([("backup_cycle", "2")]))];
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn a_share_snapshot_is_deleted_alone() {
    let world = World::new().await;
    let first = world.share.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    let second = world.share.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    world.share.delete_snapshot(&first).await.expect("a 202");
    let left: Vec<_> = world.share.list_snapshots().await.expect("a list");
    assert_eq!(left.into_iter().map(|item| item.snapshot).collect::<Vec<_>>(), [Some(second)]);
    world.share.get_properties().await.expect("the share itself");
    let error = world.share.delete_snapshot(&first).await.expect_err("gone");
    assert_eq!(error.kind, ErrorKind::NotFound);
    let error = world.share.with_snapshot(&first).file_client("a").get_properties().await.expect_err("gone");
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn the_limit_of_share_snapshots_is_told() {
    let world = World::with(Config { snapshot_limit: 1, ..Default::default() }).await;
    world.share.create_snapshot(&Metadata::new()).await.expect("the only one");
    let refused = world.share.create_snapshot(&Metadata::new()).await;
    assert_code(refused, ErrorKind::Conflict, "ShareSnapshotCountExceeded");
}
