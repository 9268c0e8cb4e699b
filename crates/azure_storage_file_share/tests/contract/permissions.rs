use crate::world::*;
use azure_storage_file_share::*;

const SDDL: &str = "O:S-1-5-21-1-2-3-1001G:S-1-5-21-1-2-3-513D:(A;;FA;;;SY)(A;;FA;;;BA)";

fn sddl() -> Permission {
    Permission { value: SDDL.to_owned(), format: PermissionFormat::Sddl }
}

#[tokio::test]
async fn one_descriptor_has_one_key() {
    let world = World::new().await;
    let key = world.share.create_permission(&sddl()).await.expect("a key");
    assert_eq!(world.share.create_permission(&sddl()).await.expect("a key"), key);
    let read = world.share.get_permission(&key, PermissionFormat::Sddl).await.expect("its descriptor");
    assert_eq!(read.format, PermissionFormat::Sddl);
    assert!(read.value.starts_with("O:S-1-5-21-1-2-3-1001G:S-1-5-21-1-2-3-513D:"), "{}", read.value);
}

#[tokio::test]
async fn a_descriptor_travels_to_another_share_in_binary() {
    let world = World::new().await;
    let source = world.share.create_permission(&sddl()).await.expect("a key");
    let id = world.share.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    let reader = world.share.with_snapshot(&id);
    let binary = reader.get_permission(&source, PermissionFormat::Binary).await.expect("its descriptor");

    let other = world.other_share().await;
    let target = other.create_permission(&binary).await.expect("a key of the other share");
    let arrived = other.get_permission(&target, PermissionFormat::Binary).await.expect("its descriptor");
    assert_eq!(arrived, binary);
    let file = other.file_client("a");
    let smb = SmbProperties { permission_key: Some(target.clone()), ..Default::default() };
    let written = file.create(&CreateFile { smb, ..Default::default() }).await.expect("a new file");
    assert_eq!(written.permission_key, target);
}

#[tokio::test]
async fn a_key_is_known_to_its_share_only() {
    let world = World::new().await;
    let file = world.file("a", "").await;
    let smb = SmbProperties { permission_key: Some("1234*5678".into()), ..Default::default() };
    let set = file.set_properties(&SetFileProperties { smb, ..Default::default() }).await;
    assert_code(set, ErrorKind::Invalid, "FileInvalidPermissionKey");
    let broken = Permission { value: "no descriptor".to_owned(), format: PermissionFormat::Sddl };
    assert_code(world.share.create_permission(&broken).await, ErrorKind::Invalid, "FileInvalidPermission");
}

/// Every write that takes a key takes the descriptor itself too.
#[tokio::test]
async fn accept_emulator_7_a_descriptor_is_sent_in_binary_with_every_write() {
    let world = World::new().await;
    let known = world.share.create_permission(&sddl()).await.expect("a key");
    let binary = world.share.get_permission(&known, PermissionFormat::Binary).await.expect("its descriptor");
    let smb = SmbProperties { permission: Some(binary), ..Default::default() };
    let directory = world.share.directory_client("d");
    let create = CreateDirectory { smb: smb.clone(), ..Default::default() };
    let made = directory.create(&create).await.expect("a new directory");
    let set = directory.set_properties(&smb).await.expect("set");
    assert_eq!((made.permission_key, set.permission_key), (known.clone(), known.clone()));
    let file = world.share.file_client("a");
    let made = file.create(&CreateFile { smb: smb.clone(), ..with_data("data") }).await.expect("a new file");
    let properties = SetFileProperties { smb: smb.clone(), ..Default::default() };
    let set = file.set_properties(&properties).await.expect("set");
    let renamed = file.rename("b", &RenameOptions { smb, ..Default::default() }).await.expect("renamed");
    for written in [made, set, renamed] {
        assert_eq!(written.permission_key, known);
    }
}

#[tokio::test]
async fn a_long_descriptor_needs_a_key_and_never_both() {
    let world = World::new().await;
    let file = world.share.file_client("a");
    let long = Permission { value: "x".repeat(8 * 1024 + 1), format: PermissionFormat::Binary };
    let smb = SmbProperties { permission: Some(long), ..Default::default() };
    let refused = file.create(&CreateFile { smb, ..Default::default() }).await;
    assert_code(refused, ErrorKind::Invalid, "PermissionTooLong");
    let smb =
        SmbProperties { permission: Some(sddl()), permission_key: Some("1*2".into()), ..Default::default() };
    let refused = file.create(&CreateFile { smb, ..Default::default() }).await;
    assert_code(refused, ErrorKind::Invalid, "InvalidHeaderValue");
}
