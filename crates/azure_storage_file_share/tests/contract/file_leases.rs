use crate::world::*;
use azure_storage_file_share::*;

const OURS: &str = "b5d200d3-5a1e-45a6-7a37-c4382fd74868";
const THEIRS: &str = "6520927a-1216-4fb9-731f-7ffbe87cb001";

#[tokio::test]
async fn accept_emulator_7_only_the_holder_writes_to_a_leased_file() {
    let world = World::new().await;
    let file = world.file("a", "data").await;
    file.acquire_lease(&OURS.into()).await.expect("a lease");
    file.acquire_lease(&OURS.into()).await.expect("the same again");
    let put = |file: ShareFileClient| async move { file.put_range(0, "DATA".into(), LastWrite::Now).await };
    assert_code(put(file.clone()).await, ErrorKind::Precondition, "LeaseIdMissing");
    let theirs = put(file.holding(&THEIRS.into())).await;
    assert_code(theirs, ErrorKind::Precondition, "LeaseIdMismatchWithFileOperation");
    put(file.holding(&OURS.into())).await.expect("ours");
    assert_eq!(text_of(&file).await, "DATA", "reading is free");
    assert_code(file.delete().await, ErrorKind::Precondition, "LeaseIdMissing");
    file.holding(&OURS.into()).delete().await.expect("deleted");
}

#[tokio::test]
async fn accept_emulator_7_a_file_lease_is_changed_released_and_broken() {
    let world = World::new().await;
    let file = world.file("a", "data").await;
    file.acquire_lease(&OURS.into()).await.expect("a lease");
    assert_code(file.acquire_lease(&THEIRS.into()).await, ErrorKind::Conflict, "LeaseAlreadyPresent");
    file.change_lease(&OURS.into(), &THEIRS.into()).await.expect("changed");
    file.change_lease(&OURS.into(), &THEIRS.into()).await.expect("once more, as after a lost answer");
    file.release_lease(&OURS.into()).await.expect_err("not ours any more");
    file.release_lease(&THEIRS.into()).await.expect("released");
    file.acquire_lease(&OURS.into()).await.expect("a lease");
    file.break_lease().await.expect("broken");
    let lost = file.holding(&OURS.into()).set_metadata(&Metadata::new()).await;
    assert_code(lost, ErrorKind::Precondition, "LeaseLost");
    let properties = file.get_properties().await.expect("its properties");
    assert_eq!(properties.lease_state.as_deref(), Some("broken"));
}

#[tokio::test]
async fn accept_emulator_7_a_rename_names_the_leases_of_both_files() {
    let world = World::new().await;
    let (source, target) = (world.file("a", "new").await, world.file("b", "old").await);
    source.acquire_lease(&OURS.into()).await.expect("a lease");
    target.acquire_lease(&THEIRS.into()).await.expect("a lease");
    let options = RenameOptions { replace_if_exists: true, ..Default::default() };
    assert_code(source.rename("b", &options).await, ErrorKind::Precondition, "LeaseIdMissing");
    let ours = source.holding(&OURS.into());
    assert_code(ours.rename("b", &options).await, ErrorKind::Precondition, "LeaseIdMissing");
    let options = RenameOptions { destination_lease: Some(THEIRS.into()), ..options };
    ours.rename("b", &options).await.expect("renamed");
    assert_eq!(text_of(&target).await, "new");
    target.release_lease(&OURS.into()).await.expect("the lease came along");
}
