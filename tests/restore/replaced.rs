//! The share that is restored to is deleted and made anew while a restore is under way.

use azure_files_backup::cycle::report::CycleReport;
use serde_json::json;

use super::decide;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_planned_for_a_share_is_not_applied_to_another_of_its_name() {
    let (stage, _, _, handler) = backed_up().await;
    let rescue = stage.share(TARGET, "rescue");
    rescue.create(&Default::default()).await.expect("made");
    let there = json!({"at": "share", "share": "rescue"});
    let waiting: CycleReport = handler.restore(json!({"destination": there, "approve": false})).await.ok();
    let digest = assert_waits(&waiting).digest.clone();
    replace(&rescue).await;
    decide(&handler, &waiting, json!({"action": "approve", "digest": digest})).await.ok::<CycleReport>();
    handler.fire_timer("resume-timer").await;
    let ended: CycleReport = handler.get(&format!("pairs/files/restores/{}", waiting.id)).await;
    assert_failed(&ended, "TargetReplaced");
    assert_eq!(names(&rescue, "").await, Vec::<String>::new());
}
