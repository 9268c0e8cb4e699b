//! What recovery points hold, found without a table: by directory, by glob, through time, and between two of them.

use azure_files_backup::cycle::find::{EntriesPage, Kind, Version, VersionChange};
use azure_files_backup::cycle::report::{CycleReport, Preview};
use azure_storage_file_share::ShareClient;
use reqwest::Method;
use serde_json::json;

use crate::support::*;

/// A pair with two recovery points, in between of which something of every kind happened.
async fn history() -> (Stage, ShareClient, Handler, [CycleReport; 2]) {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_directories(&source, "docs/2024").await;
    put_directory(&source, "docs/2025").await;
    for path in ["docs/2024/a.txt", "docs/2024/b.doc", "docs/2025/a.txt", "same", "gone"] {
        put(&source, path, "data").await;
    }
    let handler = stage.handler().await;
    let first = handler.cycle("files").await;
    put(&source, "docs/2024/a.txt", "other data").await;
    put(&source, "docs/2025/new.txt", "data").await;
    source.file_client("gone").delete().await.expect("deleted");
    let second = handler.cycle("files").await;
    assert_succeeded(&second);
    (stage, source, handler, [first, second])
}

fn paths(page: &EntriesPage) -> Vec<&str> {
    page.entries.iter().map(|entry| entry.path.as_str()).collect()
}

async fn entries(handler: &Handler, point: &CycleReport, query: &str) -> EntriesPage {
    handler.get(&format!("pairs/files/recovery-points/{}/entries?{query}", point.id)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_a_recovery_point_is_shown_as_it_was() {
    let (_stage, source, handler, [first, second]) = history().await;
    source.file_client("same").delete().await.expect("deleted");
    let page = entries(&handler, &first, "").await;
    assert_eq!(paths(&page), ["docs", "gone", "same"]);
    assert_eq!((page.entries[0].kind, page.entries[1].kind), (Kind::Directory, Kind::File));
    assert_eq!((page.entries[0].size, page.entries[1].size), (None, Some(4)));
    assert_eq!(paths(&entries(&handler, &second, "").await), ["docs", "same"]);
    let page = entries(&handler, &second, "path=docs/2025/").await;
    assert_eq!(paths(&page), ["docs/2025/a.txt", "docs/2025/new.txt"]);
    // by the id of its share snapshot, too
    let points = handler.recovery_points("files").await;
    let by_id: EntriesPage =
        handler.get(&format!("pairs/files/recovery-points/{}/entries", points[0].target)).await;
    assert_eq!(by_id.cycle, second.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_found_by_a_glob_page_by_page() {
    let (stage, _, handler, [_, second]) = history().await;
    let all = ["docs/2024/a.txt", "docs/2025/a.txt", "docs/2025/new.txt"];
    assert_eq!(paths(&entries(&handler, &second, "glob=**/*.TXT").await), all);
    assert_eq!(paths(&entries(&handler, &second, "path=docs&glob=2025/*.txt").await), all[1..]);
    let (mut found, mut next) = (Vec::new(), String::new());
    for _ in 0..10 {
        let page = entries(&handler, &second, &format!("glob=**/*.txt&limit=1{next}")).await;
        found.extend(page.entries.iter().map(|entry| entry.path.clone()));
        match page.next {
            Some(cursor) => next = format!("&next={cursor}"),
            None => break,
        }
    }
    assert_eq!(found, all);
    // nothing outside is listed
    stage.emulator.log().reset();
    entries(&handler, &second, "glob=docs/2025/*.txt").await;
    assert_eq!(stage.emulator.log().count(TARGET, "List Directories and Files"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_not_understood_is_said() {
    let (_stage, _, handler, [first, _]) = history().await;
    let of = |rest: &str| format!("pairs/files/recovery-points/{}/entries{rest}", first.id);
    handler.ask(&of("?path=nowhere")).await.problem(404, "EntryNotFound");
    handler.ask(&of("?path=same")).await.problem(404, "EntryNotFound");
    handler.ask(&of("?glob=a//b")).await.problem(400, "RequestMistaken");
    handler.ask(&of("?next=x")).await.problem(400, "RequestMistaken");
    handler.ask(&of("?limit=0")).await.problem(400, "RequestMistaken");
    handler.ask(&of("?paht=a")).await.problem(400, "RequestMistaken");
    handler.ask("pairs/files/recovery-points/never/entries").await.problem(404, "RecoveryPointNotFound");
    handler.ask("pairs/none/recovery-points/never/entries").await.problem(404, "PairNotFound");
    handler.ask("pairs/files/versions").await.problem(400, "RequestMistaken");
    handler.ask("pairs/files/diff?from=never&to=never").await.problem(404, "RecoveryPointNotFound");
    handler.tell(Method::POST, "pairs/files/versions?path=a", "").await.problem(405, "MethodNotAllowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_followed_through_all_recovery_points() {
    let (_stage, source, handler, [first, second]) = history().await;
    put_directory(&source, "gone").await;
    let third = handler.cycle("files").await;
    let changes = async |path: &str| {
        let versions: Vec<Version> = handler.get(&format!("pairs/files/versions?path={path}")).await;
        let cycles: Vec<_> = versions.iter().map(|version| version.cycle.clone()).collect();
        assert_eq!(cycles, [third.id.clone(), second.id.clone(), first.id.clone()]);
        versions.iter().map(|version| (version.change, version.size)).collect::<Vec<_>>()
    };
    use VersionChange::*;
    let four = Some(4);
    assert_eq!(changes("same").await, [(Unchanged, four), (Unchanged, four), (Added, four)]);
    assert_eq!(changes("docs/2024/a.txt").await, [(Unchanged, Some(10)), (Changed, Some(10)), (Added, four)]);
    assert_eq!(changes("docs/2025/new.txt").await, [(Unchanged, four), (Added, four), (Absent, None)]);
    assert_eq!(changes("gone").await, [(Added, None), (Removed, None), (Added, four)]);
    assert_eq!(changes("docs/2024").await, [(Unchanged, None), (Unchanged, None), (Added, None)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_recovery_points_are_compared_without_a_write() {
    let (stage, _, handler, [first, second]) = history().await;
    stage.emulator.log().reset();
    let diff: Preview = handler.get(&format!("pairs/files/diff?from={}&to={}", first.id, second.id)).await;
    assert!(diff.complete);
    let mut changed: Vec<_> =
        diff.items.iter().map(|item| (item.path.as_str(), format!("{:?}", item.change))).collect();
    changed.retain(|(path, _)| !["", "docs/2024", "docs/2025"].contains(path));
    changed.sort();
    let copied = "Copied".to_owned();
    assert_eq!(
        changed.iter().map(|(path, _)| *path).collect::<Vec<_>>(),
        ["docs/2024/a.txt", "docs/2025/new.txt", "gone"],
        "{changed:?} {copied}"
    );
    let written = stage
        .emulator
        .log()
        .snapshot()
        .recent
        .into_iter()
        .find(|sent| !["GET", "HEAD"].contains(&&*sent.method));
    assert!(written.is_none(), "{written:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_restore_3_without_app_and_tables_recovery_points_are_read_from_the_shares() {
    let (stage, _, handler, [first, second]) = history().await;
    handler.console().await;
    let mut variables = stage.variables();
    variables.insert("BACKUP_STATE".to_owned(), "http://127.0.0.1:1/devstoreaccount1".to_owned());
    variables.insert("BACKUP_KEY__devstoreaccount1".to_owned(), KEY.to_owned());
    let lines = async |arguments: &[&str]| {
        let output = run(arguments, &variables).await;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&["pairs"]).await, ["files"]);
    let points = lines(&["pairs", "files", "recovery-points"]).await;
    assert!(points[0].ends_with(&second.id) && points[1].ends_with(&first.id), "{points:?}");
    let found = lines(&["pairs", "files", "entries", &second.id, "--glob", "**/*.txt"]).await;
    assert!(found[0].ends_with("docs/2024/a.txt") && found.len() == 3, "{found:?}");
    let versions = lines(&["pairs", "files", "versions", "gone"]).await;
    assert!(versions[0].contains("Removed") && versions[1].contains("Added"), "{versions:?}");
    let diff = lines(&["pairs", "files", "diff", &first.id, &second.id]).await;
    assert!(diff.iter().any(|line| line.ends_with("gone")), "{diff:?}");
    let page = lines(&["pairs", "files", "entries", &first.id, "--json"]).await;
    assert_eq!(paths(&serde_json::from_str(&page[0]).expect("a page")), ["docs", "gone", "same"]);

    let output = run(&["pairs", "files", "entries", "never"], &variables).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no recovery point"));
    let output = run(&["pairs", "files", "entires"], &variables).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("handler pairs NAME entries POINT"));
}
