//! The most that a commit can hold, and more than that. Letters at random are stored in three quarters of their length.

use rand::SeedableRng;
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::StdRng;

use super::Shaky;
use crate::state::contract::failure;
use crate::state::table::samples;
use crate::state::{Addition, CycleError, CycleRecord, StateError};
use crate::sync::{Chunk, Failure};

struct Letters(StdRng);

impl Letters {
    fn text(&mut self, length: usize) -> String {
        Alphanumeric.sample_string(&mut self.0, length)
    }

    fn chunk(&mut self, bytes: usize) -> Chunk {
        let mut item = samples::chunk().items.swap_remove(0);
        item.path = self.text(bytes);
        Chunk::of(vec![item])
    }

    fn record(&mut self, record: CycleRecord, bytes: usize) -> CycleRecord {
        CycleRecord { error: Some(CycleError::new("X", self.text(bytes))), ..record }
    }
}

fn letters() -> Letters {
    Letters(StdRng::seed_from_u64(11))
}

#[tokio::test]
async fn a_full_transaction_is_taken_and_what_finds_no_room_is_only_counted() {
    let (Shaky { direct, .. }, mut letters) = (Shaky::start().await, letters());
    let version = direct.store.begin(&direct.cycle("a")).await.expect("a new row");
    let chunks: Vec<Chunk> = (0..Addition::CHUNKS).map(|_| letters.chunk(340_000)).collect();
    let failures: Vec<Failure> =
        (0..1_000).map(|number| Failure { detail: letters.text(8_000), ..failure(number) }).collect();
    let record = CycleRecord { chunks: 8, failed: 1_000, ..letters.record(direct.cycle("a"), 680_000) };
    let addition = Addition { chunks: chunks.clone(), failures: failures.clone() };
    let version = direct.store.commit(&record, &version, addition).await.expect("what the service takes");
    assert_eq!(direct.loaded("a").await, record);
    for (number, chunk) in (0..).zip(&chunks) {
        assert_eq!(&direct.store.chunk(&direct.pair, "a", number).await.expect("the chunk"), chunk);
    }
    let kept = direct.failures("a").await;
    assert!((20..1_000).contains(&kept.len()) && failures.starts_with(&kept), "{} are kept", kept.len());

    let last = Failure { path: "the next".to_owned(), ..failure(1_001) };
    let record = CycleRecord { failed: 1_001, ..record };
    let addition = Addition { failures: vec![last.clone()], ..Addition::default() };
    direct.store.commit(&record, &version, addition).await.expect("the version that was given");
    assert_eq!(direct.failures("a").await.last(), Some(&last));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_sent() {
    let (world, mut letters) = (Shaky::start().await, letters());
    let store = &world.shaky.store;
    let is_too_large = |outcome| match outcome {
        Err(StateError::TooLarge { row, bytes }) => {
            assert!(row.starts_with("backup") && bytes > 256 * 1024, "{row} {bytes}");
        }
        other => panic!("{other:?}"),
    };
    let version = store.begin(&world.direct.cycle("a")).await.expect("a new row");
    world.spoil(|_: &faults::Seen<'_>| faults::Fault::None);
    let large = letters.record(world.direct.cycle("a"), 720_000);
    is_too_large(store.begin(&CycleRecord { id: "b".to_owned(), ..large.clone() }).await);
    is_too_large(store.commit(&large, &version, Addition::default()).await);
    is_too_large(store.file(&large).await.map(|()| version.clone()));
    let record = CycleRecord { chunks: 1, ..world.direct.cycle("a") };
    let addition = Addition { chunks: vec![letters.chunk(400_000)], ..Addition::default() };
    is_too_large(store.commit(&record, &version, addition).await);
    assert_eq!(world.proxy.count(), 0);
}
