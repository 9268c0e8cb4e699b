//! A byte that flipped with size and times kept is found, told, and mended by the next cycle.

use azure_files_backup::cycle::report::{ProofEnd, Standing, Status};
use serde_json::json;

use super::*;

async fn verifying() -> (Stage, ShareClient, ShareClient, Handler) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"verify": "full"})).await;
    put_directories(&source, "d/e").await;
    put(&source, "a", "data").await;
    put(&source, "d/empty", "").await;
    put(&source, "d/e/small", "data").await;
    put_large(&source, "d/large", 9 * MIB).await;
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    let verified = verified(&report);
    assert_eq!((verified.files, verified.bytes, verified.found), (4, 9 * MIB + 8, 0));
    assert_eq!((verified.end, &verified.round), (Some(ProofEnd::Whole), &None));
    (stage, source, target, handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_4_a_verification_finds_a_flipped_byte_and_the_next_cycle_copies_it_again() {
    let (stage, source, target, handler) = verifying().await;
    flip(&target, "d/large", 5 * MIB).await;
    flip(&target, "d/e/small", 2).await;
    // only the recovery point is read: that the live target is written to later changes nothing
    assert_eq!(handler.timer().await, 500);
    let bad = handler.newest("files").await;
    assert_eq!(bad.status, Some(Status::CompletedWithErrors), "{bad:#?}");
    assert_eq!(reasons(&bad.failures), [("d/e/small", "ContentDiffers"), ("d/large", "ContentDiffers")]);
    let evidence = &bad.failures.iter().find(|failure| failure.path == "d/large").expect("found").detail;
    assert!(evidence.starts_with("Bytes 4194304 to 8388607 have the SHA-256 "), "{evidence}");
    assert_eq!((verified(&bad).found, bad.done.copied.files), (2, 0));
    assert_told(&bad);
    assert!(bad.target_snapshot.is_some(), "the recovery point stays");
    assert_eq!(marks(&handler.recovery_points("files").await), [true, false]);
    let status = handler.pair("files").await;
    assert_eq!(status.judgement.standing, Standing::Failing);
    assert!(status.judgement.cause.contains("2 entries in it"), "{}", status.judgement.cause);
    assert_eq!(status.verification.damaged.len(), 2);
    assert_eq!(status.recovery_point.expect("it counts").cycle, bad.id);

    stage.emulator.log().reset();
    let good = handler.cycle("files").await;
    assert_succeeded(&good);
    assert_eq!((good.done.copied.files, verified(&good).found), (2, 0));
    let written: u64 = stage.emulator.log().snapshot().recent.iter().map(|record| record.written_bytes).sum();
    assert_eq!(written, 9 * MIB + 4, "whole, and nothing else");
    assert_eq!(shown(&target).await, shown(&source).await);
    assert_eq!(marks(&handler.recovery_points("files").await), [false, true, false]);
    let status = handler.pair("files").await;
    assert_eq!((status.judgement.standing, status.verification.damaged.len()), (Standing::Protected, 0));

    // that is the end of it
    let last = handler.cycle("files").await;
    assert_eq!((last.done.copied.files, last.alerts.len()), (0, 0));

    // the tables are lost: the share snapshots taken since tell of it
    let variables = stage.variables();
    drop(handler);
    let handler = stage.handler().await;
    assert_eq!(marks(&handler.recovery_points("files").await), [false, false, true, false]);
    let output = run(&["pairs", "files", "recovery-points"], &variables).await;
    let lines = String::from_utf8(output.stdout).expect("text");
    let marked: Vec<bool> = lines.lines().map(|line| line.ends_with("VerifyFailed")).collect();
    assert_eq!(marked, [false, false, true, false], "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_verification_came_to_is_an_event_that_alerts_ask_for() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"verify": "full"})).await;
    put(&source, "a", "data").await;
    let watched = Watched::of(stage).await;
    let handler = watched.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    flip(&target, "a", 0).await;
    let bad = handler.cycle("files").await;
    let events = watched.events("recovery_point.verified");
    let told =
        |name: &str| events.iter().map(|event| event.property(name).map(str::to_owned)).collect::<Vec<_>>();
    let texts = |texts: [&str; 2]| texts.map(|text| Some(text.to_owned())).to_vec();
    assert_eq!(told("verify.found"), texts(["0", "1"]));
    assert_eq!(told("verify.files"), texts(["1", "1"]));
    assert_eq!(told("reason"), texts(["Whole", "Whole"]));
    assert_eq!(told("verify.mode"), texts(["full", "full"]));
    assert_eq!(events[1].property("cycle.id"), Some(bad.id.as_str()));
    assert_eq!(watched.ingestion.refusals(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_moved_before_it_is_copied_again_does_not_take_the_wrong_data_along() {
    let (stage, source, target, handler) = verifying().await;
    flip(&target, "d/e/small", 0).await;
    assert_eq!(handler.cycle("files").await.status, Some(Status::CompletedWithErrors));
    rename_directory(&source, "d", "moved").await;
    stage.emulator.log().reset();
    let good = handler.cycle("files").await;
    assert_succeeded(&good);
    assert_eq!(verified(&good).found, 0);
    assert_eq!(read(&target, "moved/e/small").await, "data");
    assert_eq!(shown(&target).await, shown(&source).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_before_it_is_copied_again_is_forgotten() {
    let (_stage, source, target, handler) = verifying().await;
    flip(&target, "a", 0).await;
    assert_eq!(handler.cycle("files").await.status, Some(Status::CompletedWithErrors));
    remove(&source, "a").await;
    assert_succeeded(&handler.cycle("files").await);
    assert_eq!(handler.pair("files").await.verification.damaged, Vec::<String>::new());
    assert_eq!(names(&target, "").await, ["d"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn holes_are_not_read_and_what_one_side_holds_in_them_is_found() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"verify": "full"})).await;
    let size = 64 * MIB;
    source.file_client("sparse").create(&CreateFile { size, ..Default::default() }).await.expect("created");
    let put = async |share: &ShareClient, at: u64, bytes: &'static [u8]| {
        share.file_client("sparse").put_range(at, bytes.into(), LastWrite::Preserve).await.expect("put");
    };
    put(&source, 20 * MIB, &[7; 512]).await;
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    assert_eq!(verified(&report).bytes, 512);
    // zeros are what a hole holds
    put(&source, 40 * MIB, &[0; 512]).await;
    assert_succeeded(&handler.cycle("files").await);
    flip(&target, "sparse", 60 * MIB).await;
    let report = handler.cycle("files").await;
    assert_eq!(reasons(&report.failures), [("sparse", "ContentDiffers")]);
}
