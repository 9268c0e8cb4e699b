//! The promises about data that is there, with a sync whose requests fail and a target that changes between plan and
//! apply. In the process of the test: here the moment matters.

use azure_core::http::Method;
use azure_files_backup::sync::{FailedPaths, Progress};
use azure_storage_file_share::{Metadata, ShareClient};
use share_tree::{LiveShare, Shape, Tree, compare, random_tree, read_back};

use crate::support::*;

#[tokio::test]
async fn what_the_target_got_after_the_plan_is_neither_replaced_nor_deleted() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&target, "theirs", "planned to go").await;
    put(&source, "a", "second!").await;
    source.file_client("d/b").delete().await.expect("deleted");
    source.directory_client("d").delete().await.expect("deleted");
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, failures) = mirror.plan().await.expect("a plan");
    assert_eq!(failures, []);
    for path in ["a", "theirs", "d/new"] {
        put(&target, path, "changed meanwhile").await;
    }
    let mut failed: Vec<(String, String)> =
        mirror.apply(&chunks).await.expect("applied").into_iter().map(|f| (f.path, f.reason)).collect();
    failed.sort();
    let changed = |path: &str| (path.to_owned(), "TargetChanged".to_owned());
    assert_eq!(failed, [changed("a"), changed("d"), changed("theirs")]);
    for path in ["a", "theirs", "d/new"] {
        assert_eq!(read(&target, path).await, "changed meanwhile");
    }
    assert_eq!(read(&target, "d/b").await, "first");
}

#[tokio::test]
async fn what_appears_in_the_target_where_the_plan_saw_nothing_is_not_overwritten() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    source.directory_client("new").create(&Default::default()).await.expect("created");
    put(&source, "new/inside", "ours").await;
    put(&source, "added", "ours").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    target.directory_client("new").create(&Default::default()).await.expect("created");
    for path in ["new/inside", "ADDED"] {
        put(&target, path, "theirs").await;
    }
    let failures = mirror.apply(&chunks).await.expect("applied");
    let changed = failures.iter().filter(|failure| failure.reason == "TargetChanged").count();
    assert_eq!(changed, 2, "{failures:#?}");
    for path in ["new/inside", "added"] {
        assert_eq!(read(&target, path).await, "theirs");
    }
}

#[tokio::test]
async fn user_metadata_that_could_not_be_written_is_written_by_the_next_cycle() {
    for path in ["d", "a"] {
        let mut stage = Stage::set().await;
        let (source, target) = mirrored(&mut stage).await;
        let metadata: Metadata = [("owner".to_owned(), "us".to_owned())].into();
        if path == "d" {
            source.directory_client(path).set_metadata(&metadata).await.expect("set");
        } else {
            source.file_client(path).set_metadata(&metadata).await.expect("set");
        }
        let http = Faulty::new(|_, method, request| {
            let refused = request.contains("comp=metadata") && *method == Method::Put;
            if refused { Fault::Request } else { Fault::None }
        });
        let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
        let failures = mirror.run().await.expect("mirrored");
        assert_eq!(failures.iter().map(|failure| failure.path.as_str()).collect::<Vec<_>>(), [path]);
        let mirror = Mirror::healthy(&stage, &source, &target, "2").await;
        assert_eq!(mirror.run().await.expect("mirrored"), []);
        let found = read_back(&target).await.expect("the target is readable");
        assert_eq!(found.get(path).expect("it is there").properties.metadata, metadata);
    }
}

#[tokio::test]
async fn every_chunk_may_be_written_twice() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("twice", serde_json::json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    let tree = prepare(&stage, &source, &target).await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    let (chunks, _) = mirror.plan().await.expect("a plan");
    let apply = mirror.applying();
    let mut failures = Vec::new();
    for chunk in &chunks {
        let progress = Progress::default();
        apply.write(chunk, &FailedPaths::default(), &progress).await.expect("written");
        failures.extend(progress.save().1);
    }
    failures.extend(mirror.apply(&chunks).await.expect("applied again"));
    assert_eq!(failures, []);
    let found = read_back(&target).await.expect("the target is readable");
    assert_eq!(compare(&tree, &found).await.expect("the model is readable"), []);
}

#[tokio::test]
async fn a_listing_that_fails_costs_its_subtree_the_update_and_never_the_content() {
    for side in [SOURCE, TARGET] {
        let mut stage = Stage::set().await;
        let (source, target) = mirrored(&mut stage).await;
        put(&source, "a", "second!").await;
        source.file_client("d/b").delete().await.expect("deleted");
        let prefix = format!("/{side}/files/d?");
        let http = Faulty::new(move |_, _, request| {
            if request.starts_with(&prefix) && request.contains("comp=list") {
                Fault::Request
            } else {
                Fault::None
            }
        });
        let mirror = Mirror::of(&stage, &source, &target, http, "1").await;
        let failures = mirror.run().await.expect("mirrored");
        assert_eq!(failures.iter().map(|failure| failure.path.as_str()).collect::<Vec<_>>(), ["d"]);
        assert_eq!(read(&target, "d/b").await, "first");
        assert_eq!(read(&target, "a").await, "second!");
    }
}

#[tokio::test]
async fn data_is_read_from_the_share_snapshot_and_never_from_the_live_share() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "a", "second!").await;
    let mirror = Mirror::healthy(&stage, &source, &target, "1").await;
    put(&source, "a", "third, after the share snapshot").await;
    stage.emulator.log().reset();
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    assert_eq!(read(&target, "a").await, "second!");
    let live: Vec<String> = stage
        .emulator
        .log()
        .snapshot()
        .recent
        .iter()
        .filter(|request| request.account == SOURCE && !request.path_and_query.contains("sharesnapshot="))
        .filter(|request| request.operation != "Get Permission")
        .map(|request| format!("{} {}", request.operation, request.path_and_query))
        .collect();
    assert_eq!(live, [""; 0], "requests to the live source share");
}

#[tokio::test]
async fn cut_at_any_request_the_next_cycle_reaches_the_same_end() {
    for fault in [Fault::Kill, Fault::KillAfter] {
        let mut cut_at = 1;
        let mut stage = Stage::set().await;
        loop {
            let name = format!("cut-{cut_at}");
            let (source, target) = stage.pair(&name, serde_json::json!({})).await;
            target.create(&Default::default()).await.expect("the target share is new");
            let tree = prepare(&stage, &source, &target).await;
            let cut = Faulty::new(move |number, _, _| if number == cut_at { fault } else { Fault::None });
            let mirror = Mirror::of(&stage, &source, &target, cut, "1").await;
            let survived = mirror.http.until_death(mirror.run()).await.is_some();
            let mirror = Mirror::healthy(&stage, &source, &target, "2").await;
            assert_eq!(
                mirror.run().await.expect("mirrored"),
                [],
                "after a cut at request {cut_at}, {fault:?}"
            );
            let found = read_back(&target).await.expect("the target is readable");
            let differences = compare(&tree, &found).await.expect("the model is readable");
            assert_eq!(differences, [], "after a cut at request {cut_at}, {fault:?}");
            if survived {
                break;
            }
            cut_at += 1;
        }
        assert!(cut_at > 40, "a cycle of {cut_at} requests tests nothing");
    }
}

/// A target that is a random tree, and a source that is another: every kind of change lies between them.
async fn prepare(stage: &Stage, source: &ShareClient, target: &ShareClient) -> Tree {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    let shape = Shape { directories: 2, files: 3, large_files: false };
    let mut old = random_tree(&mut StdRng::seed_from_u64(1), shape);
    LiveShare::new(stage.share(TARGET, target.name())).load(&mut old).await.expect("loaded");
    let live = LiveShare::new(source.clone());
    let mut tree = random_tree(&mut StdRng::seed_from_u64(2), shape);
    live.load(&mut tree).await.expect("loaded");
    tree
}
