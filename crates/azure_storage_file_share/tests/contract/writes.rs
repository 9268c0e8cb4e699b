use crate::world::*;
use azure_storage_file_share::*;
use faults::{Fault, Script};
use std::sync::Arc;
use std::time::Duration;

fn once() -> CreateFile {
    CreateFile { repeat: Repeat::OnlyIfNotSent, ..with_data("abc") }
}

/// A share whose requests the service works on for a second at most.
fn limited(world: &World) -> (ShareClient, Unsettled) {
    let unsettled = Unsettled::default();
    let request_limit = Some(Duration::from_secs(1));
    let options = ClientOptions { unsettled: unsettled.clone(), request_limit, ..Default::default() };
    (world.share_through(options), unsettled)
}

fn delay(world: &World, by: Duration) {
    world.emulator.set_faults(Some(Arc::new(Script::new().on("", "", 1, move || Fault::Late { by }))));
}

#[tokio::test]
async fn a_time_limit_is_part_of_what_is_signed() {
    let world = World::new().await;
    let (share, unsettled) = limited(&world);
    let file = share.file_client("a");
    file.create(&with_data("abc")).await.expect("a new file");
    file.delete().await.expect("deleted");
    share.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    assert_eq!(unsettled.count(), 0);
}

#[tokio::test]
async fn a_late_effect_is_there_when_all_is_settled() {
    let world = World::new().await;
    let (share, unsettled) = limited(&world);
    delay(&world, Duration::from_millis(500));
    let error = share.file_client("a").create(&once()).await.expect_err("no answer");
    assert!(error.may_have_happened() && unsettled.count() == 1, "{error}");
    assert!(!unsettled.is_settled());
    unsettled.settled().await;
    assert_eq!(text_of(&world.share.file_client("a")).await, "abc");
}

#[tokio::test]
async fn what_is_later_than_its_limit_never_happens() {
    let world = World::new().await;
    let (share, unsettled) = limited(&world);
    delay(&world, Duration::from_millis(1_100));
    share.file_client("a").create(&once()).await.expect_err("no answer");
    unsettled.settled().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let file = world.share.file_client("a").get_properties().await;
    assert_code(file, ErrorKind::NotFound, "ResourceNotFound");
}

#[tokio::test]
async fn an_answer_that_is_cut_leaves_the_write_in_doubt() {
    for fault in [|| Fault::Cut, || Fault::DropAfter, || Fault::DropBefore] {
        let world = World::new().await;
        let (share, unsettled) = limited(&world);
        world.emulator.set_faults(Some(Arc::new(Script::new().on("", "", 1, fault))));
        let error = share.file_client("a").create(&once()).await.expect_err("no answer");
        assert!(error.may_have_happened() && unsettled.count() == 1, "{:?}: {error}", fault());
    }
}
