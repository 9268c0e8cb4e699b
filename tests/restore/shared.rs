//! Two pairs restore to one share at the same time.

use azure_files_backup::cycle::report::CycleReport;
use reqwest::Method;
use serde_json::json;

use super::large::{LARGE, intact, put_large};
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_pairs_that_restore_to_one_share_leave_each_other_alone() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({})).await;
    let (other, _) = stage.pair("other", json!({})).await;
    put_large(&source, "large").await;
    put(&other, "x", "x").await;
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let rescue = stage.share(TARGET, "rescue");
    rescue.create(&Default::default()).await.expect("made");
    put(&rescue, "large", "spoilt").await;
    let stalled = stage.stall(TARGET, false);
    let there = json!({"at": "share", "share": "rescue"});
    let beside = async {
        stalled.notified().await;
        let asked = json!({"recoveryPoint": "latest", "destination": there, "approve": true});
        let told = handler.tell(Method::POST, "pairs/other/restores", &asked.to_string()).await;
        stage.emulator.set_faults(None);
        told
    };
    let asked = json!({"destination": there, "conflict": "overwrite"});
    let (first, second) = tokio::join!(handler.restore(asked), beside);
    assert_succeeded(&second.ok());
    let first: CycleReport = serde_json::from_value(first.body).expect("a report");
    assert_succeeded(&handler.ended(&first).await);
    assert_eq!((intact(&rescue, "large").await, read(&rescue, "x").await.as_str()), (LARGE, "x"));
}
