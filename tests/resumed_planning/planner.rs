//! The stretches of a plan: cut off at any time, every item is handed out once.

use std::future::ready;
use std::time::Duration;

use azure_files_backup::sync::{Cursor, Planner};
use file_share_emulator::Config;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::timeout;

use super::plan::{Whole, edited, put_large};
use super::walked;
use crate::support::*;

#[tokio::test]
async fn planning_killed_anywhere_and_again_stores_the_plan_of_an_undisturbed_one() {
    for page_size in [5_000, 3] {
        killed_anywhere(page_size).await;
    }
}

#[expect(clippy::print_stdout, reason = "whoever repeats a run needs it")]
async fn killed_anywhere(page_size: usize) {
    let mut stage = Stage::with(Config { page_size, ..Config::default() }).await;
    let (source, target, _) = edited(&mut stage, "files", 7).await;
    for directory in ["large", "large/too"] {
        put_large(&source, &target, directory, &mut StdRng::seed_from_u64(7)).await;
    }
    put(&source, ".backup-scratch-theirs", "a name that is ours").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let mut undisturbed = Whole::default();
    walked(&mirror, None).await.expect("a plan").iter().for_each(|plan| undisturbed.add(plan));
    let seed = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    for round in 0..25 {
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
                if !ended && rng.random_bool(0.3) {
                    let stretch = planner.flush();
                    cursor = stretch.to.clone();
                    ended = cursor.is_none();
                    stored.add_stretch(stretch);
                }
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
async fn a_planner_that_got_nowhere_stays_at_its_cursor() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let from = Cursor { item: "b".to_owned(), ..Cursor::before("d") };
    let mut planner = mirror.planner(Some(from.clone())).await.expect("planning");
    let stretch = planner.flush();
    assert_eq!((stretch.to, stretch.chunk, stretch.compared), (Some(from), None, 0));
}

#[tokio::test]
async fn a_planner_in_a_hurry_waits_for_one_directory_and_for_no_more() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "new", "data").await;
    put(&source, "d/new", "data").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let mut planner = mirror.planner(None).await.expect("planning");
    let mut planned = Vec::new();
    while let Some(stretch) = planner.hurried(ready(())).await.expect("a plan") {
        planned.push((stretch.compared, stretch.to));
    }
    // a, d and new; then what is in d
    let ahead = planned.iter().take_while(|(compared, _)| *compared == 3).count();
    assert_eq!((ahead, planned[0].1.clone()), (1, Some(Cursor::before("d"))), "{planned:?}");
    assert_eq!(planned.iter().map(|(compared, _)| compared).sum::<u64>(), 5, "{planned:?}");
}
