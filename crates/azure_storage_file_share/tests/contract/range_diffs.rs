use crate::world::*;
use azure_storage_file_share::RangeChange::{Cleared, Written};
use azure_storage_file_share::*;

async fn share_snapshot(world: &World) -> ShareSnapshotId {
    world.share.create_snapshot(&Metadata::new()).await.expect("a share snapshot")
}

async fn big(world: &World) -> ShareFileClient {
    let file = world.share.file_client("a");
    file.create(&CreateFile { size: 4096, ..Default::default() }).await.expect("a new file");
    file.put_range(0, vec![7; 2048].into(), LastWrite::Now).await.expect("data");
    file
}

#[tokio::test]
async fn accept_emulator_7_a_diff_tells_what_was_written_and_cleared_since() {
    let world = World::new().await;
    let file = big(&world).await;
    let before = share_snapshot(&world).await;
    file.clear_range(512, 512, LastWrite::Now).await.expect("cleared");
    file.put_range(1024, vec![8; 512].into(), LastWrite::Now).await.expect("data");
    let after = share_snapshot(&world).await;
    file.put_range(3072, vec![9; 512].into(), LastWrite::Now).await.expect("data");
    let then = world.share.with_snapshot(&after).file_client("a");
    let diff = then.list_ranges_diff(&before, Renamed::Refused).await.expect("a diff");
    assert_eq!((diff.size, diff.changes), (4096, vec![Cleared(512..1024), Written(1024..1536)]));
    let live = file.list_ranges_diff(&after, Renamed::Refused).await.expect("a diff");
    assert_eq!(live.changes, [Written(3072..3584)]);
    assert_eq!(live.etag, file.get_properties().await.expect("its properties").written.etag);
}

#[tokio::test]
async fn accept_emulator_7_a_renamed_file_is_followed_or_refused_by_kind() {
    let world = World::new().await;
    let file = big(&world).await;
    let before = share_snapshot(&world).await;
    file.rename("b", &RenameOptions::default()).await.expect("renamed");
    let renamed = world.share.file_client("b");
    renamed.put_range(0, vec![8; 512].into(), LastWrite::Now).await.expect("data");
    let refused = renamed.list_ranges_diff(&before, Renamed::Refused).await;
    assert_code(refused, ErrorKind::PreviousNotFound, "PreviousSnapshotNotFound");
    let followed = renamed.list_ranges_diff(&before, Renamed::Followed).await.expect("a diff");
    assert_eq!(followed.changes, [Written(0..512)]);
}

#[tokio::test]
async fn accept_emulator_7_what_cannot_be_compared_says_why() {
    let world = World::new().await;
    let file = big(&world).await;
    let (gone, before) = (share_snapshot(&world).await, share_snapshot(&world).await);
    world.share.delete_snapshot(&gone).await.expect("deleted");
    let refused = file.list_ranges_diff(&gone, Renamed::Followed).await;
    assert_code(refused, ErrorKind::PreviousNotFound, "PreviousSnapshotNotFound");
    file.delete().await.expect("deleted");
    let refused = file.list_ranges_diff(&before, Renamed::Followed).await;
    assert_code(refused, ErrorKind::NotFound, "ResourceNotFound");
    big(&world).await;
    let refused = file.list_ranges_diff(&before, Renamed::Followed).await;
    assert_code(refused, ErrorKind::GenerationMismatch, "FileGenerationMismatch");
    let nameless = file.list_ranges_diff(&"".into(), Renamed::Followed).await.expect_err("no id");
    assert_eq!(nameless.kind, ErrorKind::Invalid);
}
