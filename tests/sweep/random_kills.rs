//! A large tree, and a handler that is killed again and again at random requests while it is backed up.

use azurite::Azurite;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use share_tree::{Row, Shape, random_edits, random_tree};

use super::kills::{LEASE, Moment, aim, finish, until_free, work};
use super::world::{Way, World};
use crate::support::{Handler, free_port};

/// Requests of a cycle that copies a file, on average.
const REQUESTS: usize = 4;

/// Backs up a random tree of so many files under so many kills. Where a cycle ends before the last of them, the
/// source changes and the next cycle takes the rest.
pub async fn killed_at_random(azurite: &Azurite, name: &str, seed: u64, files: usize, kills: usize) -> usize {
    let mut rng = StdRng::seed_from_u64(seed);
    let tree = random_tree(&mut rng, Shape { directories: files / 20, files, large_files: false });
    let mut world = World::new(azurite, name, tree, LEASE, Way::USUAL).await;
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
