//! The list of cycles, where one of them cannot be read.

use azure_data_tables::{Filter, Query};
use azure_files_backup::cycle::report::{CycleReport, Phase, Status};
use serde_json::Value as Json;

use super::{Row, Scene};
use crate::support::*;

impl Scene {
    /// The row of the newest cycle in the history, or of an earlier one.
    pub(super) async fn history_row(&self, back: usize) -> Row {
        let query = Query { filter: Filter::partition(self.pair), ..Query::default() };
        let found = self.service.table_client("backuphistory").query(&query).await.expect("an answer");
        self.row("backuphistory", self.pair, &found.rows[back].entity.row_key)
    }
}

#[tokio::test]
async fn one_cycle_of_the_history_that_cannot_be_read_is_named_among_the_others() {
    let scene = Scene::of("newer-history").await;
    for _ in 0..2 {
        assert_succeeded(&scene.handler.start_cycle(scene.pair).await.report());
    }
    let before: Vec<CycleReport> = scene.handler.ask("pairs/newer-history/cycles").await.ok();
    let row = scene.history_row(1).await;
    row.is_of_a_newer_program().await;
    let cycles: Vec<CycleReport> = scene.handler.ask("pairs/newer-history/cycles").await.ok();
    assert_eq!((&cycles[0], &cycles[2], cycles.len()), (&before[0], &before[2], 3));
    let unreadable = &cycles[1];
    assert_eq!(
        (&unreadable.id, unreadable.state, unreadable.status),
        (&before[1].id, Phase::Unreadable, None)
    );
    let error = unreadable.error.as_ref().expect("what is the matter");
    assert_eq!(error.code, "StateUnreadable");
    assert!(error.detail.contains(&row.row) && error.detail.contains("leave it"), "{error}");
    let all: Json = scene.handler.ask("pairs/newer-history/cycles").await.body;
    assert_eq!(all[1]["startedAt"], Json::Null, "nothing is guessed");

    scene.history_row(0).await.is_damaged().await;
    let cycles: Vec<CycleReport> = scene.handler.ask("pairs/newer-history/cycles").await.ok();
    let states: Vec<Phase> = cycles.iter().map(|cycle| cycle.state).collect();
    assert_eq!(states, [Phase::Unreadable, Phase::Unreadable, Phase::Finished]);
    assert_eq!(scene.handler.recovery_points(scene.pair).await.len(), 3, "the shares tell them");
    assert_eq!(scene.handler.pair(scene.pair).await.error, None);
    assert_succeeded(&scene.handler.start_cycle(scene.pair).await.report());
}

#[tokio::test]
async fn a_cycle_whose_failures_cannot_be_read_is_listed_without_them() {
    let scene = Scene::of("listed-failures").await;
    put(&scene.source, ".backup-scratch-of-somebody", "data").await;
    let report = scene.handler.start_cycle(scene.pair).await.report();
    scene.cycle_row(&report.id, "failed-00000001").is_damaged().await;
    let cycles: Vec<CycleReport> = scene.handler.ask("pairs/listed-failures/cycles").await.ok();
    let [listed, earlier] = &cycles[..] else { panic!("{cycles:#?}") };
    assert_succeeded(earlier);
    assert_eq!((&listed.id, listed.status), (&report.id, Some(Status::CompletedWithErrors)));
    assert_eq!((listed.failed, &listed.failures[..]), (1, &[][..]));
    let alert = listed.alerts.last().expect("what is the matter");
    assert_eq!(alert.code, "StateUnreadable");
    assert!(alert.detail.contains("failed-00000001 cannot be read"), "{alert:?}");
}
