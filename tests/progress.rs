//! What a status tells of the way a cycle has gone: nothing of it is taken back, whatever happens to the process.

use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, PairStatus, Phase, Progress};
use azurite::shared;
use serde_json::json;

use crate::support::*;

/// Asks until the handler does not answer any more, or the pair is left alone.
async fn watch(handler: &Handler, seen: &mut Vec<CycleReport>) {
    while let Some(status) = handler.try_get::<PairStatus>("pairs/progress").await {
        seen.extend(status.cycle.filter(|_| status.running));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[track_caller]
fn assert_forward(before: &CycleReport, after: &CycleReport) {
    let (Some(then), Some(now)) = (before.progress, after.progress) else {
        panic!("no progress in {before:#?} or {after:#?}")
    };
    let told = |progress: Progress| [progress.listed, progress.done.entries, progress.done.bytes];
    let falls = told(then).iter().zip(told(now)).any(|(then, now)| now < *then);
    assert!(!falls, "{then:#?}\n{now:#?}");
    let is_planned = !matches!(after.state, Phase::MakingRoom | Phase::SourceSnapshot | Phase::Planning);
    assert!(!is_planned || now.done.entries <= now.planned.entries, "{now:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_progress_never_falls_though_its_process_is_killed() {
    let azurite = shared().await;
    let mut stage = Stage::set().await;
    // slow enough for a save between two kills
    let (source, _) = stage.pair("progress", json!({"limits": {"requestsPerSecond": 300}})).await;
    for directory in ["a", "b", "c"] {
        put_directory(&source, directory).await;
        for number in 0..300 {
            put(&source, &format!("{directory}/{number}"), "data").await;
        }
    }
    let variables = over(azurite, stage.variables());
    let mut seen = Vec::new();
    for at in [400, 400] {
        let (handler, requests) = Handler::watched(&variables).await;
        let id = handler.id();
        requests.after_write(move |count| {
            if count == at {
                signal(id, "KILL");
            }
        });
        let cycle = async {
            while handler.send("backup-timer").await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::join!(cycle, watch(&handler, &mut seen));
    }
    let handler = Handler::start(free_port(), &variables).await;
    let report = handler.backup_after_others("progress").await.report();
    assert_succeeded(&report);
    assert_eq!(report.progress, None, "it has ended");
    assert!(seen.iter().all(|shown| shown.id == report.id), "one cycle");
    seen.windows(2).for_each(|pair| assert_forward(&pair[0], &pair[1]));
    let told = seen.iter().filter_map(|report| report.progress).collect::<Vec<_>>();
    assert!(told.iter().any(|progress| progress.done.entries > 0), "{told:#?}");
    assert!(told.iter().all(|progress| progress.expected.is_none()), "nothing is known of a first cycle");
    let again = handler.cycle("progress").await;
    assert_succeeded(&again);
    assert_eq!(again.compared, report.compared);
}
