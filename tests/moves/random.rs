//! Random trees whose entries move, change and come and go: after each cycle the target shows what the source does.

use file_share_emulator::Config;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use share_tree::{LiveShare, Row, Shape, Tree, compare, random_edits, random_tree, read_back};

use super::{Pair, snapshot};
use crate::support::*;

const ROUNDS: u64 = 12;

/// Most edits move something.
const ROWS: [Row; 12] = [
    Row::FileMoved,
    Row::FileMoved,
    Row::FileMoved,
    Row::DirectoryMoved,
    Row::DirectoryMoved,
    Row::DirectoryMoved,
    Row::DirectoryNew,
    Row::FileNew,
    Row::FileDeleted,
    Row::DirectoryDeleted,
    Row::FileToDirectory,
    Row::DirectoryCase,
];

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_moved_random_trees_equal_their_source_after_every_cycle() {
    mirror(Config::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_moved_random_trees_of_directories_in_parts_equal_their_source_as_well() {
    mirror(Config { page_size: 3, ..Config::default() }).await;
}

#[expect(clippy::print_stdout, reason = "whoever repeats a run needs it")]
async fn mirror(config: Config) {
    let seed: u64 =
        std::env::var("PROPERTY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("PROPERTY_SEED={seed} repeats this run");
    let stage = Stage::with(config).await;
    let works = (0..8_u64).map(|number| {
        let stage = &stage;
        async move {
            let mut rng = StdRng::seed_from_u64(seed ^ number);
            let name = format!("tree-{number}");
            let (source, target) = (stage.share(SOURCE, &name), stage.share(TARGET, &name));
            for share in [&source, &target] {
                share.create(&Default::default()).await.expect("the share is new");
            }
            let mut tree = random_tree(&mut rng, Shape { directories: 10, files: 20, large_files: false });
            let live = LiveShare::new(source.clone());
            live.load(&mut tree).await.expect("the tree is loaded");
            let mut pair = Pair::of(stage, source, target).await;
            for round in 0..ROUNDS {
                edit(&live, &mut tree, &mut rng).await;
                let at = snapshot(&pair.source).await;
                let mirror = pair.mirror(stage, &at, Faulty::healthy(), 1);
                let place = format!("{name} in round {round} (seed {seed})");
                assert_eq!(mirror.run().await.expect("mirrored"), [], "{place}");
                let now = snapshot(&pair.target).await;
                let found = read_back(&pair.target.with_snapshot(&now)).await.expect("readable");
                let differences = compare(&tree, &found).await.expect("the model is readable");
                let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
                assert!(differences.is_empty(), "{place}: {differences:#?}");
                pair.points = (at, now);
            }
        }
    });
    futures::future::join_all(works).await;
}

async fn edit(live: &LiveShare, tree: &mut Tree, rng: &mut StdRng) {
    for _ in 0..rng.random_range(1..8) {
        let row = *ROWS.choose(rng).expect("a row");
        let Some(edits) = random_edits(rng, tree, row) else { continue };
        for edit in edits {
            live.apply(tree, &edit).await.expect("the edit is made");
        }
    }
}
