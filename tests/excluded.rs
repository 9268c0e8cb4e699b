//! Excluded paths: neither compared, copied, counted nor deleted, on either side, whatever stands around them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use azure_files_backup::sync::{Chunk, Exclude, Failure};
use azure_storage_file_share::ShareClient;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use share_tree::{
    Digest, LiveShare, Row, Shape, Tree, compare, join, parent, random_edits, random_tree, read_back,
};

use crate::support::*;

/// Everything named `cache` or `*.tmp`, in any case.
fn caches() -> Exclude {
    Exclude::new(|path| {
        let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
        name == "cache" || name.ends_with(".tmp")
    })
}

async fn mirror(
    stage: &Stage,
    source: &ShareClient,
    target: &ShareClient,
    cycle: &str,
    exclude: Exclude,
) -> Mirror {
    let mut mirror = Mirror::healthy(stage, source, target, cycle).await;
    mirror.shares = mirror.shares.excluding(exclude);
    mirror
}

async fn put_all(share: &ShareClient, paths: &[&str]) {
    for path in paths {
        match path.strip_suffix('/') {
            Some(directory) => put_directory(share, directory).await,
            None => put(share, path, path).await,
        }
    }
}

fn items(chunks: &[Chunk]) -> Vec<&str> {
    chunks.iter().flat_map(|chunk| &chunk.items).map(|item| item.path.as_str()).collect()
}

#[tokio::test]
async fn what_is_excluded_is_neither_copied_nor_deleted_nor_counted() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_all(&source, &["a.tmp", "Cache/", "Cache/x", "new/", "new/n", "new/n.tmp", "both.tmp"]).await;
    put_all(&target, &["b.TMP", "cache/", "cache/y", "d/CACHE/", "d/CACHE/z", "both.tmp"]).await;
    put(&source, "both.tmp", "changed").await;
    let first = mirror(&stage, &source, &target, "1", caches()).await;
    let mut planner = first.planner(None).await.expect("planning");
    let stretch = planner.next().await.expect("a plan").expect("all of it");
    assert_eq!(stretch.items().map(|item| item.path.as_str()).collect::<Vec<_>>(), ["", "new"]);
    assert_eq!((stretch.compared, stretch.source_entries, stretch.target_entries), (5, 5, 3));
    assert_eq!(stretch.excluded, 6, "a.tmp, b.TMP, both.tmp, Cache with cache, d/CACHE, new/n.tmp");
    assert_eq!(first.run().await.expect("mirrored"), []);
    assert_eq!(names(&target, "").await, ["a", "b.TMP", "both.tmp", "cache", "d", "new"]);
    assert_eq!(names(&target, "new").await, ["n"]);
    assert_eq!(
        (names(&target, "cache").await, names(&target, "d/CACHE").await),
        (vec!["y".into()], vec!["z".into()])
    );
    assert_eq!(read(&target, "both.tmp").await, "both.tmp");
}

#[tokio::test]
async fn a_directory_that_is_gone_stays_for_what_is_excluded_in_it_and_the_rest_goes() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_all(&target, &["old/", "old/f", "old/in/", "old/in/f", "old/in/deep/", "old/in/deep/x.tmp"]).await;
    put_all(&target, &["old/in/deep/f", "old/empty/", "old/gone/", "old/gone/below/", "old/gone/below/f"])
        .await;
    put_all(&target, &["plain/", "plain/below/", "plain/below/f"]).await;
    put_read_only(&target, "old/in/locked", "data").await;
    let first = mirror(&stage, &source, &target, "1", caches()).await;
    assert_eq!(first.run().await.expect("mirrored"), []);
    assert_eq!(names(&target, "").await, ["a", "d", "old"]);
    assert_eq!(names(&target, "old").await, ["in"]);
    assert_eq!(names(&target, "old/in").await, ["deep"]);
    assert_eq!(names(&target, "old/in/deep").await, ["x.tmp"]);
    let next = mirror(&stage, &source, &target, "2", caches()).await;
    assert_eq!(next.plan().await.expect("a plan"), (vec![], vec![]), "an idle cycle");
    remove(&target, "old/in/deep/x.tmp").await;
    let last = mirror(&stage, &source, &target, "3", caches()).await;
    assert_eq!(last.run().await.expect("mirrored"), []);
    assert_eq!(names(&target, "").await, ["a", "d"], "nothing holds it any more");
}

#[tokio::test]
async fn a_file_never_takes_the_place_of_a_directory_that_has_to_stay() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_all(&target, &["X/", "X/f", "X/in/", "X/in/f", "X/in/cache/", "y/", "y/f"]).await;
    put_all(&source, &["x", "y", "z"]).await;
    let first = mirror(&stage, &source, &target, "1", caches()).await;
    let failures = first.run().await.expect("mirrored");
    assert_eq!(told(&failures), [("x", "ExcludedInTheWay")]);
    assert_eq!(names(&target, "").await, ["X", "a", "d", "y", "z"]);
    assert_eq!(
        (names(&target, "X").await, names(&target, "X/in").await.len()),
        (vec!["f".into(), "in".into()], 2)
    );
    assert_eq!(read(&target, "y").await, "y");
}

fn told(failures: &[Failure]) -> Vec<(&str, &str)> {
    failures.iter().map(|failure| (failure.path.as_str(), failure.reason.as_str())).collect()
}

#[tokio::test]
async fn where_it_cannot_be_seen_what_is_excluded_nothing_goes() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_all(&target, &["old/", "old/f", "old/in/", "old/in/f", "flip/", "flip/in/", "flip/in/f"]).await;
    put_all(&source, &["flip", "new"]).await;
    let refuse = |_: &_, request: &str| {
        let listed = request.contains("/old/in?") || request.contains("/flip/in?");
        listed && request.contains("comp=list")
    };
    let mut first = Mirror::of(&stage, &source, &target, Faulty::failing(refuse), "1").await;
    first.shares = first.shares.excluding(caches());
    let failures = first.run().await.expect("mirrored");
    assert_eq!(told(&failures).iter().map(|(path, _)| *path).collect::<Vec<_>>(), ["flip", "old"]);
    for path in ["old/f", "old/in/f", "flip/in/f", "new"] {
        assert_eq!(read(&target, path).await, path);
    }
    let next = mirror(&stage, &source, &target, "2", caches()).await;
    assert_eq!(next.run().await.expect("mirrored"), []);
    assert_eq!(names(&target, "").await, ["a", "d", "flip", "new"]);
}

#[tokio::test]
async fn our_own_scratch_names_are_never_excluded() {
    const LEFT: &str = ".backup-scratch-20260101T000000000000Z-00000000-0";
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&target, LEFT, "left").await;
    put_all(&target, &[".hidden", "d/.hidden"]).await;
    let hidden = || Exclude::new(|path| path.rsplit('/').next().is_some_and(|name| name.starts_with('.')));
    let first = mirror(&stage, &source, &target, "1", hidden()).await;
    assert_eq!(first.run().await.expect("mirrored"), []);
    assert_eq!(names(&target, "").await, [".hidden", "a", "d"]);
}

#[tokio::test]
async fn what_others_put_into_a_directory_that_stays_is_told() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_all(&target, &["old/", "old/f", "old/x.tmp"]).await;
    let first = mirror(&stage, &source, &target, "1", caches()).await;
    let (chunks, failures) = first.plan().await.expect("a plan");
    assert_eq!((items(&chunks), failures), (vec!["old/f"], vec![]));
    put(&target, "old/theirs", "theirs").await;
    let failures = first.apply(&chunks).await.expect("applied");
    assert_eq!(told(&failures), [("old/theirs", "NotEqual")]);
    assert_eq!(names(&target, "old").await, ["theirs", "x.tmp"]);
}

#[tokio::test]
async fn what_is_excluded_and_appears_after_the_plan_is_never_deleted() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put_all(&target, &["old/", "old/f", "old/in/", "old/in/f"]).await;
    let first = mirror(&stage, &source, &target, "1", caches()).await;
    let (chunks, _) = first.plan().await.expect("a plan");
    put_all(&target, &["old/in/cache/", "old/in/cache/theirs", "old/x.tmp"]).await;
    let failures = first.apply(&chunks).await.expect("applied");
    assert!(!failures.is_empty(), "the directories stay, which was not planned");
    assert_eq!(
        (read(&target, "old/in/cache/theirs").await, read(&target, "old/x.tmp").await.len()),
        ("old/in/cache/theirs".into(), 9)
    );
    let next = mirror(&stage, &source, &target, "2", caches()).await;
    assert_eq!(next.run().await.expect("mirrored"), []);
    assert_eq!(names(&target, "old").await, ["in", "x.tmp"]);
}

#[tokio::test]
async fn what_the_target_holds_when_it_is_excluded_by_the_settings_stays_as_it_is() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    put_all(&source, &["a", "cache/", "cache/x", "d/", "d/b.tmp"]).await;
    assert_succeeded(&stage.handler().await.cycle("files").await);
    let mut variables = stage.variables();
    let mut pairs: serde_json::Value = serde_json::from_str(&variables["BACKUP_PAIRS"]).expect("JSON");
    pairs[0]["exclude"] = json!(["cache", "**/*.tmp"]);
    variables.insert("BACKUP_PAIRS".to_owned(), pairs.to_string());
    let handler = Handler::start(free_port(), &variables).await;
    put(&source, "a", "changed").await;
    put(&source, "cache/x", "changed").await;
    put(&source, "cache/y", "new").await;
    remove(&source, "d/b.tmp").await;
    let report = handler.cycle("files").await;
    assert_succeeded(&report);
    // of directories that are excluded only they themselves are met
    assert_eq!((report.done.copied.files, report.done.deleted, report.excluded), (1, 0, 2), "{report:#?}");
    let snapshot = target.with_snapshot(&report.target_snapshot.expect("a recovery point"));
    assert_eq!(
        (read(&snapshot, "a").await, read(&snapshot, "cache/x").await),
        ("changed".into(), "cache/x".into())
    );
    assert_eq!(
        (names(&snapshot, "cache").await, names(&snapshot, "d").await),
        (vec!["x".to_owned()], vec!["b.tmp".to_owned()])
    );
    let points = handler.recovery_points("files").await;
    assert_eq!((points[0].excluded, points[1].excluded), (2, 0));
}

/// One name in five, whatever its case.
fn one_in_five(seed: u64, path: &str) -> bool {
    let mut hasher = DefaultHasher::new();
    (seed, fold(path.rsplit('/').next().unwrap_or_default())).hash(&mut hasher);
    hasher.finish().is_multiple_of(5)
}

fn fold(text: &str) -> String {
    let upper = |c: char| {
        let mut upper = c.to_uppercase();
        upper.next().filter(|_| upper.next().is_none()).unwrap_or(c)
    };
    text.chars().map(upper).collect()
}

fn covered(seed: u64, path: &str) -> bool {
    let mut path = path;
    while !path.is_empty() {
        if one_in_five(seed, path) {
            return true;
        }
        path = parent(path);
    }
    false
}

/// Excluded entries as they are, by folded path.
fn untouched(tree: &Tree<Digest>, seed: u64) -> BTreeMap<String, String> {
    let excluded = tree.iter().filter(|(path, _)| covered(seed, path));
    excluded.map(|(path, entry)| (fold(path), format!("{entry:?}"))).collect()
}

/// Directories of the target that stay without the source, by folded path, and whether a file should be there.
fn staying(before: &Tree<Digest>, source: &Tree, seed: u64) -> BTreeMap<String, bool> {
    let wanted: BTreeMap<String, bool> =
        source.iter().map(|(path, entry)| (fold(path), entry.is_directory())).collect();
    let stays = |path: &str| {
        !covered(seed, path)
            && wanted.get(&fold(path)) != Some(&true)
            && before.below(path).any(|(below, _)| covered(seed, below))
    };
    let directories = before.directories().map(|(path, _)| path).filter(|path| stays(path));
    directories.map(|path| (fold(path), wanted.contains_key(&fold(path)))).collect()
}

#[tokio::test]
async fn random_trees_equal_a_naive_model_but_for_what_is_excluded() {
    let (mut stayed, mut in_the_way) = (0, 0);
    for seed in 0..8 {
        let mut stage = Stage::set().await;
        let (source, target) = stage.pair("files", json!({})).await;
        target.create(&Default::default()).await.expect("the target share is new");
        let mut rng = StdRng::seed_from_u64(seed);
        let mut tree = random_tree(&mut rng, Shape { directories: 12, files: 25, large_files: false });
        let live = LiveShare::new(source.clone());
        live.load(&mut tree).await.expect("loaded");
        let whole = Mirror::healthy(&stage, &source, &target, "0").await;
        assert_eq!(whole.run().await.expect("mirrored"), []);
        for _ in 0..20 {
            let row = match rng.random_range(0..3) {
                0 => [Row::DirectoryDeleted, Row::DirectoryToFile, Row::DirectoryMoved, Row::DirectoryCase]
                    [rng.random_range(0..4)],
                _ => Row::ALL[rng.random_range(0..Row::ALL.len())],
            };
            for edit in random_edits(&mut rng, &tree, row).unwrap_or_default() {
                live.apply(&mut tree, &edit).await.expect("edited");
            }
        }
        let before = read_back(&target).await.expect("the target is readable");
        let stays = staying(&before, &tree, seed);
        let exclude = || Exclude::new(move |path| one_in_five(seed, path));
        let first = mirror(&stage, &source, &target, "1", exclude()).await;
        let failures = first.run().await.expect("mirrored");
        let found = read_back(&target).await.expect("the target is readable");
        assert_eq!(untouched(&found, seed), untouched(&before, seed), "seed {seed}");

        let mut blocked: Vec<String> =
            stays.iter().filter(|(_, wanted)| **wanted).map(|(path, _)| path.clone()).collect();
        // below one that is in the way everything stays, and is no failure of its own
        blocked.retain(|path| !stays.keys().any(|above| path.starts_with(&join(above, ""))));
        let mut failed: Vec<String> = failures.iter().map(|failure| fold(&failure.path)).collect();
        failed.sort();
        assert_eq!(failed, blocked, "seed {seed}: {failures:?}");

        let is_blocked = |path: &str| {
            let path = fold(path);
            blocked.iter().any(|blocked| path == *blocked || path.starts_with(&format!("{blocked}/")))
        };
        let mut expected = Tree::default();
        let mut model = Tree::default();
        for (path, entry) in tree.iter().filter(|(path, _)| !covered(seed, path) && !is_blocked(path)) {
            expected.insert(path, entry.clone());
        }
        for (path, entry) in found.iter() {
            let is_extra = covered(seed, path) || is_blocked(path) || stays.contains_key(&fold(path));
            if !is_extra {
                model.insert(path, entry.clone());
            }
        }
        let differences = compare(&expected, &model).await.expect("the model is readable");
        assert_eq!(differences, [], "seed {seed}");
        for path in stays.keys() {
            assert!(
                found.directories().any(|(found, _)| fold(found) == *path),
                "{path} is kept, seed {seed}"
            );
        }
        let next = mirror(&stage, &source, &target, "2", exclude()).await;
        let (chunks, _) = next.plan().await.expect("a plan");
        assert_eq!(chunks, [], "an idle cycle (seed {seed})");
        stayed += stays.len();
        in_the_way += blocked.len();
    }
    assert!(stayed > 5 && in_the_way > 0, "{stayed} stayed, {in_the_way} in the way: that tests little");
}
