use crate::world::*;
use azure_storage_file_share::*;
use file_share_emulator::{Config, PendingCopies};
use std::time::Duration;
use time::OffsetDateTime;

const SDDL: &str = "O:S-1-5-21-1-2-3-1001G:S-1-5-21-1-2-3-513D:(A;;FA;;;SY)(A;;FA;;;BA)";

fn signed(file: &ShareFileClient, share: &ShareClient) -> CopySource {
    let expires_on = OffsetDateTime::now_utc() + Duration::from_secs(3600);
    file.copy_source(Some(&share.generate_sas(SasPermissions::READ, expires_on).expect("a key to sign with")))
}

fn sddl() -> Permission {
    Permission { value: SDDL.to_owned(), format: PermissionFormat::Sddl }
}

#[tokio::test]
async fn accept_emulator_7_a_file_is_copied_with_what_is_asked_of_its_source() {
    let world = World::new().await;
    let smb = SmbProperties {
        attributes: Some(FileAttributes::HIDDEN),
        last_write_time: Some(time(TIME)),
        permission: Some(sddl()),
        ..Default::default()
    };
    let source = world.share.file_client("50% a+b 🦀.");
    let written = source.create(&CreateFile { smb, ..with_data("data") }).await.expect("a new file");
    let copy = world.share.file_client("copy");
    let started = copy.start_copy(&source.copy_source(None), &CopyFile::default()).await.expect("a copy");
    assert_eq!(started.status, CopyStatus::Success);
    let plain = copy.get_properties().await.expect("its properties");
    assert_eq!(plain.copy.expect("a copy").id, started.id);
    assert!(plain.written.last_write_time > time(TIME));
    let options = CopyFile {
        attributes: Copied::Source,
        last_write_time: Copied::Source,
        change_time: Copied::Value(time(TIME)),
        permission: Copied::Source,
        metadata: metadata([("a", "1")]),
        ..Default::default()
    };
    copy.start_copy(&source.copy_source(None), &options).await.expect("a copy");
    let full = copy.get_properties().await.expect("its properties");
    assert_eq!(text_of(&copy).await, "data");
    assert_eq!(full.metadata, options.metadata);
    assert_eq!(full.written.attributes, FileAttributes::HIDDEN, "Restore kept Archive away from the source");
    assert_eq!((full.written.last_write_time, full.written.change_time), (time(TIME), time(TIME)));
    assert_eq!(full.written.permission_key, written.permission_key);
}

#[tokio::test]
async fn accept_emulator_7_a_copy_sets_archive_and_passes_over_read_only_where_asked() {
    let world = World::new().await;
    let source = world.file("a", "data").await;
    let smb = SmbProperties { attributes: Some(FileAttributes::READ_ONLY), ..Default::default() };
    let copy = world.share.file_client("copy");
    copy.create(&CreateFile { smb, ..Default::default() }).await.expect("a new file");
    let mut options = CopyFile { attributes: Copied::Source, set_archive: true, ..Default::default() };
    let refused = copy.start_copy(&source.copy_source(None), &options).await;
    assert_code(refused, ErrorKind::Conflict, "ReadOnlyAttribute");
    options.ignore_read_only = true;
    options.permission = Copied::Value(NewPermission::Descriptor(sddl()));
    copy.start_copy(&source.copy_source(None), &options).await.expect("a copy");
    let properties = copy.get_properties().await.expect("its properties").written;
    assert!(properties.attributes.contains(FileAttributes::ARCHIVE));
    let key = world.share.create_permission(&sddl()).await.expect("a key");
    assert_eq!(properties.permission_key, key);
}

#[tokio::test]
async fn accept_emulator_7_a_copy_from_another_account_is_waited_for() {
    let after = Duration::from_secs(5);
    let config = Config { pending_copies: PendingCopies::DoneAfter(after), ..Default::default() };
    let world = World::with(config).await;
    let source = signed(&world.file("a", "data").await, &world.share);
    let copy = world.other_share().await.file_client("copy");
    let started = copy.start_copy(&source, &CopyFile::default()).await.expect("a copy");
    assert_eq!(started.status, CopyStatus::Pending);
    let pending = copy.get_properties().await.expect("its properties").copy.expect("a copy");
    assert_eq!((pending.status, pending.progress.as_deref()), (CopyStatus::Pending, Some("0/4")));
    let again = copy.start_copy(&source, &CopyFile::default()).await;
    assert_code(again, ErrorKind::Conflict, "PendingCopyOperation");
    world.emulator.advance_clock(after);
    let done = copy.get_properties().await.expect("its properties").copy.expect("a copy");
    assert_eq!((done.status, done.progress.as_deref()), (CopyStatus::Success, Some("4/4")));
    assert_eq!(text_of(&copy).await, "data");
    assert_code(copy.abort_copy(&started.id).await, ErrorKind::Conflict, "NoPendingCopyOperation");
}

#[tokio::test]
async fn accept_emulator_7_a_pending_copy_is_aborted() {
    let config = Config { pending_copies: PendingCopies::Stay, ..Default::default() };
    let world = World::with(config).await;
    let source = signed(&world.file("a", "data").await, &world.share);
    let copy = world.other_share().await.file_client("copy");
    let started = copy.start_copy(&source, &CopyFile::default()).await.expect("a copy");
    copy.abort_copy(&started.id).await.expect("aborted");
    let left = copy.get_properties().await.expect("its properties");
    assert_eq!((left.size, left.copy.expect("a copy").status), (0, CopyStatus::Aborted));
}

#[tokio::test]
async fn accept_emulator_7_the_refusal_of_a_copy_source_is_told_from_that_of_the_target() {
    let world = World::new().await;
    let source = world.file("a", "data").await;
    let copy = world.other_share().await.file_client("copy");
    let unsigned = copy.start_copy(&source.copy_source(None), &CopyFile::default()).await;
    assert_code(unsigned, ErrorKind::CopySource, "CannotVerifyCopySource");
    let missing = signed(&world.share.file_client("missing"), &world.share);
    let error = copy.start_copy(&missing, &CopyFile::default()).await.expect_err("no source");
    assert_eq!((error.kind, error.status), (ErrorKind::CopySource, Some(404)));
}
