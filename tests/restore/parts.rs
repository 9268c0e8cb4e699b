//! Some of it: by path, by glob.

use serde_json::json;

use super::files;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_file_comes_back_with_the_directories_above_it_and_nothing_else() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_directories(&source, "a/b/c").await;
    put_many(&source, 20).await;
    for path in ["a/b/c/lost", "a/b/c/other", "a/b/beside"] {
        put(&source, path, path).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let before = files(&source).await;
    for path in ["a/b/c/lost", "a/b/c/other"] {
        remove(&source, path).await;
    }
    source.directory_client("a/b/c").delete().await.expect("empty");
    handler.restored(json!({"include": ["a/b/c/lost"]})).await;
    let after = files(&source).await;
    assert_eq!(after["a/b/c/lost"], before["a/b/c/lost"]);
    assert!(!after.contains_key("a/b/c/other"));
    assert_eq!(after.len(), before.len() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn globs_bring_what_they_match_and_no_empty_directories() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    for number in 0..3 {
        put_directories(&source, &format!("d{number}/docs")).await;
        put_directory(&source, &format!("d{number}/pictures")).await;
        for name in ["docs/a.txt", "docs/b.doc", "pictures/a.png", "c.txt"] {
            put(&source, &format!("d{number}/{name}"), name).await;
        }
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let there = json!({"at": "share", "share": "rescue", "create": true});
    let report =
        handler.restored(json!({"include": ["**/*.txt", "d2/pictures"], "destination": there})).await;
    let rescue = stage.share(TARGET, "rescue");
    let found: Vec<String> = shown(&rescue).await.into_keys().collect();
    let mut expected = vec![String::new()];
    for number in 0..3 {
        expected.extend(["", "/c.txt", "/docs", "/docs/a.txt"].map(|path| format!("d{number}{path}")));
    }
    expected.extend(["d2/pictures", "d2/pictures/a.png"].map(str::to_owned));
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(report.done.copied.files, 7);
    let differing: Vec<_> =
        files(&rescue).await.into_iter().filter(|(path, _)| path.ends_with(".doc")).collect();
    assert_eq!(differing, []);
}
