//! Files that moved and whose data changed behind equal size and times: the service tells, and what did not change costs
//! no more than the question.

use super::{Asked, Pair, mirrored};
use crate::support::*;

async fn moved(entries: &[&str], edits: &[&str]) -> Asked {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", entries).await;
    pair.edit(edits).await;
    mirrored(&stage, &pair).await
}

#[tokio::test]
async fn accept_sync_engine_moved_a_file_whose_data_changed_behind_equal_times_is_copied() {
    let asked = moved(&["a"], &["a>b", "~b"]).await;
    // to its new place, and the copy over it
    assert_eq!((asked.renames(), asked.copies(), asked.diffs()), (2, 1, 1));
    // over another one, and on the way
    let asked = moved(&["a", "b", "c"], &["-b", "~a", "a>b", "~c", "c>a"]).await;
    assert_eq!((asked.copies(), asked.diffs()), (2, 2));
}

#[tokio::test]
async fn accept_sync_engine_moved_a_file_whose_data_did_not_change_costs_one_question() {
    let asked = moved(&["a", "d/"], &["a>d/b"]).await;
    assert_eq!((asked.renames(), asked.copies(), asked.diffs()), (1, 0, 1));
}

#[tokio::test]
async fn accept_sync_engine_moved_beneath_a_directory_only_a_moved_change_time_is_asked_about() {
    let entries = ["d/", "d/a", "d/b", "d/e/", "d/e/f", "d/g"];
    let asked = moved(&entries, &["d/>x/", "~x/b", "x/g>x/h"]).await;
    assert_eq!((asked.copies(), asked.diffs()), (1, 2));
}

#[tokio::test]
async fn a_moved_file_of_which_the_service_does_not_tell_is_copied() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["a"]).await;
    pair.edit(&["a>b", "~b"]).await;
    let at = super::snapshot(&pair.source).await;
    let mirror = pair.mirror(&stage, &at, Faulty::healthy(), 1);
    let chunks = mirror.plan().await.expect("planned").0;
    pair.source.delete_snapshot(&pair.points.0).await.expect("deleted");
    assert_eq!(mirror.apply(&chunks).await.expect("applied"), []);
    assert_eq!(shown(&pair.target).await, shown(&pair.source).await);
}
