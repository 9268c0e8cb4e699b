//! What is named comes back, whatever its name, and nothing else.

use azure_files_backup::cycle::report::CycleReport;
use file_share_emulator::Config;
use serde_json::json;

use super::with_files;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_names_nothing_is_told_of_beside_one_that_names_something() {
    let (_stage, source, handler) = with_files(json!({}), &[("a", "a"), ("budget.xlsx", "b")]).await;
    remove(&source, "a").await;
    remove(&source, "budget.xlsx").await;
    let report: CycleReport = handler.restore(json!({"include": ["a", "buget.xlsx"]})).await.ok();
    assert_eq!(reasons(&report.failures), [("buget.xlsx", "NotInRecoveryPoint")]);
    assert_eq!(names(&source, "").await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_brackets_is_that_name_alone() {
    let (_stage, source, handler) =
        with_files(json!({}), &[("report[1].txt", "r"), ("report1.txt", "old")]).await;
    remove(&source, "report[1].txt").await;
    put(&source, "report1.txt", "newer, and nobody asked for the old one").await;
    handler.restored(json!({"include": ["report[1].txt"], "conflict": "overwrite"})).await;
    assert_eq!(read(&source, "report1.txt").await, "newer, and nobody asked for the old one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_back_by_its_path_whatever_its_name() {
    let names = [
        "draft [new.txt",
        "{A1}.dat",
        "{open",
        "Übersicht[1].txt",
        "Größe [2].txt",
        "a]b",
        "trailing.",
        "#%&+ x",
    ];
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, "data")).collect();
    let (_stage, source, handler) = with_files(json!({}), &files).await;
    let mut lost = Vec::new();
    for name in names {
        remove(&source, name).await;
        let told = handler.restore(json!({"include": [name]})).await;
        if source.file_client(name).get_properties().await.is_err() {
            lost.push(format!("{name}: {} {} {}", told.status, told.body["detail"], told.body["error"]));
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_named_with_a_brace_costs_no_walk_of_the_share() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    for number in 0..60 {
        put_directory(&source, &format!("d{number}")).await;
    }
    put(&source, "d7/{A1}.dat", "data").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    remove(&source, "d7/{A1}.dat").await;
    stage.emulator.log().reset();
    handler.restored(json!({"include": ["d7/{A1}.dat"]})).await;
    let counts = stage.emulator.log().snapshot().counts;
    let requests: u64 = counts.values().sum();
    assert!(requests < 40, "{requests}: {counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_in_another_case_is_found_where_a_directory_is_large() {
    let config = Config { page_size: 3, ..Default::default() };
    let mut stage = Stage::with(config).await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_directory(&source, "d").await;
    put_directory(&source, "d/B1").await;
    put(&source, "d/B1/x", "x").await;
    for name in ["A", "b", "Ba", "b2", "c", "_", "Z", "b1.txt"] {
        put(&source, &format!("d/{name}"), name).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    for name in ["b", "Ba"] {
        remove(&source, &format!("d/{name}")).await;
    }
    put(&source, "d/extra", "extra").await;
    put(&source, "d/b1/more", "more").await;
    let asked = json!({"include": ["D/B", "d/bA", "D/b1"], "conflict": "overwrite", "deleteExtra": true});
    handler.restored(asked).await;
    let found = names(&source, "d").await;
    assert_eq!(found, ["A", "B1", "Ba", "Z", "_", "b", "b1.txt", "b2", "c", "extra"]);
    assert_eq!(names(&source, "d/B1").await, ["x"]);
}
