//! Very much is asked for at once, or what no restore is.

use azure_files_backup::cycle::report::{PairStatus, Preview};
use reqwest::Method;
use serde_json::json;

use super::with_files;
use crate::support::*;

/// Paths, and globs, that one restore may name.
const MOST: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn as_many_paths_and_globs_are_read_as_one_restore_may_name_and_no_more() {
    let (_stage, source, _, handler) = backed_up().await;
    remove(&source, "a").await;
    let named = |count: usize| {
        let others = (1..count).map(|number| match number % 2 {
            0 => format!("**/{number}*x[ab]/*.d?c"),
            _ => format!("projects/{number:08x}/{number}"),
        });
        json!({"include": others.chain(["a".to_owned()]).collect::<Vec<_>>()})
    };
    let preview: Preview = handler.restore_as("?plan=only", named(MOST)).await.ok();
    assert_eq!(preview.planned.copied.files, 1);
    for query in ["", "?plan=only"] {
        let detail = handler.restore_as(query, named(MOST + 1)).await.problem(400, "RequestMistaken");
        assert!(detail.contains("include") && detail.contains("globs"), "{detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_refused_keeps_no_pair_held() {
    let (_stage, _, _, handler) = backed_up().await;
    handler.decide("files", &json!({"action": "hold"})).await.ok::<PairStatus>();
    let there = json!({"at": "target"});
    handler.restore(json!({"include": [], "destination": there})).await.problem(400, "RequestMistaken");
    let never = json!({"recoveryPoint": "never", "destination": there});
    handler.restore(never).await.problem(404, "RecoveryPointNotFound");
    handler.decide("files", &json!({"action": "release"})).await.ok::<PairStatus>();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_whatever_its_type() {
    let (_stage, _, _, handler) = backed_up().await;
    let dest = r#""destination":{"at":"source"}"#;
    for body in [
        "",
        "null",
        "[]",
        "\"x\"",
        "{",
        &format!(r#"{{"recoveryPoint":1,{dest}}}"#),
        &format!(r#"{{"recoveryPoint":"latest",{dest},"include":"a"}}"#),
        &format!(r#"{{"recoveryPoint":"latest",{dest},"include":[1]}}"#),
        &format!(r#"{{"recoveryPoint":"latest",{dest},"deleteExtra":"yes"}}"#),
        &format!(r#"{{"recoveryPoint":"latest",{dest},{dest}}}"#),
        r#"{"recoveryPoint":"latest","destination":{"at":"Source"}}"#,
        r#"{"recoveryPoint":"latest","destination":{"at":"source","folder":"..\\x"}}"#,
        r#"{"recoveryPoint":"latest","destination":{"at":"source","folder":"a/./b"}}"#,
        &format!(r#"{{"recoveryPoint":"latest",{dest},"include":["{}"]}}"#, "x".repeat(3_000_000)),
        &"[".repeat(100_000),
    ] {
        let told = handler.tell(Method::POST, "pairs/files/restores", body).await;
        assert_eq!(told.status, 400, "{:.80} {:.300}", body, told.body.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_include_brings_not_everything() {
    let (_stage, source, handler) = with_files(json!({}), &[("a", "a"), ("b", "b")]).await;
    put(&source, "a", "newer").await;
    // a script whose list came out empty
    let asked = json!({"include": [], "conflict": "overwrite"});
    handler.restore(asked).await.problem(400, "RequestMistaken");
    assert_eq!(read(&source, "a").await, "newer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backslash_is_no_slash_and_is_told_of() {
    let (_stage, source, handler) = with_files(json!({}), &[("d/a", "a"), ("b", "b")]).await;
    remove(&source, "d/a").await;
    let detail = handler.restore(json!({"include": ["d\\a", "b"]})).await.problem(400, "RequestMistaken");
    assert!(detail.contains("include[0]"), "{detail}");
}
