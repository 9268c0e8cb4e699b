//! A large tree, and a handler that is killed again and again at random requests while it is backed up.

use azurite::Azurite;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use share_tree::{Row, Shape, random_edits, random_tree};

use super::kills::{LEASE, Moment, aim, assert_seeded, finish, until_free, work};
use super::staged::Staged;
use super::way::Way;
use super::world::World;
use crate::support::{Handler, free_port};

/// In worlds of its own each of so many files, and so many kills in all.
const WORLDS: usize = 4;
const FILES: usize = 2_000;
const KILLS: usize = 100;
/// Requests of a cycle that copies a file, on average.
const REQUESTS: usize = 4;

#[expect(clippy::print_stdout, reason = "so that a run can be repeated")]
pub async fn killed_a_hundred_times(way: Way) {
    let seed: u64 =
        std::env::var("KILLS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("KILLS_SEED={seed} repeats this run");
    let azurite = Azurite::start().await.expect("Azurite");
    let worlds = (0..WORLDS).map(|world| {
        let (azurite, seed) = (&azurite, seed ^ world as u64);
        async move {
            let name = format!("random-{}-{world}", way.name());
            killed_at_random(azurite, &name, seed, FILES, KILLS / WORLDS, way).await
        }
    });
    let cycles: usize = futures::future::join_all(worlds).await.into_iter().sum();
    println!("{KILLS} kills in {cycles} cycles of {WORLDS} trees of {FILES} files");
}

/// Backs up a random tree of so many files under so many kills. Where a cycle ends before the last of them, the
/// source changes and the next cycle takes the rest.
async fn killed_at_random(
    azurite: &Azurite,
    name: &str,
    seed: u64,
    files: usize,
    kills: usize,
    way: Way,
) -> usize {
    let mut rng = StdRng::seed_from_u64(seed);
    let tree = random_tree(&mut rng, Shape { directories: files / 20, files, large_files: false });
    let mut world = World::new(azurite, name, tree, LEASE, way).await;
    if way.is_seeded() {
        world.staged = Some(Staged::fill(&world).await);
    }
    let port = free_port();
    let farthest = (2 * REQUESTS * files / kills) as u64;
    let mut left = kills;
    let mut cycles = 0;
    loop {
        while left > 0 {
            let handler = Handler::start(port, &world.variables).await;
            until_free(&world, &handler).await;
            let moment = if rng.random() { Moment::Before } else { Moment::After };
            aim(&world, &handler, rng.random_range(1..=farthest), moment);
            work(&world, &handler).await;
            if world.counter.disarm().struck.is_none() {
                handler.end_with("KILL").await;
                break;
            }
            handler.dead().await;
            left -= 1;
        }
        let handler = Handler::start(port, &world.variables).await;
        let cycle = finish(&world, &handler, seed).await;
        assert_seeded(&world, &handler).await;
        handler.end_with("KILL").await;
        cycles += 1;
        world.points.insert(cycle.clone(), world.tree.clone());
        world.assert_mirrored(&cycle).await;
        world.assert_points_untouched(&cycle).await;
        if left == 0 {
            return cycles;
        }
        for _ in 0..20 {
            let row = Row::ALL[rng.random_range(0..Row::ALL.len())];
            let edits = random_edits(&mut rng, &world.tree, row).unwrap_or_default();
            world.edit(&edits).await;
        }
    }
}
