//! From a console: straight on the shares when app and tables are gone, or by the app.

use std::process::Output;

use serde_json::{Value, json};

use super::files;
use crate::support::*;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_3_with_app_and_tables_gone_a_share_comes_back_from_the_shares_alone() {
    let (stage, source, _, handler) = backed_up().await;
    put(&source, "b", "more").await;
    assert_succeeded(&handler.cycle("files").await);
    let before = files(&source).await;
    _ = handler.end_with("KILL").await;
    remove(&source, "a").await;
    put(&source, "b", "spoilt").await;
    let variables = without_tables(stage.variables());
    let planned =
        run(&["restore", "files", "latest", "--to", "source", "--conflict", "overwrite"], &variables).await;
    assert!(planned.status.success(), "{}", said(&planned));
    assert!(said(&planned).contains("Nothing was changed"), "{}", said(&planned));
    assert_eq!(names(&source, "").await, ["b"]);
    let done = run(
        &["restore", "files", "latest", "--to", "source", "--conflict", "overwrite", "--yes", "--json"],
        &variables,
    )
    .await;
    assert!(done.status.success(), "{}", said(&done));
    let report: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!((&report["status"], &report["copied"]["files"]), (&json!("Succeeded"), &json!(2)));
    assert_eq!(files(&source).await, before);
    let safety = report["restore"]["safetySnapshot"].as_str().expect("something was overwritten");
    assert_eq!(read(&source.with_snapshot(&safety.into()), "b").await, "spoilt");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_3_a_new_share_and_the_target_are_filled_from_the_shares_alone() {
    let (stage, source, target, handler) = backed_up().await;
    _ = handler.end_with("KILL").await;
    remove_share(&source).await;
    put(&target, "a", "spoilt").await;
    let variables = without_tables(stage.variables());
    // the source is gone, too
    let into = ["restore", "files", "latest", "--to", "rescue", "--create", "--folder", "x/y", "--yes"];
    let done = run(&into, &variables).await;
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(read(&stage.share(TARGET, "rescue"), "x/y/a").await, "data");
    let back = ["restore", "files", "latest", "--to", "target", "--conflict", "overwrite", "--yes"];
    let refused = run(&back, &variables).await;
    assert!(!refused.status.success() && said(&refused).contains("--app-is-gone"), "{}", said(&refused));
    let done = run(&[&back[..], &["--app-is-gone"]].concat(), &variables).await;
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(read(&target, "a").await, "data");
    let wrong = run(&["restore", "files", "never", "--to", "source"], &variables).await;
    assert_eq!(wrong.status.code(), Some(1), "{}", said(&wrong));
    let usage = run(&["restore", "files"], &variables).await;
    assert!(usage.status.code() == Some(2) && said(&usage).contains("--past-guard"), "{}", said(&usage));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_does_the_same_for_the_console() {
    let mut stage = Stage::set().await;
    let guard = json!({"guard": {"maxDeletePercent": 100, "maxDeletes": 0, "maxOverwritePercent": 10}});
    let (source, _) = stage.pair("files", guard).await;
    put_many(&source, 5).await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    put(&source, "0000", "spoilt").await;
    put(&source, "extra", "extra").await;
    let nothing = Variables::new();
    let app = ["--app", handler.url()];
    let ask = async |arguments: &[&str]| {
        let output = run(&[arguments, &app].concat(), &nothing).await;
        (output.status.code(), said(&output))
    };
    let (code, names) = ask(&["pairs"]).await;
    assert_eq!((code, names.as_str()), (Some(0), "files\n"));
    let (code, points) = ask(&["pairs", "files", "recovery-points"]).await;
    assert!(code == Some(0) && points.lines().count() == 1, "{points}");
    let point = points.split_whitespace().next().expect("an id");
    let (_, entries) = ask(&["pairs", "files", "entries", point, "--glob", "*3"]).await;
    assert!(entries.ends_with("0003\n"), "{entries}");
    let (_, versions) = ask(&["pairs", "files", "versions", "0000"]).await;
    assert!(versions.contains("Added"), "{versions}");
    let back = ["restore", "files", "latest", "--to", "source", "--conflict", "overwrite", "--delete-extra"];
    let (code, plan) = ask(&back).await;
    assert!(code == Some(0) && plan.contains("Nothing was changed"), "{plan}");
    let (code, stopped) = ask(&[&back[..], &["--yes"]].concat()).await;
    assert!(code == Some(1) && stopped.contains("MaxDeletes"), "{stopped}");
    assert_eq!(read(&source, "0000").await, "spoilt");
    // what is approved goes on with the next tick
    let past = [&back[..], &["--yes", "--past-guard"]].concat();
    let (code, _) = handler.while_ticking(ask(&past)).await;
    assert_eq!((code, read(&source, "0000").await.as_str()), (Some(0), "data"));
    let (code, unknown) = ask(&["pairs", "none", "versions", "a"]).await;
    assert!(code == Some(1) && unknown.contains("PairNotFound"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_in_an_address_is_told() {
    let nothing = Variables::new();
    for url in [
        "http://127.0.0.1:9/?code=SECRETKEY",
        "https://user:SECRETKEY@127.0.0.1:9/",
        "127.0.0.1:9/?code=SECRETKEY",
    ] {
        for arguments in [&["pairs"][..], &["restore", "files", "latest", "--to", "source"]] {
            let said = said(&run(&[arguments, &["--app", url]].concat(), &nothing).await);
            assert!(!said.contains("SECRETKEY"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_does_not_say_that_all_came_back_where_a_path_named_nothing() {
    let (stage, source, _, handler) = backed_up().await;
    drop(handler);
    remove(&source, "a").await;
    let named =
        ["restore", "files", "latest", "--to", "source", "--include", "a", "--include", "typo", "--yes"];
    let output = run(&named, &stage.variables()).await;
    assert!(output.status.code() == Some(1) && said(&output).contains("typo"), "{}", said(&output));
}
