//! Somebody else writes to the target while planning is cut off.

use std::time::Duration;

use azure_storage_file_share::ShareClient;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use share_tree::{Content, Entry, Kind, LiveShare, Row, Tree, compare, random_edits, read_back};
use tokio::time::timeout;

use super::plan::edited;
use crate::support::*;

/// Somebody else's work in the target.
async fn disturb(target: &ShareClient, rng: &mut StdRng) {
    let live = LiveShare::new(target.clone());
    for _ in 0..rng.random_range(1..6) {
        let row = Row::ALL[rng.random_range(0..Row::ALL.len())];
        let mut theirs = Tree::default();
        for (path, entry) in read_back(target).await.expect("the target is readable").iter() {
            let kind = match &entry.kind {
                Kind::Directory => Kind::Directory,
                Kind::File { content, headers } => {
                    Kind::File { content: Content::generated(1, content.size), headers: headers.clone() }
                }
            };
            theirs.insert(path, Entry { properties: entry.properties.clone(), kind });
        }
        for edit in random_edits(rng, &theirs, row).unwrap_or_default() {
            live.apply(&mut theirs, &edit).await.expect("edited");
        }
    }
}

#[tokio::test]
async fn a_target_that_changes_between_two_attempts_is_right_by_the_next_cycle_at_the_latest() {
    for seed in 1..=4 {
        let mut stage = Stage::set().await;
        let (source, target, tree) = edited(&mut stage, "files", seed).await;
        let mut rng = StdRng::seed_from_u64(seed);
        let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
        let (mut chunks, mut failures, mut cursor) = (Vec::new(), Vec::new(), None);
        for attempt in 0..4 {
            let mut planner = mirror.planner(cursor.clone()).await.expect("planning");
            loop {
                let patience = Duration::from_micros(rng.random_range(1..30_000));
                let last = attempt == 3;
                let stretch = match timeout(if last { Duration::MAX } else { patience }, planner.next()).await
                {
                    Ok(stretch) => stretch.expect("a plan").expect("a last stretch"),
                    Err(_) => planner.flush(),
                };
                cursor = stretch.to;
                chunks.extend(stretch.chunk);
                failures.extend(stretch.failures);
                if cursor.is_none() || !last && rng.random_bool(0.5) {
                    break;
                }
            }
            if cursor.is_none() {
                break;
            }
            disturb(&target, &mut rng).await;
        }
        failures.extend(mirror.write(&chunks).await.expect("written"));
        mirror.verify(&chunks, &mut failures).await.expect("verified");
        let next = Mirror::healthy(&stage, &source, &target, "2").await;
        assert_eq!(next.run().await.expect("mirrored"), [], "seed {seed}, before: {failures:#?}");
        let found = read_back(&target).await.expect("the target is readable");
        let differences = compare(&tree, &found).await.expect("the model is readable");
        assert_eq!(differences, [], "seed {seed}, before: {failures:#?}");
    }
}
