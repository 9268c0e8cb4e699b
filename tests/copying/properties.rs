//! Metadata and permissions: what it costs to change them.

use azure_storage_file_share::{CreateDirectory, Metadata, Permission, PermissionFormat, SmbProperties};

use super::*;

fn metadata() -> Metadata {
    [("project".to_owned(), "one".to_owned())].into()
}

fn descriptor(number: usize) -> Permission {
    let value = format!("O:BAG:BAD:(A;;FA;;;S-1-5-21-1-2-3-{number})");
    Permission { value, format: PermissionFormat::Sddl }
}

/// Another permission for each path, and the content headers that it has.
async fn give(share: &ShareClient, path: &str, number: usize) {
    let permission_key = Some(share.create_permission(&descriptor(number)).await.expect("a key"));
    let smb = SmbProperties { permission_key, ..Default::default() };
    let file = share.file_client(path);
    match file.get_properties().await {
        Ok(found) => {
            let set = azure_storage_file_share::SetFileProperties {
                smb,
                content: found.content,
                ..Default::default()
            };
            file.set_properties(&set).await.expect("set");
        }
        Err(_) => drop(share.directory_client(path).set_properties(&smb).await.expect("set")),
    }
}

/// A pair with `a`, `d` and `d/b`, and what is known of it.
async fn plain(stage: &mut Stage) -> (ShareClient, ShareClient, Way) {
    let (source, target) = mirrored(stage).await;
    let base = base(&source, &target).await;
    (source, target, Way { base: Some(base), is_plain: true, ..Way::default() })
}

#[tokio::test]
async fn accept_sync_engine_acl_a_file_takes_two_requests_and_a_directory_one() {
    let mut stage = Stage::set().await;
    let (source, target, way) = plain(&mut stage).await;
    for (number, path) in ["a", "d", "d/b"].into_iter().enumerate() {
        give(&source, path, number).await;
    }
    let asked = mirror_so(&stage, &source, &target, &way).await;
    for path in ["a", "d/b"] {
        assert_eq!(asked.of(path), ["<Get File Properties", ">Set File Properties"], "{path}");
    }
    assert_eq!((asked.count("Get Permission"), asked.count("Create Permission")), (3, 3));
    assert_eq!(asked.written(), 0);
}

#[tokio::test]
async fn accept_sync_engine_acl_a_file_with_user_metadata_takes_three() {
    for is_plain in [true, false] {
        let mut stage = Stage::set().await;
        let (source, target, way) = plain(&mut stage).await;
        source.file_client("a").set_metadata(&metadata()).await.expect("set");
        give(&source, "a", 1).await;
        let asked = mirror_so(&stage, &source, &target, &Way { is_plain, ..way }).await;
        let expected = ["<Get File Properties", ">Set File Metadata", ">Set File Properties"];
        assert_eq!(asked.of("a"), expected);
    }
}

#[tokio::test]
async fn accept_sync_engine_acl_beyond_a_sample_a_directory_takes_one_request() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    for number in 0..40 {
        put_directory(&source, &format!("d/{number}")).await;
    }
    mirror(&stage, &source, &target, CopyMode::Auto).await;
    let way = Way { base: Some(base(&source, &target).await), is_plain: true, ..Way::default() };
    for number in 0..40 {
        give(&source, &format!("d/{number}"), number % 4).await;
    }
    let asked = mirror_so(&stage, &source, &target, &way).await;
    let below = |path: &str| path.contains("/files/d/");
    let of_directories = |operation: &str| {
        let is_it = |record: &&RequestRecord| record.operation == operation && below(&record.path_and_query);
        asked.0.iter().filter(is_it).count()
    };
    assert_eq!(of_directories("Set Directory Properties"), 40);
    assert_eq!(of_directories("Get Directory Properties"), 16);
    // four, and that of all else
    assert_eq!((asked.count("Get Permission"), asked.count("Create Permission")), (5, 5));
}

#[tokio::test]
async fn accept_sync_engine_acl_children_whose_descriptors_did_not_change_cost_nothing() {
    let mut stage = Stage::set().await;
    let (source, target, way) = plain(&mut stage).await;
    give(&source, "d", 1).await;
    let root = source.root_directory_client();
    let permission_key = Some(source.create_permission(&descriptor(2)).await.expect("a key"));
    root.set_properties(&SmbProperties { permission_key, ..Default::default() }).await.expect("set");
    let asked = mirror_so(&stage, &source, &target, &way).await;
    for path in ["a", "d/b"] {
        assert_eq!(asked.of(path), [""; 0], "{path}");
    }
}

#[tokio::test]
async fn metadata_that_a_target_may_have_is_looked_for_and_goes() {
    let mut stage = Stage::set().await;
    let (source, target, _) = plain(&mut stage).await;
    for path in ["a", "d/b"] {
        source.file_client(path).set_metadata(&metadata()).await.expect("set");
    }
    source.directory_client("d").set_metadata(&metadata()).await.expect("set");
    mirror(&stage, &source, &target, CopyMode::Auto).await;
    for path in ["a", "d/b"] {
        source.file_client(path).set_metadata(&Metadata::new()).await.expect("set");
        give(&source, path, 1).await;
    }
    source.directory_client("d").set_metadata(&Metadata::new()).await.expect("set");
    give(&source, "d", 1).await;
    let way = Way { base: Some(base(&source, &target).await), ..Way::default() };
    let asked = mirror_so(&stage, &source, &target, &way).await;
    let expected =
        ["<Get File Properties", ">Get File Properties", ">Set File Metadata", ">Set File Properties"];
    assert_eq!(asked.of("a"), expected);
}

#[tokio::test]
async fn metadata_ends_what_is_assumed_of_a_pair() {
    let mut stage = Stage::set().await;
    let (source, target, way) = plain(&mut stage).await;
    let new = CreateDirectory { metadata: metadata(), ..Default::default() };
    source.directory_client("new").create(&new).await.expect("created");
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await.since(way.base, true);
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    assert!(!mirror.shares.plain.is_plain());
}
