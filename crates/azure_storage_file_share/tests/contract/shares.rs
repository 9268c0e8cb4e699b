use crate::world::*;
use azure_storage_file_share::*;

#[tokio::test]
async fn a_share_is_created_with_its_metadata_and_quota() {
    let world = World::new().await;
    let share = world.service.share_client("another");
    let options = CreateShareOptions {
        metadata: metadata([("owner", "us")]),
        quota_gib: Some(7),
        ..Default::default()
    };
    let written = share.create(&options).await.expect("a new share");
    let properties = share.get_properties().await.expect("its properties");
    assert_eq!(properties.etag, written.etag);
    assert_eq!((properties.quota_gib, &properties.metadata), (Some(7), &options.metadata));
    assert_eq!(properties.lease_state.as_deref(), Some("available"));
    assert_code(share.create(&options).await, ErrorKind::AlreadyExists, "ShareAlreadyExists");
}

#[tokio::test]
async fn shares_are_listed_page_by_page() {
    let world = World::new().await;
    for name in ["share-1", "share-2", "zoo"] {
        world.service.share_client(name).create(&CreateShareOptions::default()).await.expect("a new share");
    }
    let mut options =
        ListSharesOptions { prefix: Some("share".to_owned()), max_results: Some(2), ..Default::default() };
    let mut names = Vec::new();
    let mut pages = 0;
    loop {
        let page = world.service.list_shares(&options).await.expect("a page");
        names.extend(page.shares.into_iter().map(|share| share.name));
        pages += 1;
        options.marker = page.next_marker;
        if options.marker.is_none() {
            break;
        }
    }
    assert_eq!(names, ["share", "share-1", "share-2"]);
    assert!(pages >= 2, "{pages} pages");
}

#[tokio::test]
async fn a_missing_share_says_so() {
    let world = World::new().await;
    let share = world.service.share_client("missing");
    assert_code(share.get_properties().await, ErrorKind::NotFound, "ShareNotFound");
    assert_code(share.root_directory_client().get_properties().await, ErrorKind::NotFound, "ShareNotFound");
    assert_code(share.delete(DeleteSnapshots::Refuse).await, ErrorKind::NotFound, "ShareNotFound");
    let names = share.root_directory_client().list_directories_and_files(&ListOptions::default()).await;
    assert_code(names, ErrorKind::NotFound, "ShareNotFound");
}

#[tokio::test]
async fn a_share_with_share_snapshots_is_deleted_only_together_with_them() {
    let world = World::new().await;
    world.share.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    let kept = world.share.delete(DeleteSnapshots::Refuse).await;
    assert_code(kept, ErrorKind::Conflict, "ShareHasSnapshots");
    world.share.delete(DeleteSnapshots::Include).await.expect("all gone");
    assert_code(world.share.get_properties().await, ErrorKind::NotFound, "ShareNotFound");
}

#[tokio::test]
async fn usage_grows_with_what_is_written() {
    let world = World::new().await;
    let empty = world.share.get_statistics().await.expect("statistics");
    world.file("a", &"a".repeat(4096)).await;
    let statistics = world.share.get_statistics().await.expect("statistics");
    assert!(statistics.usage_bytes >= empty.usage_bytes + 4096, "{empty:?}, {statistics:?}");
    let missing = world.service.share_client("missing").get_statistics().await;
    assert_code(missing, ErrorKind::NotFound, "ShareNotFound");
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_not_shown() {
    let world = World::new().await;
    let key = SharedKey::new("one", "d3Jvbmcga2V5").expect("base64");
    let service = ShareServiceClient::new(
        world.endpoint(),
        "one",
        Credential::SharedKey(key),
        ClientOptions::default(),
    );
    let error = service.expect("a client").share_client("share").get_properties().await.expect_err("refused");
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Unauthorized, Some("AuthenticationFailed")));
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains("d3Jvbmcga2V5") && !shown.contains("x-ms-date") && !shown.contains("SharedKey"),
        "{shown}"
    );
}
