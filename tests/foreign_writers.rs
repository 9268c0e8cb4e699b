//! Somebody else writes into the target between plan, apply and verification: what the plan did not see is left
//! alone.

use std::sync::atomic::{AtomicBool, Ordering};

use azure_storage_file_share::{FileAttributes, RenameOptions, SmbProperties};
use file_share_emulator::Config;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::*;

#[tokio::test]
async fn a_file_that_appears_where_the_plan_saw_nothing_is_not_replaced() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "new", "ours").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    put(&target, "new", "theirs, written meanwhile").await;
    let failures = mirror.apply(&chunks).await.expect("applied");
    assert_eq!(read(&target, "new").await, "theirs, written meanwhile");
    assert_eq!(reasons(&failures), [("new", "TargetChanged")]);
}

#[tokio::test]
async fn a_file_that_appears_in_a_directory_to_be_made_is_not_replaced() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_directory(&source, "new").await;
    put(&source, "new/f", "ours").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    put_directory(&target, "new").await;
    put(&target, "new/f", "theirs, written meanwhile").await;
    let failures = mirror.apply(&chunks).await.expect("applied");
    assert_eq!(read(&target, "new/f").await, "theirs, written meanwhile");
    assert!(!failures.is_empty());
}

#[tokio::test]
async fn a_file_that_comes_back_in_another_case_is_not_the_one_that_the_plan_saw() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "a", "second!").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    remove(&target, "a").await;
    put(&target, "A", "theirs, written meanwhile").await;
    let failures = mirror.apply(&chunks).await.expect("applied");
    assert_eq!(read(&target, "A").await, "theirs, written meanwhile");
    assert_eq!(reasons(&failures), [("a", "TargetChanged")]);
}

#[tokio::test]
async fn a_file_that_keeps_its_id_in_another_case_with_other_data_is_left_alone() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "a", "second!").await;
    put(&target, "theirs", "planned to go").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    for (old, new) in [("a", "A"), ("theirs", "Theirs")] {
        target.file_client(old).rename(new, &RenameOptions::default()).await.expect("renamed");
        put(&target, new, "written meanwhile").await;
    }
    mirror.apply(&chunks).await.expect("applied");
    assert_eq!(read(&target, "Theirs").await, "written meanwhile");
    assert_eq!(read(&target, "A").await, "written meanwhile");
}

#[tokio::test]
async fn other_data_of_the_same_size_never_gets_the_times_of_the_source() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    let last_write_time =
        source.file_client("a").get_properties().await.expect("there").written.last_write_time;
    let attributes = Some(FileAttributes::HIDDEN);
    let hidden = SmbProperties { attributes, last_write_time: Some(last_write_time), ..Default::default() };
    set(&source, "a", hidden).await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    put(&target, "a", "FIRST").await;
    let failures = mirror.apply(&chunks).await.expect("applied");
    let later = Mirror::healthy(&stage, &source, &target, "2").await;
    let later = later.run().await.expect("mirrored");
    assert!(
        read(&target, "a").await == "first",
        "reported in this cycle: {failures:?}, in the next: {later:?}"
    );
}

#[tokio::test]
async fn a_directory_to_be_deleted_stays_where_somebody_put_a_file_below_it() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_directory(&target, "theirs").await;
    put_directory(&target, "theirs/below").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    put(&target, "theirs/below/new", "precious").await;
    let failures = mirror.apply(&chunks).await.expect("applied");
    assert_eq!(read(&target, "theirs/below/new").await, "precious");
    assert!(reasons(&failures).contains(&("theirs/below", "TargetChanged")), "{failures:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_to_be_deleted_stays_with_what_somebody_put_into_it_at_the_last_moment() {
    for (page_size, is_killed) in [(5_000, false), (2, false), (5_000, true), (2, true)] {
        let mut stage = Stage::with(Config { page_size, ..Config::default() }).await;
        let (source, target) = mirrored(&mut stage).await;
        put_directory(&target, "theirs").await;
        for file in ["theirs/1", "theirs/2", "theirs/3"] {
            put(&target, file, "planned to go").await;
        }
        let (theirs, is_first) = (target.clone(), AtomicBool::new(true));
        let http = Faulty::new(move |_, _, request| {
            if !request.contains("comp=rename") || !is_first.swap(false, Ordering::SeqCst) {
                return Fault::None;
            }
            let written = put(&theirs, "theirs/new", "precious");
            block_in_place(|| Handle::current().block_on(written));
            if is_killed { Fault::KillAfter } else { Fault::None }
        });
        let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
        let (chunks, _) = mirror.plan().await.expect("a plan");
        let applied = mirror.http.until_death(mirror.apply(&chunks)).await;
        let failures = match applied {
            Some(failures) => failures,
            None => Mirror::healthy(&stage, &source, &target, "1").await.apply(&chunks).await,
        };
        let failures = failures.expect("applied");
        let place = format!("{page_size} a page, killed: {is_killed}: {failures:?}");
        assert!(reasons(&failures).contains(&("theirs", "TargetChanged")), "{place}");
        assert_eq!(names(&target, "theirs").await, ["1", "2", "3", "new"], "{place}");
    }
}

#[tokio::test]
async fn a_directory_that_was_made_anew_under_its_old_name_is_not_deleted() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_directory(&target, "theirs").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    target.directory_client("theirs").delete().await.expect("deleted");
    put_directory(&target, "theirs").await;
    let failures = mirror.apply(&chunks).await.expect("applied");
    assert_eq!(names(&target, "").await, ["a", "d", "theirs"]);
    assert_eq!(reasons(&failures), [("theirs", "TargetChanged")]);
}

#[tokio::test]
async fn a_file_that_turned_into_a_directory_after_the_plan_is_left_alone() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "a", "second!").await;
    remove(&source, "d/b").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    for path in ["a", "d/b"] {
        remove(&target, path).await;
        put_directory(&target, path).await;
        put(&target, &format!("{path}/in"), "precious").await;
    }
    let failures = mirror.apply(&chunks).await.expect("applied");
    for path in ["a/in", "d/b/in"] {
        assert_eq!(read(&target, path).await, "precious");
    }
    for path in ["a", "d/b"] {
        assert!(reasons(&failures).contains(&(path, "TargetChanged")), "{failures:?}");
    }
}

#[tokio::test]
async fn what_changes_between_the_last_write_and_the_verification_is_repaired_or_reported() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    for path in ["a", "d/b", "d/c"] {
        put(&source, path, "second!").await;
    }
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    assert_eq!(mirror.write(&chunks).await.expect("written"), []);
    put_read_only(&target, "a", "theirs").await;
    remove(&target, "d/b").await;
    put(&target, "d/foreign", "theirs").await;
    let mut failures = Vec::new();
    mirror.verify(&chunks, &mut failures).await.expect("verified");
    for path in ["a", "d/b", "d/c"] {
        assert_eq!(read(&target, path).await, "second!");
    }
    assert_eq!(reasons(&failures), [("d/foreign", "NotEqual")]);
}
