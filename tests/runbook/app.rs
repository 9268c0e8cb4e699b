//! The app, its tables or the target are gone; and the head of the book.

use azurite::Azurite;
use serde_json::json;

use super::*;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_the_run_book_is_kept_by_its_own_commands_and_knows_these_days() {
    let mut stage = Stage::set().await;
    stage.pair("files", json!({})).await;
    let mut admin = Admin::of(stage.variables()).await;
    assert_eq!(admin.days(), [FILE, SHARE, ACCOUNT, APP, STATE, COPY]);
    for command in admin.head() {
        admin.run(&command).await;
    }
    let kept = || std::fs::read_to_string(admin.folder().join("runbook.md")).expect("it was kept");
    assert_eq!(kept(), admin.book());
    // what was kept stays when there is nothing more to be had
    admin.lose_the_app().await;
    for command in admin.head().into_iter().filter(|command| command.starts_with("curl")) {
        assert!(admin.try_in_vain(&command).await.contains("503"));
    }
    let kept = std::fs::read_to_string(admin.folder().join("runbook.md")).expect("it was kept");
    assert_eq!(kept, admin.book());
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_without_the_app_what_cannot_wait_comes_back_and_a_new_one_goes_on() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_directory(&source, "d").await;
    put(&source, "d/b", "more").await;
    let mut admin = Admin::of(stage.variables()).await;
    assert_succeeded(&admin.app().cycle("files").await);
    remove(&source, "d/b").await;
    admin.lose_the_app().await;
    // and its tables with it
    admin.settings = without_tables(stage.variables());
    admin.means("PATH", "b");
    let [points, entries, restore] = &admin.commands(APP)[..] else { panic!("three commands") };
    assert_eq!(admin.run(points).await.lines().count(), 1);
    let found = admin.run(entries).await;
    let path = found.split_whitespace().last().expect("it is found");
    assert_eq!(path, "d/b", "{found}");
    admin.means("PATH", path);
    admin.run(restore).await;
    assert_eq!(read(&source, "d/b").await, "more");
    admin.settings = stage.variables();
    admin.deploy().await;
    assert_eq!(admin.app().recovery_points("files").await.len(), 1);
    // what came back is what the target has
    let next = admin.app().cycle("files").await;
    assert_succeeded(&next);
    assert_eq!(next.done, Default::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_without_its_tables_the_app_finds_the_recovery_points_and_goes_on() {
    let azurite = Azurite::start().await.expect("Azurite starts");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let admin = Admin::of(over(&azurite, stage.variables())).await;
    assert_succeeded(&admin.app().cycle("files").await);
    put(&source, "b", "more").await;
    drop_tables(&azurite.table_endpoint(), &TABLES).await;
    let commands = admin.commands(STATE);
    assert_eq!(commands.len(), 2);
    assert_eq!(admin.run(&commands[0]).await.lines().count(), 1);
    let cycle = admin.ask(&commands[1]).await;
    assert_eq!((&cycle["status"], &cycle["copied"]["files"]), (&json!("Succeeded"), &json!(1)), "{cycle:#}");
    assert_eq!(read(&target, "b").await, "more");
    assert_eq!(admin.run(&commands[0]).await.lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_6_a_deleted_target_is_made_and_filled_again() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let admin = Admin::of(stage.variables()).await;
    assert_succeeded(&admin.app().cycle("files").await);
    remove_share(&target).await;
    let commands = admin.commands(COPY);
    assert_eq!(commands.len(), 1);
    let cycle = admin.ask(&commands[0]).await;
    assert_eq!(cycle["status"], "Succeeded", "{cycle:#}");
    assert_eq!(shown(&target).await, shown(&source).await);
}
