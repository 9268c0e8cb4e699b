use futures::future::join_all;
use rand::SeedableRng;
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::StdRng;

use super::{World, failure, is_conflict, is_missing};
use crate::state::table::samples;
use crate::state::{Addition, CycleError, CycleRecord, Pass, Read, Requests, State, Version};
use crate::sync::{Chunk, Failure};

fn chunk(paths: &[&str]) -> Chunk {
    let item = samples::chunk().items.swap_remove(0);
    let items = paths.iter().map(|path| {
        let mut item = item.clone();
        item.path = (*path).to_owned();
        item
    });
    Chunk::of(items.collect())
}

/// Commits what is new, and counts it.
async fn add(world: &World, record: &mut CycleRecord, version: &Version, addition: Addition) -> Version {
    record.chunks += addition.chunks.len() as u32;
    record.failed += addition.failures.len() as u64;
    world.store.commit(record, version, addition).await.expect("the version that was read")
}

fn chunks(chunks: impl IntoIterator<Item = Chunk>) -> Addition {
    Addition { chunks: chunks.into_iter().collect(), ..Addition::default() }
}

fn failures(failures: impl IntoIterator<Item = Failure>) -> Addition {
    Addition { failures: failures.into_iter().collect(), ..Addition::default() }
}

pub async fn a_cycle_begins_once(world: World) {
    world.store.begin(&world.cycle("a")).await.expect("a new row");
    let other = CycleRecord { epoch: 7, ..world.cycle("a") };
    assert!(is_conflict(&world.store.begin(&other).await));
    assert_eq!(world.loaded("a").await, world.cycle("a"));
}

pub async fn a_cycle_is_read_as_it_was_committed(world: World) {
    let version = world.store.begin(&world.cycle("a")).await.expect("a new row");
    let record = CycleRecord {
        epoch: 3,
        state: State::Applying { pass: Pass::Finish, chunk: 7 },
        ended_at: Some("2026-11-21T10:16:00Z".to_owned()),
        source_snapshot: Some("2026-11-21T10:15:00.0000000Z".into()),
        compared: u64::MAX,
        requests: Requests { list: 1, other: 2, throttled: 1 },
        error: Some(CycleError::new("X", "ß\u{0}")),
        ..world.cycle("a")
    };
    let version = world.store.commit(&record, &version, Addition::default()).await.expect("a commit");
    let read = world.store.load(&world.pair, "a").await.expect("an answer");
    assert_eq!(read, Some(Read { record, version }));
}

pub async fn what_is_not_there_is_missing(world: World) {
    let World { store, pair } = &world;
    assert_eq!(store.load(pair, "a").await.expect("an answer"), None);
    assert!(is_missing(&store.chunk(pair, "a", 0).await));
    assert!(world.failures("a").await.is_empty());
    let version = store.begin(&world.cycle("b")).await.expect("a new row");
    assert!(is_conflict(&store.commit(&world.cycle("a"), &version, Addition::default()).await));
    assert!(is_missing(&store.chunk(pair, "b", 0).await));
}

pub async fn a_stale_commit_stores_nothing(world: World) {
    let mut record = world.cycle("a");
    let first = world.store.begin(&record).await.expect("a new row");
    let mut taken_over = CycleRecord { epoch: 2, ..record.clone() };
    let second = add(&world, &mut taken_over, &first, chunks([chunk(&["new"])])).await;
    (record.chunks, record.failed) = (2, 1);
    let stale = Addition { chunks: vec![chunk(&["x"]), chunk(&["y"])], failures: vec![failure(1)] };
    assert!(is_conflict(&world.store.commit(&record, &first, stale).await));
    assert_eq!(world.store.chunk(&world.pair, "a", 0).await.expect("the chunk"), chunk(&["new"]));
    assert!(is_missing(&world.store.chunk(&world.pair, "a", 1).await));
    assert!(world.failures("a").await.is_empty());
    let read = world.store.load(&world.pair, "a").await.expect("an answer");
    assert_eq!(read, Some(Read { record: taken_over, version: second }));
}

pub async fn of_many_commits_exactly_one_stores_its_rows(world: World) {
    let version = world.store.begin(&world.cycle("a")).await.expect("a new row");
    let commits = (0..8).map(async |number: usize| {
        let addition =
            Addition { chunks: vec![chunk(&[&number.to_string()])], failures: vec![failure(number)] };
        let record = CycleRecord { epoch: number as u64, chunks: 1, failed: 1, ..world.cycle("a") };
        world.store.commit(&record, &version, addition).await
    });
    let outcomes = join_all(commits).await;
    let winners: Vec<usize> = (0..8).filter(|number| outcomes[*number].is_ok()).collect();
    let [winner] = winners[..] else { panic!("one wins: {outcomes:?}") };
    assert_eq!(outcomes.iter().filter(|result| is_conflict(result)).count(), 7, "{outcomes:?}");
    assert_eq!(world.loaded("a").await.epoch, winner as u64);
    let stored = world.store.chunk(&world.pair, "a", 0).await.expect("the winner's chunk");
    assert_eq!(stored, chunk(&[&winner.to_string()]));
    assert_eq!(world.failures("a").await, [failure(winner)]);
}

pub async fn chunks_are_read_exactly_as_they_were_stored(world: World) {
    let stored = [samples::chunk(), Chunk::default(), chunk(&["a", "p/ß\u{0}\u{FFFF}/ \u{1F980}"])];
    let mut record = world.cycle("a");
    let version = world.store.begin(&record).await.expect("a new row");
    let version = add(&world, &mut record, &version, chunks(stored[..1].to_vec())).await;
    add(&world, &mut record, &version, chunks(stored[1..].to_vec())).await;
    for (number, chunk) in (0..).zip(&stored) {
        assert_eq!(&world.store.chunk(&world.pair, "a", number).await.expect("the chunk"), chunk);
    }
    assert!(is_missing(&world.store.chunk(&world.pair, "a", 3).await));
}

/// Letters at random are stored in three quarters of their length, so this is the worst that a commit can hold.
pub async fn a_commit_takes_eight_large_chunks_and_all_failures(world: World) {
    let mut random = StdRng::seed_from_u64(3);
    let mut text = |length| Alphanumeric.sample_string(&mut random, length);
    let paths: Vec<String> = (0..150).map(|_| text(2_000)).collect();
    let large = chunk(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let many: Vec<Failure> =
        (0..1_000).map(|number| Failure { detail: text(200), ..failure(number) }).collect();
    let mut record = world.cycle("a");
    let version = world.store.begin(&record).await.expect("a new row");
    let addition = Addition { chunks: vec![large.clone(); Addition::CHUNKS], failures: many.clone() };
    add(&world, &mut record, &version, addition).await;
    for number in 0..Addition::CHUNKS as u32 {
        assert_eq!(world.store.chunk(&world.pair, "a", number).await.expect("the chunk"), large);
    }
    assert_eq!(world.failures("a").await, many);
}

pub async fn failures_are_kept_in_order_and_only_so_many(world: World) {
    let mut record = world.cycle("a");
    let mut version = world.store.begin(&record).await.expect("a new row");
    for numbers in [0..1, 1..4_000, 4_000..9_999, 9_999..10_001, 10_001..10_002] {
        version = add(&world, &mut record, &version, failures(numbers.map(failure))).await;
    }
    let kept = world.failures("a").await;
    assert_eq!(kept.len(), 10_000);
    assert!(kept.into_iter().eq((0..10_000).map(failure)));
    let mut at_once = world.cycle("b");
    let version = world.store.begin(&at_once).await.expect("a new row");
    add(&world, &mut at_once, &version, failures((0..10_001).map(failure))).await;
    assert!(world.failures("b").await.into_iter().eq((0..10_000).map(failure)));
}

pub async fn long_texts_are_cut_between_characters(world: World) {
    let long = |start: &str| format!("{start}{}", "\u{1F980}".repeat(40_000));
    let mut record = world.cycle("a");
    let version = world.store.begin(&record).await.expect("a new row");
    let failure = Failure::new(long(""), long("ab"), "short");
    add(&world, &mut record, &version, failures([failure.clone()])).await;
    let [kept] = &world.failures("a").await[..] else { panic!("one failure") };
    assert!(failure.path.starts_with(&kept.path) && failure.reason.starts_with(&kept.reason));
    assert_eq!((kept.path.len(), kept.reason.len(), &*kept.detail), (8_192, 8_190, "short"));
}

pub async fn opening_again_changes_nothing(world: World) {
    world.store.begin(&world.cycle("a")).await.expect("a new row");
    world.store.open().await.expect("an answer");
    assert_eq!(world.loaded("a").await, world.cycle("a"));
}
