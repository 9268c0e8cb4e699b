//! A plan without a cycle: what one would do, and not one write.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use azure_files_backup::cycle::report::{Change, Exceeded, PlanItem, Preview};
use azure_storage_file_share::{
    CreateDirectory, Permission, PermissionFormat, PermissionKey, ShareClient, SmbProperties,
};
use faults::{Fault, Seen};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use share_tree::{LiveShare, Shape, random_sddl, random_tree};

use crate::support::*;

fn changes(items: &[PlanItem]) -> Vec<(&str, Change)> {
    items.iter().map(|item| (item.path.as_str(), item.change)).collect()
}

#[tokio::test]
async fn accept_cannot_be_broken_7_plan_only_sends_nothing_but_reads_and_leaves_no_row() {
    let tables = Tables::new().await;
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("plan-only", json!({})).await;
    put_directory(&source, "d").await;
    put(&source, "d/a", "data").await;
    let mut variables = stage.variables();
    tables.keep(&mut variables).await;
    let handler = Handler::start(free_port(), &variables).await;
    tables.proxy.set_faults(None);
    stage.emulator.log().reset();
    let preview: Preview = handler.plan_only("plan-only").await.ok();
    assert!(preview.complete);
    assert_eq!(changes(&preview.items), [("", Change::Metadata), ("d", Change::Added)], "{preview:#?}");
    assert_eq!(
        (preview.planned.copied.files, preview.planned.copied.directories, preview.guard),
        (1, 1, None)
    );
    assert_eq!(writes(&stage), [""; 0]);
    assert!(target.get_properties().await.is_err(), "no target share is made");
    assert_eq!(source.list_snapshots().await.expect("a list"), []);
    let row = handler.pair("plan-only").await;
    assert_eq!((row.cycle, row.recovery_point, row.running), (None, None, false));

    assert_succeeded(&handler.cycle("plan-only").await);
    put(&source, "d/a", "more data").await;
    put(&source, "b", "data").await;
    stage.emulator.log().reset();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watch = seen.clone();
    tables.proxy.set_faults(Some(Arc::new(move |request: &Seen<'_>| {
        watch.lock().expect("no panic").push(request.method.to_owned());
        Fault::None
    })));
    let preview: Preview = handler.plan_only("plan-only").await.ok();
    let expected = [("", Change::Metadata), ("b", Change::Added), ("d/a", Change::Changed)];
    assert_eq!(changes(&preview.items), expected);
    assert_eq!(writes(&stage), [""; 0]);
    assert!(seen.lock().expect("no panic").iter().all(|method| method == "GET"), "{seen:?}");
    assert_eq!(source.list_snapshots().await.expect("a list").len(), 1);
    assert_eq!(read(&target, "d/a").await, "data");
}

async fn key(share: &ShareClient, sddl: &str) -> Option<PermissionKey> {
    let permission = Permission { value: sddl.to_owned(), format: PermissionFormat::Sddl };
    Some(share.create_permission(&permission).await.expect("a key"))
}

#[tokio::test]
async fn accept_cannot_be_broken_7_plan_only_of_a_mirrored_share_with_acls_is_empty() {
    for seed in 0..3 {
        let mut stage = Stage::set().await;
        let (source, _) = stage.pair("files", json!({})).await;
        let mut rng = StdRng::seed_from_u64(seed);
        // keys of the two shares are no longer the same for the same descriptor
        for _ in 0..5 {
            key(&source, &random_sddl(&mut rng)).await;
        }
        let mut tree = random_tree(&mut rng, Shape { directories: 20, files: 60, large_files: false });
        LiveShare::new(source.clone()).load(&mut tree).await.expect("loaded");
        let handler = stage.handler().await;
        assert_succeeded(&handler.cycle("files").await);
        for handler in [handler, stage.handler().await] {
            stage.emulator.log().reset();
            let preview: Preview = handler.plan_only("files").await.ok();
            assert_eq!((preview.items, preview.failures), (vec![], vec![]), "seed {seed}");
            assert_eq!(preview.planned, Default::default());
            assert_eq!(writes(&stage), [""; 0]);
        }
    }
}

#[tokio::test]
async fn accept_cannot_be_broken_7_plan_only_shows_an_acl_that_the_target_never_had() {
    let mut stage = Stage::set().await;
    let (source, target) = stage.pair("files", json!({})).await;
    for directory in ["a", "b", "c"] {
        put_directory(&source, directory).await;
    }
    let handler = stage.handler().await;
    assert_succeeded(&handler.cycle("files").await);
    let sddl = "O:SYG:SYD:(A;;FA;;;SY)";
    for (directory, sddl) in [("a", sddl), ("b", "O:SYG:SYD:(A;;FR;;;SY)")] {
        let smb = SmbProperties { permission_key: key(&source, sddl).await, ..Default::default() };
        source.directory_client(directory).set_properties(&smb).await.expect("set");
    }
    // known to the target, but not in this place
    put_directory_with(&target, ".backup-scratch-x", key(&target, sddl).await).await;
    let preview: Preview = handler.plan_only("files").await.ok();
    let paths: Vec<_> =
        preview.items.iter().filter(|item| item.change == Change::Metadata).map(|item| &*item.path).collect();
    assert!(paths.ends_with(&["a", "b"]), "{preview:#?}");
    assert_succeeded(&handler.cycle("files").await);
    let preview: Preview = handler.plan_only("files").await.ok();
    assert_eq!(preview.items, []);
}

async fn put_directory_with(share: &ShareClient, path: &str, permission_key: Option<PermissionKey>) {
    let smb = SmbProperties { permission_key, ..Default::default() };
    let options = CreateDirectory { smb, ..Default::default() };
    share.directory_client(path).create(&options).await.expect("created");
}

#[tokio::test]
async fn accept_cannot_be_broken_7_plan_only_says_what_the_guard_would() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("emptied", json!({})).await;
    put(&source, "a", "data").await;
    let (adopting, theirs) = stage.pair("adopting", json!({"adoptTarget": true})).await;
    put(&adopting, "a", "data").await;
    theirs.create(&Default::default()).await.expect("the target share is new");
    put(&theirs, "theirs", "precious").await;
    let handler = stage.handler().await;
    let preview: Preview = handler.plan_only("adopting").await.ok();
    assert_eq!(preview.guard.expect("it would wait").exceeded, [Exceeded::AdoptedTarget]);
    let guard = handler.plan_only("adopting").await.body["guard"].clone();
    assert_eq!(guard.get("digest"), None, "nothing waits, so nothing can be approved: {guard}");
    handler.timer().await;
    remove(&source, "a").await;
    let preview: Preview = handler.plan_only("emptied").await.ok();
    assert_eq!(preview.guard.expect("it would wait").exceeded, [Exceeded::SourceEmpty]);
}

#[tokio::test]
async fn accept_cannot_be_broken_7_a_plan_of_many_chunks_is_paged_through() {
    let mut stage = Stage::set().await;
    let (source, _) = stage.pair("files", json!({"adoptTarget": true})).await;
    stage.share(TARGET, "files").create(&Default::default()).await.expect("new");
    put(&stage.share(TARGET, "files"), "theirs", "precious").await;
    put_many(&source, 2_500).await;
    let handler = stage.handler().await;
    let report = handler.cycle("files").await;
    let digest = assert_waits(&report).digest.clone();
    let (mut paths, mut chunk, mut pages) = (BTreeSet::new(), Some(0), 0);
    let mut count = 0;
    while let Some(number) = chunk {
        let page = handler.plan_page(&report, number).await;
        assert_eq!((page.chunk, &page.digest, page.planned), (number, &digest, report.planned));
        count += page.items.len();
        paths.extend(page.items.into_iter().map(|item| item.path));
        pages += 1;
        chunk = page.next;
        assert!(chunk.is_some() || pages == page.chunks);
    }
    assert!(pages > 2, "{pages}");
    // the files, what is deleted, and the root
    assert_eq!((count, paths.len()), (2_502, 2_502));
    let beyond = handler.plan_page(&report, pages).await;
    assert_eq!((beyond.items, beyond.next), (vec![], None));
    let route = |query: &str| format!("pairs/files/cycles/{}/plan{query}", report.id);
    assert_eq!(handler.ask(&route("")).await.body, handler.ask(&route("?chunk=0")).await.body);
    for wrong in ["?chunk=-1", "?chunk=", "?chunk=4294967296", "?chunk=x"] {
        handler.ask(&route(wrong)).await.problem(400, "RequestMistaken");
    }
    handler.approve("files", &digest).await;
    assert_succeeded(&handler.resume("files").await);
    assert!(!handler.plan_page(&report, 1).await.items.is_empty(), "the newest plan can be looked at still");
    assert_succeeded(&handler.cycle("files").await);
    let told = handler.ask(&route("?chunk=1")).await;
    told.problem(404, "PlanNotKept");
    handler.ask("pairs/files/cycles/none/plan").await.problem(404, "CycleNotFound");
}
