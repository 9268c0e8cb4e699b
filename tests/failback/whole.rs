//! There and back with edits of every kind on the other side.

use azure_files_backup::cycle::report::CycleReport;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use share_tree::{LiveShare, Row, Shape, Tree, compare, random_edits, random_tree, read_back};

use super::assert_goes_on;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_every_kind_come_back_and_the_pair_goes_on() {
    for mode in ["auto", "server-side", "streamed"] {
        there_and_back(mode).await;
    }
}

#[expect(clippy::print_stdout, reason = "whoever repeats a run needs it")]
async fn there_and_back(mode: &str) {
    let seed =
        std::env::var("PROPERTY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("PROPERTY_SEED={seed} repeats this run in mode {mode}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({"copy": {"mode": mode}})).await;
    let mut tree = random_tree(&mut rng, Shape { directories: 8, files: 30, large_files: true });
    shorten(&mut tree);
    let live = LiveShare::new(source.clone());
    live.load(&mut tree).await.expect("the tree is loaded");
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let there = LiveShare::new(target.clone());
    // twice: the base of the second one is what the first one left
    for round in 0..2 {
        handler.fail_over().await;
        for row in Row::ALL {
            for _ in 0..rng.random_range(1..3) {
                let Some(edits) = random_edits(&mut rng, &tree, row) else { continue };
                if edits.iter().any(names_long) {
                    continue;
                }
                for edit in edits {
                    there.apply(&mut tree, &edit).await.expect("the edit is made");
                }
            }
        }
        let report = handler.fail_back().await;
        assert_succeeded(&report);
        for share in [&source, &target] {
            let found = read_back(share).await.expect("readable");
            let differences = compare(&tree, &found).await.expect("the tree is readable");
            assert_eq!(differences, [], "round {round} of {seed}, {}", share.url());
        }
        check_points(&handler, &report).await;
        assert_goes_on(&handler, &stage).await;
    }
    assert_eq!(roles(&target).await, ["target"; 5]);
}

/// The swap made the newest recovery point, whose share snapshots both sides have.
async fn check_points(handler: &Handler, report: &CycleReport) {
    let point = handler.recovery_points("files").await.remove(0);
    let failback = report.failback.as_ref().expect("it is one");
    assert_eq!(point.cycle, report.id);
    assert_eq!(
        (&point.source, Some(&point.target)),
        (&failback.asked.source, failback.asked.target.as_ref())
    );
    let status = handler.pair("files").await;
    assert_eq!(status.recovery_point.expect("it is known").cycle, report.id);
}

/// A copy source is a URL, which the service takes up to 2 KiB of.
fn shorten(tree: &mut Tree) {
    let long: Vec<String> =
        tree.iter().map(|(path, _)| path.to_owned()).filter(|path| is_long(path)).collect();
    long.iter().for_each(|path| drop(tree.remove(path)));
}

fn names_long(edit: &share_tree::Edit) -> bool {
    use share_tree::Edit;
    matches!(edit, Edit::Put { path, .. } | Edit::Rename { to: path, .. } if is_long(path))
}

fn is_long(path: &str) -> bool {
    path.split('/').any(|name| name.len() > 100)
}
