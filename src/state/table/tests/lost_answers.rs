//! Every kind of write, spoiled at each of its requests in each way: it is done once, and is known to be.

use std::time::Duration;

use faults::{Fault, Seen, nth};

use super::{Shaky, writes};
use crate::state::contract::{World, failure};
use crate::state::table::samples;
use crate::state::{Addition, CycleRecord, PairRecord, State, StateError, Status, Version};

const FAULTS: [fn() -> Fault; 9] = [
    || Fault::DropBefore,
    || Fault::DropAfter,
    || Fault::Cut,
    // before it is sent again, and after
    || Fault::Late { by: Duration::from_millis(20) },
    || Fault::Late { by: Duration::from_millis(150) },
    || Fault::Refuse { status: 500, code: "InternalError", retry_after_seconds: None },
    || Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: None },
    || Fault::Refuse { status: 412, code: "UpdateConditionNotSatisfied", retry_after_seconds: None },
    || Fault::Refuse { status: 409, code: "EntityAlreadyExists", retry_after_seconds: None },
];
/// Without a condition nothing can be refused for one.
const UNCONDITIONAL: &[fn() -> Fault] = FAULTS.first_chunk::<7>().expect("there are more").as_slice();

/// Does one kind of write for a new cycle at a time, with each fault at each of its requests. `check` sees what the write
/// gave, and the state without faults once all late effects have come.
async fn spoil_each<P, T>(
    faults: &[fn() -> Fault],
    prepare: impl AsyncFn(&World, &str) -> P,
    write: impl AsyncFn(&World, &str, P) -> T,
    check: impl AsyncFn(&World, &str, T),
) {
    let world = Shaky::start().await;
    for (number, fault) in faults.iter().enumerate() {
        for request in 1.. {
            let cycle = format!("{number}-{request}");
            let prepared = prepare(&world.direct, &cycle).await;
            world.spoil(nth(request, *fault));
            let given = write(&world.shaky, &cycle, prepared).await;
            let sent = world.proxy.count();
            world.proxy.settled().await;
            check(&world.direct, &cycle, given).await;
            if sent < request {
                assert!(request > 1, "the write sends something");
                break;
            }
        }
    }
}

async fn nothing(_: &World, _: &str) {}

async fn begun(world: &World, cycle: &str) -> Version {
    world.store.begin(&world.cycle(cycle)).await.expect("a new row")
}

fn pair(world: &World, cycle: &str) -> PairRecord {
    PairRecord { cycle: Some(cycle.to_owned()), ..PairRecord::new(&format!("{}{cycle}", world.pair), "id") }
}

async fn is_stored(world: &World, record: &PairRecord, version: &Version) {
    let read = world.store.pair(&record.pair).await.expect("an answer").expect("the row");
    assert_eq!((&read.record, &read.version), (record, version));
}

/// A cycle with a plan and a failure.
async fn planned(world: &World, cycle: &str) -> CycleRecord {
    let version = begun(world, cycle).await;
    let record = CycleRecord { chunks: 3, failed: 1, ..world.cycle(cycle) };
    let addition = Addition { chunks: vec![samples::chunk(); 3], failures: vec![failure(1)] };
    world.store.commit(&record, &version, addition).await.expect("a commit");
    record
}

async fn has_plan(world: &World, cycle: &str) -> bool {
    match world.store.chunk(&world.pair, cycle, 0).await {
        Ok(chunk) => chunk == samples::chunk(),
        Err(StateError::Missing { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_new_pair_is_stored_once() {
    let write = async |world: &World, cycle: &str, ()| {
        world.store.put_pair(&pair(world, cycle), None).await.expect("a new row")
    };
    let check = async |world: &World, cycle: &str, version: Version| {
        is_stored(world, &pair(world, cycle), &version).await;
    };
    spoil_each(&FAULTS, nothing, write, check).await;
}

#[tokio::test]
async fn a_pair_is_replaced_once() {
    let prepare = async |world: &World, cycle: &str| {
        world.store.put_pair(&PairRecord::new(&pair(world, cycle).pair, "id"), None).await.expect("a new row")
    };
    let write = async |world: &World, cycle: &str, version: Version| {
        world.store.put_pair(&pair(world, cycle), Some(&version)).await.expect("the version that was read")
    };
    let check = async |world: &World, cycle: &str, version: Version| {
        is_stored(world, &pair(world, cycle), &version).await;
    };
    spoil_each(&FAULTS, prepare, write, check).await;
}

#[tokio::test]
async fn a_cycle_begins_once() {
    let write = async |world: &World, cycle: &str, ()| begun(world, cycle).await;
    let check = async |world: &World, cycle: &str, version: Version| {
        let read = world.store.load(&world.pair, cycle).await.expect("an answer").expect("the row");
        assert_eq!((read.record, read.version), (world.cycle(cycle), version));
    };
    spoil_each(&FAULTS, nothing, write, check).await;
}

#[tokio::test]
async fn a_commit_is_stored_once_and_the_next_one_goes_on_from_it() {
    let write = async |world: &World, cycle: &str, version: Version| {
        let record = CycleRecord { chunks: 1, failed: 1, ..world.cycle(cycle) };
        let addition = Addition { chunks: vec![samples::chunk()], failures: vec![failure(1)] };
        world.store.commit(&record, &version, addition).await.expect("a commit")
    };
    let check = async |world: &World, cycle: &str, version: Version| {
        assert!(has_plan(world, cycle).await);
        let record = CycleRecord { chunks: 1, failed: 2, ..world.cycle(cycle) };
        let addition = Addition { failures: vec![failure(2)], ..Addition::default() };
        world.store.commit(&record, &version, addition).await.expect("the version that was given");
        assert_eq!(world.failures(cycle).await, [failure(1), failure(2)]);
    };
    spoil_each(&FAULTS, begun, write, check).await;
}

#[tokio::test]
async fn a_cycle_is_filed() {
    let record = |world: &World, cycle: &str| CycleRecord {
        state: State::Finished(Status::Succeeded),
        ..world.cycle(cycle)
    };
    let write = async |world: &World, cycle: &str, ()| {
        world.store.file(&record(world, cycle)).await.expect("an answer");
    };
    let check = async |world: &World, cycle: &str, ()| {
        assert!(world.history().await.contains(&record(world, cycle)));
    };
    spoil_each(UNCONDITIONAL, nothing, write, check).await;
}

#[tokio::test]
async fn a_plan_is_dropped() {
    let write = async |world: &World, cycle: &str, record: CycleRecord| {
        world.store.drop_plan(&world.pair, cycle).await.expect("an answer");
        record
    };
    let check = async |world: &World, cycle: &str, record: CycleRecord| {
        assert!(!has_plan(world, cycle).await);
        assert_eq!(world.loaded(cycle).await, record);
        assert_eq!(world.failures(cycle).await, [failure(1)]);
    };
    spoil_each(UNCONDITIONAL, planned, write, check).await;
}

#[tokio::test]
async fn a_cycle_is_forgotten() {
    let prepare = async |world: &World, cycle: &str| {
        world.store.file(&planned(world, cycle).await).await.expect("an answer");
    };
    let write = async |world: &World, _: &str, ()| {
        world.store.forget(&world.pair, 0).await.expect("an answer");
    };
    let check = async |world: &World, cycle: &str, ()| {
        assert!(world.filed().await.is_empty());
        assert!(!has_plan(world, cycle).await && world.failures(cycle).await.is_empty());
        assert_eq!(world.store.load(&world.pair, cycle).await.expect("an answer"), None);
    };
    spoil_each(UNCONDITIONAL, prepare, write, check).await;
}

#[tokio::test]
async fn reads_are_answered_after_all() {
    let prepare = async |world: &World, cycle: &str| {
        world.store.put_pair(&pair(world, cycle), None).await.expect("a new row");
        let record = planned(world, cycle).await;
        world.store.file(&record).await.expect("an answer");
        record
    };
    let read = async |world: &World, cycle: &str, record: CycleRecord| {
        let read = world.store.pair(&pair(world, cycle).pair).await.expect("an answer").expect("the row");
        assert_eq!(read.record, pair(world, cycle));
        assert!(has_plan(world, cycle).await && world.filed().await.contains(&record.id));
        assert_eq!((world.loaded(cycle).await, world.failures(cycle).await), (record, vec![failure(1)]));
    };
    spoil_each(UNCONDITIONAL, prepare, read, async |_: &World, _: &str, ()| {}).await;
}

#[tokio::test]
async fn a_deletion_that_was_interrupted_is_finished_the_next_time() {
    let world = Shaky::start().await;
    let Shaky { proxy, shaky, direct } = &world;
    for request in 1.. {
        let cycles = [format!("{request}a"), format!("{request}b")];
        for cycle in &cycles {
            direct.store.file(&planned(direct, cycle).await).await.expect("an answer");
        }
        world.spoil(move |seen: &Seen<'_>| match seen.number {
            number if number < request => Fault::None,
            _ => Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None },
        });
        let first = shaky.store.forget(&shaky.pair, 0).await;
        assert_eq!(first.is_ok(), proxy.count() < request, "{first:?}");
        direct.store.forget(&direct.pair, 0).await.expect("an answer");
        assert!(direct.filed().await.is_empty());
        for cycle in &cycles {
            assert!(!has_plan(direct, cycle).await && direct.failures(cycle).await.is_empty());
            assert_eq!(direct.store.load(&direct.pair, cycle).await.expect("an answer"), None);
        }
        if first.is_ok() {
            break;
        }
    }
}

#[tokio::test]
async fn where_no_write_is_ever_answered_the_rows_tell() {
    let world = Shaky::start().await;
    world.spoil(|seen: &Seen<'_>| if writes(seen) { Fault::DropAfter } else { Fault::None });
    let Shaky { shaky, direct, proxy: _proxy } = world;
    let record = pair(&shaky, "");
    let first = shaky.store.put_pair(&record, None).await.expect("a new row");
    let version = shaky.store.put_pair(&record, Some(&first)).await.expect("the version that was given");
    is_stored(&direct, &record, &version).await;
    planned(&shaky, "a").await;
    assert!(has_plan(&direct, "a").await);
    shaky.store.drop_plan(&shaky.pair, "a").await.expect("an answer");
    assert!(!has_plan(&direct, "a").await);
}

#[tokio::test]
async fn where_nothing_is_ever_done_the_state_is_not_available() {
    let world = Shaky::start().await;
    let version = begun(&world.direct, "a").await;
    let addition = || Addition { chunks: vec![samples::chunk()], failures: Vec::new() };
    let record = CycleRecord { chunks: 1, ..world.direct.cycle("a") };
    for spoils in [writes, |_: &Seen<'_>| true] {
        world.spoil(move |seen: &Seen<'_>| if spoils(seen) { Fault::DropBefore } else { Fault::None });
        let outcome = world.shaky.store.commit(&record, &version, addition()).await;
        assert!(matches!(outcome, Err(StateError::Unavailable(_))), "{outcome:?}");
        assert!(!has_plan(&world.direct, "a").await);
    }
    let committed = world.direct.store.commit(&record, &version, addition()).await;
    committed.expect("nobody else wrote");
}
