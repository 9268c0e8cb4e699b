//! What was lifted out of the way comes to its new place or back, whatever else fails; or it is told of.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use faults::{Fault, Seen};

use super::{Pair, mirrored, snapshot};
use crate::support::*;

const NO: Fault = Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None };

/// Refuses what `is_meant`.
fn refuse(stage: &Stage, is_meant: impl Fn(&Seen<'_>) -> bool + Send + Sync + 'static) {
    let plan = move |seen: &Seen<'_>| if is_meant(seen) { NO } else { Fault::None };
    stage.emulator.set_faults(Some(Arc::new(plan)));
}

/// Whether it is a listing of a directory.
fn lists(seen: &Seen<'_>, account: &str, directory: &str) -> bool {
    let is_it = seen.path.trim_end_matches('/').ends_with(&format!("/files/{directory}"));
    seen.operation == "List Directories and Files" && seen.account == account && is_it
}

/// Files of the target, and leftovers.
async fn paths(pair: &Pair) -> Vec<String> {
    shown(&pair.target)
        .await
        .into_iter()
        .filter(|(_, shown)| shown.data.is_some())
        .map(|(path, _)| path)
        .collect()
}

/// The next cycle, with nothing in its way, makes all equal.
async fn heals(stage: &Stage, pair: &Pair) {
    stage.emulator.set_faults(None);
    mirrored(stage, pair).await;
}

#[tokio::test]
async fn accept_sync_engine_moved_a_directory_that_cannot_be_listed_comes_to_its_place_as_it_is() {
    for account in [SOURCE, TARGET] {
        let stage = Stage::set().await;
        let pair = Pair::new(&stage, "files", &["a/", "a/1", "b/", "b/2"]).await;
        pair.edit(&["a/>x/", "b/>a/", "x/>b/", "+a/new"]).await;
        let at = snapshot(&pair.source).await;
        // the source shows it at its new place, the target where it was
        let listed = if account == SOURCE { "a" } else { "b" };
        let mirror = pair.mirror(&stage, &at, Faulty::healthy(), 1);
        refuse(&stage, move |seen| lists(seen, account, listed));
        let (chunks, planned) = mirror.plan().await.expect("planned");
        assert_eq!(reasons(&planned), [("a", "AuthorizationFailure")], "{account}");
        stage.emulator.set_faults(None);
        let mut failures = planned;
        mirror.passes(&chunks, &mut failures).await.expect("written");
        assert_eq!(reasons(&failures), [("a", "AuthorizationFailure")], "{account}");
        assert_eq!(paths(&pair).await, ["a/2", "b/1"], "{account}");
        heals(&stage, &pair).await;
    }
}

#[tokio::test]
async fn accept_sync_engine_moved_what_cannot_be_looked_at_after_the_lift_goes_back() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["n/", "n/a", "n/b"]).await;
    pair.edit(&["n/a>x", "n/b>n/a", "x>n/b"]).await;
    let at = snapshot(&pair.source).await;
    let mirror = pair.mirror(&stage, &at, Faulty::healthy(), 1);
    let chunks = mirror.plan().await.expect("planned").0;
    // the first look is that of the lift, the second one that before the renaming
    let looks = AtomicUsize::new(0);
    refuse(&stage, move |seen| lists(seen, TARGET, "n") && looks.fetch_add(1, Ordering::SeqCst) == 1);
    let failures = mirror.write(&chunks).await.expect("written");
    assert_eq!(reasons(&failures), [("n/a", "TargetNotListed"), ("n/b", "TargetNotListed")]);
    assert_eq!(paths(&pair).await, ["n/a", "n/b"]);
    assert_eq!(
        (read(&pair.target, "n/a").await, read(&pair.target, "n/b").await),
        ("n/a".into(), "n/b".into())
    );
    heals(&stage, &pair).await;
}

#[tokio::test]
async fn accept_sync_engine_moved_what_lay_in_a_directory_that_does_not_move_after_all_goes_back_into_it() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["d/", "d/f", "d/g"]).await;
    pair.edit(&["d/f>f", "d/>e/"]).await;
    let at = snapshot(&pair.source).await;
    let mirror = pair.mirror(&stage, &at, Faulty::healthy(), 1);
    let chunks = mirror.plan().await.expect("planned").0;
    refuse(&stage, |seen| {
        seen.operation.starts_with("Rename")
            && ["/files/e", "/files/f"].iter().any(|to| seen.path.ends_with(to))
    });
    let failures = mirror.write(&chunks).await.expect("written");
    assert_eq!(reasons(&failures), [("e", "AuthorizationFailure"), ("f", "AuthorizationFailure")]);
    assert_eq!(paths(&pair).await, ["d/f", "d/g"]);
    heals(&stage, &pair).await;
}

#[tokio::test]
async fn accept_sync_engine_moved_what_can_go_neither_on_nor_back_is_a_failure_of_its_own() {
    let stage = Stage::set().await;
    let pair = Pair::new(&stage, "files", &["a", "b"]).await;
    pair.edit(&["a>x", "b>a", "x>b"]).await;
    let at = snapshot(&pair.source).await;
    let mirror = pair.mirror(&stage, &at, Faulty::healthy(), 1);
    let chunks = mirror.plan().await.expect("planned").0;
    refuse(&stage, |seen| seen.operation == "Rename File" && seen.path.ends_with("/files/b"));
    let failures = mirror.write(&chunks).await.expect("written");
    assert_eq!(reasons(&failures), [("a", "NotPlaced"), ("b", "AuthorizationFailure")]);
    assert_eq!(read(&pair.target, "a").await, "b");
    heals(&stage, &pair).await;
}
