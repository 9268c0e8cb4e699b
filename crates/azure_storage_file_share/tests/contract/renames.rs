use crate::world::*;
use azure_storage_file_share::*;

#[tokio::test]
async fn a_renamed_file_keeps_its_id_and_its_data() {
    let world = World::new().await;
    world.directory("d").await;
    let file = world.file("50% a+b.", "data").await;
    let before = file.get_properties().await.expect("its properties").written;
    let written = file.rename("d/é #2.", &RenameOptions::default()).await.expect("a new name");
    assert_eq!((written.file_id, written.last_write_time), (before.file_id, before.last_write_time));
    assert_eq!(text_of(&world.share.file_client("d/é #2.")).await, "data");
    assert_code(file.get_properties().await, ErrorKind::NotFound, "ResourceNotFound");
}

#[tokio::test]
async fn a_file_takes_a_taken_name_only_if_asked() {
    let world = World::new().await;
    let (old, new) = (world.file("old", "old").await, world.file("new", "new").await);
    let refused = new.rename("old", &RenameOptions::default()).await;
    assert_code(refused, ErrorKind::AlreadyExists, "ResourceAlreadyExists");
    let smb = SmbProperties { last_write_time: Some(time(TIME)), ..Default::default() };
    let options = RenameOptions { replace_if_exists: true, smb, ..Default::default() };
    let written = new.rename("old", &options).await.expect("replaced");
    assert_eq!(written.last_write_time, time(TIME));
    assert_eq!(text_of(&old).await, "new");
}

#[tokio::test]
async fn a_read_only_file_is_replaced_only_if_asked() {
    let world = World::new().await;
    let (old, new) = (world.file("old", "old").await, world.file("new", "new").await);
    let smb = SmbProperties { attributes: Some(FileAttributes::READ_ONLY), ..Default::default() };
    old.set_properties(&SetFileProperties { smb, ..Default::default() }).await.expect("read-only");
    let options = RenameOptions { replace_if_exists: true, ..Default::default() };
    assert_code(new.rename("old", &options).await, ErrorKind::Conflict, "ReadOnlyAttribute");
    let options = RenameOptions { ignore_read_only: true, ..options };
    new.rename("old", &options).await.expect("replaced");
    assert_eq!(text_of(&old).await, "new");
}

#[tokio::test]
async fn a_directory_is_renamed_with_all_that_is_in_it() {
    let world = World::new().await;
    let directory = world.directory("a").await;
    world.file("a/f", "data").await;
    let id = directory.get_properties().await.expect("its properties").written.file_id;
    let written = directory.rename("b", &RenameOptions::default()).await.expect("a new name");
    assert_eq!(written.file_id, id);
    assert_eq!(text_of(&world.share.file_client("b/f")).await, "data");
    let gone = directory.rename("c", &RenameOptions::default()).await.expect_err("already gone");
    assert_eq!(gone.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn only_the_case_of_a_name_can_change() {
    let world = World::new().await;
    let file = world.file("readme", "data").await;
    file.rename("scratch", &RenameOptions::default()).await.expect("a scratch name");
    let scratch = world.share.file_client("scratch");
    scratch.rename("README", &RenameOptions::default()).await.expect("the new spelling");
    let names = listed(&world.share.root_directory_client()).await;
    assert_eq!(names.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["README"]);
}
