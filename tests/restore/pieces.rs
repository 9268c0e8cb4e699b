//! A part of a large directory comes back while it is worked on for moments at a time, each time from what is stored.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::report::CycleReport;
use azure_files_backup::cycle::{Backup, Start, Trigger};
use azure_storage_file_share::ShareClient;
use faults::{Fault, Seen};
use file_share_emulator::Config;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::mark;
use crate::support::*;

/// Files of each of two kinds, `f` and `g`, in one directory. Of three that follow one another the first is lost, the second spoilt
/// and the third left alone; beside each spoilt `f` somebody puts another file.
const FILES: u32 = 40;
const MOMENT: Duration = Duration::from_millis(15);

fn path(kind: &str, number: u32) -> String {
    format!("d/big/{kind}{number:03}")
}

async fn spoilt() -> (Stage, ShareClient, Backup) {
    let mut stage = Stage::with(Config { page_size: 3, ..Config::default() }).await;
    let (source, _) = stage.pair("files", json!({})).await;
    put_directories(&source, "d/big/sub").await;
    put_directory(&source, "d/other").await;
    let all = || ["f", "g"].into_iter().flat_map(|kind| (0..FILES).map(move |number| (kind, number)));
    for (kind, number) in all() {
        put(&source, &path(kind, number), "data").await;
    }
    for path in ["d/big/one", "d/big/sub/f", "d/other/x", "d/x"] {
        put(&source, path, path).await;
    }
    let backup = app(&stage.variables());
    let cycle = Box::pin(backup.run("files", Start::New, backup.deadline(Trigger::Timer)));
    assert_succeeded(&cycle.await.expect("a cycle"));
    for (kind, number) in all() {
        let path = path(kind, number);
        match number % 3 {
            0 => remove(&source, &path).await,
            1 => put(&source, &path, "spoilt").await,
            _ => {}
        }
        if number % 3 == 1 && kind == "f" {
            put(&source, &format!("{path}x"), "extra").await;
        }
    }
    (stage, source, backup)
}

/// Until it ends.
async fn in_pieces(stage: &Stage, backup: &Backup, asked: Value) -> CycleReport {
    let asked = serde_json::from_value(asked).expect("what the interface says");
    stage.emulator.set_faults(Some(Arc::new(|_: &Seen<'_>| Fault::Delay { by: Duration::from_millis(4) })));
    let soon = || Instant::now() + MOMENT;
    let mut report = Box::pin(backup.restore("files", asked, soon())).await.expect("begun");
    for _ in 0..2_000 {
        if report.status.is_some() {
            stage.emulator.set_faults(None);
            return report;
        }
        report = Box::pin(backup.go_on_restoring("files", soon())).await.expect("gone on");
    }
    panic!("it does not end: {report:#?}");
}

async fn check(include: Value, is_whole: bool, conflict: &str) {
    let (stage, source, backup) = spoilt().await;
    let deletes = conflict == "overwrite";
    let asked = json!({"recoveryPoint": "latest", "destination": {"at": "source"}, "include": include,
        "conflict": conflict, "deleteExtra": deletes, "approve": true});
    let report = in_pieces(&stage, &backup, asked).await;
    assert_succeeded(&report);
    let data = async |path: &str| match source.file_client(path).get_properties().await {
        Ok(_) => Some(read(&source, path).await),
        Err(_) => None,
    };
    let is = |text: &str| Some(text.to_owned());
    for number in 0..FILES {
        for kind in ["f", "g"] {
            let path = path(kind, number);
            let is_wanted = kind == "f" || is_whole;
            let expected = match number % 3 {
                0 if !is_wanted => None,
                1 if !is_wanted || !deletes => is("spoilt"),
                _ => is("data"),
            };
            assert_eq!(data(&path).await, expected, "{path}");
            let beside = data(&format!("{path}{}", mark(&report))).await;
            let comes_beside = number % 3 == 1 && is_wanted && conflict == "rename";
            assert_eq!(beside, comes_beside.then(|| is("data")).flatten(), "beside {path}");
            let has_extra = number % 3 == 1 && kind == "f" && !deletes;
            let extra = data(&format!("{path}x")).await;
            assert_eq!(extra, has_extra.then(|| is("extra")).flatten(), "beside {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_comes_beside_what_stands_there_in_pieces() {
    check(json!(["d/big/f*", "D/other", "d/big/one"]), false, "rename").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_directory_comes_over_what_stands_there_in_pieces() {
    check(json!(["d/big", "d/other/x"]), true, "overwrite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_glob_matches_comes_where_nothing_stands_in_pieces() {
    check(json!(["**/f*", "d/other/x", "d/big/one"]), false, "skip").await;
}
