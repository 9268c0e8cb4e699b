//! What is excluded changes while people work with the target.

use azure_files_backup::cycle::failback::FailbackPreview;
use azure_files_backup::cycle::report::CycleReport;
use azurite::Azurite;
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_settings_exclude_since_the_plan_stays_in_the_source() {
    let azurite = Azurite::start().await.expect("Azurite");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "a.tmp", "here").await;
    put(&source, "c.tmp", "here").await;
    handler.fail_over().await;
    put(&target, "b", "new").await;
    put(&target, "b.tmp", "new").await;
    put(&target, "c.tmp", "there").await;
    let waiting: CycleReport = handler.ask_to_fail_back("").await.ok();
    stage.change("files", json!({"exclude": ["*.tmp"]}));
    drop(handler);
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    handler.approve_failback(&waiting).await;
    let report = handler.failback().await;
    assert_failed(&report, "SettingsChanged");
    assert_succeeded(&handler.fail_back().await);
    assert_eq!(names(&source, "").await, ["a", "a.tmp", "b", "c.tmp"]);
    assert_eq!(read(&source, "c.tmp").await, "here");
    assert_eq!(read(&target, "c.tmp").await, "there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_backed_up_is_named_before_it_is_deleted() {
    let azurite = Azurite::start().await.expect("Azurite");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"exclude": ["*.tmp"]})).await;
    put(&source, "a", "data").await;
    put(&source, "a.tmp", "here").await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.cycle("files").await);
    handler.fail_over().await;
    put(&target, "b", "new").await;
    stage.change("files", json!({"exclude": []}));
    drop(handler);
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    let preview: FailbackPreview = handler.ask_to_fail_back("?plan=only").await.ok();
    assert!(preview.note.contains("excluded"), "{}", preview.note);
}
