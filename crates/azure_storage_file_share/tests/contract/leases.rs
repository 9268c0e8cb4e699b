use crate::world::*;
use azure_storage_file_share::*;
use faults::{Fault, Script};
use std::sync::Arc;
use std::time::Duration;

const OURS: &str = "b5d200d3-5a1e-45a6-7a37-c4382fd74868";
const THEIRS: &str = "6520927a-1216-4fb9-731f-7ffbe87cb001";

async fn share_snapshot(world: &World) -> (ShareSnapshotId, ShareClient) {
    let id = world.share.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    let then = world.share.with_snapshot(&id);
    (id, then)
}

#[tokio::test]
async fn a_leased_share_snapshot_is_deleted_by_nobody() {
    let world = World::new().await;
    let (id, then) = share_snapshot(&world).await;
    then.acquire_lease(&THEIRS.into(), LeaseDuration::Infinite).await.expect("a lease");
    assert_code(world.share.delete_snapshot(&id).await, ErrorKind::Precondition, "LeaseIdMissing");
    let included = world.share.delete(DeleteSnapshots::Include).await;
    assert_code(included, ErrorKind::Conflict, "DeleteShareWhenSnapshotLeased");
    then.release_lease(&THEIRS.into()).await.expect("released");
    world.share.delete_snapshot(&id).await.expect("deleted");
}

#[tokio::test]
async fn a_lease_is_one_holders() {
    let world = World::new().await;
    let (_, then) = share_snapshot(&world).await;
    then.acquire_lease(&THEIRS.into(), LeaseDuration::Infinite).await.expect("a lease");
    then.acquire_lease(&THEIRS.into(), LeaseDuration::Infinite).await.expect("the same again");
    let ours = then.acquire_lease(&OURS.into(), LeaseDuration::Infinite).await;
    assert_code(ours, ErrorKind::Conflict, "LeaseAlreadyPresent");
    then.release_lease(&OURS.into()).await.expect_err("not ours");
    then.break_lease().await.expect("broken");
    then.acquire_lease(&OURS.into(), LeaseDuration::Infinite).await.expect("ours now");
}

#[tokio::test]
async fn a_lease_shows_in_properties_and_lists() {
    let world = World::new().await;
    let (_, then) = share_snapshot(&world).await;
    let listed = async || {
        let item = world.share.list_snapshots().await.expect("a list").pop().expect("a share snapshot");
        let properties = then.get_properties().await.expect("its properties");
        let lease = (item.lease_state, item.lease_status, item.lease_duration);
        assert_eq!(lease, (properties.lease_state, properties.lease_status, properties.lease_duration));
        let (state, status, duration) = lease;
        (state.expect("a state"), status.expect("a status"), duration)
    };
    assert_eq!(listed().await, ("available".to_owned(), "unlocked".to_owned(), None));
    for (duration, shown) in [(LeaseDuration::Infinite, "infinite"), (LeaseDuration::Seconds(60), "fixed")] {
        then.acquire_lease(&OURS.into(), duration).await.expect("a lease");
        assert_eq!(listed().await, ("leased".to_owned(), "locked".to_owned(), Some(shown.to_owned())));
    }
    then.break_lease().await.expect("broken");
    assert_eq!(listed().await, ("broken".to_owned(), "unlocked".to_owned(), None));
    let share = world.share.get_properties().await.expect("the share's properties");
    assert_eq!(share.lease_state.as_deref(), Some("available"), "the share itself was never leased");
}

#[tokio::test]
async fn a_leased_share_stays_but_its_files_are_free() {
    let world = World::new().await;
    world.share.acquire_lease(&THEIRS.into(), LeaseDuration::Seconds(15)).await.expect("a lease");
    assert_code(world.share.delete(DeleteSnapshots::Refuse).await, ErrorKind::Precondition, "LeaseIdMissing");
    let file = world.file("a", "abc").await;
    file.delete().await.expect("deleted");
    share_snapshot(&world).await;
}

#[tokio::test]
async fn a_lost_answer_costs_no_lease() {
    let world = World::new().await;
    let (_, then) = share_snapshot(&world).await;
    let lose = || {
        let plan = Script::new().on("Lease Share", "", 1, || Fault::DropAfter);
        world.emulator.set_faults(Some(Arc::new(plan)));
    };
    lose();
    then.acquire_lease(&OURS.into(), LeaseDuration::Infinite).await.expect("a lease");
    lose();
    then.break_lease().await.expect("broken");
}

#[tokio::test]
async fn what_is_no_guid_is_refused_by_the_service() {
    let world = World::new().await;
    let error =
        world.share.acquire_lease(&"mine".into(), LeaseDuration::Infinite).await.expect_err("no GUID");
    assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
}

#[tokio::test]
async fn a_lease_of_seconds_runs_out() {
    let world = World::new().await;
    let (id, then) = share_snapshot(&world).await;
    then.acquire_lease(&THEIRS.into(), LeaseDuration::Seconds(15)).await.expect("a lease");
    assert_code(world.share.delete_snapshot(&id).await, ErrorKind::Precondition, "LeaseIdMissing");
    world.emulator.advance_clock(Duration::from_secs(16));
    let properties = then.get_properties().await.expect("its properties");
    assert_eq!(properties.lease_state.as_deref(), Some("expired"));
    world.share.delete_snapshot(&id).await.expect("deleted");
}
