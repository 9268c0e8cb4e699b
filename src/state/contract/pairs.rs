use azure_storage_file_share::{ETag, PermissionKey};
use std::time::Duration;

use futures::future::join_all;

use super::{World, is_conflict};
use crate::state::{
    Acknowledged, Held, KnownPermissions, LastPoint, Lease, LimitDecided, LimitsDecided, PairRecord, Read,
    Store,
};

async fn read(store: &Store, pair: &str) -> (Read<PairRecord>, Duration) {
    let read = store.pair(pair).await.expect("an answer").expect("the row");
    (Read { record: read.record, version: read.version }, read.lease_left)
}

fn leased(pair: &str, seconds: u32) -> PairRecord {
    let lease = Some(Lease { owner: "this process".to_owned(), seconds });
    PairRecord { lease, ..PairRecord::new(pair, "id") }
}

pub async fn a_pair_is_read_as_it_was_written(world: World) {
    assert_eq!(world.store.pair(&world.pair).await.expect("an answer"), None);
    let now = || "2026-11-21T10:15:00Z".to_owned();
    let path = "a/ß'\"\\\n\u{0}\u{1F980}".to_owned();
    let record = PairRecord {
        epoch: u64::MAX,
        cycle: Some("c1".to_owned()),
        recovery_point: Some(LastPoint {
            cycle: "c0".to_owned(),
            source: "2026-11-21T10:15:00.0000000Z".into(),
            target: "2026-11-21T10:16:00.0000000Z".into(),
            at: now(),
            plain: true,
        }),
        held: Some(Held { since: now() }),
        limits: LimitsDecided { requests: LimitDecided::PerSecond(500), bytes: LimitDecided::None },
        cancel: Some("c1".to_owned()),
        acknowledged: vec![Acknowledged { path, reason: "X".to_owned(), at: now() }],
        retry_first: Some("c0".to_owned()),
        adopted: Some(ETag::from("\"0x1\"")),
        ..leased(&world.pair, 60)
    };
    let version = world.store.put_pair(&record, None).await.expect("a new row");
    assert_eq!(read(&world.store, &world.pair).await.0, Read { record, version });
}

pub async fn a_pair_is_replaced_only_under_the_version_that_was_read(world: World) {
    let World { store, pair } = world;
    let mut record = PairRecord::new(&pair, "id");
    let first = store.put_pair(&record, None).await.expect("a new row");
    assert!(is_conflict(&store.put_pair(&record, None).await));
    record.epoch = 1;
    let second = store.put_pair(&record, Some(&first)).await.expect("the version that was read");
    assert_ne!(first, second);
    assert!(is_conflict(&store.put_pair(&record, Some(&first)).await));
    let nobody = PairRecord::new(&pair[1..], "id");
    assert!(is_conflict(&store.put_pair(&nobody, Some(&first)).await));
    assert_eq!(read(&store, &pair).await.0, Read { record, version: second });
}

pub async fn of_many_writers_exactly_one_wins(world: World) {
    let World { store, pair } = world;
    let record = |epoch| PairRecord { epoch, ..PairRecord::new(&pair, "id") };
    let mut before = None;
    for round in [0, 10] {
        let writers =
            (round..round + 8).map(async |epoch| store.put_pair(&record(epoch), before.as_ref()).await);
        let outcomes = join_all(writers).await;
        let mut winners =
            (round..).zip(&outcomes).filter_map(|(epoch, result)| Some((epoch, result.as_ref().ok()?)));
        let (epoch, version) = winners.next().expect("one wins");
        assert!(winners.next().is_none(), "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|result| is_conflict(result)).count(), 7, "{outcomes:?}");
        assert_eq!(read(&store, &pair).await.0, Read { record: record(epoch), version: version.clone() });
        before = Some(version.clone());
    }
}

pub async fn pairs_with_alike_names_are_kept_apart(world: World) {
    let World { store, pair } = world;
    let names = [pair.clone(), pair.to_lowercase(), format!("{pair}-"), pair[..pair.len() - 1].to_owned()];
    for name in &names {
        store.put_pair(&PairRecord::new(name, name), None).await.expect("a new row");
    }
    for name in &names {
        assert_eq!(read(&store, name).await.0.record.pair_id, *name);
    }
}

pub async fn a_lease_runs_out_unless_the_pair_is_written_again(world: World) {
    let World { store, pair } = world;
    let mut version = store.put_pair(&leased(&pair, 1), None).await.expect("a new row");
    for _ in 0..2 {
        // the answer's time is in whole seconds
        let left = read(&store, &pair).await.1;
        assert!(left > Duration::ZERO && left <= Duration::from_secs(2), "{left:?}");
        while read(&store, &pair).await.1 > Duration::ZERO {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        version = store.put_pair(&leased(&pair, 1), Some(&version)).await.expect("the version that was read");
    }
    assert!(read(&store, &pair).await.1 > Duration::ZERO);
}

pub async fn a_pair_without_a_lease_has_no_time_left(world: World) {
    let World { store, pair } = world;
    store.put_pair(&PairRecord::new(&pair, "id"), None).await.expect("a new row");
    assert_eq!(read(&store, &pair).await.1, Duration::ZERO);
}

pub async fn known_permissions_are_kept_beside_the_pair_and_are_no_pair(world: World) {
    let World { store, pair } = world;
    assert_eq!(store.permissions(&pair).await.expect("an answer"), None);
    // as long as keys are, and alike in nothing
    let key = |seed: u64| {
        let number = |salt: u64| (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(salt as u32);
        PermissionKey::from(format!("{}*{}", number(0), number(31)))
    };
    let keys = |count: u64| (0..count).map(|seed| (key(seed), key(seed + count))).collect();
    for count in [2, KnownPermissions::KEPT as u64] {
        let known = KnownPermissions {
            source_share: Some(ETag::from("\"0x1\"")),
            target_share: Some(ETag::from("\"0x2\"")),
            keys: keys(count),
        };
        store.keep_permissions(&pair, &known).await.expect("an answer");
        assert_eq!(store.permissions(&pair).await.expect("an answer"), Some(known));
    }
    let pairs = store.pairs().await.expect("an answer");
    assert!(pairs.iter().all(|(name, _)| *name != pair), "{pairs:?}");
}
