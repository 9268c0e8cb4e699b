use file_share_emulator::Config;

use crate::authentication::{account_sas, share_sas};
use crate::client::{Answer, World, world, world_with};

/// A source file of 2,000 bytes in account `one`, and room for it in account `two`.
async fn prepare(world: &World) {
    let content: Vec<u8> = (0..2000_u32).map(|at| (at % 251) as u8).collect();
    world.one.create_file("/share/source", 2000).body(&content).send().await.expect(201);
    world.two.put("/target?restype=share").send().await.expect(201);
    world.two.create_file("/target/file", 2000).send().await.expect(201);
}

async fn copy(world: &World, source: &str, headers: &[(&str, &str)]) -> Answer {
    let mut put = world
        .two
        .put("/target/file?comp=range")
        .header("x-ms-write", "update")
        .header("x-ms-range", "bytes=100-199")
        .header("x-ms-source-range", "bytes=0-99")
        .header("x-ms-copy-source", source);
    for (name, value) in headers {
        put = put.header(name, value);
    }
    put.send().await
}

fn source(world: &World, query: &str) -> String {
    format!("{}?{query}", world.one.url("/share/source"))
}

#[tokio::test]
async fn a_range_is_copied_from_another_account_with_a_signature() {
    let world = world().await;
    prepare(&world).await;
    for query in [share_sas("one", "share", "r"), account_sas("one", "o", "r")] {
        let answer = copy(&world, &source(&world, &query), &[("x-ms-file-last-write-time", "preserve")])
            .await
            .expect(201);
        assert!(!answer.header("x-ms-content-crc64").is_empty());
    }
    let copied = world.two.get("/target/file").send().await.expect(200).body;
    assert!(copied[..100].iter().all(|byte| *byte == 0));
    assert!(copied[100..200].iter().enumerate().all(|(at, byte)| usize::from(*byte) == at));
}

#[tokio::test]
async fn a_share_snapshot_is_a_source() {
    let world = world().await;
    prepare(&world).await;
    let taken = world.one.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    world.one.delete("/share/source").send().await.expect(202);
    let sas = share_sas("one", "share", "r");
    let id = taken.header("x-ms-snapshot");
    copy(&world, &source(&world, &format!("sharesnapshot={id}&{sas}")), &[]).await.expect(201);
    copy(&world, &source(&world, &sas), &[]).await.refused(404, "CannotVerifyCopySource");
}

#[tokio::test]
async fn the_refusal_of_the_source_is_handed_through_with_its_reason() {
    let world = world().await;
    prepare(&world).await;
    let write_only = share_sas("one", "share", "w");
    let forged = share_sas("one", "share", "r").replace("sp=r", "sp=rw");
    let other_share = share_sas("one", "other", "r");
    for (query, status, code) in [
        ("", 401, "NoAuthenticationInformation"),
        (write_only.as_str(), 403, "AuthorizationPermissionMismatch"),
        (forged.as_str(), 403, "AuthenticationFailed"),
        (other_share.as_str(), 403, "AuthenticationFailed"),
    ] {
        let refused =
            copy(&world, &source(&world, query), &[]).await.refused(status, "CannotVerifyCopySource");
        assert_eq!(refused.header("x-ms-copy-source-status-code"), status.to_string());
        assert_eq!(refused.header("x-ms-copy-source-error-code"), code);
        assert_eq!(refused.elements("CopySourceErrorCode"), [code]);
        let old = copy(&world, &source(&world, query), &[("x-ms-version", "2025-07-05")]).await;
        assert_eq!(old.refused(status, "CannotVerifyCopySource").header("x-ms-copy-source-error-code"), "");
    }
    copy(&world, "http://elsewhere.example/share/source", &[]).await.refused(403, "CannotVerifyCopySource");
}

#[tokio::test]
async fn ranges_and_checksums_must_match() {
    let world = world().await;
    prepare(&world).await;
    let source = source(&world, &share_sas("one", "share", "r"));
    copy(&world, &source, &[("x-ms-source-range", "bytes=0-98")]).await.refused(400, "InvalidHeaderValue");
    copy(&world, &source, &[("x-ms-source-range", "bytes=1950-2049")])
        .await
        .refused(409, "CannotVerifyCopySource");
    copy(&world, &source, &[("x-ms-source-range", "bytes=2000-2099")])
        .await
        .refused(416, "CannotVerifyCopySource");
    copy(&world, &source, &[("x-ms-range", "bytes=1950-2049")]).await.refused(416, "InvalidRange");
    let large = [("x-ms-range", "bytes=0-4194304"), ("x-ms-source-range", "bytes=0-4194304")];
    copy(&world, &source, &large).await.refused(413, "RequestBodyTooLarge");
    let crc = copy(&world, &source, &[]).await.expect(201).header("x-ms-content-crc64").to_owned();
    copy(&world, &source, &[("x-ms-source-if-match-crc64", &crc)]).await.expect(201);
    let unwanted = copy(&world, &source, &[("x-ms-source-if-none-match-crc64", &crc)]).await;
    assert_eq!(unwanted.refused(412, "Crc64ConditionNotMet").elements("ServerCalculatedCrc"), [crc]);
}

#[tokio::test]
async fn a_firewall_refuses_every_source() {
    let world = world_with(Config { copy_source_refused: true, ..Config::default() }).await;
    prepare(&world).await;
    let source = source(&world, &share_sas("one", "share", "r"));
    copy(&world, &source, &[]).await.refused(403, "CannotVerifyCopySource");
}
