//! Listings and ACLs that are refused in one attempt and not in another.

use std::future::ready;
use std::sync::Mutex;
use std::time::Duration;

use azure_files_backup::sync::Cursor;
use azure_storage_file_share::{Permission, PermissionFormat, ShareClient, SmbProperties};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use share_tree::random_sddl;
use tokio::time::timeout;

use super::plan::{edited, put_large};
use super::walked;
use crate::support::*;

#[tokio::test]
async fn a_listing_above_the_cursor_that_fails_now_is_told_and_leads_nowhere_back() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    for directory in ["d/e", "d/e/f", "d/g", "z"] {
        put_directory(&source, directory).await;
    }
    let refuse = |_: &_, request: &str| request.contains("/files/d?") && request.contains("comp=list");
    let mirror = Mirror::of(&stage, &source, &target, Faulty::failing(refuse), "1").await;
    let from = Cursor::before("d/e");
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

#[tokio::test]
async fn a_directory_that_is_refused_in_the_first_attempt_alone_is_planned_with_what_makes_way_for_it() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    remove(&source, "a").await;
    put_directory(&source, "a").await;
    let value = random_sddl(&mut StdRng::seed_from_u64(1));
    let permission = Permission { format: PermissionFormat::Sddl, value };
    let key = source.create_permission(&permission).await.expect("a permission");
    let smb = SmbProperties { permission_key: Some(key), ..Default::default() };
    source.directory_client("a").set_properties(&smb).await.expect("an ACL of its own");
    let is_permission = |_: &_, request: &str| request.contains("comp=filepermission");
    let refused = Mirror::of(&stage, &source, &target, Faulty::failing(is_permission), "1").await;
    let mut planner = refused.planner(None).await.expect("planning");
    let first = planner.hurried(ready(())).await.expect("a plan").expect("a stretch");
    assert_eq!(first.to, Some(Cursor::before("a")));
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let mut planner = mirror.planner(first.to.clone()).await.expect("planning");
    let rest = planner.next().await.expect("a plan").expect("a stretch");
    let planned: Vec<_> =
        first.items().chain(rest.items()).map(|item| deed(&item.path, &item.work)).collect();
    let whole = walked(&mirror, None).await.expect("a plan");
    let wanted: Vec<_> =
        whole.iter().flat_map(|plan| &plan.items).map(|item| deed(&item.path, &item.work)).collect();
    assert_eq!((planned, wanted.len()), (wanted, 3));
}

/// What an item does, and to which path.
fn deed(path: &str, work: impl std::fmt::Debug) -> (String, String) {
    let work = format!("{work:?}");
    (work.split(' ').next().expect("a kind of work").to_owned(), path.to_owned())
}

/// Plans in attempts that are cut off at random, each with its own luck with listings and ACLs; the last one is whole.
async fn unlucky(
    stage: &Stage,
    source: &ShareClient,
    target: &ShareClient,
    rng: &mut StdRng,
) -> (Vec<(String, String)>, Vec<String>) {
    let (mut items, mut failures, mut cursor) = (Vec::new(), Vec::new(), None);
    for attempt in 0..8 {
        let luck = StdRng::seed_from_u64(rng.random());
        let luck = Mutex::new(luck);
        let http = Faulty::new(move |_, _, request| {
            let is_root = request.contains("/files?");
            let asked = request.contains("comp=filepermission") || request.contains("comp=list") && !is_root;
            let refused = asked && luck.lock().expect("no panic").random_bool(0.15);
            if refused { Fault::Request } else { Fault::None }
        });
        let mirror = match attempt {
            7 => Mirror::healthy(stage, source, target, "1").await,
            _ => Mirror::of(stage, source, target, http, "1").await,
        };
        let Ok(mut planner) = mirror.planner(cursor.clone()).await else { continue };
        for stretch in 0.. {
            let patience = Duration::from_micros(rng.random_range(1..20_000));
            let stretch = match timeout(patience, planner.next()).await {
                Ok(Ok(next)) => next.expect("a last stretch"),
                Ok(Err(_)) => break,
                Err(_) if stretch > 2 && attempt < 7 => break,
                Err(_) => planner.flush(),
            };
            items.extend(stretch.items().map(|item| deed(&item.path, &item.work)));
            failures.extend(stretch.failures.iter().map(|failure| failure.path.clone()));
            cursor = stretch.to;
            if cursor.is_none() {
                return (items, failures);
            }
        }
    }
    unreachable!("the last attempt ends")
}

#[tokio::test]
async fn what_is_refused_in_one_attempt_and_not_in_another_is_never_left_out_silently() {
    let (mut told, mut cut) = (0, 0);
    for seed in 1..=3 {
        let mut stage = Stage::set().await;
        let (source, target, _) = edited(&mut stage, "files", seed).await;
        let mut rng = StdRng::seed_from_u64(seed);
        for directory in ["large", "large/too"] {
            put_large(&source, &target, directory, &mut rng).await;
        }
        let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
        let plans = walked(&mirror, None).await.expect("a plan");
        let wanted: Vec<(&str, (String, String))> = plans
            .iter()
            .flat_map(|plan| plan.items.iter().map(|item| (plan.path.as_str(), deed(&item.path, &item.work))))
            .collect();
        for _ in 0..10 {
            let (items, failures) = unlucky(&stage, &source, &target, &mut rng).await;
            let is_told = |path: &str| {
                let path = path.to_uppercase();
                failures.iter().map(|failed| failed.to_uppercase()).any(|failed| {
                    // the listing of a directory fails for all below
                    path == failed || path.starts_with(&format!("{failed}/"))
                })
            };
            // a directory that stays where a file is to take its place is told of when that is tried
            let stays = |(work, path): &(String, String)| {
                let path = format!("{}/", path.to_uppercase());
                let is_above = |above: &str| path.starts_with(&format!("{}/", above.to_uppercase()));
                work == "DeleteDirectory"
                    && items.iter().any(|(work, above)| work == "CopyFile" && is_above(above))
            };
            for (directory, deed) in &wanted {
                let planned = items.iter().filter(|planned| *planned == deed).count();
                let fine =
                    planned == 1 || planned == 0 && (is_told(&deed.1) || is_told(directory) || stays(deed));
                assert!(fine, "{deed:?} planned {planned} times (seed {seed}), failed: {failures:?}");
                cut += usize::from(planned == 0);
            }
            told += failures.len();
        }
    }
    assert!(told > 30 && cut > 10, "{told} failures and {cut} items left out test little");
}
