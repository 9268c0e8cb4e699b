//! From any cursor on the walk plans the rest, and looks at nothing behind it.

use std::sync::{Arc, Mutex};

use azure_files_backup::sync::{Cursor, DirectoryPlan, Exclude, Failure};

use file_share_emulator::Config;
use serde_json::json;

use super::plan::{Whole, edited};
use super::walked;
use crate::support::*;

/// All places where planning can go on, with what is stored by then.
fn places(plans: &[DirectoryPlan]) -> Vec<(Cursor, Whole)> {
    let mut places = Vec::new();
    let mut stored = Whole::default();
    for plan in plans {
        let start = match &plan.part {
            Some(part) => Cursor::before_part(&plan.path, part.clone()),
            None => Cursor::before(&plan.path),
        };
        places.push((start, stored.clone()));
        for item in &plan.items {
            let place = Cursor::before_item(&plan.path, plan.part.as_ref(), item);
            if !place.item.is_empty() {
                let mut stored = stored.clone();
                let passed = |failure: &&Failure| {
                    let name = failure.path.rsplit('/').next().unwrap_or_default().to_owned();
                    Cursor { item: name, ..Cursor::before(&plan.path) } < place
                };
                stored.failures.extend(plan.failures.iter().filter(passed).cloned());
                places.push((place, stored));
            }
            stored.add_item(item);
        }
        stored.add_end(plan);
    }
    places
}

#[tokio::test]
async fn from_every_cursor_the_plan_is_that_of_a_walk_that_was_never_cut() {
    let mut planned = 0;
    for seed in 1..=8 {
        // from the sixth on, directories come in parts
        let page_size = if seed > 5 { 3 } else { 5_000 };
        let mut stage = Stage::with(Config { page_size, ..Config::default() }).await;
        let (source, target, _) = edited(&mut stage, "files", seed).await;
        put(&source, ".backup-scratch-theirs", "a name that is ours").await;
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
    // searched for excluded entries, but for those behind
    for directory in ["a/gone", "a/gone/x", "b/a/gone", "b/aa", "b/aa/x", "c/gone"] {
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
    let mut mirror = Mirror::of(&stage, &source, &target, http, "1").await;
    mirror.shares = mirror.shares.excluding(Exclude::new(|_| false));
    walked(&mirror, Some(Cursor::before("b/b"))).await.expect("a plan");
    let mut listed = std::mem::take(&mut *listed.lock().expect("no panic"));
    listed.sort();
    let expected = ["", "b", "b/b", "b/b/a", "b/c", "c", "c/gone", "d"].map(|path| [path; 2]).concat();
    assert_eq!(listed, expected, "each on both sides, or searched and planned");
}

#[tokio::test]
async fn a_directory_that_the_target_lost_between_two_attempts_is_made() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_directory(&source, "d/e").await;
    remove(&target, "d/b").await;
    target.directory_client("d").delete().await.expect("deleted");
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let from = Cursor { item: "c".to_owned(), ..Cursor::before("d") };
    let plans = walked(&mirror, Some(from)).await.expect("a plan");
    let made = plans.iter().flat_map(|plan| &plan.items).map(|item| item.path.as_str());
    assert_eq!(made.collect::<Vec<_>>(), ["d", "d/e"]);
}
