//! The promises about data that is there, with a sync whose requests fail and a target that changes between plan and
//! apply. In the process of the test: here the moment matters.

use std::collections::HashSet;
use std::sync::Arc;

use azure_files_backup::config::CopyMode;
use azure_files_backup::sync::{
    Apply, Chunk, ChunkBuilder, Failure, PermissionMap, ScratchNames, Shares, SyncError, Tally, Walk, root,
    verify,
};
use azure_storage::RetryOptions;
use azure_storage_file_share::{ClientOptions, CreateFile, ShareClient};
use bytes::Bytes;
use share_tree::{LiveShare, Shape, Tree, compare, random_tree, read_back};

use crate::support::{Fault, Faulty, SOURCE, Stage, TARGET};

/// One mirroring, cut into its parts.
struct Mirror {
    shares: Shares,
    tally: Tally,
    scratch: ScratchNames,
}

impl Mirror {
    async fn of(
        stage: &Stage,
        source: &ShareClient,
        target: &ShareClient,
        http: Faulty,
        cycle: &'static str,
    ) -> (Self, Arc<Faulty>) {
        let http = Arc::new(http);
        let retry = RetryOptions { attempts: 1, ..Default::default() };
        let options = ClientOptions { http: Some(http.clone()), retry, ..Default::default() };
        let snapshot = source.create_snapshot(&Default::default()).await.expect("a share snapshot");
        let source = stage.share_with(SOURCE, source.name(), options.clone()).with_snapshot(&snapshot);
        let target = stage.share_with(TARGET, target.name(), options);
        let shares = Shares::new(source, target, Arc::new(PermissionMap::default()));
        (Self { shares, tally: Tally::default(), scratch: ScratchNames::new(cycle) }, http)
    }

    async fn plan(&self) -> Result<(Vec<Chunk>, Vec<Failure>), SyncError> {
        let (mut chunks, mut failures, mut builder) = (Vec::new(), Vec::new(), ChunkBuilder::default());
        let mut walk = Walk::new(&self.shares, root(&self.shares).await?, &self.scratch);
        while let Some(plan) = walk.next().await? {
            failures.extend(plan.failures);
            chunks.extend(plan.items.into_iter().filter_map(|item| builder.push(item)));
        }
        chunks.extend(builder.finish());
        Ok((chunks, failures))
    }

    async fn apply(&self, chunks: &[Chunk]) -> Result<Vec<Failure>, SyncError> {
        let apply = Apply::new(&self.shares, CopyMode::Auto, &self.scratch, &self.tally);
        let mut failures = Vec::new();
        for chunk in chunks {
            failures.extend(apply.write(chunk).await?);
        }
        for chunk in chunks.iter().rev() {
            failures.extend(apply.delete(chunk).await?);
        }
        for chunk in chunks.iter().rev() {
            failures.extend(apply.finish(chunk).await?);
        }
        let failed: HashSet<String> = failures.iter().map(|failure| failure.path.clone()).collect();
        for chunk in chunks {
            failures.extend(verify(&apply, chunk, &failed).await?);
        }
        Ok(failures)
    }

    async fn run(&self) -> Result<Vec<Failure>, SyncError> {
        let (chunks, mut failures) = self.plan().await?;
        failures.extend(self.apply(&chunks).await?);
        Ok(failures)
    }
}

fn healthy() -> Faulty {
    Faulty::new(|_, _, _| Fault::None)
}

async fn put(share: &ShareClient, path: &str, body: &str) {
    let body = Bytes::from(body.to_owned());
    let options = CreateFile { size: body.len() as u64, body: Some(body), ..Default::default() };
    share.file_client(path).create(&options).await.expect("the file is created");
}

async fn read(share: &ShareClient, path: &str) -> String {
    let downloaded = share.file_client(path).get(None).await.expect("the file is readable");
    String::from_utf8(downloaded.bytes.to_vec()).expect("text")
}

/// A pair whose target equals its source: files `a` and `gone/b` in both.
async fn mirrored(stage: &mut Stage) -> (ShareClient, ShareClient) {
    let (source, target) = stage.pair("files", serde_json::json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    source.directory_client("gone").create(&Default::default()).await.expect("created");
    put(&source, "a", "first").await;
    put(&source, "gone/b", "first").await;
    let (mirror, _) = Mirror::of(stage, &source, &target, healthy(), "0").await;
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    (source, target)
}

#[tokio::test]
async fn what_the_target_got_after_the_plan_is_neither_replaced_nor_deleted() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&target, "theirs", "planned to go").await;
    put(&source, "a", "second!").await;
    source.file_client("gone/b").delete().await.expect("deleted");
    source.directory_client("gone").delete().await.expect("deleted");
    let (mirror, _) = Mirror::of(&stage, &source, &target, healthy(), "1").await;
    let (chunks, failures) = mirror.plan().await.expect("a plan");
    assert_eq!(failures, []);
    for path in ["a", "theirs", "gone/new"] {
        put(&target, path, "changed meanwhile").await;
    }
    let mut failed: Vec<(String, String)> =
        mirror.apply(&chunks).await.expect("applied").into_iter().map(|f| (f.path, f.reason)).collect();
    failed.sort();
    let changed = |path: &str| (path.to_owned(), "TargetChanged".to_owned());
    assert_eq!(failed, [changed("a"), changed("gone"), changed("theirs")]);
    for path in ["a", "theirs", "gone/new"] {
        assert_eq!(read(&target, path).await, "changed meanwhile");
    }
    assert_eq!(read(&target, "gone/b").await, "first");
}

#[tokio::test]
async fn a_listing_that_fails_costs_its_subtree_the_update_and_never_the_content() {
    for side in [SOURCE, TARGET] {
        let mut stage = Stage::set().await;
        let (source, target) = mirrored(&mut stage).await;
        put(&source, "a", "second!").await;
        source.file_client("gone/b").delete().await.expect("deleted");
        let prefix = format!("/{side}/files/gone?");
        let http = Faulty::new(move |_, _, request| {
            if request.starts_with(&prefix) && request.contains("comp=list") {
                Fault::Request
            } else {
                Fault::None
            }
        });
        let (mirror, _) = Mirror::of(&stage, &source, &target, http, "1").await;
        let failures = mirror.run().await.expect("mirrored");
        assert_eq!(failures.iter().map(|failure| failure.path.as_str()).collect::<Vec<_>>(), ["gone"]);
        assert_eq!(read(&target, "gone/b").await, "first");
        assert_eq!(read(&target, "a").await, "second!");
    }
}

#[tokio::test]
async fn data_is_read_from_the_share_snapshot_and_never_from_the_live_share() {
    let mut stage = Stage::set().await;
    let (source, target) = mirrored(&mut stage).await;
    put(&source, "a", "second!").await;
    let (mirror, _) = Mirror::of(&stage, &source, &target, healthy(), "1").await;
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
    for fault in [Fault::Request, Fault::Answer] {
        let mut cut_at = 1;
        let mut stage = Stage::set().await;
        loop {
            let name = format!("cut-{cut_at}");
            let (source, target) = stage.pair(&name, serde_json::json!({})).await;
            target.create(&Default::default()).await.expect("the target share is new");
            let tree = prepare(&stage, &source, &target).await;
            // from here on nothing gets through any more, as when the process dies
            let cut = Faulty::new(move |number, _, _| match number {
                number if number < cut_at => Fault::None,
                number if number == cut_at => fault,
                _ => Fault::Request,
            });
            let (mirror, http) = Mirror::of(&stage, &source, &target, cut, "1").await;
            let outcome = mirror.run().await;
            let survived = http.sent() < cut_at && outcome.is_ok_and(|failures| failures.is_empty());
            let (mirror, _) = Mirror::of(&stage, &source, &target, healthy(), "2").await;
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
