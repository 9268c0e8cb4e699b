use crate::world::*;
use azure_storage_file_share::*;
use file_share_emulator::Config;

#[tokio::test]
async fn a_listing_agrees_with_the_properties_of_each_entry() {
    let world = World::new().await;
    let directory = world.directory("a").await;
    let child = world.directory("a/b").await.get_properties().await.expect("its properties").written;
    let file = world.file("a/c", "data").await.get_properties().await.expect("its properties").written;
    let page = directory.list_directories_and_files(&ListOptions::default()).await.expect("a page");
    let own = directory.get_properties().await.expect("its properties").written;
    assert_eq!(page.directory_id, Some(own.file_id));
    let entry = |name: &str, kind, written: Written| Entry {
        name: name.to_owned(),
        kind,
        file_id: written.file_id,
        etag: written.etag,
        attributes: written.attributes,
        creation_time: written.creation_time,
        last_write_time: written.last_write_time,
        change_time: written.change_time,
        permission_key: written.permission_key,
    };
    assert_eq!(
        page.entries,
        [entry("b", EntryKind::Directory, child), entry("c", EntryKind::File { size: 4 }, file)]
    );
}

#[tokio::test]
async fn pages_follow_one_another_to_the_end() {
    let world = World::with(Config { page_size: 3, ..Default::default() }).await;
    let expected: Vec<_> = (0..8).map(|number| format!("file {number} & more")).collect();
    for name in &expected {
        world.file(name, "").await;
    }
    let root = world.share.root_directory_client();
    let mut names = Vec::new();
    let mut options = ListOptions::default();
    for _ in 0..3 {
        let page = root.list_directories_and_files(&options).await.expect("a page");
        assert!(page.entries.len() <= 3);
        names.extend(page.entries.into_iter().map(|entry| entry.name));
        options.marker = page.next_marker;
    }
    assert_eq!((names, options.marker), (expected, None));
}

#[tokio::test]
async fn a_listing_may_be_narrowed() {
    let world = World::new().await;
    for name in ["50% a+b", "50% c", "60"] {
        world.file(name, "").await;
    }
    let options = ListOptions { prefix: Some("50% a+".to_owned()), ..Default::default() };
    let root = world.share.root_directory_client();
    let page = root.list_directories_and_files(&options).await.expect("a page");
    assert_eq!(page.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["50% a+b"]);
    let options = ListOptions { max_results: Some(1), ..Default::default() };
    let page = root.list_directories_and_files(&options).await.expect("a page");
    assert_eq!((page.entries.len(), page.next_marker.is_some()), (1, true));
}
