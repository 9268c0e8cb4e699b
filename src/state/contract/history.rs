use futures::future::join_all;

use super::{World, failure, is_missing};
use crate::state::{Addition, CycleRecord, State, Status};
use crate::sync::Chunk;

/// As `cycle` makes them.
fn id(number: u32) -> String {
    format!("20261121T101500{number:06}Z-{:08x}", number.wrapping_mul(0x9E37_79B9))
}

/// A finished cycle of so many chunks.
async fn finished(world: &World, id: &str, chunks: u32) -> CycleRecord {
    let mut record = CycleRecord { failed: 1, ..world.cycle(id) };
    let mut version = world.store.begin(&record).await.expect("a new row");
    let mut failures = vec![failure(1)];
    while record.chunks < chunks {
        let new = Addition::CHUNKS.min((chunks - record.chunks) as usize);
        record.chunks += new as u32;
        record.failed = 1;
        let failures = std::mem::take(&mut failures);
        let addition = Addition { chunks: vec![Chunk::default(); new], failures };
        version = world.store.commit(&record, &version, addition).await.expect("a commit");
    }
    record.state = State::Finished(Status::Succeeded);
    world.store.commit(&record, &version, Addition::default()).await.expect("a commit");
    record
}

pub async fn cycles_are_told_newest_first_and_only_so_many(world: World) {
    assert!(world.filed().await.is_empty());
    for number in [7, 3].into_iter().chain(10..120) {
        world.store.file(&world.cycle(&id(number))).await.expect("an answer");
    }
    let filed = world.filed().await;
    assert!(filed.iter().eq((20..120).rev().map(id).collect::<Vec<_>>().iter()), "{filed:?}");
}

pub async fn filing_again_replaces(world: World) {
    let record = finished(&world, &id(1), 0).await;
    world.store.file(&record).await.expect("an answer");
    let record = CycleRecord { compared: 5, ..record };
    world.store.file(&record).await.expect("an answer");
    assert_eq!(world.history().await, [record]);
}

pub async fn a_dropped_plan_leaves_the_cycle_and_its_failures(world: World) {
    let record = finished(&world, &id(1), 203).await;
    let other = finished(&world, &id(2), 1).await;
    for _ in 0..2 {
        world.store.drop_plan(&world.pair, &record.id).await.expect("an answer");
        for number in [0, 99, 100, 202] {
            assert!(is_missing(&world.store.chunk(&world.pair, &record.id, number).await));
        }
    }
    assert_eq!(world.loaded(&record.id).await, record);
    assert_eq!(world.failures(&record.id).await, [failure(1)]);
    assert!(world.store.chunk(&world.pair, &other.id, 0).await.is_ok());
}

pub async fn the_newest_are_kept_and_the_others_forgotten(world: World) {
    let mut records = Vec::new();
    for number in 0..5 {
        records.push(finished(&world, &id(number), 2 + 100 * (number % 2)).await);
        world.store.file(&records[number as usize]).await.expect("an answer");
    }
    // not filed, so nothing that could be forgotten
    let under_way = finished(&world, &id(9), 1).await;
    for keep in [5, 3, 3, 0] {
        world.store.forget(&world.pair, keep).await.expect("an answer");
        let (forgotten, kept) = records.split_at(5 - keep);
        assert!(world.filed().await.iter().eq(kept.iter().rev().map(|record| &record.id)));
        for record in forgotten {
            assert_eq!(world.store.load(&world.pair, &record.id).await.expect("an answer"), None);
            assert!(is_missing(&world.store.chunk(&world.pair, &record.id, 0).await));
            assert!(world.failures(&record.id).await.is_empty());
        }
        for record in kept {
            assert_eq!(world.loaded(&record.id).await, *record);
            assert!(world.store.chunk(&world.pair, &record.id, record.chunks - 1).await.is_ok());
        }
    }
    assert_eq!(world.loaded(&under_way.id).await, under_way);
}

/// The service gives a thousand rows at once.
pub async fn a_history_may_be_long(world: World) {
    for hundred in 0..11 {
        let records: Vec<_> =
            (100 * hundred..100 * (hundred + 1)).map(|number| world.cycle(&id(number))).collect();
        for outcome in join_all(records.iter().map(|record| world.store.file(record))).await {
            outcome.expect("an answer");
        }
    }
    finished(&world, &id(0), 1).await;
    world.store.forget(&world.pair, 1_099).await.expect("an answer");
    assert_eq!(world.store.load(&world.pair, &id(0)).await.expect("an answer"), None);
    assert_eq!(world.filed().await.len(), 100);
}

pub async fn forgetting_leaves_other_pairs_alone(world: World) {
    let World { store, pair } = world;
    let longer = World { store, pair: format!("{pair}-") };
    let kept = finished(&longer, &id(1), 1).await;
    longer.store.file(&kept).await.expect("an answer");
    let world = World { store: longer.store, pair };
    let record = finished(&world, &id(1), 1).await;
    world.store.file(&record).await.expect("an answer");
    world.store.forget(&world.pair, 0).await.expect("an answer");
    assert!(world.filed().await.is_empty());
    let longer = World { store: world.store, pair: longer.pair };
    assert_eq!(longer.filed().await, std::slice::from_ref(&kept.id));
    assert_eq!(longer.loaded(&kept.id).await, kept);
}
