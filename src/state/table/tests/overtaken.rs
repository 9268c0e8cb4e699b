//! Somebody else writes between a write whose answer was lost and the look that is to tell what became of it.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use faults::{Fault, Seen};

use super::Shaky;
use crate::state::contract::{failure, is_conflict, is_missing};
use crate::state::table::samples;
use crate::state::{Addition, CycleRecord};

/// What becomes of an old owner's commit, with `fault`, when a new owner commits just after it was sent. The plan of
/// faults blocks its thread while the old owner is kept waiting, so the tests have several.
async fn overtake(fault: fn() -> Fault) -> Shaky {
    let world = Shaky::start().await;
    let version = world.direct.store.begin(&world.direct.cycle("a")).await.expect("a new row");
    let (looks, looking) = mpsc::channel();
    let (overtaken, go_on) = mpsc::channel();
    let go_on = Mutex::new(go_on);
    world.spoil(move |seen: &Seen<'_>| match seen.number {
        1 => fault(),
        2 => {
            looks.send(()).expect("the test listens");
            go_on.lock().expect("one look at a time").recv().expect("the test answers");
            Fault::None
        }
        _ => Fault::None,
    });
    let old = async {
        let record = CycleRecord { epoch: 1, chunks: 1, failed: 1, ..world.shaky.cycle("a") };
        let addition = Addition { chunks: vec![samples::chunk()], failures: vec![failure(1)] };
        world.shaky.store.commit(&record, &version, addition).await
    };
    let new = async {
        let looks = tokio::task::spawn_blocking(move || looking.recv()).await;
        looks.expect("no panic").expect("the old owner looks");
        let read =
            world.direct.store.load(&world.direct.pair, "a").await.expect("an answer").expect("the row");
        let record = CycleRecord { epoch: 2, ..read.record };
        let outcome = world.direct.store.commit(&record, &read.version, Addition::default()).await;
        overtaken.send(()).expect("the plan waits");
        outcome
    };
    let (old, new) = tokio::join!(old, new);
    assert!(is_conflict(&old), "{old:?}");
    new.expect("the new owner is not disturbed");
    world.proxy.settled().await;
    assert_eq!(world.direct.loaded("a").await.epoch, 2);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_not_done_is_never_done() {
    let late = || Fault::Late { by: Duration::from_millis(300) };
    for fault in [|| Fault::DropBefore, late] {
        let Shaky { direct, .. } = overtake(fault).await;
        assert!(is_missing(&direct.store.chunk(&direct.pair, "a", 0).await));
        assert!(direct.failures("a").await.is_empty());
        assert_eq!(direct.loaded("a").await.chunks, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_done_is_what_the_new_owner_goes_on_from() {
    let Shaky { direct, .. } = overtake(|| Fault::DropAfter).await;
    assert!(direct.store.chunk(&direct.pair, "a", 0).await.is_ok());
    assert_eq!((direct.loaded("a").await.chunks, direct.failures("a").await), (1, vec![failure(1)]));
}
