//! The tables are lost while people work with the target: what they wrote stays.

use azure_files_backup::cycle::report::{CycleReport, PairStatus, Standing};
use azurite::Azurite;
use serde_json::{Value, json};

use super::assert_goes_on;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_lost_while_a_pair_is_failed_over_cost_nothing_that_was_written() {
    let azurite = Azurite::start().await.expect("Azurite");
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put(&source, "a", "data").await;
    let handler = Handler::start(free_port(), &over(&azurite, stage.variables())).await;
    assert_succeeded(&handler.cycle("files").await);
    let told = handler.fail_over().await;
    put(&target, "a", "since").await;
    put(&target, "b", "new").await;
    drop_tables(&azurite.table_endpoint(), &TABLES).await;
    let refused = handler.cycle("files").await;
    assert_failed(&refused, "PairFailedOver");
    assert_eq!(
        (names(&target, "").await, read(&target, "a").await.as_str()),
        (vec!["a".to_owned(), "b".to_owned()], "since")
    );
    let status = handler.pair("files").await;
    assert_eq!((status.judgement.standing, status.held.is_some()), (Standing::FailedOver, true));
    let known = status.failed_over.expect("it is found again");
    assert_eq!((known.since, known.recovery_point), (told.since, Some(told.recovery_point.clone())));
    handler.start_cycle("files").await.problem(409, "PairHeld");
    handler.release().await.problem(409, "PairFailedOver");
    let report = handler.fail_back().await;
    assert_succeeded(&report);
    assert_eq!(report.failback.expect("it is one").asked.recovery_point, Some(told.recovery_point.cycle));
    assert_eq!(shown(&source).await, shown(&target).await);
    assert_goes_on(&handler, &stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_first_after_the_loss_finds_the_pair_failed_over() {
    for asked in ["failover", "failback", "undo", "status"] {
        let (stage, source, target, handler) = backed_up().await;
        handler.decide("files", &json!({"action": "hold"})).await.ok::<Value>();
        let told = handler.fail_over().await;
        put(&target, "b", "new").await;
        drop(handler);
        // what was remembered was remembered in the process
        let handler = stage.handler().await;
        match asked {
            "failover" => {
                let again = handler.fail_over().await;
                assert_eq!((again.since, again.recovery_point), (told.since, told.recovery_point));
            }
            "failback" => {
                assert_succeeded(&handler.fail_back().await);
                assert_eq!(shown(&source).await, shown(&target).await);
                // who held it before goes on holding it
                assert!(handler.pair("files").await.held.is_some());
                handler.release().await.ok::<Value>();
                assert_goes_on(&handler, &stage).await;
                continue;
            }
            "undo" => {
                let undone: PairStatus = handler.ask_to_fail_over(r#"{"action": "undo"}"#).await.ok();
                assert!(undone.failed_over.is_none() && undone.held.is_some());
                handler.release().await.ok::<Value>();
                assert_succeeded(&handler.cycle("files").await);
                assert_eq!(names(&target, "").await, ["a"]);
                continue;
            }
            _ => {}
        }
        handler.timer().await;
        assert_eq!(names(&target, "").await, ["a", "b"], "{asked}");
        assert!(handler.pair("files").await.failed_over.is_some(), "{asked}");
        handler.ask_to_fail_over(r#"{"action": "undo"}"#).await.ok::<PairStatus>();
        handler.release().await.ok::<Value>();
        let report: CycleReport = handler.cycle("files").await;
        assert_succeeded(&report);
        assert_eq!(names(&target, "").await, ["a"]);
    }
}
