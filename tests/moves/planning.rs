//! Planning what was put aside, cut off at any time: every item is handed out once, and the moves are the same ones.

use std::collections::BTreeMap;
use std::time::Duration;

use azure_files_backup::sync::Stretch;
use file_share_emulator::Config;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::timeout;

use super::kills::{EDITS, ENTRIES};
use super::{Pair, snapshot};
use crate::support::*;

fn add(items: &mut BTreeMap<String, usize>, stretch: &Stretch) {
    for item in stretch.items() {
        *items.entry(serde_json::to_string(item).expect("an item is JSON")).or_default() += 1;
    }
}

#[tokio::test]
async fn what_was_put_aside_is_planned_once_however_often_that_is_cut_off() {
    for page_size in [5_000, 3] {
        cut_off(page_size).await;
    }
}

#[expect(clippy::print_stdout, reason = "whoever repeats a run needs it")]
async fn cut_off(page_size: usize) {
    let stage = Stage::with(Config { page_size, ..Config::default() }).await;
    let pair = Pair::new(&stage, "files", &ENTRIES).await;
    pair.edit(&EDITS).await;
    let at = snapshot(&pair.source).await;
    let mirror = pair.mirror(&stage, &at, Faulty::healthy(), 1);
    let (_, failures, loose) = mirror.walk().await.expect("a walk");
    assert_eq!(failures, []);
    let mut undisturbed = BTreeMap::new();
    let mut planner = mirror.rest(loose.clone(), None).await.expect("planning");
    while let Some(stretch) = planner.next().await.expect("a plan") {
        add(&mut undisturbed, &stretch);
    }
    let seed = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    for round in 0..20 {
        let (mut stored, mut cursor, mut ended) = (BTreeMap::new(), None, false);
        while !ended {
            let owner = pair.mirror(&stage, &at, Faulty::healthy(), rng.random_range(2..1_000));
            let mut planner = owner.rest(loose.clone(), cursor.clone()).await.expect("planning");
            for _ in 0..rng.random_range(1..4) {
                let patience = Duration::from_micros(rng.random_range(1..10_000));
                let stretch = match timeout(patience, planner.next()).await {
                    Ok(stretch) => stretch.expect("a plan").expect("a last stretch"),
                    Err(_) => planner.flush(),
                };
                assert!(
                    stretch.to.is_none() || stretch.to >= cursor,
                    "never back: {:?} {cursor:?}",
                    stretch.to
                );
                add(&mut stored, &stretch);
                cursor = stretch.to;
                ended = cursor.is_none();
                if ended {
                    break;
                }
            }
        }
        assert_eq!(stored, undisturbed, "round {round}, seed {seed}");
    }
}
