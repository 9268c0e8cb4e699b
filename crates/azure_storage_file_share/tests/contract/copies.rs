use crate::world::*;
use azure_storage_file_share::*;
use file_share_emulator::Config;
use time::{Duration, OffsetDateTime};

fn sas(share: &ShareClient) -> Sas {
    let expires_on = OffsetDateTime::now_utc() + Duration::hours(1);
    share.generate_sas(SasPermissions::READ, expires_on).expect("a key to sign with")
}

/// An empty file of the size, in the other account.
async fn target(world: &World, size: u64) -> ShareFileClient {
    let file = world.other_share().await.file_client("copy");
    file.create(&CreateFile { size, ..Default::default() }).await.expect("a new file");
    file
}

#[tokio::test]
async fn the_service_copies_from_a_share_snapshot_of_another_account() {
    let world = World::new().await;
    let file = world.file("50% a+b 🦀.", "0123456789").await;
    let id = world.share.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    file.delete().await.expect("a 202");
    let source =
        world.share.with_snapshot(&id).file_client("50% a+b 🦀.").copy_source(Some(&sas(&world.share)));
    let target = target(&world, 6).await;
    let written = target.put_range_from_url(&source, 2, 1, 4, LastWrite::Preserve).await.expect("a copy");
    assert_eq!(text_of(&target).await, "\u{0}2345\u{0}");
    assert_eq!(target.get_properties().await.expect("its properties").written.etag, written.etag);
}

#[tokio::test]
async fn a_source_without_a_signature_is_refused_by_name() {
    let world = World::new().await;
    let source = world.file("a", "data").await.copy_source(None);
    let copied = target(&world, 4).await.put_range_from_url(&source, 0, 0, 4, LastWrite::Now).await;
    assert_code(copied, ErrorKind::CopySource, "CannotVerifyCopySource");
}

#[tokio::test]
async fn a_firewall_before_the_source_is_told_from_a_refused_target() {
    let world = World::with(Config { copy_source_refused: true, ..Default::default() }).await;
    let source = world.file("a", "data").await.copy_source(Some(&sas(&world.share)));
    let copied = target(&world, 4).await.put_range_from_url(&source, 0, 0, 4, LastWrite::Now).await;
    let error = copied.expect_err("refused");
    assert_eq!((error.kind, error.status), (ErrorKind::CopySource, Some(403)));
    assert!(!format!("{error} {error:?}").contains("sig="), "{error:?}");
}

#[tokio::test]
async fn a_missing_source_is_told_from_a_missing_target() {
    let world = World::new().await;
    let signed = sas(&world.share);
    let missing = world.share.file_client("missing").copy_source(Some(&signed));
    let target = target(&world, 4).await;
    let error = target.put_range_from_url(&missing, 0, 0, 4, LastWrite::Now).await.expect_err("no source");
    assert_eq!(error.kind, ErrorKind::CopySource);
    target.delete().await.expect("a 202");
    let source = world.file("a", "data").await.copy_source(Some(&signed));
    let copied = target.put_range_from_url(&source, 0, 0, 4, LastWrite::Now).await;
    assert_code(copied, ErrorKind::NotFound, "ResourceNotFound");
}
