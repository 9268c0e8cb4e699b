//! Random trees and random edits through every row of the comparison table, in every copy mode, with and without a base:
//! after each cycle the target equals a naive model, and the cycle's counts are the model's.

use std::collections::HashSet;

use azure_files_backup::cycle::report::{CycleReport, Status};
use file_share_emulator::{Config, ListingOrder};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use share_tree::{Edit, LiveShare, Row, Shape, Tree, changes, compare, random_edits, random_tree, read_back};

use crate::support::{Handler, Stage, forget_base};

/// How trees are copied, and whether their recovery points are bases: without its source share snapshot one is none.
const WAYS: [(&str, bool); 6] = [
    ("auto", true),
    ("server-side", true),
    ("streamed", true),
    ("auto", false),
    ("server-side", false),
    ("streamed", false),
];
/// Bytes of a name. A copy source is a URL, which the service takes up to 2 KiB of: long ones below each other travel
/// through the app, and are refused where none may.
const LONGEST_BESIDE: usize = 100;
/// Trees that change side by side, two of every way.
const TREES: usize = 2 * WAYS.len();
/// Cycles of every tree.
const ROUNDS: usize = 20;

struct Case {
    name: String,
    mode: &'static str,
    has_base: bool,
    live: LiveShare,
    source: azure_storage_file_share::ShareClient,
    target: azure_storage_file_share::ShareClient,
    tree: Tree,
    rng: StdRng,
    /// Something moved since the last cycle: then what is renamed depends on what the service calls the same entry.
    has_moved: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_first_light_4_the_target_equals_a_naive_model_after_every_cycle() {
    let met = mirror(Config::default(), TREES, ROUNDS).await;
    let missing: Vec<Row> = Row::ALL.into_iter().filter(|row| !met.contains(row)).collect();
    assert!(missing.is_empty(), "Rows that no round met: {missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_flat_directories_in_parts_are_mirrored_as_those_in_one_page() {
    mirror(Config { page_size: 3, ..Config::default() }, 4, 12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_sync_engine_flat_an_order_of_the_service_that_is_not_ours_is_noticed_in_time() {
    for listing_order in [ListingOrder::Ordinal, ListingOrder::Shuffled(1), ListingOrder::Shuffled(2)] {
        mirror(Config { page_size: 4, listing_order, ..Config::default() }, 3, 8).await;
    }
}

/// Mirrors trees that are edited between their cycles. Returns the rows of the comparison table that were met.
#[expect(clippy::print_stdout, reason = "whoever repeats a run needs it")]
async fn mirror(config: Config, trees: usize, rounds: usize) -> HashSet<Row> {
    let seed =
        std::env::var("PROPERTY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("PROPERTY_SEED={seed} repeats this run");
    let mut stage = Stage::with(config).await;
    let mut cases = Vec::new();
    for number in 0..trees {
        let name = format!("tree-{number}");
        let (mode, has_base) = WAYS[number % WAYS.len()];
        let (source, target) = stage.pair(&name, json!({"copy": {"mode": mode}})).await;
        let mut rng = StdRng::seed_from_u64(seed ^ number as u64);
        let shape = Shape { directories: 8, files: 20, large_files: number < WAYS.len() };
        let mut tree = random_tree(&mut rng, shape);
        if mode == "server-side" {
            let long: Vec<String> =
                tree.iter().map(|(path, _)| path.to_owned()).filter(|path| is_long(path)).collect();
            long.iter().for_each(|path| drop(tree.remove(path)));
        }
        let live = LiveShare::new(source.clone());
        live.load(&mut tree).await.expect("the tree is loaded");
        cases.push(Case { name, mode, has_base, live, source, target, tree, rng, has_moved: false });
    }
    let handler = stage.handler().await;
    let mut met = HashSet::new();
    for round in 0..rounds {
        let mut before = Vec::new();
        for case in &mut cases {
            before.push(case.tree.clone());
            case.has_moved = false;
            if round > 0 {
                edit(case, &mut met).await;
            }
        }
        handler.timer().await;
        for (case, before) in cases.iter().zip(before) {
            check(&handler, case, &before, round, seed).await;
            if !case.has_base {
                forget_base(&case.source).await;
            }
        }
    }
    met
}

async fn edit(case: &mut Case, met: &mut HashSet<Row>) {
    for _ in 0..case.rng.random_range(1..6) {
        let row = Row::ALL[case.rng.random_range(0..Row::ALL.len())];
        let Some(edits) = random_edits(&mut case.rng, &case.tree, row) else { continue };
        if case.mode == "server-side" && edits.iter().any(names_long) {
            continue;
        }
        case.has_moved |= matches!(row, Row::FileMoved | Row::DirectoryMoved);
        make(case, edits).await;
        met.insert(row);
    }
    // an emptied source is refused, as another test shows
    if case.tree.iter().count() == 1 {
        let edits = random_edits(&mut case.rng, &case.tree, Row::FileNew);
        make(case, edits.expect("a file can always be added")).await;
    }
}

fn names_long(edit: &Edit) -> bool {
    matches!(edit, Edit::Put { path, .. } | Edit::Rename { to: path, .. } if is_long(path))
}

fn is_long(path: &str) -> bool {
    path.split('/').any(|name| name.len() > LONGEST_BESIDE)
}

async fn make(case: &mut Case, edits: Vec<Edit>) {
    for edit in edits {
        case.live.apply(&mut case.tree, &edit).await.expect("the edit is made");
    }
}

async fn check(handler: &Handler, case: &Case, before: &Tree, round: usize, seed: u64) {
    let report: CycleReport = handler.newest(&case.name).await;
    let place = format!("{} in round {round} (seed {seed})", case.name);
    assert_eq!(report.status, Some(Status::Succeeded), "{place}: {report:#?}");
    let snapshot = report.target_snapshot.expect("a successful cycle names its share snapshot");
    let found = read_back(&case.target.with_snapshot(&snapshot)).await.expect("the target is readable");
    let differences = compare(&case.tree, &found).await.expect("the model is readable");
    let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(differences.is_empty(), "{place}: {differences:#?}");
    if round > 0 {
        let expected = changes(before, &case.tree);
        let done = serde_json::to_value(report.done).expect("counts are JSON");
        let expected = serde_json::to_value(expected).expect("counts are JSON");
        if case.has_moved && case.has_base {
            // what the model copies and deletes, as far as it was not renamed
            let most = |count: &str| expected.pointer(count).and_then(serde_json::Value::as_u64);
            for count in ["/copied/files", "/copied/bytes", "/copied/directories", "/deleted"] {
                let made = done.pointer(count).and_then(serde_json::Value::as_u64);
                assert!(made <= most(count), "{place}: {count} of {done}, {expected} at most");
            }
        } else {
            assert_eq!(done, expected, "{place}");
        }
    }
}
