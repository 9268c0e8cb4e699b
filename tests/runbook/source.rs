//! Some of the source is lost, or all of it, or its account.

use std::sync::Arc;

use azure_storage_file_share::ShareClient;
use faults::{Fault, Seen};
use serde_json::{Value, json};

use super::*;
use crate::support::*;

const PATHS: [&str; 3] = ["a", "d/b", "d/c"];

/// At its second recovery point, with a guard that lets nothing be deleted, and little be overwritten.
async fn scene() -> (Stage, ShareClient, ShareClient, Admin) {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"guard": {"maxDeletes": 0}})).await;
    put_directory(&source, "d").await;
    for path in PATHS {
        put(&source, path, "data").await;
    }
    let admin = Admin::of(stage.variables()).await;
    assert_succeeded(&admin.app().cycle("files").await);
    put(&source, "a", "more").await;
    assert_succeeded(&admin.app().cycle("files").await);
    (stage, source, target, admin)
}

async fn assert_is_back(source: &ShareClient) {
    assert_eq!(names(source, "").await, ["a", "d"]);
    for (path, data) in [("a", "more"), ("d/b", "data"), ("d/c", "data")] {
        assert_eq!(read(source, path).await, data, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_a_lost_file_and_a_lost_folder_are_back_after_the_commands_for_them() {
    let (_stage, source, _, mut admin) = scene().await;
    for path in PATHS {
        remove(&source, path).await;
    }
    source.directory_client("d").delete().await.expect("deleted");
    for path in ["a", "d"] {
        admin.means("PATH", path);
        let [points, versions, plan, restore] = &admin.commands(FILE)[..] else { panic!("four commands") };
        assert_eq!(admin.run(points).await.lines().count(), 2);
        assert!(admin.run(versions).await.contains("Added"));
        assert!(admin.run(plan).await.contains("Nothing was changed"));
        assert!(!names(&source, "").await.contains(&path.to_owned()));
        admin.run(restore).await;
    }
    assert_is_back(&source).await;
}

/// Somebody encrypts everything.
async fn spoil(source: &ShareClient) {
    for path in PATHS.into_iter().chain(["ransom"]) {
        put(source, path, "spoilt").await;
    }
}

/// The commands for a spoilt share, where a cycle has seen it as it is now.
async fn assert_mended(admin: &Admin, source: &ShareClient, points: usize) {
    let [hold, cancel, list, plan, restore, release] = &admin.commands(SHARE)[..] else {
        panic!("six commands")
    };
    let before = shown(source).await;
    admin.run(hold).await;
    admin.run(cancel).await;
    assert_eq!(admin.run(list).await.lines().count(), points);
    assert!(admin.run(plan).await.contains("Nothing was changed"));
    let stopped = admin.try_in_vain(&restore.replace(" --past-guard", "")).await;
    assert!(stopped.contains("The guard stops it"), "{stopped}");
    assert_eq!(shown(source).await, before);
    let done = admin.run(restore).await;
    assert_is_back(source).await;
    // what was there is kept, and told
    let (_, safety) = done.split_once("is in share snapshot ").expect("something was overwritten");
    let safety = safety.lines().next().expect("an id").into();
    assert_eq!(read(&source.with_snapshot(&safety), "ransom").await, "spoilt");
    admin.run(release).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_a_spoilt_share_is_what_it_was_after_the_commands_for_it() {
    let (_stage, source, _, admin) = scene().await;
    spoil(&source).await;
    // the night before anybody saw it
    assert_waits(&admin.app().cycle("files").await);
    assert_mended(&admin, &source, 2).await;
    let next = admin.app().cycle("files").await;
    assert_succeeded(&next);
    assert_eq!(next.done, Default::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_a_spoilt_share_is_what_it_was_although_it_was_backed_up_spoilt() {
    let (_stage, source, target, mut admin) = scene().await;
    let good = admin.app().recovery_points("files").await.remove(0);
    spoil(&source).await;
    let waiting = admin.app().cycle("files").await;
    admin.app().approve("files", &assert_waits(&waiting).digest).await;
    assert_succeeded(&admin.app().resume("files").await);
    assert_eq!(read(&target, "a").await, "spoilt");
    // the next one stands when it is seen
    put(&source, "ransom2", "spoilt").await;
    remove(&source, "ransom").await;
    assert_waits(&admin.app().cycle("files").await);
    put(&source, "ransom", "spoilt").await;
    admin.means("latest", &good.cycle);
    assert_mended(&admin, &source, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_a_share_that_was_deleted_and_made_anew_is_what_it_was_after_the_commands_for_it() {
    let (_stage, source, _, admin) = scene().await;
    remove_share(&source).await;
    // the night before anybody saw it
    assert_failed(&admin.app().cycle("files").await, "ShareNotFound");
    source.create(&Default::default()).await.expect("made anew");
    let [hold, cancel, others @ ..] = &admin.commands(SHARE)[..] else { panic!("some commands") };
    admin.run(hold).await;
    // none has begun since: it says so, and the others go on
    let nothing = admin.try_in_vain(cancel).await;
    assert!(nothing.contains("NothingToDecide"), "{nothing}");
    for command in others {
        admin.run(command).await;
    }
    assert_is_back(&source).await;
    assert_succeeded(&admin.app().cycle("files").await);
}

/// People go to the target while the source answers nothing, and come back when it does, after `meanwhile` happened to it.
async fn there_and_back(meanwhile: impl AsyncFnOnce(&ShareClient)) {
    let (stage, source, target, mut admin) = scene().await;
    let [fail_over, plan, fail_back, approve, look] = &admin.commands(ACCOUNT)[..] else {
        panic!("five commands")
    };
    stage.emulator.set_faults(Some(Arc::new(|seen: &Seen<'_>| {
        if seen.account == SOURCE { Fault::DropBefore } else { Fault::None }
    })));
    let told = admin.ask(fail_over).await;
    assert_eq!(told["lost"]["sourceAnswers"], false, "{told:#}");
    assert!(told["next"].to_string().contains("may now be written to"), "{told:#}");
    put(&target, "a", "written there").await;
    // nothing comes back to a source that is not there, and it is said why
    let refused = admin.try_in_vain(plan).await;
    assert!(refused.contains("\"code\""), "{refused}");
    stage.leave();
    meanwhile(&source).await;
    admin.ask(plan).await;
    let planned = admin.ask(fail_back).await;
    admin.means("DIGEST", planned["guard"]["digest"].as_str().expect("it waits"));
    admin.ask(approve).await;
    let mut said = Value::Null;
    for _ in 0..30 {
        admin.app().fire_timer("resume-timer").await;
        said = admin.ask(look).await;
        if !said["status"].is_null() {
            break;
        }
    }
    assert_eq!(said["status"], "Succeeded", "{said:#}");
    assert_eq!(shown(&source).await, shown(&target).await);
    assert_eq!(read(&source, "a").await, "written there");
    assert_succeeded(&admin.app().cycle("files").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_people_go_to_the_other_region_and_come_back_by_the_commands_for_it() {
    there_and_back(async |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_people_come_back_to_a_share_that_was_made_anew_by_the_commands_for_it() {
    there_and_back(async |source| replace(source).await).await;
}
