//! Planning that was cut off and goes on at its cursor: every item planned once, every entry counted once, and nothing
//! behind the cursor looked at again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_files_backup::sync::{
    Cursor, DirectoryPlan, Exclude, Failure, Planner, ScratchNames, Stretch, SyncError, Walk, root,
};
use azure_storage_file_share::{CreateFile, ShareClient};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use share_tree::{
    Content, Entry, Kind, LiveShare, Row, Shape, Tree, compare, random_edits, random_tree, read_back,
};
use tokio::time::timeout;

use crate::support::*;

const LEFT: &str = ".backup-scratch-20260101T000000000000Z-00000000-0";

/// What of a plan has to come out the same, however often planning was cut off.
#[derive(Clone, Debug, Default, PartialEq)]
struct Whole {
    /// Every item as it is stored, and how often.
    items: HashMap<String, usize>,
    failures: Vec<Failure>,
    compared: u64,
    source_entries: u64,
    target_entries: u64,
}

impl Whole {
    fn add_item(&mut self, item: impl serde::Serialize) {
        *self.items.entry(serde_json::to_string(&item).expect("an item is JSON")).or_default() += 1;
    }

    /// Counts and failures come with the last item of a directory.
    fn add_end(&mut self, plan: &DirectoryPlan) {
        self.failures.extend(plan.failures.iter().cloned());
        self.compared += plan.compared;
        self.source_entries += plan.source_entries;
        self.target_entries += plan.target_entries;
    }

    fn add(&mut self, plan: &DirectoryPlan) {
        plan.items.iter().for_each(|item| self.add_item(item));
        self.add_end(plan);
    }

    fn add_stretch(&mut self, stretch: Stretch) {
        stretch.items().for_each(|item| self.add_item(item));
        self.failures.extend(stretch.failures);
        self.compared += stretch.compared;
        self.source_entries += stretch.source_entries;
        self.target_entries += stretch.target_entries;
    }
}

/// Walks from a cursor on, as an owner of its own.
async fn walked(mirror: &Mirror, from: Option<Cursor>) -> Result<Vec<DirectoryPlan>, SyncError> {
    let scratch = ScratchNames::new("1", 1);
    scratch.path_in("an owner that gave out names already");
    let (start, _) = root(&mirror.shares).await?;
    let mut walk = Walk::new(&mirror.shares, start, &scratch, from);
    let mut plans = Vec::new();
    while let Some(plan) = walk.next().await? {
        plans.push(plan);
    }
    Ok(plans)
}

/// All places where planning can go on, with what is stored by then.
fn places(plans: &[DirectoryPlan]) -> Vec<(Cursor, Whole)> {
    let mut places = Vec::new();
    let mut stored = Whole::default();
    for plan in plans {
        places.push((Cursor::before(&plan.path), stored.clone()));
        for item in &plan.items {
            let place = Cursor::before_item(&plan.path, item);
            places.extend((!place.item.is_empty()).then(|| (place, stored.clone())));
            stored.add_item(item);
        }
        stored.add_end(plan);
    }
    places
}

/// A source with every kind of edit since the last cycle, and a target with what others left in it.
async fn edited(stage: &mut Stage, name: &str, seed: u64) -> (ShareClient, ShareClient, Tree) {
    let (source, target) = stage.pair(name, json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut tree = random_tree(&mut rng, Shape { directories: 12, files: 20, large_files: false });
    let live = LiveShare::new(source.clone());
    live.load(&mut tree).await.expect("loaded");
    let first = Mirror::healthy(stage, &source, &target, "0").await;
    assert_eq!(first.run().await.expect("mirrored"), []);
    for row in Row::ALL.into_iter().chain([Row::FileToDirectory, Row::DirectoryToFile, Row::DirectoryCase]) {
        for edit in random_edits(&mut rng, &tree, row).unwrap_or_default() {
            live.apply(&mut tree, &edit).await.expect("edited");
        }
    }
    let kept: Vec<String> = tree.directories().map(|(path, _)| path.to_owned()).collect();
    for directory in kept.iter().filter(|_| rng.random_bool(0.3)) {
        // the directory may be new in the source, and the target's own then is not there yet
        let left = share_tree::join(directory, &format!("{LEFT}1"));
        if target.directory_client(&left).create(&Default::default()).await.is_ok() {
            put_directory(&target, &format!("{left}/below")).await;
            put(&target, &format!("{left}/below/f"), "left").await;
            put(&target, &share_tree::join(directory, LEFT), "left").await;
            put_directory(&target, &share_tree::join(directory, "theirs")).await;
            put_directory(&target, &share_tree::join(directory, "theirs/too")).await;
            put(&target, &share_tree::join(directory, "theirs/too/f"), "theirs").await;
        }
    }
    (source, target, tree)
}

#[tokio::test]
async fn from_every_cursor_the_plan_is_that_of_a_walk_that_was_never_cut() {
    let mut planned = 0;
    for seed in 1..=5 {
        let mut stage = Stage::set().await;
        let (source, target, _) = edited(&mut stage, "files", seed).await;
        put(&source, LEFT, "a name that is ours").await;
        let mut mirror = Mirror::healthy(&stage, &source, &target, "1").await;
        if seed > 1 {
            mirror.shares = mirror.shares.excluding(Exclude::new(|path| path.len() % 11 == 3));
        }
        let plans = walked(&mirror, None).await.expect("a plan");
        let mut undisturbed = Whole::default();
        plans.iter().for_each(|plan| undisturbed.add(plan));
        assert!(undisturbed.items.values().all(|times| *times == 1), "{undisturbed:?}");
        planned += undisturbed.items.len();
        assert!(!undisturbed.failures.is_empty(), "there is a name of ours");
        let places = places(&plans);
        assert!(places.is_sorted_by_key(|(cursor, _)| cursor), "the walk keeps the order of its cursors");
        for (cursor, stored) in places {
            let mut whole = stored;
            let rest = walked(&mirror, Some(cursor.clone())).await.expect("a plan");
            rest.iter().for_each(|plan| whole.add(plan));
            assert_eq!(whole, undisturbed, "from {cursor:?} (seed {seed})");
        }
    }
    assert!(planned > 100, "plans of {planned} items test little");
}

#[tokio::test]
async fn only_the_way_to_the_cursor_is_listed_again() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    let directories = ["a", "a/a", "b", "b/a", "b/b", "b/b/a", "b/c", "c", "d"];
    for directory in directories {
        put_directory(&source, directory).await;
        put_directory(&target, directory).await;
    }
    let listed: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = listed.clone();
    let http = Faulty::new(move |_, _, request| {
        if let Some((path, _)) = request.split_once('?').filter(|(_, query)| query.contains("comp=list")) {
            let below = path.split_once("/files").map_or("", |(_, below)| below.trim_start_matches('/'));
            seen.lock().expect("no panic").push(below.to_owned());
        }
        Fault::None
    });
    let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
    walked(&mirror, Some(Cursor::before("b/b"))).await.expect("a plan");
    let mut listed = std::mem::take(&mut *listed.lock().expect("no panic"));
    listed.sort();
    let expected = ["", "b", "b/b", "b/b/a", "b/c", "c", "d"].map(|path| [path; 2]).concat();
    assert_eq!(listed, expected, "each on both sides");
}

#[tokio::test]
async fn planning_killed_anywhere_and_again_stores_the_plan_of_an_undisturbed_one() {
    let mut stage = Stage::set().await;
    let (source, target, _) = edited(&mut stage, "files", 7).await;
    // directories whose items fill more than a chunk
    for directory in ["large", "large/too"] {
        put_directory(&source, directory).await;
        put_directory(&target, directory).await;
        for number in 0..7 {
            let sparse = CreateFile { size: 400 << 20, ..Default::default() };
            let path = format!("{directory}/{number}");
            source.file_client(&path).create(&sparse).await.expect("created");
        }
    }
    put(&source, LEFT, "a name that is ours").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let mut undisturbed = Whole::default();
    walked(&mirror, None).await.expect("a plan").iter().for_each(|plan| undisturbed.add(plan));
    let seed = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    for round in 0..40 {
        let (mut stored, mut cursor, mut ended) = (Whole::default(), None, false);
        while !ended {
            let mut planner = mirror.planner(cursor.clone()).await.expect("planning");
            loop {
                let patience = Duration::from_micros(rng.random_range(1..40_000));
                let stretch = match timeout(patience, planner.next()).await {
                    Ok(stretch) => {
                        stretch.expect("a plan").expect("the end comes once, after a last stretch")
                    }
                    Err(_) => planner.flush(),
                };
                if rng.random_bool(0.2) {
                    // killed before this was stored
                    break;
                }
                assert!(
                    stretch.to.is_none() || stretch.to >= cursor,
                    "never back: {:?} {cursor:?}",
                    stretch.to
                );
                cursor = stretch.to.clone();
                ended = cursor.is_none();
                stored.add_stretch(stretch);
                if ended {
                    assert!(planner.next().await.expect("a plan").is_none());
                    break;
                }
            }
        }
        assert_eq!(stored, undisturbed, "round {round}, seed {seed}");
    }
}

#[tokio::test]
async fn a_planner_asked_at_any_time_hands_out_every_item_once() {
    let mut stage = Stage::set().await;
    let (source, target, _) = edited(&mut stage, "files", 8).await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (mut whole, mut hurried) = (Whole::default(), Whole::default());
    let mut planner: Planner<'_> = mirror.planner(None).await.expect("planning");
    while let Some(stretch) = planner.next().await.expect("a plan") {
        whole.add_stretch(stretch);
    }
    let mut planner = mirror.planner(None).await.expect("planning");
    let mut stretches = 0;
    loop {
        let stretch = match timeout(Duration::ZERO, planner.next()).await {
            Ok(stretch) => stretch.expect("a plan").expect("a last stretch"),
            Err(_) => planner.flush(),
        };
        let ended = stretch.to.is_none();
        hurried.add_stretch(stretch);
        stretches += 1;
        if ended {
            break;
        }
    }
    assert!(stretches > 5, "{stretches} stretches");
    assert_eq!(hurried, whole);
}

#[tokio::test]
async fn a_listing_above_the_cursor_that_fails_now_is_told_and_leads_nowhere_back() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    for directory in ["d/e", "d/e/f", "d/g", "z"] {
        put_directory(&source, directory).await;
    }
    let refuse = |_: &_, request: &str| request.contains("/files/d?") && request.contains("comp=list");
    let mirror = Mirror::of(&stage, &source, &target, Faulty::failing(refuse), "1").await;
    let from = Cursor { directory: "d/e".to_owned(), item: String::new() };
    let mut planner = mirror.planner(Some(from.clone())).await.expect("planning");
    let mut failures = Vec::new();
    let mut planned = Vec::new();
    while let Some(stretch) = planner.next().await.expect("a plan") {
        assert!(stretch.to.is_none_or(|to| to >= from));
        failures.extend(stretch.failures.into_iter().map(|failure| failure.path));
        planned.extend(stretch.chunk.into_iter().flat_map(|chunk| chunk.items).map(|item| item.path));
    }
    assert_eq!((failures, planned), (vec!["d".to_owned()], vec!["z".to_owned()]));
}

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
    for seed in 1..=8 {
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
