//! People who go on writing to the target when the roles have swapped back.

use azure_files_backup::cycle::report::{Exceeded, PairStatus};
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_to_the_target_after_the_roles_swapped_is_not_overwritten_unseen() {
    let (_stage, source, target, handler) = backed_up().await;
    handler.fail_over().await;
    put(&target, "b", "new").await;
    assert_succeeded(&handler.fail_back().await);
    put(&target, "straggler", "not brought").await;
    put(&target, "b", "straggled").await;
    let mut next = handler.cycle("files").await;
    // a cycle that was rejected wrote nothing, so the next one asks again
    for round in 0..2 {
        let stopped = assert_waits(&next);
        assert!(matches!(&stopped.exceeded[..], [Exceeded::TargetWasWritten { .. }]), "{stopped:?}");
        assert_eq!(names(&target, "").await, ["a", "b", "straggler"]);
        if round == 0 {
            handler.decide("files", &json!({"action": "reject"})).await.ok::<PairStatus>();
            next = handler.cycle("files").await;
        }
    }
    handler.approve("files", &assert_waits(&next).digest).await;
    assert_succeeded(&handler.resume("files").await);
    assert_eq!(names(&target, "").await, ["a", "b"]);
    put(&source, "b", "later").await;
    assert_succeeded(&handler.cycle("files").await);
}
